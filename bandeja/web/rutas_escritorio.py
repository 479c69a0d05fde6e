"""Las rutas añadidas a la especificación: abrir un chat, ponerse al día, reintentar, buscar y la mesa de trabajo."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from bandeja.autenticacion import require_auth
from bandeja.busqueda import Hallazgo
from bandeja.errores import EntradaInvalida
from bandeja.modelos import Respuesta
from bandeja.serializacion import conversacion_json, digitos, nombre_visible
from bandeja.telefono import exigir
from bandeja.web.peticion import exigir_seq, leer_booleano, leer_entero, leer_objeto
from bandeja.web.respuestas import envio_de_salida, mensaje_de_salida
from bandeja.web.servicios import servicios

escritorio_bp = Blueprint("escritorio", __name__, url_prefix="/api")


@escritorio_bp.post("/conversaciones")
@require_auth
def iniciar_conversacion() -> ResponseReturnValue:
    datos = leer_objeto()
    nombre = datos.get("nombre")
    if nombre is not None and not isinstance(nombre, str):
        raise EntradaInvalida("El nombre debe ser un texto.")
    telefono, config = exigir(datos.get("numero")), servicios().config
    if telefono.digitos in (config.lineas.whapi, config.lineas.twilio) or telefono.numero in config.excluidos:
        raise EntradaInvalida("Con ese número no se conversa: es el de la línea o está excluido.")
    fuente = servicios().canales.de_inicio
    conversacion = servicios().lectura.iniciar_conversacion(g.agente.username, telefono, nombre, fuente)
    if fuente == "whapi":
        servicios().identidad.averiguar_destino(telefono)
    return jsonify({"success": True, "conversacion": conversacion_json(conversacion)})


@escritorio_bp.get("/cambios")
@require_auth
def ver_cambios() -> ResponseReturnValue:
    cambios = servicios().lectura.cambios_desde(g.agente.username, request.args.get("desde", ""))
    return jsonify(
        {
            "success": True,
            "cursor": cambios.cursor,
            "reset": cambios.reiniciar,
            "conversaciones": {digitos(c.numero): conversacion_json(c) for c in cambios.conversaciones},
            "mensajes": [{**mensaje_de_salida(m), "numero": digitos(m.numero)} for m in cambios.mensajes],
            "quitadas": [digitos(n) for n in cambios.quitadas],
            "has_more": False,
        }
    )


@escritorio_bp.post("/marcar-leido/<numero>")
@require_auth
def marcar_leido(numero: str) -> ResponseReturnValue:
    hasta = leer_objeto().get("hasta") if request.get_data() else None
    telefono = exigir(numero)
    seq = None if hasta is None else exigir_seq(hasta, "hasta")
    faltan = servicios().lectura.marcar_leido(g.agente.username, telefono, seq)
    servicios().senales.leyo(g.agente.username, telefono, seq)
    return jsonify({"success": True, "unread_count": faltan})


@escritorio_bp.post("/reintentar-mensaje")
@require_auth
def reintentar_mensaje() -> ResponseReturnValue:
    mensaje = servicios().envio.reintentar(g.agente.username, exigir_seq(leer_objeto().get("seq"), "seq"))
    return jsonify(envio_de_salida(mensaje))


@escritorio_bp.get("/buscar")
@require_auth
def buscar() -> ResponseReturnValue:
    texto, numero = request.args.get("q", ""), request.args.get("numero")
    resultados = servicios().busqueda.buscar(
        g.agente.username, texto, exigir(numero) if numero else None, leer_entero("limit", 30, 1, 100)
    )
    return jsonify(
        {
            "success": True,
            "q": texto,
            "conversaciones": [conversacion_json(c) for c in resultados.conversaciones],
            "mensajes": [_hallazgo(h) for h in resultados.mensajes],
        }
    )


def _hallazgo(h: Hallazgo) -> dict[str, Any]:
    return {
        **mensaje_de_salida(h.mensaje),
        "numero": digitos(h.mensaje.numero),
        "nombre": nombre_visible(h.conversacion.nombre, h.conversacion.numero),
        "snippet": [{"text": texto, "match": marca} for texto, marca in h.trozo],
    }


@escritorio_bp.put("/borrador/<numero>")
@require_auth
def guardar_borrador(numero: str) -> ResponseReturnValue:
    servicios().escritorio.guardar_borrador(g.agente.username, exigir(numero), leer_objeto().get("texto"))
    return jsonify({"success": True})


@escritorio_bp.patch("/conversacion/<numero>")
@require_auth
def ajustar_conversacion(numero: str) -> ResponseReturnValue:
    datos = leer_objeto()
    fijada, silenciada = servicios().escritorio.ajustar(
        g.agente.username, exigir(numero), leer_booleano(datos, "pinned"), leer_booleano(datos, "muted")
    )
    return jsonify({"success": True, "pinned": fijada, "muted": silenciada})


@escritorio_bp.get("/respuestas-rapidas")
@require_auth
def listar_respuestas() -> ResponseReturnValue:
    respuestas = servicios().escritorio.listar_respuestas(g.agente.username)
    return jsonify({"success": True, "respuestas": [_respuesta(r) for r in respuestas]})


@escritorio_bp.post("/respuestas-rapidas")
@require_auth
def crear_respuesta() -> ResponseReturnValue:
    datos = leer_objeto()
    creada = servicios().escritorio.crear_respuesta(
        g.agente.username, datos.get("atajo"), datos.get("texto"), compartida=bool(leer_booleano(datos, "compartida"))
    )
    return jsonify({"success": True, "respuesta": _respuesta(creada)})


@escritorio_bp.put("/respuestas-rapidas/<int(max=9007199254740991):identificador>")
@require_auth
def cambiar_respuesta(identificador: int) -> ResponseReturnValue:
    datos = leer_objeto()
    cambiada = servicios().escritorio.cambiar_respuesta(
        g.agente.username,
        identificador,
        datos.get("atajo"),
        datos.get("texto"),
        compartida=bool(leer_booleano(datos, "compartida")),
    )
    return jsonify({"success": True, "respuesta": _respuesta(cambiada)})


@escritorio_bp.delete("/respuestas-rapidas/<int(max=9007199254740991):identificador>")
@require_auth
def borrar_respuesta(identificador: int) -> ResponseReturnValue:
    servicios().escritorio.borrar_respuesta(g.agente.username, identificador)
    return jsonify({"success": True})


def _respuesta(r: Respuesta) -> dict[str, Any]:
    return {"id": r.id, "atajo": r.atajo, "texto": r.texto, "compartida": r.agente is None}
