"""La cara del chat: quién atiende (AGENTES), las rutas y los nombres de la especificación.

Cada ruta lee, llama a un caso de uso de `bandeja` y contesta. Aquí no hay SQL ni llamadas al proveedor.
Para obtener el hash de una contraseña: `python chat_whatsapp.py hash`.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    render_template,
    request,
    send_from_directory,
    session,
)
from flask.typing import ResponseReturnValue
from werkzeug.security import generate_password_hash

from bandeja import metricas
from bandeja.autenticacion import abrir_sesion, comprobar_credenciales, es_de_esta_maquina, publica, require_auth
from bandeja.configuracion import RAIZ, leer_agentes
from bandeja.errores import ErrorBandeja
from bandeja.modelos import Agente, PaginaMensajes
from bandeja.registro import registro
from bandeja.serializacion import ahora_iso, digitos, iso, linea_json, nombre_visible
from bandeja.telefono import Telefono, exigir
from bandeja.web.estaticos import RUTA_CON_VERSION, raiz_estaticos, servir_con_version
from bandeja.web.listado import pagina_de_lista
from bandeja.web.ordenes import linea_cli
from bandeja.web.peticion import MAX_DESDE, MAX_SEQ, leer_entero, leer_json, leer_objeto, leer_opcion
from bandeja.web.puertas import (
    ARCHIVO_EMOJIS,
    ARCHIVO_SOCKETIO,
    LIMITE_LOGIN,
    PREFIJO,
    del_proveedor,
    limitador,
    poner_puertas,
    red_de,
    trae_secreto,
    vigilar_puertas,
)
from bandeja.web.respuestas import envio_de_salida, fallo, mensajes_de_salida, registrar_errores
from bandeja.web.rutas_acciones import acciones_bp
from bandeja.web.rutas_archivos import archivos_bp
from bandeja.web.rutas_escritorio import escritorio_bp
from bandeja.web.rutas_historia import claves_de, contar_entrega, historia_bp
from bandeja.web.rutas_linea import linea_bp
from bandeja.web.rutas_senales import senales_bp
from bandeja.web.rutas_twilio import twilio_bp
from bandeja.web.servicios import Servicios, guardar_servicios, servicios

# Quién atiende. El orden es el del turno. Además, cada PASSWORD_AGENTE<n> del entorno crea su agente<n>
# sin tocar este archivo; NOMBRE_AGENTE<n> y ACTIVO_AGENTE<n>=0 lo nombran y lo desactivan.
AGENTES: dict[str, dict[str, Any]] = {
    "agente1": {
        "password": os.getenv("PASSWORD_AGENTE1", "password1"),
        "nombre": "Agente 1",
        "activo": True,
    },
    "agente2": {
        "password": os.getenv("PASSWORD_AGENTE2", "password2"),
        "nombre": "Agente 2",
        "activo": True,
    },
}
AGENTES = leer_agentes(os.environ, AGENTES)

SERVICIO = "twilio-bsl"
FILTROS = ("todos", "no_leidos", "sin_responder")
ORDENES = ("reciente", "no_leidos")

chat_bp = Blueprint("chat_whatsapp", __name__, url_prefix=PREFIJO)
chat_bp.before_request(vigilar_puertas)
chat_bp.register_blueprint(escritorio_bp)
chat_bp.register_blueprint(historia_bp)
chat_bp.after_request(contar_entrega)
chat_bp.register_blueprint(archivos_bp)
chat_bp.register_blueprint(linea_bp)
chat_bp.register_blueprint(senales_bp)
chat_bp.register_blueprint(twilio_bp)
chat_bp.register_blueprint(acciones_bp)


def registrar_chat(app: Flask, propios: Servicios) -> None:
    """Monta el Blueprint en una aplicación, con sus errores, sus cabeceras y sus límites."""
    guardar_servicios(app, propios)
    poner_puertas(app)
    registrar_errores(app)
    app.register_blueprint(chat_bp)
    app.cli.add_command(linea_cli)
    app.add_url_rule(RUTA_CON_VERSION, "estatico_con_version", servir_con_version)


# --- las funciones de la especificación -----------------------------------------------------------------------------


def obtener_agente_asignado(numero_telefono: str) -> str | None:
    """El agente de un número ("+573001234567"), o None si no tiene.

    Lanza EntradaInvalida si no es un número y BaseNoDisponible si no se pudo mirar: None nunca es un fallo.
    """
    return servicios().asignacion.obtener_dueno(exigir(numero_telefono))


def asignar_conversacion_round_robin(numero_telefono: str) -> str | None:
    """Da dueño a un número: el que ya tiene o el del turno. Devuelve su usuario; None si no hay nadie activo."""
    return servicios().asignacion.asignar(exigir(numero_telefono))


def actualizar_actividad_conversacion(numero_telefono: str) -> None:
    """Anota actividad ahora en la conversación de un número."""
    servicios().asignacion.actualizar_actividad(exigir(numero_telefono))


# --- páginas --------------------------------------------------------------------------------------------------------


@chat_bp.get("", strict_slashes=False)
@chat_bp.get("/", strict_slashes=False)
@require_auth
def pagina_chat() -> ResponseReturnValue:
    try:
        primera = pagina_de_lista(g.agente.username)
    except ErrorBandeja:  # sin base la página sale igual: la pantalla la pide, dice qué pasa e insiste
        primera = None
    return _pagina("chat.html", primera)


@chat_bp.get("/login")
@publica
def pagina_login() -> ResponseReturnValue:
    return _pagina("login.html")


def _pagina(plantilla: str, primera: dict[str, Any] | None = None) -> Response:
    config = servicios().config
    agente = {"username": g.agente.username, "nombre": g.agente.nombre} if g.agente else None
    respuesta = Response(
        render_template(
            f"twilio/{plantilla}", agente=agente, demo=config.demostracion, linea=config.linea,
            socketio_local=ARCHIVO_SOCKETIO.exists(), emojis_local=ARCHIVO_EMOJIS.exists(), instalable=True,
            estaticos=raiz_estaticos(), primera=primera,
        ),
        mimetype="text/html",
    )  # fmt: skip
    respuesta.headers["Cache-Control"] = "no-store"
    return respuesta


@chat_bp.get("/sw.js")
@publica
def service_worker() -> ResponseReturnValue:
    """El service worker, servido aquí porque solo manda sobre lo que cuelga de su dirección."""
    respuesta = send_from_directory(RAIZ / "static" / "twilio" / "js", "sw.js", mimetype="text/javascript")
    respuesta.headers["Service-Worker-Allowed"] = PREFIJO
    respuesta.headers["Cache-Control"] = "no-cache"
    return respuesta


# --- autenticación --------------------------------------------------------------------------------------------------


def _clave_de_intento() -> str:
    """Cuenta y dirección: quien prueba la clave de uno no deja fuera a sus compañeros."""
    datos = request.get_json(silent=True, force=True)
    usuario = datos.get("username") if isinstance(datos, dict) else None
    conocido = usuario if servicios().plantel.obtener_agente(usuario) else "desconocido"
    return f"{conocido}|{red_de(request.remote_addr)}"


@limitador.limit(LIMITE_LOGIN, key_func=_clave_de_intento)
def _exigir_credenciales(usuario: object, clave: object) -> Agente:
    """Gasta el intento antes de mirar la contraseña (si no, treinta a la vez pasarían juntos); acertar los devuelve."""
    agente = comprobar_credenciales(servicios().plantel, usuario, clave, local=es_de_esta_maquina(request))
    for gastado in limitador.current_limits:
        limitador.limiter.clear(gastado.limit, *gastado.request_args)
    return agente


@chat_bp.post("/api/login")
@publica
def iniciar_sesion() -> ResponseReturnValue:
    datos = leer_objeto()
    agente = _exigir_credenciales(datos.get("username"), datos.get("password"))
    abrir_sesion(agente, current_app.secret_key)
    registro.info("✅ Login exitoso: %s", agente.username)
    return jsonify({"success": True, "username": agente.username, "nombre": agente.nombre})


@chat_bp.post("/api/logout")
@publica
def cerrar_sesion() -> ResponseReturnValue:
    if session.get("sesion"):
        servicios().escritorio.cerrar_sesion(session["sesion"], session["vence"])
    session.clear()
    return jsonify({"success": True})


@chat_bp.get("/api/session")
@publica
def ver_sesion() -> ResponseReturnValue:
    if g.agente is None:
        return jsonify({"logged_in": False}), 401
    config = servicios().config
    return jsonify(
        {
            "logged_in": True,
            "username": g.agente.username,
            "nombre": g.agente.nombre,
            "demo": config.demostracion,
            "linea": config.linea,
        }
    )


# --- chat -----------------------------------------------------------------------------------------------------------


@chat_bp.get("/api/conversaciones")
@require_auth
def listar_conversaciones() -> ResponseReturnValue:
    limite, desde = leer_entero("limit", 30, 1, 100), leer_entero("offset", 0, 0, MAX_DESDE)
    filtro, orden = leer_opcion("filtro", FILTROS), leer_opcion("orden", ORDENES)
    return jsonify(pagina_de_lista(g.agente.username, limite, desde, filtro, orden))


@chat_bp.get("/api/conversacion/<numero>")
@require_auth
def ver_conversacion(numero: str) -> ResponseReturnValue:
    limite, desde = leer_entero("limit", 50, 1, 200), leer_entero("offset", 0, 0, MAX_DESDE)
    telefono = exigir(numero)
    pagina = _pagina_pedida(telefono, limite, desde)
    c = pagina.conversacion
    return jsonify(
        {
            "success": True,
            "numero": digitos(c.numero),
            "twilio_messages": mensajes_de_salida(pagina.mensajes),
            "total": pagina.total,
            "count": len(pagina.mensajes),
            "offset": desde,
            "limit": limite,
            "has_more": pagina.hay_mas,
            "has_newer": pagina.hay_mas_nuevos,
            "history_complete": pagina.historia_completa,
            "source": c.fuente,
            "window_until": iso(c.ventana_hasta) if c.ventana_hasta else None,
            "nombre": nombre_visible(c.nombre, c.numero),
            "unread_count": c.no_leidos,
            "oculto": c.numero.endswith("@lid"),
            "merged": c.fusion,
        }
    )


def _pagina_pedida(telefono: Telefono, limite: int, desde: int) -> PaginaMensajes:
    """`before`, `after` y `around` (un seq) piden lo anterior, lo siguiente o lo de alrededor de un mensaje.

    `around_id` es como `around`, con el id del proveedor: lo que trae una cita.
    """
    lectura, quien = servicios().lectura, g.agente.username
    despues, alrededor = leer_entero("after", 0, 0, MAX_SEQ), leer_entero("around", 0, 0, MAX_SEQ)
    if despues:
        return lectura.pagina_despues(quien, telefono, limite, despues)
    if alrededor:
        return lectura.pagina_alrededor(quien, telefono, limite, alrededor)
    if citado := request.args.get("around_id"):
        return lectura.pagina_alrededor_de(quien, telefono, limite, citado)
    return lectura.pagina_mensajes(quien, telefono, limite, desde, leer_entero("before", 0, 0, MAX_SEQ) or None)


@chat_bp.post("/api/enviar-mensaje")
@require_auth
def enviar_mensaje() -> ResponseReturnValue:
    datos = leer_objeto()
    mensaje = servicios().envio.enviar(g.agente.username, exigir(datos.get("to")), datos)
    return jsonify(envio_de_salida(mensaje))


# --- webhook y salud ------------------------------------------------------------------------------------------------


@chat_bp.route("/webhook/whapi", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@chat_bp.route("/webhook/whapi/<path:_resto>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@del_proveedor
def webhook_whapi(_resto: str = "") -> ResponseReturnValue:
    """Recibe a Whapi en sus tres modos de entrega. 200 solo cuando todo quedó confirmado en la base."""
    if request.method in ("GET", "HEAD"):  # el proveedor comprueba la dirección antes de guardarla
        return jsonify({"success": True})
    secreto = servicios().config.whapi_secreto_webhook
    if secreto is not None and not trae_secreto(secreto):
        metricas.entrega_rechazada("secreto")
        registro.warning("⚠️ Webhook rechazado: falta el secreto o no es el de WHAPI_WEBHOOK_TOKEN")
        return fallo("Webhook no autorizado.", 401)
    with metricas.entrega():
        if not servicios().linea.recibir_prueba(_resto):
            servicios().recepcion.recibir(cuerpo := leer_json())
            g.entrega = claves_de(cuerpo)
            servicios().senales.recibir(cuerpo)
    return jsonify({"success": True})


@chat_bp.get("/health")
@publica
def ver_salud() -> ResponseReturnValue:
    hay_base = servicios().lectura.hay_base()
    salud = {
        "status": "healthy" if hay_base else "unhealthy",
        "service": SERVICIO,
        "timestamp": ahora_iso(),
        "twilio_configured": servicios().config.twilio_configurado,
        "database": "ok" if hay_base else "unavailable",
        "linea": linea_json(servicios().linea.ver()) if hay_base else None,
    }
    return jsonify(salud), 200 if hay_base else 503


if __name__ == "__main__":
    if sys.argv[1:2] != ["hash"]:
        sys.exit("Uso: python chat_whatsapp.py hash   (pide una contraseña y escribe su hash)")
    from getpass import getpass

    print(generate_password_hash(getpass("Contraseña: ")))
