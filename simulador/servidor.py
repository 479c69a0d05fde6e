"""La puerta HTTP: junta las rutas, revisa la ficha y corre el servidor en un hilo."""

import hmac
import threading
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import rutas_control, rutas_envio, rutas_lectura, rutas_linea
from .guion import Guion
from .nucleo import Peticion
from .respuestas import cuerpo_json, de_falla, error, proveedor

_LIMITE_DE_CUERPO = 128 * 1024 * 1024
_SIN_FICHA = ("/_control/", "/in-files/")


class _Callado(WSGIRequestHandler):
    """Un atendedor que no escribe una línea por petición."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """No anota nada."""


def crear_app(sim: Guion) -> Flask:
    """La aplicación de un proveedor dado."""
    app = Flask("simulador", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = _LIMITE_DE_CUERPO
    app.extensions["simulador"] = sim
    # El orden importa: primero se anota el envío, después se mira la ficha.
    app.register_blueprint(rutas_envio.rutas)
    app.before_request(_recibir)
    for otras in (rutas_lectura.rutas, rutas_linea.rutas, rutas_control.rutas):
        app.register_blueprint(otras)
    app.register_error_handler(HTTPException, _error_http)
    return app


def _recibir() -> Response | None:
    """Anota la petición, revisa la ficha y gasta la avería de lectura (o de salud) si la hay."""
    if request.path.startswith(_SIN_FICHA):
        return None
    sim = proveedor()
    cuerpo = cuerpo_json() if request.is_json else {}
    sim.peticiones.append(Peticion(request.method, request.path, request.args.to_dict(), cuerpo))
    autorizacion = request.headers.get("Authorization", "")
    if not autorizacion:
        return error(401)
    if not hmac.compare_digest(autorizacion.encode(), f"Bearer {sim.token}".encode()):
        return error(404)
    if request.method != "GET" or request.path.startswith("/media/"):
        return None
    falla = sim.fallas.tomar("salud" if request.path == "/health" else "lectura")
    if falla is None:
        return None
    sim.detenido.wait(falla.segundos)
    return de_falla(falla, Response()) if falla.cambia_respuesta else None


def _error_http(falla: HTTPException) -> Response:
    """Ruta desconocida, verbo equivocado o cuerpo enorme, con la forma del proveedor."""
    return error(falla.code or 500, mensaje=falla.name)


class Servidor:
    """Un servidor werkzeug en su hilo."""

    def __init__(self, app: Flask, puerto: int) -> None:
        self._servidor: BaseWSGIServer = make_server("127.0.0.1", puerto, app, threaded=True, request_handler=_Callado)
        self.puerto: int = self._servidor.server_port
        self._hilo = threading.Thread(
            target=self._servidor.serve_forever, args=(0.02,), name="simulador-puerta", daemon=True
        )

    def iniciar(self) -> None:
        """Empieza a atender."""
        self._hilo.start()

    def parar(self) -> None:
        """Deja de atender y suelta el puerto."""
        self._servidor.shutdown()
        self._servidor.server_close()
        self._hilo.join(2)
