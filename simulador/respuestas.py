"""Lo que la puerta contesta: errores con la forma del proveedor y las averías encargadas, cortes incluidos."""

import json
import socket
from collections.abc import Iterator
from typing import cast

from flask import Response, current_app, jsonify, request

from . import formas
from .fallas import CODIGOS, Falla
from .formas import Json
from .guion import Guion

_PAGINA_DE_ERROR = "<html><head><title>{codigo}</title></head><body><h1>{codigo} {texto}</h1></body></html>"


def proveedor() -> Guion:
    """El proveedor de esta aplicación."""
    return cast(Guion, current_app.extensions["simulador"])


def exito() -> Response:
    """La respuesta de una orden sin contenido."""
    return jsonify({"success": True})


def error(codigo: int, detalles: str | None = None, *, mensaje: str | None = None) -> Response:
    """Un error con el cuerpo de la referencia."""
    respuesta = jsonify(formas.error(codigo, mensaje or CODIGOS.get(codigo, "Error"), detalles))
    respuesta.status_code = codigo
    return respuesta


def cuerpo_json() -> Json:
    """El cuerpo JSON de la petición; vacío si no es un objeto."""
    leido = request.get_json(silent=True, force=True)
    return leido if isinstance(leido, dict) else {}


def de_falla(falla: Falla, buena: Response) -> Response:
    """Lo que contesta una avería que cambia la respuesta. `buena` es lo que se habría contestado sin ella."""
    if falla.modo == "cortar":
        return _cortada()
    if falla.modo == "cortar_a_medias":
        return _cortada_a_medias(buena)
    if falla.modo == "no_enviado":
        return jsonify({"sent": False})
    if falla.modo == "sin_id":
        return jsonify({"sent": True})
    if falla.modo == "vacio":
        return Response(b"", content_type=buena.content_type)
    if falla.modo == "recortado":  # menos bytes que los anunciados en el mensaje, en una respuesta que parece entera
        return Response(buena.get_data()[: len(buena.get_data()) // 2], content_type=buena.content_type)
    if falla.modo == "otro_tipo":
        return Response(b"<html>no era esto</html>", content_type="text/html")
    return _de_codigo(falla)


def _de_codigo(falla: Falla) -> Response:
    if falla.html:
        pagina = _PAGINA_DE_ERROR.format(codigo=falla.codigo, texto=CODIGOS[falla.codigo])
        respuesta = Response(pagina, falla.codigo, content_type="text/html")
    else:
        respuesta = error(falla.codigo)
    if falla.reintentar_despues is not None:
        respuesta.headers["Retry-After"] = falla.reintentar_despues
    return respuesta


def _colgar() -> None:
    """Cierra el enchufe de esta petición; al servidor solo le queda una conexión rota, que no cuenta a nadie."""
    enchufe: socket.socket = request.environ["werkzeug.socket"]
    try:
        enchufe.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _cortada() -> Response:
    _colgar()
    return Response(b"")


def _cortada_a_medias(buena: Response) -> Response:
    """Promete la respuesta entera, manda la mitad y cuelga."""
    entera = buena.get_data() or json.dumps({"sent": True}).encode()
    peticion = request._get_current_object()  # type: ignore[attr-defined]

    def mitad() -> Iterator[bytes]:
        yield entera[: len(entera) // 2]
        peticion.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)

    respuesta = Response(mitad(), buena.status_code, content_type=buena.content_type)
    respuesta.headers["Content-Length"] = str(len(entera))
    return respuesta
