"""La aplicación principal: arma las piezas, monta el chat y arranca el servidor. Nadie importa este archivo.

`python descargar_bsl.py` es la orden de producción y de demostración; `app` sirve a `flask --app descargar_bsl`.
"""

from __future__ import annotations

if __name__ == "__main__":  # antes que cualquier otra cosa: lo que se importe después ya espera sin bloquear
    from bandeja import asincronia

    asincronia.parchear()

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dotenv import load_dotenv
from flask import Flask, redirect
from flask_socketio import SocketIO
from werkzeug.middleware.proxy_fix import ProxyFix

RAIZ = Path(__file__).resolve().parent
load_dotenv(RAIZ / ".env")  # antes de importar la cara: AGENTES lee sus contraseñas al cargarse

from bandeja.errores import BaseNoDisponible, ConfiguracionInvalida, ErrorBandeja, EsquemaIncompatible

try:
    import chat_whatsapp
except ConfiguracionInvalida as error:  # los agentes se leen al cargar la cara
    if __name__ != "__main__":
        raise
    sys.exit(f"❌ No se puede arrancar: {error}")
from bandeja.acciones import Acciones
from bandeja.anteriores import Anteriores
from bandeja.archivos import CANAL, TRABAJADORES, Archivos, EnvioDeArchivos, armar_almacenes, armar_traida
from bandeja.asignacion import Asignacion
from bandeja.asincronia import modo_vigente
from bandeja.autenticacion import DURACION_SESION, SesionesCerradas, SesionSegura, avisar_quien_no_puede_entrar, host_de
from bandeja.bd import BaseDatos
from bandeja.busqueda import Busqueda
from bandeja.canales import Canales
from bandeja.configuracion import BasePostgres, Configuracion, leer_configuracion
from bandeja.envio import Envio
from bandeja.escritorio import CANAL_SESION, Escritorio
from bandeja.esquema import aplicar_esquema
from bandeja.eventos import registrar_eventos
from bandeja.fotos import HOSTS, Fotos
from bandeja.historia import Historia
from bandeja.identidad import CANAL_IDENTIDAD, Identidad
from bandeja.instalacion import Instalacion
from bandeja.lectura import Lectura
from bandeja.libro import LibroDeEntregas
from bandeja.linea import Linea
from bandeja.pendientes import Pendientes
from bandeja.plantel import Plantel
from bandeja.plantillas import EnvioDePlantillas
from bandeja.postgres_local import PostgresLocal
from bandeja.recepcion import Recepcion
from bandeja.registro import configurar_registro, registro
from bandeja.relectura import Relector
from bandeja.senales import Senales
from bandeja.servidor import atender, escuchar
from bandeja.tareas import Tareas
from bandeja.tiempo_real import Avisos
from bandeja.twilio import Twilio
from bandeja.web.puertas import PREFIJO
from bandeja.web.servicios import Respaldo, Servicios
from bandeja.whapi import Whapi
from bandeja.whapi.enlaces import Enlaces

FICHA_DEMO = "ficha-de-demostracion"


class PostgresPropio:
    """PostgreSQL de la carpeta de datos, arrancado la primera vez que alguien pide dónde está."""

    def __init__(self, carpeta: Path) -> None:
        self._local = PostgresLocal(carpeta)
        self._candado = threading.Lock()
        self._destino: BasePostgres | None = None

    def __call__(self) -> BasePostgres:
        with self._candado:
            if self._destino is None:
                self._local.iniciar()
                self._destino = BasePostgres(
                    self._local.host, self._local.puerto, self._local.usuario, "", self._local.base, "disable"
                )
            return self._destino

    def parar(self) -> None:
        """Apaga el servidor si lo arrancó este proceso."""
        with self._candado:
            if self._destino is not None:
                self._local.parar()


def create_app(config: Configuracion | None = None, destino: Callable[[], BasePostgres] | None = None) -> Flask:
    """Arma la aplicación sin abrir nada: ni base, ni red, ni archivos.

    Parámetros: `config`, por defecto la del entorno; `destino`, dónde está PostgreSQL (por defecto lo que diga la
    configuración). La primera petición que necesita la base conecta y pone el esquema al día.
    """
    config = config or leer_configuracion(os.environ)
    base = config.base
    bd = BaseDatos(destino or ((lambda: base) if base is not None else PostgresPropio(config.datos)), aplicar_esquema)
    app = Flask(__name__, template_folder=str(RAIZ / "templates"), static_folder=str(RAIZ / "static"))
    _ajustar(app, config)
    socketio = SocketIO()
    s = servicios = _armar_servicios(config, bd, Avisos(socketio))
    registrar_eventos(socketio, s.plantel, s.avisos, s.lectura, s.senales, s.cerradas)
    chat_whatsapp.registrar_chat(app, servicios)
    app.add_url_rule("/", "inicio", lambda: redirect(PREFIJO))
    socketio.init_app(
        app,
        async_mode=modo_vigente(),
        cors_allowed_origins=_origenes_de_socket(config.origenes),
        message_queue=config.redis_url,
        channel="twilio-chat",
        max_http_buffer_size=100_000,
    )
    registro.info("✅ Instancia de Socket.IO configurada en chat_whatsapp")
    return app


def _origenes_de_socket(origenes: tuple[str, ...]) -> Callable[[str, dict[str, Any]], bool] | None:
    """Quién puede abrir un socket. None = solo el propio sitio; una lista dejaría fuera justamente al propio."""
    if not origenes:
        return None

    def permitido(origen: str, entorno: dict[str, Any]) -> bool:
        reenviado = str(entorno.get("HTTP_X_FORWARDED_HOST", "")).split(",")[0].strip()
        propios = {str(entorno.get("HTTP_HOST", "")), reenviado} - {""}
        return origen in origenes or host_de(origen) in propios

    return permitido


def _ajustar(app: Flask, config: Configuracion) -> None:
    app.secret_key = config.clave_secreta or secrets.token_hex(32)
    app.session_interface = SesionSegura()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=DURACION_SESION,
        # Refrescarla en cada respuesta haría que una respuesta lenta revivera una sesión recién cerrada.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # la lista viaja ordenada: la más nueva primero
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}  # y la que viene puesta en la página también
    if config.proxies:
        n = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]


def _armar_linea(bd: BaseDatos, whapi: Whapi, plantel: Plantel, avisos: Avisos) -> Linea:
    linea = Linea(bd, whapi, plantel, avisos)
    whapi.puerta.al_responder = linea.al_responder
    return linea


def _armar_servicios(config: Configuracion, bd: BaseDatos, avisos: Avisos) -> Servicios:
    plantel, cerradas = Plantel(lambda: chat_whatsapp.AGENTES), SesionesCerradas()
    almacenes = armar_almacenes(bd, config)
    archivos = Archivos(bd, almacenes, config.archivos)
    whapi = Whapi(config.whapi_url, config.whapi_token, abrir_archivo=archivos.abrir_para_enviar)
    canales = Canales({"whapi": whapi, "twilio": (twilio := Twilio(config.twilio))})
    linea = _armar_linea(bd, whapi, plantel, avisos)
    pendientes = Pendientes(bd, whapi, plantel, avisos, config.lineas)
    envio = Envio(bd, canales, plantel, avisos, config.lineas, linea.exigir)
    recepcion = Recepcion(bd, plantel, avisos, config.lineas, config.excluidos, linea.anotar, pendientes.despertar)
    return Servicios(
        config=config,
        plantel=plantel,
        cerradas=cerradas,
        asignacion=Asignacion(bd, plantel),
        recepcion=recepcion,
        envio=envio,
        acciones=Acciones(bd, whapi, plantel, avisos, config.lineas, linea.exigir), pendientes=pendientes,
        lectura=Lectura(bd, plantel, avisos), busqueda=Busqueda(bd), escritorio=Escritorio(bd, avisos, cerradas),
        respaldo=_armar_respaldo(config, bd, whapi, recepcion, linea),
        archivos=archivos,
        salida=EnvioDeArchivos(archivos, canales, envio.exigir_conversacion, envio.despachar),
        traida=armar_traida(bd, almacenes, whapi, twilio, avisos, plantel, config),
        linea=linea,
        instalacion=Instalacion(whapi, config.whapi_secreto_webhook, linea.llego_prueba),
        plantillas=EnvioDePlantillas(twilio, envio.exigir_conversacion, envio.despachar),
        identidad=Identidad(bd, whapi, avisos),
        senales=Senales(bd, whapi, avisos, config.confirmar_lectura),
        fotos=Fotos(bd, whapi, Enlaces(config.whapi_url, HOSTS), avisos, recepcion.guardar),
        twilio=twilio, canales=canales, avisos=avisos, bd=bd,
    )  # fmt: skip


def _armar_respaldo(config: Configuracion, bd: BaseDatos, whapi: Whapi, recepcion: Recepcion, linea: Linea) -> Respaldo:
    comunes = (whapi.puerta, recepcion.guardar, config.linea, config.excluidos)
    historia = Historia(bd, *comunes, config.historia_cada_min)
    linea.al_volver = historia.al_volver_la_linea
    relector = Relector(bd, recepcion.guardar, config.lineas, config.excluidos)
    return Respaldo(historia, Anteriores(bd, *comunes), LibroDeEntregas(bd), relector)


def __getattr__(nombre: str) -> Any:
    """`app` y `socketio` para servidores ajenos: se crean al pedirlos, para que importar no haga nada."""
    if nombre in ("app", "socketio"):
        globals()["app"] = aplicacion = create_app()
        globals()["socketio"] = aplicacion.extensions["socketio"]
        return globals()[nombre]
    raise AttributeError(nombre)


# --- arranque -------------------------------------------------------------------------------------------------------


def _clave_guardada(config: Configuracion) -> Configuracion:
    """Sin FLASK_SECRET_KEY: en local se guarda una en la carpeta de datos; con base configurada se avisa fuerte."""
    if config.clave_secreta is not None:
        return config
    if config.base is not None:
        registro.warning(
            "⚠️ FLASK_SECRET_KEY no está definida: se usa una al azar y el próximo reinicio cerrará todas las sesiones"
        )
        return replace(config, clave_secreta=secrets.token_hex(32))
    archivo = config.datos / "clave_secreta"
    if not archivo.exists():
        config.datos.mkdir(parents=True, exist_ok=True)
        archivo.touch(mode=0o600)
        archivo.write_text(secrets.token_hex(32), encoding="ascii")
    return replace(config, clave_secreta=archivo.read_text(encoding="ascii").strip())


def _con_simulador(config: Configuracion) -> tuple[Configuracion, subprocess.Popen[str]]:
    """Lanza al lado la línea simulada y apunta la configuración hacia ella."""
    secreto = secrets.token_hex(16)
    orden = [
        sys.executable, "-m", "simulador", "--demo", "--token", FICHA_DEMO, "--linea", config.linea,
        "--webhook", f"http://127.0.0.1:{config.puerto}/twilio-chat/webhook/whapi", "--webhook-secret", secreto,
    ]  # fmt: skip
    proceso = subprocess.Popen(
        orden, cwd=RAIZ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert proceso.stdout is not None
    direccion = proceso.stdout.readline().strip().removeprefix("listo en ")
    if not direccion.startswith("http://"):
        raise ErrorBandeja("No se pudo arrancar la línea simulada de la demostración.")
    return (
        replace(config, whapi_token=FICHA_DEMO, whapi_url=direccion, whapi_secreto_webhook=secreto),
        proceso,
    )


def _presentar(config: Configuracion) -> None:
    print(f"\n  Bandeja BSL · http://localhost:{config.puerto}/twilio-chat\n", flush=True)
    if not config.demostracion:
        return
    print("  DEMOSTRACIÓN: la línea y sus clientes son simulados; nada sale a WhatsApp.", flush=True)
    for usuario, datos in chat_whatsapp.AGENTES.items():
        if datos["activo"]:
            propia = str(datos["password"]) == f"password{usuario.removeprefix('agente')}"
            print(f"    {usuario} / {datos['password'] if propia else '(la de tu configuración)'}", flush=True)
    print(f"  Línea simulada: +{config.linea}. Los clientes escriben en segundos. Ctrl-C para salir.\n", flush=True)


def _preparar_base(servicios: Servicios) -> None:
    """Conecta y pone el esquema al día. Sin base se arranca igual y se dice; con tablas ajenas, no se arranca."""
    try:
        servicios.lectura.exigir_base()
        servicios.escritorio.recordar_cerradas()
    except BaseNoDisponible:
        registro.error("❌ Arranca sin base de datos: la pantalla lo dirá y se seguirá intentando")


def _lanzar_tareas(app: Flask, servicios: Servicios) -> None:
    socketio: SocketIO = app.extensions["socketio"]
    s = servicios
    oidos: dict[str, Callable[[str], object]] = {
        CANAL: s.traida.despertar,
        CANAL_IDENTIDAD: s.identidad.fundir_pendientes,
        CANAL_SESION: s.escritorio.oir_cierre,
    }
    tareas = Tareas(s.bd, s.plantel, s.avisos, s.asignacion, s.envio, s.lectura, s.escritorio, socketio.sleep, oidos)
    socketio.start_background_task(tareas.rondar)
    socketio.start_background_task(tareas.escuchar)
    for ronda in (s.respaldo.historia.rondar, s.respaldo.libro.rondar, s.respaldo.relector.releer_si_cambio_el_lector):
        socketio.start_background_task(ronda)
    for _ in range(TRABAJADORES):
        socketio.start_background_task(s.traida.trabajar)
    socketio.start_background_task(s.archivos.cuidar, socketio.sleep)
    socketio.start_background_task(s.linea.vigilar, socketio.sleep)
    socketio.start_background_task(s.pendientes.rondar, socketio.sleep)
    socketio.start_background_task(s.identidad.rondar, socketio.sleep)
    socketio.start_background_task(s.fotos.rondar, socketio.sleep)


def _avisar_descuidos(config: Configuracion, plantel: Plantel) -> None:
    if config.base is not None:
        avisar_quien_no_puede_entrar(plantel)
    if config.base is not None and config.whapi_secreto_webhook is None:
        registro.warning("⚠️ WHAPI_WEBHOOK_TOKEN no está definido: cualquiera podría inventar mensajes en el webhook")
    if config.base is not None and config.whapi_token is None:
        registro.warning("⚠️ WHAPI_TOKEN no está definido: lo que llega por Whapi no se puede responder")
    if config.twilio is not None and config.twilio.url_webhook is None:
        registro.warning("⚠️ TWILIO_WEBHOOK_URL no está definida: lo enviado por Twilio no mostrará si se entregó")


def main() -> int:
    """Arranca el proceso completo y vuelve cuando termina. Devuelve el código de salida."""
    simulador: subprocess.Popen[str] | None = None
    propio: PostgresPropio | None = None
    try:
        config = leer_configuracion(os.environ)
        configurar_registro(config.nivel_registro)
        config = _clave_guardada(config)
        oyente = escuchar(config.host, config.puerto)
        if config.base is None:
            propio = PostgresPropio(config.datos)
        if config.demostracion:
            config, simulador = _con_simulador(config)
        app = create_app(config, propio)
        servicios: Servicios = app.extensions["bandeja"]
        _avisar_descuidos(config, servicios.plantel)
        _preparar_base(servicios)
        _lanzar_tareas(app, servicios)
        _presentar(config)
        atender(app, oyente, modo_vigente())
        return 0
    except (ConfiguracionInvalida, EsquemaIncompatible, ErrorBandeja) as error:
        print(f"❌ No se puede arrancar: {error}", file=sys.stderr, flush=True)
        return 2
    except OSError as error:
        print(f"❌ No se puede arrancar: {error.strerror or error}", file=sys.stderr, flush=True)
        return 2
    finally:
        if simulador is not None:
            simulador.terminate()
        if propio is not None:
            propio.parar()


if __name__ == "__main__":
    codigo = main()
    sys.stdout.flush()
    os._exit(codigo)  # los WebSocket abiertos no terminan solos; todo lo que debía guardarse ya se guardó
