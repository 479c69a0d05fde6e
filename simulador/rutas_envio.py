"""Las rutas que escriben mensajes: enviar, reenviar, editar, reaccionar, borrar y marcar leído."""

from flask import Blueprint, Response, g, jsonify, request

from . import formas
from .envios import TIPOS_DE_ENVIO, Envio, PeticionMala, leer_envio, validar
from .fallas import Falla
from .formas import Json
from .respuestas import cuerpo_json, de_falla, error, exito, proveedor

rutas = Blueprint("envio", __name__)

_PREFIJO = "/messages/"


@rutas.before_app_request
def anotar_envio() -> None:
    """Anota todo POST a una puerta de envío antes de mirar la ficha: también cuentan los rechazados."""
    tipo = request.path.removeprefix(_PREFIJO)
    if request.method == "POST" and request.path.startswith(_PREFIJO) and tipo in TIPOS_DE_ENVIO:
        g.envio = leer_envio(request, tipo)
        proveedor().anotar_envio(g.envio)


@rutas.after_app_request
def anotar_codigo(respuesta: Response) -> Response:
    """Anota qué se contestó a ese POST."""
    if "envio" in g:
        g.envio.codigo = respuesta.status_code
    return respuesta


@rutas.post("/messages/<tipo>")
def enviar(tipo: str) -> Response:
    """Envía un mensaje; con un identificador en vez de un tipo, reenvía ese mensaje."""
    if tipo not in TIPOS_DE_ENVIO:
        return _reenviar(tipo)
    falla = proveedor().fallas.tomar("envio")
    if falla is None:
        return _aceptar(g.envio, None)
    if not falla.aceptado:
        proveedor().detenido.wait(falla.segundos)
        buena = _aceptar(g.envio, falla) if not falla.cambia_respuesta else Response()
    else:
        buena = _aceptar(g.envio, falla)
        proveedor().detenido.wait(falla.segundos)
    return de_falla(falla, buena) if falla.cambia_respuesta and buena.status_code == 200 else buena


def _aceptar(envio: Envio, falla: Falla | None) -> Response:
    sim = proveedor()
    if sim.estado.linea_estado != "AUTH":
        return error(401)
    try:
        validar(envio, sim.estado)
        mensaje = sim.aceptar(envio, falla)
    except PeticionMala as mala:
        return error(mala.codigo, mala.detalles)
    return jsonify({"sent": True, "message": mensaje})


def _reenviar(id_mensaje: str) -> Response:
    sim = proveedor()
    original = sim.estado.mensaje(id_mensaje)
    destino = cuerpo_json().get("to")
    if original is None:
        return _no_existe()
    if not isinstance(destino, str) or not formas.es_destino(destino):
        return error(400, "to: no cumple el patrón")
    clave = original["type"]
    mensaje = sim.mensaje_propio(formas.chat_de(destino), clave, original.get(clave) or {})
    mensaje["context"] = {"forwarded": True, "forwarding_score": 1}
    sim.echar_a_andar(mensaje, sim.ciclo)
    return jsonify({"sent": True, "message": mensaje})


@rutas.put("/messages/<id_mensaje>")
def marcar_leido(id_mensaje: str) -> Response:
    """Marca leído un mensaje del cliente. No edita: eso es POST con `edit`."""
    return exito() if proveedor().estado.marcar_leido(id_mensaje) else _no_existe()


@rutas.delete("/messages/<id_mensaje>")
def borrar(id_mensaje: str) -> Response:
    """Borra un mensaje y lo cuenta con un messages.delete."""
    sim = proveedor()
    if sim.estado.borrar_mensaje(id_mensaje) is None:
        return _no_existe()
    sim.avisar("messages", "delete", [id_mensaje], clave=id_mensaje)
    return exito()


@rutas.route("/messages/<id_mensaje>/reaction", methods=["PUT", "DELETE"])
def reaccionar(id_mensaje: str) -> Response:
    """Pone o quita la reacción de la línea; no contesta ningún identificador nuevo."""
    sim = proveedor()
    blanco = sim.estado.mensaje(id_mensaje)
    if blanco is None:
        return _no_existe()
    emoji = cuerpo_json().get("emoji", "") if request.method == "PUT" else ""
    if not isinstance(emoji, str):
        return error(400, "emoji: debe ser texto")
    accion: Json = {"type": "reaction", "target": id_mensaje, "emoji": emoji}
    mensaje = sim.mensaje_propio(blanco["chat_id"], "action", accion)
    sim.estado.guardar_mensaje(mensaje)
    sim.avisar("messages", "post", [mensaje], clave=id_mensaje)
    return exito()


def _no_existe() -> Response:
    return error(404, mensaje="Specified message not found")
