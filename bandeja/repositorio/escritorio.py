"""La mesa de trabajo del agente, en la base: búsqueda, borradores, chats fijados o silenciados y respuestas rápidas."""

from __future__ import annotations

from typing import Any

from bandeja.bd import Conexion
from bandeja.modelos import Conversacion, Mensaje, Respuesta
from bandeja.repositorio.base import consultar, conversacion_de, mensaje_de
from bandeja.telefono import Telefono


def buscar_mensajes(
    con: Conexion, agente: str, texto: str, telefono: Telefono | None, limite: int
) -> list[tuple[Mensaje, Conversacion]]:
    """Mensajes de los chats del agente (o de uno solo) que contienen las palabras, del más nuevo al más viejo."""
    numero = telefono.numero if telefono else None
    encontradas = consultar(con, "buscar_mensajes", agente=agente, texto=texto, numero=numero, limite=limite)
    return [(mensaje_de(f), conversacion_de(f)) for f in encontradas]


def buscar_conversaciones(con: Conexion, agente: str, texto: str, cifras: str, limite: int) -> list[Conversacion]:
    """Chats del agente por nombre o por dígitos del número (`cifras` vacío = solo por nombre)."""
    encontradas = consultar(con, "buscar_conversaciones", agente=agente, texto=texto, cifras=cifras, limite=limite)
    return [conversacion_de(f) for f in encontradas]


def guardar_borrador(con: Conexion, telefono: Telefono, agente: str, texto: str) -> str | None:
    """Guarda o, vacío, borra un borrador. Devuelve la fuente del chat; None si no es del agente."""
    encontradas = consultar(con, "guardar_borrador", numero=telefono.numero, agente=agente, texto=texto)
    return str(encontradas[0]["fuente"]) if encontradas else None


def ajustar_conversacion(
    con: Conexion, telefono: Telefono, agente: str, fijada: bool | None, silenciada: bool | None
) -> tuple[bool, bool, str] | None:
    """Fija o silencia un chat del agente. Devuelve cómo quedó y su fuente; None si no es suyo."""
    encontradas = consultar(
        con, "ajustar_conversacion", numero=telefono.numero, agente=agente, fijada=fijada, silenciada=silenciada
    )
    if not encontradas:
        return None
    return encontradas[0]["fijada"], encontradas[0]["silenciada"], encontradas[0]["fuente"]


def cerrar_sesion(con: Conexion, *, sesion: str, vence: float, canal: str) -> None:
    """Recuerda una sesión cerrada hasta que venza (segundos desde 1970) y avisa a los procesos que oyen ese canal."""
    consultar(con, "cerrar_sesion", sesion=sesion, vence=vence, canal=canal)


def listar_cerradas(con: Conexion) -> list[tuple[str, float]]:
    """Las sesiones cerradas que no han vencido, y cuándo vencen."""
    return [(f["sesion"], f["vence"]) for f in consultar(con, "sesiones_cerradas")]


def listar_respuestas(con: Conexion, agente: str) -> list[Respuesta]:
    """Las respuestas rápidas propias y las del equipo, por atajo."""
    return [_respuesta(f) for f in consultar(con, "listar_respuestas", agente=agente)]


def crear_respuesta(con: Conexion, agente: str | None, atajo: str, texto: str, creada_por: str) -> Respuesta | None:
    """Crea una respuesta rápida (agente None = del equipo). None si ese atajo ya existe."""
    encontradas = consultar(con, "crear_respuesta", agente=agente, atajo=atajo, texto=texto, creada_por=creada_por)
    return _respuesta(encontradas[0]) if encontradas else None


def cambiar_respuesta(
    con: Conexion, identificador: int, quien: str, agente: str | None, atajo: str, texto: str
) -> Respuesta | None:
    """Cambia una respuesta propia o del equipo. None si no existe, es de otro o el atajo se repite."""
    encontradas = consultar(
        con, "cambiar_respuesta", id=identificador, quien=quien, agente=agente, atajo=atajo, texto=texto
    )
    return _respuesta(encontradas[0]) if encontradas else None


def borrar_respuesta(con: Conexion, identificador: int, quien: str) -> bool:
    """Borra una respuesta propia o del equipo. Falso si no existe o es de otro."""
    return bool(consultar(con, "borrar_respuesta", id=identificador, quien=quien))


def _respuesta(f: dict[str, Any]) -> Respuesta:
    return Respuesta(f["id"], f["agente"], f["atajo"], f["texto"])
