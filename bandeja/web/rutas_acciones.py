"""Las rutas de lo que se le hace a un mensaje que ya está: reaccionar, editar y eliminar."""

from __future__ import annotations

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from bandeja.autenticacion import require_auth
from bandeja.web.peticion import leer_objeto
from bandeja.web.respuestas import mensaje_de_salida
from bandeja.web.servicios import servicios

acciones_bp = Blueprint("acciones", __name__, url_prefix="/api/mensaje/<int(max=9007199254740991):seq>")
_AVISO_OTRO = "WhatsApp no editó el mensaje: lo envió como uno nuevo."


@acciones_bp.post("/reaccion")
@require_auth
def reaccionar(seq: int) -> ResponseReturnValue:
    mensaje = servicios().acciones.reaccionar(g.agente.username, seq, leer_objeto().get("emoji"))
    return jsonify({"success": True, "message": mensaje_de_salida(mensaje)})


@acciones_bp.patch("")
@require_auth
def editar(seq: int) -> ResponseReturnValue:
    mensaje, editado = servicios().acciones.editar(g.agente.username, seq, leer_objeto().get("message"))
    aviso = {} if editado else {"notice": _AVISO_OTRO}
    return jsonify({"success": True, "edited": editado, "message": mensaje_de_salida(mensaje), **aviso})


@acciones_bp.delete("")
@require_auth
def borrar(seq: int) -> ResponseReturnValue:
    mensaje = servicios().acciones.borrar(g.agente.username, seq)
    return jsonify({"success": True, "message": mensaje_de_salida(mensaje)})
