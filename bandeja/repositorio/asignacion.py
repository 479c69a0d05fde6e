"""Quién atiende a quién, en la base: dueño, turno, actividad."""

from __future__ import annotations

from collections.abc import Sequence

from bandeja.bd import Conexion
from bandeja.repositorio.base import consultar
from bandeja.telefono import Telefono


def obtener_dueno(con: Conexion, telefono: Telefono) -> str | None:
    """El agente de un número, o None si no tiene. Un fallo es una excepción, nunca None (D3)."""
    encontradas = consultar(con, "obtener_dueno", numero=telefono.numero)
    return encontradas[0]["agente_asignado"] if encontradas else None


def asignar(con: Conexion, telefono: Telefono, agentes: Sequence[str]) -> tuple[str | None, bool]:
    """Da dueño a un número. Devuelve (agente, si gastó turno); agente None = nadie activo."""
    fila = consultar(con, "asignar", numero=telefono.numero, agentes=list(agentes))[0]
    return fila["agente"], fila["turno"]


def asignar_pendientes(con: Conexion, agentes: Sequence[str]) -> list[tuple[str, str]]:
    """Reparte las conversaciones que esperan. Devuelve (numero canónico, agente) de cada una."""
    return [(f["r_numero"], f["r_agente"]) for f in consultar(con, "asignar_pendientes", agentes=list(agentes))]


def actualizar_actividad(con: Conexion, telefono: Telefono) -> None:
    """Anota actividad ahora. Si la conversación no existe no hace nada."""
    consultar(con, "actualizar_actividad", numero=telefono.numero)


def iniciar_conversacion(con: Conexion, telefono: Telefono, agente: str, nombre: str | None, fuente: str) -> str:
    """Abre un chat por iniciativa de un agente, por esa fuente si aún no hay mensajes. Devuelve el dueño."""
    fila = consultar(con, "iniciar_conversacion", numero=telefono.numero, agente=agente, nombre=nombre)[0]
    consultar(con, "estrenar_fuente", numero=telefono.numero, agente=agente, fuente=fuente)
    return str(fila["dueno"])
