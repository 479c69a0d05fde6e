"""Avisar a las pantallas: siempre después de confirmar y siempre a la sala de un agente. No decide a quién."""

from __future__ import annotations

import time
from typing import Any

from flask_socketio import SocketIO

from bandeja.bd import dentro_de_transaccion
from bandeja.registro import registro

ESPACIO = "/twilio-chat"


def sala_agente(usuario: str) -> str:
    """La sala de todas las pantallas de un agente."""
    return f"agente:{usuario}"


class Avisos:
    """La boca del tiempo real. También sabe qué conexiones tiene cada sesión, para poder cerrarlas."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio
        self._conexiones: dict[str, tuple[str, str, float]] = {}  # sid → (usuario, sesión, cuándo vence)

    def avisar(self, evento: str, datos: dict[str, Any], agente: str | None) -> None:
        """Manda un evento a todas las pantallas de un agente. None = nadie la atiende: no se manda a ninguna.

        Lanza RuntimeError si se llama con una transacción abierta: podría anunciar lo que no se confirmó.
        """
        if dentro_de_transaccion():
            raise RuntimeError(f"{evento}: se avisa después de confirmar, nunca dentro de la transacción")
        if agente is None:
            return
        self._socketio.emit(evento, datos, namespace=ESPACIO, to=sala_agente(agente))
        registro.info("📡 Evento WebSocket enviado: %s", evento)

    def anotar(self, sid: str, usuario: str, sesion: str, vence: float) -> None:
        """Recuerda de quién es una conexión recién aceptada y hasta cuándo vale su sesión (segundos unix)."""
        self._conexiones[sid] = (usuario, sesion, vence)

    def olvidar(self, sid: str) -> None:
        """La conexión se cerró."""
        self._conexiones.pop(sid, None)

    def conectados(self) -> set[str]:
        """Los usuarios con alguna pantalla abierta en este proceso."""
        return {usuario for usuario, _, _ in self._conexiones.values()}

    def cuantas(self) -> int:
        """Las pantallas abiertas en este proceso."""
        return len(self._conexiones)

    def vencidas(self) -> set[str]:
        """Las sesiones ya vencidas que siguen con alguna pantalla abierta."""
        return {sesion for _, sesion, vence in self._conexiones.values() if vence < time.time()}

    def cerrar(self, motivo: str, *, usuario: str | None = None, sesion: str | None = None) -> None:
        """Cierra las conexiones de un usuario o de una sola sesión, diciéndoles por qué."""
        for sid, (de_usuario, de_sesion, _) in list(self._conexiones.items()):
            if de_usuario == usuario or de_sesion == sesion:
                self._socketio.emit("session_ended", {"motivo": motivo}, namespace=ESPACIO, to=sid)
                self._socketio.server.disconnect(sid, namespace=ESPACIO)
                self.olvidar(sid)
