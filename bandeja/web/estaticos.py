"""Los archivos de la pantalla bajo una dirección con versión: se guardan un año y un cambio estrena dirección."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2s
from pathlib import Path

from flask import Response, send_from_directory

from bandeja.configuracion import RAIZ

CARPETA: Path = RAIZ / "static" / "twilio"
RUTA_CON_VERSION = "/static/v/<version>/<path:archivo>"
UN_ANIO = 31_536_000
_CON_VERSION = frozenset({".js", ".css", ".svg"})


def raiz_estaticos() -> str:
    """De dónde pide la página sus hojas y sus módulos; estos se importan con rutas relativas y heredan la versión."""
    return f"/static/v/{_version()}"


def servir_con_version(version: str, archivo: str) -> Response:
    """Una versión ajena (otro proceso a medio actualizar, una página de ayer) recibe lo que hay, sin guardarlo."""
    vigente = version == _version()
    respuesta = send_from_directory(CARPETA, archivo, max_age=UN_ANIO if vigente else 0)
    respuesta.cache_control.immutable = vigente
    return respuesta


def _version() -> str:
    """Se mira en cada página: con el servidor en marcha también se editan archivos, y son unas decenas de `stat`."""
    return _resumir(tuple(_marcas()))


def _marcas() -> list[tuple[str, int]]:
    return sorted(
        (str(a.relative_to(CARPETA)), a.stat().st_mtime_ns) for a in CARPETA.rglob("*") if a.suffix in _CON_VERSION
    )


@lru_cache(maxsize=2)
def _resumir(marcas: tuple[tuple[str, int], ...]) -> str:
    return blake2s(repr(marcas).encode(), digest_size=6).hexdigest()
