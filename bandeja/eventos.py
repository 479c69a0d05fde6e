"""Los manejadores de Socket.IO: quién puede conectarse y qué puede pedir. El socket solo anuncia; no lee ni escribe."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, session
from flask_socketio import ConnectionRefusedError, SocketIO, emit, join_room

from bandeja.autenticacion import SesionesCerradas, agente_de_sesion
from bandeja.errores import ErrorBandeja, SinPermiso
from bandeja.lectura import Lectura
from bandeja.modelos import Agente
from bandeja.plantel import Plantel
from bandeja.registro import en_una_linea, registro
from bandeja.senales import Senales
from bandeja.serializacion import ahora_iso
from bandeja.telefono import desde_texto
from bandeja.tiempo_real import ESPACIO, Avisos, sala_agente

MOTIVO_SIN_SESION = "Sesión requerida"
MOTIVO_TERMINADA = "Tu sesión terminó"


def registrar_eventos(
    socketio: SocketIO,
    plantel: Plantel,
    avisos: Avisos,
    lectura: Lectura,
    senales: Senales,
    cerradas: SesionesCerradas,
) -> None:
    """Registra los manejadores de `/twilio-chat`. Debe ocurrir antes de `socketio.init_app`."""

    def agente_vigente() -> Agente | None:
        # `session` aquí es la copia tomada al conectar: se vuelve a mirar el plantel en cada evento.
        return agente_de_sesion(plantel, session, current_app.secret_key, cerradas)

    def conectar(auth: object = None) -> None:
        agente = agente_vigente()
        if agente is None:
            raise ConnectionRefusedError(MOTIVO_SIN_SESION)
        join_room(sala_agente(agente.username))
        avisos.anotar(_sid(), agente.username, str(session.get("sesion", "")), float(session["vence"]))
        emit("connection_status", {"status": "connected", "timestamp": ahora_iso()})

    def desconectar(*_motivo: object) -> None:
        avisos.olvidar(_sid())

    def entrar(datos: object = None) -> None:
        agente = agente_vigente()
        if agente is None:
            avisos.cerrar(MOTIVO_TERMINADA, sesion=str(session.get("sesion", "")))
            return
        try:
            telefono = desde_texto(_numero_de(datos))
            if telefono is None:
                raise SinPermiso
            lectura.exigir_conversacion(agente.username, telefono)
        except ErrorBandeja as error:
            emit("error", {"error": str(error)})
            return
        senales.vigilar(telefono)
        emit("joined_conversation", {"numero": telefono.digitos, "timestamp": ahora_iso()})

    def salir(datos: object = None) -> None:
        telefono = desde_texto(_numero_de(datos))
        emit("left_conversation", {"numero": telefono.digitos if telefono else None, "timestamp": ahora_iso()})

    def escribir(datos: object = None) -> None:
        agente, telefono = agente_vigente(), desde_texto(_numero_de(datos))
        if agente is None or telefono is None:
            return
        try:
            senales.escribe(agente.username, telefono, isinstance(datos, dict) and datos.get("state") == "typing")
        except ErrorBandeja as error:
            emit("error", {"error": str(error)})

    for nombre, manejador in (
        ("connect", conectar),
        ("disconnect", desconectar),
        ("join_conversation", entrar),
        ("leave_conversation", salir),
        ("typing", escribir),
    ):
        socketio.on_event(nombre, manejador, namespace=ESPACIO)
    socketio.on_error_default(_ante_un_error)
    registro.info("📡 Socket.IO handlers registrados para %s", ESPACIO)


def _ante_un_error(error: Exception) -> bool:
    """Un fallo al conectar debe llegar al navegador como rechazo y no como veinte segundos de silencio."""
    registro.error("❌ Fallo en un evento del socket: %s: %s", type(error).__name__, en_una_linea(error))
    return False


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _numero_de(datos: object) -> Any:
    """`join_conversation` acepta {"numero": …} o el número solo."""
    return datos.get("numero") if isinstance(datos, dict) else datos
