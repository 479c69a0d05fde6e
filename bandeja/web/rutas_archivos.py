"""Las rutas de los archivos: verlos (enteros, por pedazos o en miniatura), volver a pedirlos y enviarlos."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from bandeja.archivos import Pedido
from bandeja.autenticacion import require_auth
from bandeja.telefono import exigir
from bandeja.web.archivos import leer_formulario, servir_archivo, servir_miniatura
from bandeja.web.respuestas import envio_de_salida
from bandeja.web.servicios import servicios

archivos_bp = Blueprint("archivos", __name__, url_prefix="/api")
_UNO = "/archivo/<int(max=9007199254740991):identificador>"


@archivos_bp.get(_UNO)
@require_auth
def ver_archivo(identificador: int) -> Response:
    archivos = servicios().archivos
    archivo = archivos.exigir(g.agente.username, identificador)
    return servir_archivo(archivo, archivos.abrir, descargar=request.args.get("descargar") == "1")


@archivos_bp.get(f"{_UNO}/miniatura")
@require_auth
def ver_miniatura(identificador: int) -> Response:
    return servir_miniatura(servicios().archivos.exigir_miniatura(g.agente.username, identificador))


@archivos_bp.post(f"{_UNO}/reintentar")
@require_auth
def reintentar_archivo(identificador: int) -> ResponseReturnValue:
    servicios().traida.anunciar(servicios().archivos.reintentar(g.agente.username, identificador))
    return jsonify({"success": True})


@archivos_bp.get("/limites-archivo")
@require_auth
def ver_limites() -> ResponseReturnValue:
    """Cuánto puede pesar, en bytes, lo que sale como cada tipo de mensaje."""
    return jsonify({"success": True, "limits": servicios().archivos.limites()})


@archivos_bp.post("/enviar-archivo/<numero>")
@require_auth
def enviar_archivo(numero: str) -> ResponseReturnValue:
    telefono, agente, propios = exigir(numero), g.agente.username, servicios()
    propios.salida.exigir(agente, telefono)  # antes de leer 100 MB de quien no debe
    with leer_formulario(propios.archivos.maximo) as f:
        pedido = Pedido(
            f.archivo, f.nombre, f.mime, f.texto("kind") or "auto", f.texto("caption"), f.texto("client_id"),
            f.texto("quoted_id"),
        )  # fmt: skip
        mensaje = propios.salida.enviar(agente, telefono, pedido)
    return jsonify(envio_de_salida(mensaje))
