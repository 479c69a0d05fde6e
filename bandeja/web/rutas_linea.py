"""Cómo está la línea, para la pantalla, y las métricas, para quien vigila. Nunca le preguntan al proveedor."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from bandeja import metricas
from bandeja.autenticacion import es_de_esta_maquina, publica, require_auth
from bandeja.estado_linea import FRASES
from bandeja.serializacion import linea_json
from bandeja.web.puertas import trae_secreto
from bandeja.web.respuestas import fallo
from bandeja.web.servicios import servicios

linea_bp = Blueprint("linea", __name__)


@linea_bp.get("/api/linea")
@require_auth
def ver_linea() -> ResponseReturnValue:
    return jsonify({"success": True, "line": linea_json(servicios().linea.ver())})


@linea_bp.get("/metrics")
@publica
def ver_metricas() -> ResponseReturnValue:
    """Con la ficha de METRICS_TOKEN, o desde esta misma máquina."""
    ficha = servicios().config.ficha_metricas
    if not (es_de_esta_maquina(request) or (ficha is not None and trae_secreto(ficha))):
        return fallo("Métricas no autorizadas.", 401)
    medidas = servicios().linea.medidas()
    estado = servicios().linea.ver().estado if medidas["base"] else None
    vigentes = {nombre: nombre == estado for nombre in FRASES}
    return Response(metricas.exponer(medidas, vigentes), content_type=metricas.TIPO)
