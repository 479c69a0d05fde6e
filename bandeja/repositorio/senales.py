"""Las señales y las fotos, en la base."""

from __future__ import annotations

from dataclasses import dataclass

from bandeja.bd import Conexion
from bandeja.repositorio.base import consultar
from bandeja.telefono import Telefono


@dataclass(frozen=True, slots=True)
class Senales:
    """Lo que un agente deja ver al cliente."""

    lectura: bool = True
    escribiendo: bool = True


@dataclass(frozen=True, slots=True)
class Destino:
    """A quién se le habla: su chat, quién lo atiende, por qué canal y con qué id."""

    numero: str
    agente: str | None
    fuente: str
    chat_id: str


@dataclass(frozen=True, slots=True)
class Foto:
    """La foto de una persona, guardada por nosotros."""

    datos: bytes
    mime: str
    version: str


@dataclass(frozen=True, slots=True)
class FotoCambiada:
    numero: str
    agente: str | None
    version: str
    fuente: str


def senales_de(con: Conexion, agente: str) -> Senales:
    """Lo que un agente deja ver; todo, si no dijo nada."""
    filas = consultar(con, "senales_de", agente=agente)
    return Senales(**filas[0]) if filas else Senales()


def guardar_senales(con: Conexion, agente: str, lectura: bool | None, escribiendo: bool | None) -> Senales:
    """Cambia lo que deja ver (None = dejar como está). Devuelve cómo quedó."""
    return Senales(**consultar(con, "guardar_senales", agente=agente, lectura=lectura, escribiendo=escribiendo)[0])


def tomar_lectura(con: Conexion, telefono: Telefono, agente: str, hasta: int | None) -> str | None:
    """El id del mensaje por confirmar leído, o None si no hay nada nuevo que decirle al cliente."""
    fila = consultar(con, "tomar_lectura", numero=telefono.numero, agente=agente, hasta=hasta)[0]
    return str(fila["mensaje_id"]) if fila["mensaje_id"] else None


def obtener_destino(con: Conexion, telefono: Telefono) -> Destino | None:
    """A dónde se le habla a la persona de un chat; None si no existe."""
    filas = consultar(con, "obtener_destino", numero=telefono.numero, chat_id=telefono.chat_id)
    return Destino(**filas[0]) if filas else None


def obtener_foto(con: Conexion, telefono: Telefono) -> tuple[str | None, Foto | None]:
    """(quién atiende, la foto). (None, None) si el chat no existe."""
    filas = consultar(con, "obtener_foto", numero=telefono.numero)
    if not filas:
        return None, None
    f = filas[0]
    foto = Foto(bytes(f["datos"]), f["mime"], f["version"]) if f["datos"] is not None else None
    return f["agente"], foto


def tomar_foto(con: Conexion) -> tuple[int, str] | None:
    """Una foto por traer: de qué chat y de dónde. None si no hay."""
    filas = consultar(con, "tomar_foto")
    return (filas[0]["r_conversacion"], filas[0]["r_url"]) if filas else None


def guardar_foto(con: Conexion, conversacion: int, url: str, foto: bytes, mime: str) -> FotoCambiada | None:
    """Guarda una foto traída. None si era la que ya se tenía."""
    filas = consultar(con, "guardar_foto", conversacion=conversacion, url=url, datos=foto, mime=mime)
    return FotoCambiada(*filas[0].values()) if filas else None
