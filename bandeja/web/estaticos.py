"""Los archivos de la pantalla bajo una dirección con versión: se guardan un año y un cambio estrena dirección.

Los guiones y las hojas viajan achicados (sin comentarios ni espacios) y comprimidos, y una hoja que solo junta otras
(`pantalla.css`) viaja con ellas dentro; por `/static/twilio/…` se leen los mismos tal como se escriben.
"""

from __future__ import annotations

import gzip
import os
import re
from functools import lru_cache
from hashlib import blake2s
from pathlib import Path

from flask import Response, abort, request, send_from_directory
from werkzeug.security import safe_join

from bandeja.configuracion import RAIZ

try:
    import minify as achicador
except ImportError:  # donde no hay rueda (macOS) se sirven sin achicar
    achicador = None

CARPETA: Path = RAIZ / "static" / "twilio"
RUTA_CON_VERSION = "/static/v/<version>/<path:archivo>"
UN_ANIO = 31_536_000
_CON_VERSION = frozenset({".js", ".css", ".svg"})
_ACHICABLES = {".js": "text/javascript", ".css": "text/css"}
_JUNTA = re.compile(r'@import "([a-z-]+\.css)";')


def raiz_estaticos() -> str:
    """De dónde pide la página sus hojas y sus módulos; estos se importan con rutas relativas y heredan la versión."""
    return f"/static/v/{_version()}"


def servir_con_version(version: str, archivo: str) -> Response:
    """Una versión ajena (otro proceso a medio actualizar, una página de ayer) recibe lo que hay, sin guardarlo."""
    ahora = _version()
    vigente = version == ahora
    achicable = Path(archivo).suffix in _ACHICABLES
    respuesta = _achicado(archivo, ahora) if achicable else send_from_directory(CARPETA, archivo)
    respuesta.cache_control.no_cache = None if vigente else True
    respuesta.cache_control.max_age = UN_ANIO if vigente else None
    respuesta.cache_control.public = vigente
    respuesta.cache_control.immutable = vigente
    return respuesta


def _achicado(archivo: str, version: str) -> Response:
    ruta = safe_join(str(CARPETA), archivo)
    if ruta is None or not os.path.isfile(ruta):
        abort(404)
    contenido, comprimido = preparar(ruta, version)
    con_gzip = request.accept_encodings["gzip"] > 0
    respuesta = Response(comprimido if con_gzip else contenido, mimetype=_ACHICABLES[Path(ruta).suffix])
    if con_gzip:
        respuesta.headers["Content-Encoding"] = "gzip"
    respuesta.vary.add("Accept-Encoding")
    respuesta.add_etag()
    respuesta.make_conditional(request)
    return respuesta


@lru_cache(maxsize=512)
def preparar(ruta: str, _version: str) -> tuple[bytes, bytes]:
    """El archivo achicado, y lo mismo comprimido. Se hace una vez por archivo y versión."""
    texto = _leer(Path(ruta))
    if achicador is not None:
        texto = achicador.string(_ACHICABLES[Path(ruta).suffix], texto)
    contenido = texto.encode()
    return contenido, gzip.compress(contenido)


def _leer(ruta: Path) -> str:
    texto = ruta.read_text(encoding="utf-8")
    return _JUNTA.sub(lambda hoja: _leer(ruta.with_name(hoja[1])), texto) if ruta.suffix == ".css" else texto


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
