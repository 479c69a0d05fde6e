"""Las pantallas de los agentes: un WebSocket de verdad por cada uno, en un proceso que anota cuándo llega qué."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import websocket

ESPACIO = "/twilio-chat"
PREFIJO = f"42{ESPACIO},"
ESPERA_ULTIMOS_S = 0.5


@dataclass(frozen=True, slots=True)
class Llegada:
    """Un mensaje nuevo visto por una pantalla. `en` es del mismo reloj monotónico que los envíos."""

    agente: str
    mensaje_id: str
    en: float


def _conectar(puerto: int, galleta: str) -> websocket.WebSocket:
    canal = websocket.create_connection(
        f"ws://127.0.0.1:{puerto}/socket.io/?EIO=4&transport=websocket",
        cookie=galleta,
        origin=f"http://127.0.0.1:{puerto}",
        timeout=30,
    )
    canal.recv()
    canal.send(f"40{ESPACIO},")
    while not str(recibido := canal.recv()).startswith(f"40{ESPACIO}"):
        if str(recibido).startswith("44"):
            raise RuntimeError(f"La pantalla fue rechazada: {recibido!r}")
    return canal


def _mirar(canal: websocket.WebSocket, agente: str, anotado: list[tuple[str, str, float]]) -> None:
    while True:
        try:
            texto = str(canal.recv())
        except (OSError, websocket.WebSocketException):
            return
        if texto == "2":
            canal.send("3")
        else:
            anotado.append((agente, texto, time.monotonic()))


def _observar(puerto: int, galletas: Sequence[tuple[str, str]], mando: Connection) -> None:
    anotado: list[tuple[str, str, float]] = []
    canales = [(agente, _conectar(puerto, galleta)) for agente, galleta in galletas]
    for agente, canal in canales:
        threading.Thread(target=_mirar, args=(canal, agente, anotado), daemon=True).start()
    mando.send(len(canales))
    while mando.recv() == "lo visto":
        time.sleep(ESPERA_ULTIMOS_S)
        visto, anotado[:] = list(anotado), []
        mando.send(_llegadas(visto))


def _llegadas(anotado: Sequence[tuple[str, str, float]]) -> list[Llegada]:
    llegadas = []
    for agente, texto, en in anotado:
        if texto.startswith(PREFIJO):
            evento, datos = json.loads(texto.removeprefix(PREFIJO))
            if evento == "new_message":
                llegadas.append(Llegada(agente, datos["message_id"], en))
    return llegadas


class Pantallas:
    """Las pantallas conectadas. `lo_visto` devuelve lo llegado desde la última vez."""

    def __init__(self, puerto: int, galletas: Sequence[tuple[str, str]]) -> None:
        contexto = multiprocessing.get_context("spawn")
        self._mando, suyo = contexto.Pipe()
        self._proceso = contexto.Process(target=_observar, args=(puerto, galletas, suyo), daemon=True)
        self._proceso.start()
        suyo.close()
        self.cuantas: int = self._mando.recv()

    def lo_visto(self) -> list[Llegada]:
        """Los mensajes nuevos vistos, tras un respiro para los últimos."""
        self._mando.send("lo visto")
        llegadas: list[Llegada] = self._mando.recv()
        return llegadas

    def cerrar(self) -> None:
        """Cierra todas las pantallas."""
        self._mando.send("fin")
        self._proceso.join(5)
        self._proceso.terminate()
