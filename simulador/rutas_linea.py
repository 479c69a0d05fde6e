"""Las rutas de la línea: salud, vinculación, ajustes, presencias y límites."""

import base64

import requests
from flask import Blueprint, Response, jsonify, request

from . import formas, muestras
from .entregas import en_bytes
from .nucleo import EVENTOS, destino_de
from .respuestas import cuerpo_json, error, exito, proveedor

rutas = Blueprint("linea", __name__)

_PRESENCIAS = ("typing", "recording", "pause", "paused", "online", "offline")


@rutas.get("/health")
def salud() -> Response:
    """El estado del canal. Sin `wakeup=false` DESPIERTA un canal detenido, como el de verdad."""
    despierta = request.args.get("wakeup", "true") != "false"
    if despierta and proveedor().estado.linea_estado == "STOP":
        proveedor().poner_linea("AUTH")
    return jsonify(proveedor().salud())


@rutas.get("/users/login")
def vincular() -> Response:
    """El código QR; 409 si ya hay un teléfono vinculado."""
    if proveedor().estado.linea_estado == "AUTH":
        return error(409, mensaje="channel already authenticated")
    if proveedor().estado.qrs:
        return jsonify(proveedor().estado.qrs.pop(0))
    imagen = base64.b64encode(muestras.png(120, 120, (0, 0, 0))).decode()
    datos = {"base64": f"data:image/png;base64,{imagen}", "rowdata": "2@simulado,no-sirve==", "expire": 20}
    return jsonify({"status": "OK", **datos})


@rutas.get("/users/login/image")
def vincular_con_imagen() -> Response:
    """El código QR como PNG."""
    if proveedor().estado.linea_estado == "AUTH":
        return error(409, mensaje="channel already authenticated")
    return Response(muestras.png(120, 120, (0, 0, 0)), content_type="image/png")


@rutas.get("/users/login/<numero>")
def vincular_con_codigo(numero: str) -> Response:
    """El código que se escribe en el teléfono en lugar de escanear."""
    if proveedor().estado.linea_estado == "AUTH":
        return error(409, mensaje="channel already authenticated")
    return jsonify({"code": "ABCD-1234"}) if numero.isdigit() else error(400, mensaje="Invalid phone number")


@rutas.post("/users/logout")
def desvincular() -> Response:
    """Suelta el teléfono: la línea queda en QR y lo cuentan dos webhooks."""
    sim = proveedor()
    if sim.estado.linea_estado != "AUTH":
        return error(409, mensaje="channel already logged out")
    sim.avisar("users", "delete", {"id": sim.linea, "name": sim.nombre_linea})
    sim.poner_linea("QR")
    return exito()


@rutas.get("/limits")
def limites() -> Response:
    """204: este canal no tiene límites."""
    return Response(status=204)


# --- ajustes ---


@rutas.get("/settings")
def ajustes() -> Response:
    """Los ajustes del canal."""
    return jsonify(proveedor().estado.ajustes())


@rutas.patch("/settings")
def cambiar_ajustes() -> Response:
    """Cambia lo dado y deja lo demás; el arreglo `webhooks` se reemplaza ENTERO."""
    cambios = cuerpo_json()
    webhooks = cambios.get("webhooks", [])
    if not isinstance(webhooks, list) or not all(isinstance(uno, dict) and uno.get("url") for uno in webhooks):
        return error(400, "webhooks: un arreglo de objetos con url")
    return jsonify(proveedor().estado.cambiar_ajustes(cambios))


@rutas.delete("/settings")
def restaurar_ajustes() -> Response:
    """Vuelve a los ajustes de fábrica; se pierden también los webhooks."""
    proveedor().estado.restaurar_ajustes()
    return exito()


@rutas.get("/settings/events")
def eventos() -> Response:
    """Los eventos que se pueden pedir."""
    return jsonify({"events": [{"type": tipo, "method": evento} for tipo, evento in EVENTOS]})


@rutas.post("/settings/webhook_test")
def probar_webhook() -> Response:
    """Manda un mensaje de muestra a la dirección dada."""
    sim, pedido = proveedor(), cuerpo_json()
    if not pedido.get("url"):
        return error(400, "url: es obligatoria")
    destino = destino_de(pedido)
    tipo = str(pedido.get("type") or "messages")
    verbo, url = destino.peticion(tipo, "post")
    muestra = sim.sobre(sim.mensaje("text", "573005550100", "Prueba", contenido={"body": "Prueba de webhook"}))
    cuerpo = muestra if tipo == "messages" else formas.sobre(tipo, "post", [])
    try:
        codigo = sim.entregas.pedir(verbo, url, en_bytes(cuerpo), dict(destino.cabeceras)).status_code
    except requests.RequestException:
        return error(400, "el webhook no contestó")
    return exito() if codigo == 200 else error(400, f"el webhook contestó {codigo}")


# --- presencias ---


@rutas.put("/presences/<quien>")
def presencia(quien: str) -> Response:
    """«Escribiendo…», «grabando…» o, para `me`, en línea; queda anotado en `estado.presencias`."""
    pedido = cuerpo_json()
    if pedido.get("presence") not in set(_PRESENCIAS) - proveedor().estado.palabras_desconocidas:
        return error(400, "presence: no es una de las conocidas")
    proveedor().estado.presencias.append({"id": quien, **pedido})
    return exito()


@rutas.post("/presences/<quien>")
def vigilar_presencia(quien: str) -> Response:
    """Se suscribe a la presencia de un cliente; 409 si ya lo estaba."""
    if any(una["id"] == quien and una.get("suscrita") for una in proveedor().estado.presencias):
        return error(409, mensaje="presence already subscribed")
    proveedor().estado.presencias.append({"id": quien, "suscrita": True})
    return exito()
