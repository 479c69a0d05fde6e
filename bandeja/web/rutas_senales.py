"""Las rutas de lo que se le deja ver al cliente, de las fotos y de separar lo que se unió."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from bandeja.autenticacion import require_auth
from bandeja.repositorio.senales import Senales
from bandeja.telefono import exigir
from bandeja.web.peticion import leer_booleano, leer_objeto
from bandeja.web.servicios import servicios

senales_bp = Blueprint("senales", __name__, url_prefix="/api")


@senales_bp.get("/senales")
@require_auth
def ver_senales() -> ResponseReturnValue:
    return _senales(servicios().senales.ajustes(g.agente.username))


@senales_bp.patch("/senales")
@require_auth
def cambiar_senales() -> ResponseReturnValue:
    datos = leer_objeto()
    lectura, escribiendo = leer_booleano(datos, "read_receipts"), leer_booleano(datos, "typing")
    return _senales(servicios().senales.ajustar(g.agente.username, lectura, escribiendo))


def _senales(s: Senales) -> ResponseReturnValue:
    permitido = servicios().senales.confirma
    datos = {"read_receipts": s.lectura and permitido, "read_receipts_allowed": permitido, "typing": s.escribiendo}
    return jsonify({"success": True, **datos})


@senales_bp.get("/foto/<numero>")
@require_auth
def ver_foto(numero: str) -> ResponseReturnValue:
    """La dirección lleva la versión: mientras no cambie, el navegador no vuelve a pedirla."""
    foto = servicios().fotos.obtener(g.agente.username, exigir(numero))
    respuesta = Response(foto.datos, mimetype=foto.mime)
    respuesta.headers["Content-Disposition"] = "inline"
    respuesta.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    respuesta.headers["Cache-Control"] = "private, max-age=86400"
    respuesta.set_etag(foto.version)
    return respuesta.make_conditional(request)


@senales_bp.post("/fusiones/<int(max=9007199254740991):identificador>/deshacer")
@require_auth
def deshacer_fusion(identificador: int) -> ResponseReturnValue:
    servicios().identidad.deshacer(g.agente.username, identificador)
    return jsonify({"success": True})
