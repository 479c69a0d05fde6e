"""Las rutas de Twilio: sus dos webhooks, firmados por él, y las plantillas para los chats con la ventana cerrada."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from bandeja.autenticacion import require_auth
from bandeja.registro import registro
from bandeja.telefono import exigir
from bandeja.web.peticion import leer_objeto
from bandeja.web.puertas import del_proveedor
from bandeja.web.respuestas import envio_de_salida, fallo
from bandeja.web.servicios import servicios

twilio_bp = Blueprint("twilio", __name__)

# Un mensaje de texto con su anuncio y sus metadatos no llega a 20 kB; los archivos van por enlace.
MAX_CUERPO = 256 * 1024
# Cualquier otra respuesta con cuerpo la leería como instrucciones, o se la mandaría al cliente.
SIN_INSTRUCCIONES = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@twilio_bp.post("/webhook/twilio")
@del_proveedor
def webhook_twilio() -> ResponseReturnValue:
    """Un mensaje de un cliente. 200 solo cuando quedó confirmado en la base."""
    rechazo = _rechazo("")
    if rechazo is not None:
        return rechazo
    servicios().recepcion.recibir_de_twilio(request.form.to_dict())
    return Response(SIN_INSTRUCCIONES, mimetype="text/xml")


@twilio_bp.post("/webhook/twilio/estado")
@del_proveedor
def estado_twilio() -> ResponseReturnValue:
    """Un paso de un mensaje nuestro."""
    rechazo = _rechazo("/estado")
    if rechazo is not None:
        return rechazo
    servicios().recepcion.recibir_estado_de_twilio(request.form.to_dict(), request.args.get("envio"))
    return Response(SIN_INSTRUCCIONES, mimetype="text/xml")


def _rechazo(ruta: str) -> ResponseReturnValue | None:
    """La respuesta a quien no es Twilio; None si la petición lleva su firma."""
    request.max_content_length = MAX_CUERPO
    twilio = servicios().twilio
    if not twilio.configurado:
        return fallo("No existe lo que pides.", 404)
    publica = twilio.cuenta.url_webhook
    consulta = request.query_string.decode("latin-1")
    url = (f"{publica}{ruta}" if publica else request.base_url) + (f"?{consulta}" if consulta else "")
    if twilio.es_suya(url, request.form, request.headers.get("X-Twilio-Signature", "")):
        return None
    registro.warning("⚠️ Webhook de Twilio rechazado: su firma no corresponde a %s", request.path)
    return fallo("Webhook no autorizado.", 403)


@twilio_bp.get("/api/plantillas")
@require_auth
def listar_plantillas() -> ResponseReturnValue:
    """Quien la pide abrió el selector y espera a Twilio; ninguna otra lectura lo hace."""
    return jsonify(
        {
            "success": True,
            "plantillas": [
                {"sid": p.sid, "nombre": p.nombre, "idioma": p.idioma, "texto": p.texto, "variables": p.variables}
                for p in servicios().plantillas.listar()
            ],
        }
    )


@twilio_bp.post("/api/enviar-plantilla/<numero>")
@require_auth
def enviar_plantilla(numero: str) -> ResponseReturnValue:
    mensaje = servicios().plantillas.enviar(g.agente.username, exigir(numero), leer_objeto())
    return jsonify(envio_de_salida(mensaje))
