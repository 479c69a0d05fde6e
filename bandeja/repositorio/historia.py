"""La historia del proveedor en la base: turnos para compararla, lo que ya tenemos y lo que se guarda de ella."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bandeja.bd import Conexion, json_de
from bandeja.modelos import MensajeRecibido
from bandeja.repositorio.base import consultar
from bandeja.repositorio.recepcion import mensaje_para_sql
from bandeja.telefono import Telefono

FUENTE = "whapi"


@dataclass(frozen=True, slots=True)
class Turno:
    """El resultado de pedir el turno: "nueva" | "hecha" | "ocupada". `id` y `desde` solo si es nueva."""

    resultado: str
    id: int
    desde: datetime


@dataclass(frozen=True, slots=True)
class TurnoDeChat:
    """El resultado de pedir lo anterior de un chat: "ajena" | "completa" | "ocupada" | "nueva"."""

    resultado: str
    dueno: str | None
    chat_id: str | None
    hasta: datetime | None


def empezar_comparacion(
    con: Conexion, motivo: str, *, hace_s: float, arriendo_s: float, margen_s: float, tope_s: float
) -> Turno:
    """Toma el turno de comparar, si nadie lo tiene y si nadie la hizo hace menos de `hace_s`."""
    fila = consultar(
        con, "empezar_comparacion", motivo=motivo, hace_s=int(hace_s), arriendo_s=int(arriendo_s),
        margen_s=int(margen_s), tope_s=int(tope_s),
    )[0]  # fmt: skip
    return Turno(fila["resultado"], fila["r_id"], fila["r_desde"])


def latir_comparacion(con: Conexion, id: int, revisados: int, recuperados: int, visto_hasta: datetime | None) -> bool:
    """Anota el avance. Falso si el turno ya no es nuestro."""
    return bool(
        consultar(
            con, "latir_comparacion", id=id, revisados=revisados, recuperados=recuperados, visto_hasta=visto_hasta
        )
    )


def terminar_comparacion(con: Conexion, id: int, error: str | None) -> None:
    """Cierra una comparación; sin `error`, se miró todo."""
    consultar(con, "terminar_comparacion", id=id, error=error)


def mensajes_conocidos(con: Conexion, ids: Sequence[str]) -> dict[str, str | None]:
    """De unos ids, los que ya están: cada mensaje con su estado, cada acción con None."""
    return {f["id"]: f["estado"] for f in consultar(con, "mensajes_conocidos", fuente=FUENTE, ids=list(ids))}


def ilegibles_conocidos(con: Conexion, huellas: Sequence[str]) -> set[str]:
    """De unas huellas, las ya guardadas."""
    return {f["huella"] for f in consultar(con, "ilegibles_conocidos", huellas=list(huellas))}


def empezar_anteriores(
    con: Conexion, telefono: Telefono, agente: str, antes: int | None, arriendo_s: float
) -> TurnoDeChat:
    """Toma el turno de pedir lo anterior a un mensaje de un chat del agente."""
    fila = consultar(
        con, "empezar_anteriores", numero=telefono.numero, agente=agente, antes=antes, arriendo_s=int(arriendo_s)
    )[0]
    return TurnoDeChat(fila["resultado"], fila["r_dueno"], fila["r_chat_id"], fila["r_hasta"])


def guardar_anteriores(con: Conexion, telefono: Telefono, mensajes: Sequence[MensajeRecibido]) -> int:
    """Guarda mensajes viejos sin mover la lista ni los no leídos. Devuelve cuántos faltaban."""
    datos = json_de([mensaje_para_sql(m) for m in mensajes])
    return int(consultar(con, "guardar_anteriores", numero=telefono.numero, mensajes=datos)[0]["nuevos"])


def terminar_anteriores(con: Conexion, telefono: Telefono, *, completa: bool) -> None:
    """Suelta el turno y anota si el proveedor ya no tiene más."""
    consultar(con, "terminar_anteriores", numero=telefono.numero, completa=completa)
