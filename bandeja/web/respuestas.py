"""Los errores, traducidos una sola vez a HTTP y a una sola forma: {"success": false, "error": "<frase>"}."""

from __future__ import annotations

from collections.abc import Iterable
from traceback import format_tb
from typing import Any
from uuid import uuid4

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from bandeja import errores
from bandeja.envio import EnvioFallido
from bandeja.modelos import Mensaje
from bandeja.registro import registro
from bandeja.serializacion import mensaje_json
from bandeja.web.servicios import servicios

_CODIGOS: tuple[tuple[type[errores.ErrorBandeja], int], ...] = (
    (errores.EntradaInvalida, 400),
    (errores.CredencialesInvalidas, 401),
    (errores.SinSesion, 401),
    (errores.SinPermiso, 403),
    (errores.NoEncontrado, 404),
    (errores.EstadoNoPermite, 409),
    (errores.DatoRepetido, 409),
    (errores.DatoRechazado, 400),
    (errores.ProveedorRechazo, 502),
    (errores.ProveedorNoResponde, 504),
    (errores.ProveedorIncierto, 502),
    (errores.SinProveedor, 503),
    (errores.BaseNoDisponible, 503),
    (errores.AlmacenNoDisponible, 503),
    (errores.ArchivoMuyGrande, 413),
    (errores.EsquemaIncompatible, 503),
)
_FRASES_HTTP = {
    400: "La petición no se entiende.",
    404: "No existe lo que pides.",
    405: "Esa dirección no admite esta acción.",
    413: "Lo que enviaste es demasiado grande.",
    415: "Se esperaba JSON.",
}


def registrar_errores(app: Flask) -> None:
    """Todo error de la aplicación sale con la misma forma."""
    app.register_error_handler(errores.ErrorBandeja, _responder_error)
    app.register_error_handler(RateLimitExceeded, _responder_demasiados)
    app.register_error_handler(HTTPException, _responder_http)
    app.register_error_handler(Exception, _responder_inesperado)


def fallo(frase: str, codigo: int, **mas: object) -> tuple[Response, int]:
    """Una respuesta de error con su frase."""
    return jsonify({"success": False, "error": frase, **mas}), codigo


def mensaje_de_salida(m: Mensaje) -> dict[str, Any]:
    """Un mensaje en su forma de REST."""
    return mensajes_de_salida([m])[0]


def mensajes_de_salida(mensajes: Iterable[Mensaje]) -> list[dict[str, Any]]:
    """Una lista de mensajes en su forma de REST."""
    propios = servicios()
    lineas, nombrar = propios.config.lineas, propios.plantel.nombre_de
    return [mensaje_json(m, lineas, nombrar) for m in mensajes]


def envio_de_salida(m: Mensaje) -> dict[str, Any]:
    """La respuesta de un envío: las claves impresas y el mensaje entero."""
    datos = mensaje_de_salida(m)
    return {
        "success": True,
        "message_id": datos["id"],
        "source": m.fuente,
        "timestamp": datos["date_sent"],
        "message": datos,
    }


def _codigo_de(error: errores.ErrorBandeja) -> int:
    causa = error.causa if isinstance(error, EnvioFallido) else error
    return next((codigo for tipo, codigo in _CODIGOS if isinstance(causa, tipo)), 500)


def _responder_error(error: errores.ErrorBandeja) -> ResponseReturnValue:
    if isinstance(error, EnvioFallido) and error.mensaje is not None:
        return fallo(str(error), _codigo_de(error), message=mensaje_de_salida(error.mensaje))
    return fallo(str(error), _codigo_de(error))


def _responder_demasiados(error: RateLimitExceeded) -> ResponseReturnValue:
    segundos = error.limit.limit.get_expiry() if error.limit else 60
    espera = "un minuto" if segundos <= 60 else "una hora"  # los plazos de LIMITE_LOGIN
    respuesta, codigo = fallo(f"Demasiados intentos. Espera {espera} y vuelve a intentarlo.", 429)
    respuesta.headers["Retry-After"] = str(segundos)
    return respuesta, codigo


def _responder_http(error: HTTPException) -> ResponseReturnValue:
    codigo = error.code or 500
    if codigo < 400:
        return error
    return fallo(_FRASES_HTTP.get(codigo, "No se pudo atender la petición."), codigo)


def _responder_inesperado(error: Exception) -> ResponseReturnValue:
    """Lo que nadie previó: con traza en el registro, con un número para encontrarla y sin decir nada de dentro.

    La traza va sin el texto del error: PostgreSQL mete en él la fila entera, y con ella lo que escribió el cliente.
    """
    error_id = uuid4().hex[:12]
    clase, codigo = type(error).__name__, getattr(error, "pgcode", None) or ""
    camino = "".join(format_tb(error.__traceback__))
    registro.error("❌ Error inesperado %s en %s: %s %s\n%s", error_id, request.endpoint, clase, codigo, camino)
    return fallo("Ocurrió un error inesperado. Intenta de nuevo.", 500, error_id=error_id)
