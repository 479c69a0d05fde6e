"""La cara del chat: quién atiende (AGENTES), las rutas y los nombres de la especificación.

Cada ruta lee, llama a un caso de uso de `bandeja` y contesta. Aquí no hay SQL ni llamadas al proveedor.
Para obtener el hash de una contraseña: `python chat_whatsapp.py hash`.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Blueprint, Flask, Response, current_app, g, jsonify, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_cors import CORS
from flask_limiter import Limiter, RateLimitExceeded
from werkzeug.exceptions import HTTPException
from werkzeug.security import generate_password_hash

from bandeja import errores
from bandeja.asignacion import Asignacion
from bandeja.autenticacion import (
    abrir_sesion,
    agente_de_sesion,
    comprobar_credenciales,
    es_de_esta_maquina,
    publica,
    require_auth,
)
from bandeja.bd import BaseDatos
from bandeja.configuracion import Configuracion, leer_agentes
from bandeja.envio import Envio, EnvioFallido
from bandeja.lectura import Lectura
from bandeja.modelos import Mensaje
from bandeja.plantel import Plantel
from bandeja.recepcion import Recepcion
from bandeja.registro import registro
from bandeja.serializacion import ahora_iso, conversacion_json, digitos, mensaje_json, nombre_visible
from bandeja.telefono import exigir
from bandeja.tiempo_real import Avisos

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

PREFIJO = "/twilio-chat"
SERVICIO = "twilio-bsl"
LIMITE_LOGIN = "5 per minute;20 per hour"
MAX_CUERPO = 1024 * 1024
# Una entrega puede traer muchos mensajes con sus vistas previas en base64 (referencia, «Body size / batching»).
MAX_CUERPO_WEBHOOK = 20 * 1024 * 1024
CDN_SOCKETIO = "https://cdn.socket.io"
ARCHIVO_SOCKETIO = Path(__file__).parent / "static" / "twilio" / "vendor" / "socket.io.min.js"

chat_bp = Blueprint("chat_whatsapp", __name__, url_prefix=PREFIJO)
limitador = Limiter(key_func=lambda: request.remote_addr or "", default_limits=[])


@dataclass(frozen=True, slots=True)
class Servicios:
    """Los casos de uso de una aplicación, ya armados."""

    config: Configuracion
    plantel: Plantel
    asignacion: Asignacion
    recepcion: Recepcion
    envio: Envio
    lectura: Lectura
    avisos: Avisos
    bd: BaseDatos


_ultimos: list[Servicios] = []


def registrar_chat(app: Flask, servicios: Servicios) -> None:
    """Monta el Blueprint en una aplicación, con sus errores, sus cabeceras y sus límites."""
    app.extensions["bandeja"] = servicios
    _ultimos[:] = [servicios]
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_CUERPO, RATELIMIT_STORAGE_URI=servicios.config.redis_url or "memory://"
    )
    limitador.init_app(app)
    app.register_blueprint(chat_bp)
    app.register_error_handler(errores.ErrorBandeja, _responder_error)
    app.register_error_handler(RateLimitExceeded, _responder_demasiados)
    app.register_error_handler(HTTPException, _responder_http)
    app.register_error_handler(Exception, _responder_inesperado)
    app.after_request(_poner_cabeceras)
    if servicios.config.origenes:
        propios = {"origins": list(servicios.config.origenes)}
        CORS(app, resources={f"{PREFIJO}/api/*": propios}, supports_credentials=True)


def _servicios() -> Servicios:
    """Los de la petición en curso o, fuera de una, los de la última aplicación creada."""
    if current_app:
        servicios: Servicios = current_app.extensions["bandeja"]
        return servicios
    if not _ultimos:
        raise RuntimeError("Primero crea la aplicación: descargar_bsl.create_app()")
    return _ultimos[0]


# --- las funciones de la especificación -----------------------------------------------------------------------------


def obtener_agente_asignado(numero_telefono: str) -> str | None:
    """El agente de un número ("+573001234567"), o None si no tiene.

    Lanza EntradaInvalida si no es un número y BaseNoDisponible si no se pudo mirar: None nunca es un fallo.
    """
    return _servicios().asignacion.obtener_dueno(exigir(numero_telefono))


def asignar_conversacion_round_robin(numero_telefono: str) -> str | None:
    """Da dueño a un número: el que ya tiene o el del turno. Devuelve su usuario; None si no hay nadie activo."""
    return _servicios().asignacion.asignar(exigir(numero_telefono))


def actualizar_actividad_conversacion(numero_telefono: str) -> None:
    """Anota actividad ahora en la conversación de un número."""
    _servicios().asignacion.actualizar_actividad(exigir(numero_telefono))


# --- puertas --------------------------------------------------------------------------------------------------------


@chat_bp.before_request
def _vigilar_puertas() -> None:
    """Cerrado por defecto: una ruta sin marca no se atiende, y una petición de otro sitio no escribe."""
    vista = current_app.view_functions.get(request.endpoint or "")
    acceso = getattr(vista, "acceso", None)
    if acceso is None:
        raise errores.SinSesion
    if acceso == "webhook":
        request.max_content_length = MAX_CUERPO_WEBHOOK
        return
    g.agente = agente_de_sesion(_servicios().plantel, session, current_app.secret_key)
    if request.method not in ("GET", "HEAD", "OPTIONS") and not _mismo_sitio():
        raise errores.SinPermiso("Esta petición viene de otro sitio y no se atiende.")


def _mismo_sitio() -> bool:
    origen = request.headers.get("Origin")
    if origen is None:
        return request.headers.get("Sec-Fetch-Site") != "cross-site"
    return urlsplit(origen).netloc == request.host or origen in _servicios().config.origenes


def _del_proveedor(vista: Any) -> Any:
    """Marca la ruta del webhook: no lleva sesión, se identifica con su secreto."""
    vista.acceso = "webhook"
    return vista


def _poner_cabeceras(respuesta: Response) -> Response:
    guiones = "'self'" if ARCHIVO_SOCKETIO.exists() else f"'self' {CDN_SOCKETIO}"
    respuesta.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src {guiones}; img-src 'self' data: blob:; media-src 'self' blob:;"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    respuesta.headers.setdefault("X-Content-Type-Options", "nosniff")
    respuesta.headers.setdefault("X-Frame-Options", "DENY")
    respuesta.headers.setdefault("Referrer-Policy", "same-origin")
    if request.path.startswith(f"{PREFIJO}/api/"):
        respuesta.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        respuesta.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return respuesta


# --- errores: una traducción, una forma -----------------------------------------------------------------------------

_CODIGOS: tuple[tuple[type[errores.ErrorBandeja], int], ...] = (
    (errores.EntradaInvalida, 400),
    (errores.CredencialesInvalidas, 401),
    (errores.SinSesion, 401),
    (errores.SinPermiso, 403),
    (errores.NoEncontrado, 404),
    (errores.EstadoNoPermite, 409),
    (errores.ProveedorRechazo, 502),
    (errores.ProveedorNoResponde, 504),
    (errores.ProveedorIncierto, 502),
    (errores.SinProveedor, 503),
    (errores.BaseNoDisponible, 503),
    (errores.EsquemaIncompatible, 503),
)
_FRASES_HTTP = {
    400: "La petición no se entiende.",
    404: "No existe lo que pides.",
    405: "Esa dirección no admite esta acción.",
    413: "Lo que enviaste es demasiado grande.",
    415: "Se esperaba JSON.",
}


def _codigo_de(error: errores.ErrorBandeja) -> int:
    causa = error.causa if isinstance(error, EnvioFallido) else error
    return next((codigo for tipo, codigo in _CODIGOS if isinstance(causa, tipo)), 500)


def _fallo(frase: str, codigo: int, **mas: object) -> tuple[Response, int]:
    return jsonify({"success": False, "error": frase, **mas}), codigo


def _responder_error(error: errores.ErrorBandeja) -> ResponseReturnValue:
    if isinstance(error, EnvioFallido) and error.mensaje is not None:
        return _fallo(str(error), _codigo_de(error), message=_mensaje(error.mensaje))
    return _fallo(str(error), _codigo_de(error))


def _responder_demasiados(error: RateLimitExceeded) -> ResponseReturnValue:
    respuesta, codigo = _fallo("Demasiados intentos. Espera un minuto y vuelve a intentarlo.", 429)
    respuesta.headers["Retry-After"] = str(error.limit.limit.get_expiry() if error.limit else 60)
    return respuesta, codigo


def _responder_http(error: HTTPException) -> ResponseReturnValue:
    codigo = error.code or 500
    if codigo < 400:
        return error
    return _fallo(_FRASES_HTTP.get(codigo, "No se pudo atender la petición."), codigo)


def _responder_inesperado(error: Exception) -> ResponseReturnValue:
    """Lo que nadie previó: con traza en el registro, con un número para encontrarla y sin decir nada de dentro."""
    error_id = uuid4().hex[:12]
    registro.exception("❌ Error inesperado %s en %s", error_id, request.endpoint)
    return _fallo("Ocurrió un error inesperado. Intenta de nuevo.", 500, error_id=error_id)


# --- lectura de lo que llega ----------------------------------------------------------------------------------------


def _leer_json() -> Any:
    try:
        return json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError):
        raise errores.EntradaInvalida("Se esperaba un cuerpo JSON válido.") from None


def _leer_objeto() -> dict[str, Any]:
    datos = _leer_json()
    if not isinstance(datos, dict):
        raise errores.EntradaInvalida("Se esperaba un objeto JSON.")
    return datos


def _entero(nombre: str, defecto: int, minimo: int, maximo: int) -> int:
    """Un parámetro entero de la URL, recortado a su intervalo. Lanza EntradaInvalida si no es un número."""
    texto = request.args.get(nombre)
    if texto is None or texto == "":
        return defecto
    signo = texto.startswith("-")
    cifras = texto.removeprefix("-")
    if not (cifras.isascii() and cifras.isdigit()):
        raise errores.EntradaInvalida(f"«{nombre}» debe ser un número entero.")
    valor = int(cifras[:19])
    return max(minimo, min(maximo, -valor if signo else valor))


def _seq(valor: object, nombre: str) -> int:
    if isinstance(valor, bool) or not isinstance(valor, int) or not 0 < valor < 2**63:
        raise errores.EntradaInvalida(f"«{nombre}» debe ser el número de un mensaje.")
    return valor


def _mensaje(m: Mensaje) -> dict[str, Any]:
    servicios = _servicios()
    return mensaje_json(m, servicios.config.linea, servicios.plantel.nombre_de)


# --- páginas --------------------------------------------------------------------------------------------------------


@chat_bp.get("", strict_slashes=False)
@chat_bp.get("/", strict_slashes=False)
@require_auth
def pagina_chat() -> ResponseReturnValue:
    return _pagina("chat.html")


@chat_bp.get("/login")
@publica
def pagina_login() -> ResponseReturnValue:
    return _pagina("login.html")


def _pagina(plantilla: str) -> Response:
    config = _servicios().config
    agente = {"username": g.agente.username, "nombre": g.agente.nombre} if g.agente else None
    respuesta = Response(
        render_template(
            f"twilio/{plantilla}", agente=agente, demo=config.demostracion, linea=config.linea,
            socketio_local=ARCHIVO_SOCKETIO.exists(),
        ),
        mimetype="text/html",
    )  # fmt: skip
    respuesta.headers["Cache-Control"] = "no-store"
    return respuesta


# --- autenticación --------------------------------------------------------------------------------------------------


def _clave_de_intento() -> str:
    """Cuenta y dirección: quien prueba la clave de uno no deja fuera a sus compañeros."""
    datos = request.get_json(silent=True, force=True)
    usuario = datos.get("username") if isinstance(datos, dict) else None
    conocido = usuario if _servicios().plantel.obtener_agente(usuario) else "desconocido"
    return f"{conocido}|{request.remote_addr}"


@chat_bp.post("/api/login")
@limitador.limit(LIMITE_LOGIN, key_func=_clave_de_intento, deduct_when=lambda r: r.status_code == 401)
def iniciar_sesion() -> ResponseReturnValue:
    datos = _leer_objeto()
    agente = comprobar_credenciales(
        _servicios().plantel, datos.get("username"), datos.get("password"), local=es_de_esta_maquina(request)
    )
    abrir_sesion(agente, current_app.secret_key)
    registro.info("✅ Login exitoso: %s", agente.username)
    return jsonify({"success": True, "username": agente.username, "nombre": agente.nombre})


publica(iniciar_sesion)


@chat_bp.post("/api/logout")
@publica
def cerrar_sesion() -> ResponseReturnValue:
    _servicios().avisos.cerrar("Cerraste la sesión", sesion=session.get("sesion", ""))
    session.clear()
    return jsonify({"success": True})


@chat_bp.get("/api/session")
@publica
def ver_sesion() -> ResponseReturnValue:
    if g.agente is None:
        return jsonify({"logged_in": False}), 401
    config = _servicios().config
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
    limite, desde = _entero("limit", 30, 1, 100), _entero("offset", 0, 0, 10_000_000)
    pagina = _servicios().lectura.listar_conversaciones(g.agente.username, limite, desde)
    conversaciones = {digitos(c.numero): conversacion_json(c) for c in pagina.conversaciones}
    return jsonify(
        {
            "success": True,
            "conversaciones": conversaciones,
            "total": pagina.total,
            "count": len(conversaciones),
            "offset": desde,
            "limit": limite,
            "has_more": desde + len(conversaciones) < pagina.total,
            "agente": g.agente.username,
            "cursor": pagina.cursor,
        }
    )


@chat_bp.post("/api/conversaciones")
@require_auth
def iniciar_conversacion() -> ResponseReturnValue:
    datos = _leer_objeto()
    nombre = datos.get("nombre")
    if nombre is not None and not isinstance(nombre, str):
        raise errores.EntradaInvalida("El nombre debe ser un texto.")
    conversacion = _servicios().lectura.iniciar_conversacion(g.agente.username, exigir(datos.get("numero")), nombre)
    return jsonify({"success": True, "conversacion": conversacion_json(conversacion)})


@chat_bp.get("/api/conversacion/<numero>")
@require_auth
def ver_conversacion(numero: str) -> ResponseReturnValue:
    limite, desde = _entero("limit", 50, 1, 200), _entero("offset", 0, 0, 10_000_000)
    antes = _entero("before", 0, 0, 2**63 - 1) or None
    telefono = exigir(numero)
    pagina = _servicios().lectura.pagina_mensajes(g.agente.username, telefono, limite, desde, antes)
    c = pagina.conversacion
    return jsonify(
        {
            "success": True,
            "numero": telefono.digitos,
            "twilio_messages": [_mensaje(m) for m in pagina.mensajes],
            "total": pagina.total,
            "count": len(pagina.mensajes),
            "offset": desde,
            "limit": limite,
            "has_more": pagina.hay_mas,
            "source": c.fuente,
            "nombre": nombre_visible(c.nombre, c.numero),
            "unread_count": c.no_leidos,
            "oculto": telefono.oculto,
        }
    )


@chat_bp.get("/api/cambios")
@require_auth
def ver_cambios() -> ResponseReturnValue:
    cambios = _servicios().lectura.cambios_desde(g.agente.username, request.args.get("desde", ""))
    return jsonify(
        {
            "success": True,
            "cursor": cambios.cursor,
            "reset": cambios.reiniciar,
            "conversaciones": {digitos(c.numero): conversacion_json(c) for c in cambios.conversaciones},
            "mensajes": [{**_mensaje(m), "numero": digitos(m.numero)} for m in cambios.mensajes],
            "quitadas": [digitos(n) for n in cambios.quitadas],
            "has_more": False,
        }
    )


@chat_bp.post("/api/marcar-leido/<numero>")
@require_auth
def marcar_leido(numero: str) -> ResponseReturnValue:
    hasta = _leer_objeto().get("hasta") if request.content_length else None
    telefono = exigir(numero)
    faltan = _servicios().lectura.marcar_leido(
        g.agente.username, telefono, None if hasta is None else _seq(hasta, "hasta")
    )
    return jsonify({"success": True, "unread_count": faltan})


@chat_bp.post("/api/enviar-mensaje")
@require_auth
def enviar_mensaje() -> ResponseReturnValue:
    datos = _leer_objeto()
    mensaje = _servicios().envio.enviar(
        g.agente.username,
        exigir(datos.get("to")),
        datos.get("message"),
        datos.get("media_url"),
        datos.get("client_id"),
    )
    return jsonify(_enviado(mensaje))


@chat_bp.post("/api/reintentar-mensaje")
@require_auth
def reintentar_mensaje() -> ResponseReturnValue:
    mensaje = _servicios().envio.reintentar(g.agente.username, _seq(_leer_objeto().get("seq"), "seq"))
    return jsonify(_enviado(mensaje))


def _enviado(m: Mensaje) -> dict[str, Any]:
    datos = _mensaje(m)
    return {
        "success": True,
        "message_id": datos["id"],
        "source": m.fuente,
        "timestamp": datos["date_sent"],
        "message": datos,
    }


# --- webhook y salud ------------------------------------------------------------------------------------------------


@chat_bp.route("/webhook/whapi", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@chat_bp.route("/webhook/whapi/<path:_resto>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@_del_proveedor
def webhook_whapi(_resto: str = "") -> ResponseReturnValue:
    """Recibe a Whapi en sus tres modos de entrega. 200 solo cuando todo quedó confirmado en la base."""
    if request.method in ("GET", "HEAD"):  # el proveedor comprueba la dirección antes de guardarla
        return jsonify({"success": True})
    secreto = _servicios().config.whapi_secreto_webhook
    if secreto is not None and not _trae_secreto(secreto):
        registro.warning("⚠️ Webhook rechazado: falta el secreto o no es el de WHAPI_WEBHOOK_TOKEN")
        return _fallo("Webhook no autorizado.", 401)
    _servicios().recepcion.recibir(_leer_json())
    return jsonify({"success": True})


def _trae_secreto(secreto: str) -> bool:
    recibido = request.headers.get("Authorization", "")
    return hmac.compare_digest(recibido.encode("utf-8", "replace"), f"Bearer {secreto}".encode())


@chat_bp.get("/health")
@publica
def ver_salud() -> ResponseReturnValue:
    servicios = _servicios()
    hay_base = servicios.lectura.hay_base()
    salud = {
        "status": "healthy" if hay_base else "unhealthy",
        "service": SERVICIO,
        "timestamp": ahora_iso(),
        "twilio_configured": servicios.config.twilio_configurado,
        "database": "ok" if hay_base else "unavailable",
    }
    return jsonify(salud), 200 if hay_base else 503


if __name__ == "__main__":
    if sys.argv[1:2] != ["hash"]:
        sys.exit("Uso: python chat_whatsapp.py hash   (pide una contraseña y escribe su hash)")
    from getpass import getpass

    print(generate_password_hash(getpass("Contraseña: ")))
