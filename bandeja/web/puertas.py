"""Las puertas: quién pasa, desde dónde y con qué cabeceras sale cada respuesta. Cerrado por defecto."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

from flask import Flask, Response, current_app, g, request, session
from flask_cors import CORS
from flask_limiter import Limiter

from bandeja.autenticacion import agente_de_sesion, host_de
from bandeja.configuracion import RAIZ
from bandeja.errores import SinPermiso, SinSesion
from bandeja.web.servicios import Servicios, servicios

PREFIJO = "/twilio-chat"
# Cuenta y dirección: frena a quien prueba contraseñas sin dejar fuera a sus compañeros.
LIMITE_LOGIN = "5 per minute;20 per hour"
MAX_CUERPO = 1024 * 1024
# Una entrega puede traer muchos mensajes con sus vistas previas en base64 (referencia, «Body size / batching»).
MAX_CUERPO_WEBHOOK = 20 * 1024 * 1024
# Sin secreto cualquiera puede llamar: menos cuerpo, para que entenderlo no detenga a los demás.
MAX_CUERPO_SIN_SECRETO = 2 * 1024 * 1024
CDN_SOCKETIO = "https://cdn.socket.io"
ARCHIVO_EMOJIS: Path = RAIZ / "static" / "twilio" / "vendor" / "emojis" / "datos.json"
ARCHIVO_SOCKETIO: Path = RAIZ / "static" / "twilio" / "vendor" / "socket.io.min.js"

# Sin Redis se cuenta en la memoria de este proceso: que se caiga no deja a nadie fuera ni quita el freno.
limitador = Limiter(key_func=lambda: request.remote_addr or "", default_limits=[], in_memory_fallback_enabled=True)
V = TypeVar("V", bound=Callable[..., object])


def poner_puertas(app: Flask) -> None:
    """Límites de tamaño y de intentos, cabeceras de seguridad y CORS de una aplicación."""
    config = servicios_de(app).config
    app.config.update(MAX_CONTENT_LENGTH=MAX_CUERPO, RATELIMIT_STORAGE_URI=config.redis_url or "memory://")
    # Solo vigila el login, que lo llama él mismo: apuntado de antemano, no se cuelga de todas las demás peticiones.
    app.extensions.setdefault("limiter", set()).add(limitador)
    limitador.init_app(app)
    politica = _politica_de_contenido()
    app.after_request(lambda respuesta: _poner_cabeceras(respuesta, politica))
    if config.origenes:
        CORS(app, resources={f"{PREFIJO}/api/*": {"origins": list(config.origenes)}}, supports_credentials=True)


def servicios_de(app: Flask) -> Servicios:
    """Los casos de uso guardados en una aplicación."""
    propios: Servicios = app.extensions["bandeja"]
    return propios


def red_de(direccion: str | None) -> str:
    """La dirección por la que se cuentan los intentos: de una IPv6 su /64, que es lo que tiene una sola casa."""
    try:
        return str(ip_network(f"{direccion}/{64 if ':' in str(direccion) else 32}", strict=False))
    except ValueError:
        return str(direccion)


def del_proveedor(vista: V) -> V:
    """Marca la ruta del webhook: no lleva sesión, se identifica con su secreto."""
    vista.acceso = "webhook"  # type: ignore[attr-defined]
    return vista


def vigilar_puertas() -> None:
    """Antes de cada ruta: una sin marca no se atiende, y una petición de otro sitio no escribe.

    Deja en `g.agente` a quien tiene sesión vigente. Lanza SinSesion o SinPermiso.
    """
    vista = current_app.view_functions.get(request.endpoint or "")
    acceso = getattr(vista, "acceso", None)
    if acceso is None:
        raise SinSesion
    if acceso == "webhook":
        conocido = servicios().config.whapi_secreto_webhook is not None
        request.max_content_length = MAX_CUERPO_WEBHOOK if conocido else MAX_CUERPO_SIN_SECRETO
        return
    g.agente = agente_de_sesion(servicios().plantel, session, current_app.secret_key, servicios().cerradas)
    if request.method not in ("GET", "HEAD", "OPTIONS") and not _mismo_sitio():
        raise SinPermiso("Esta petición viene de otro sitio y no se atiende.")


def trae_secreto(secreto: str) -> bool:
    """Cierto si la petición se identifica como el proveedor. En tiempo constante."""
    recibido = request.headers.get("Authorization", "")
    return hmac.compare_digest(recibido.encode("utf-8", "replace"), f"Bearer {secreto}".encode())


def _mismo_sitio() -> bool:
    origen = request.headers.get("Origin")
    if origen is None:
        return request.headers.get("Sec-Fetch-Site") != "cross-site"
    return host_de(origen) == request.host or origen in servicios().config.origenes


def _politica_de_contenido() -> str:
    """Se decide al arrancar: mirar el archivo en cada respuesta costaba más que las demás cabeceras juntas."""
    guiones = "'self'" if ARCHIVO_SOCKETIO.exists() else f"'self' {CDN_SOCKETIO}"
    return (
        f"default-src 'self'; script-src {guiones}; img-src 'self' data: blob:; media-src 'self' blob:;"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types bandeja default"
    )


def _poner_cabeceras(respuesta: Response, politica: str) -> Response:
    respuesta.headers.setdefault("Content-Security-Policy", politica)
    respuesta.headers.setdefault("X-Content-Type-Options", "nosniff")
    respuesta.headers.setdefault("X-Frame-Options", "DENY")
    respuesta.headers.setdefault("Referrer-Policy", "same-origin")
    if request.path.startswith(f"{PREFIJO}/api/"):
        respuesta.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        respuesta.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return respuesta
