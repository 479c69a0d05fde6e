"""Lo mínimo del protocolo de PostgreSQL: preguntar si ya atiende y darle una orden. No es un cliente de consultas.

Así este piso no necesita el controlador de la base, que solo conocen `bd` y `repositorio`.
"""

from __future__ import annotations

import socket
import struct
from typing import IO

NADIE = "nadie"  # no hay quien conteste en el socket
LISTO = "listo"
NO_EXISTE_LA_BASE = "3D000"

VERSION_DEL_PROTOCOLO = 196608


def hablar(ruta: str, usuario: str, base: str, orden: str = "") -> str:
    """LISTO, NADIE o el SQLSTATE con que el servidor se negó (57P03 mientras arranca o se detiene)."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as canal:
            canal.settimeout(10)
            canal.connect(ruta)
            with canal.makefile("rb") as entrada:
                canal.sendall(_presentacion(usuario, base))
                estado = _hasta_la_respuesta(entrada)
                if orden and estado == LISTO:
                    canal.sendall(_mensaje(b"Q", orden.encode() + b"\0"))
                    estado = _hasta_la_respuesta(entrada)
                canal.sendall(_mensaje(b"X", b""))
                return estado
    except OSError:
        return NADIE


def _presentacion(usuario: str, base: str) -> bytes:
    datos = "".join(f"{parte}\0" for parte in ("user", usuario, "database", base)).encode() + b"\0"
    return _mensaje(b"", struct.pack("!I", VERSION_DEL_PROTOCOLO) + datos)


def _mensaje(tipo: bytes, datos: bytes) -> bytes:
    return tipo + struct.pack("!I", len(datos) + 4) + datos


def _hasta_la_respuesta(entrada: IO[bytes]) -> str:
    while len(cabecera := entrada.read(5)) == 5:
        tipo, largo = struct.unpack("!cI", cabecera)
        datos = entrada.read(largo - 4)
        if tipo == b"Z":
            return LISTO
        if tipo == b"E":
            return _sqlstate(datos)
    return NADIE


def _sqlstate(datos: bytes) -> str:
    campos = [campo.decode(errors="replace") for campo in datos.split(b"\0") if campo]
    return next((campo[1:] for campo in campos if campo.startswith("C")), "XX000")
