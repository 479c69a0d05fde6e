"""Archivos por HTTP: servirlos enteros o por pedazos, sin que puedan hacer nada en el navegador, y recibirlos."""

from __future__ import annotations

import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any, BinaryIO, cast
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import dump_options_header, parse_range_header

from bandeja.archivos import Pedazo
from bandeja.errores import ArchivoMuyGrande, EntradaInvalida
from bandeja.repositorio.archivos import Guardado
from bandeja.taller import OCTETOS, es_seguro, extension_de, nombre_limpio

# Los campos de texto y los bordes del formulario, además del archivo.
HOLGURA = 256 * 1024
_MAX_PARTES = 20
# Un documento servido desde aquí no corre guiones, no carga nada y no puede tocar la bandeja.
_POLITICA = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; frame-ancestors 'none'"
# El visor de PDF del navegador no se abre dentro de una caja de arena.
_SIN_CAJA = frozenset({"application/pdf"})
_CABECERAS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    # El navegador puede guardarlo, pero pregunta cada vez: el chat pudo pasar a otra persona.
    "Cache-Control": "private, no-cache",
}


@dataclass(frozen=True, slots=True)
class Formulario:
    """Un envío de archivo ya leído. El archivo se borra al salir de `leer_formulario`."""

    archivo: BinaryIO
    nombre: str | None
    mime: str | None
    campos: Mapping[str, str]

    def texto(self, nombre: str) -> str:
        """Un campo de texto; vacío si no vino."""
        return self.campos.get(nombre, "")


# --- servir ---------------------------------------------------------------------------------------------------------


def servir_archivo(a: Guardado, abrir: Callable[[Guardado, int, int], Pedazo], *, descargar: bool) -> Response:
    """La respuesta de un archivo: 200, 206 (un pedazo), 304 o 416. Varios pedazos a la vez se contestan con todo."""
    etag, tamano = a.sha256 or str(a.id), a.tamano or 0
    cabeceras = {**_cabeceras_de(a, descargar=descargar), "Accept-Ranges": "bytes"}
    if request.if_none_match.contains(etag):
        return _vacia(304, cabeceras, etag)
    pedido = _pedazo_pedido(tamano, etag)
    if pedido is None:
        return _vacia(416, {**cabeceras, "Content-Range": f"bytes */{tamano}"}, etag)
    desde, hasta = pedido
    codigo = 206 if hasta - desde < tamano else 200
    if codigo == 206:
        cabeceras["Content-Range"] = f"bytes {desde}-{hasta - 1}/{tamano}"
    trozos: Iterator[bytes] = iter(()) if request.method == "HEAD" else abrir(a, desde, hasta).trozos
    respuesta = Response(trozos, codigo, cabeceras, direct_passthrough=True)
    respuesta.set_etag(etag)
    respuesta.content_length = hasta - desde
    return respuesta


def servir_miniatura(datos: bytes) -> Response:
    """Una miniatura: JPEG, PNG o WebP, según sus bytes."""
    mime = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png"}.get(datos[:2], "image/webp")
    cabeceras = {**_CABECERAS, "Content-Security-Policy": f"sandbox; {_POLITICA}"}
    respuesta = Response(datos, 200, cabeceras, content_type=mime)
    respuesta.set_etag(sha256(datos).hexdigest())
    return cast(Response, respuesta.make_conditional(request))


def _cabeceras_de(a: Guardado, *, descargar: bool) -> dict[str, str]:
    mime = a.mime if es_seguro(a.mime) and a.mime else OCTETOS
    caja = "" if mime in _SIN_CAJA else "sandbox; "
    return {
        **_CABECERAS,
        "Content-Type": mime,
        "Content-Disposition": _disposicion(a, en_linea=mime != OCTETOS and not descargar),
        "Content-Security-Policy": caja + _POLITICA,
    }


def _disposicion(a: Guardado, *, en_linea: bool) -> str:
    """Con el nombre bien escrito en cualquier idioma (RFC 6266), sin que pueda inventar otras cabeceras."""
    nombre = nombre_limpio(a.nombre) or f"archivo-{a.id}{extension_de(a.mime)}"
    sin_tildes = unicodedata.normalize("NFKD", nombre).encode("ascii", "ignore").decode()
    nombres = {"filename": sin_tildes or f"archivo-{a.id}"}
    if sin_tildes != nombre:
        nombres["filename*"] = f"UTF-8''{quote(nombre, safe='')}"
    return dump_options_header("inline" if en_linea else "attachment", nombres)


def _pedazo_pedido(tamano: int, etag: str) -> tuple[int, int] | None:
    """Los bytes [desde, hasta) que se piden; todo si no se pide un pedazo; None si el pedido cae fuera."""
    todo = (0, tamano)
    si_sigue = request.if_range
    if si_sigue.etag is not None and si_sigue.etag != etag or si_sigue.date is not None:
        return todo
    pedido = parse_range_header(request.headers.get("Range"))
    if pedido is None or pedido.units != "bytes" or len(pedido.ranges) != 1:
        return todo
    desde, hasta = pedido.ranges[0]
    if hasta is None and -desde >= tamano > 0:  # «los últimos N» de uno más corto son todos (RFC 9110, 14.1.2)
        return todo
    return pedido.range_for_length(tamano)


def _vacia(codigo: int, cabeceras: Mapping[str, str], etag: str) -> Response:
    respuesta = Response(b"", codigo, cabeceras)
    respuesta.set_etag(etag)
    if codigo == 304:
        respuesta.headers.remove("Content-Type")
    return respuesta


# --- recibir --------------------------------------------------------------------------------------------------------


@contextmanager
def leer_formulario(tope: int) -> Iterator[Formulario]:
    """El formulario de un envío, con su archivo en el disco y no en la memoria.

    Lanza ArchivoMuyGrande si pasa de `tope` bytes y EntradaInvalida si no trae un archivo.
    """
    request.max_content_length = tope + HOLGURA
    with tempfile.NamedTemporaryFile() as disco:
        try:
            _, campos, archivos = _analizador(disco).parse(
                cast(IO[bytes], _Cediendo(request.stream)), request.mimetype, request.content_length,
                request.mimetype_params,
            )  # fmt: skip
        except RequestEntityTooLarge as error:
            raise ArchivoMuyGrande(f"El archivo pesa más de {tope // (1024 * 1024)} MB.") from error
        except ValueError as error:
            raise EntradaInvalida("Se esperaba un formulario con un archivo.") from error
        parte = archivos.get("file")
        if parte is None or len(archivos) != 1:
            raise EntradaInvalida("Falta el archivo («file»), o viene más de uno.")
        disco.flush()
        yield Formulario(cast(BinaryIO, disco), parte.filename, parte.content_type, campos)


def _analizador(disco: Any) -> FormDataParser:
    usado: list[object] = []

    def al_disco(*_datos: object, **_mas: object) -> Any:
        if usado:  # un segundo archivo se rechaza al final; que no pise al primero
            return tempfile.SpooledTemporaryFile(max_size=HOLGURA)
        usado.append(disco)
        return disco

    return FormDataParser(
        stream_factory=al_disco, max_form_memory_size=HOLGURA, max_form_parts=_MAX_PARTES, silent=False
    )


class _Cediendo:
    """El cuerpo de una petición, dejando pasar a los demás entre pedazo y pedazo."""

    def __init__(self, cuerpo: IO[bytes]) -> None:
        self._cuerpo = cuerpo

    def read(self, cuantos: int = -1) -> bytes:
        time.sleep(0)
        return self._cuerpo.read(cuantos)
