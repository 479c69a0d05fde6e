"""Un intermediario entre la aplicación y PostgreSQL que añade una demora a cada viaje, como una base administrada."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from multiprocessing.connection import Connection

TROZO = 65_536


def _pasar(origen: socket.socket, destino: socket.socket, demora: float) -> None:
    """Copia en un sentido. Con una consulta por viaje, dormir antes de copiar equivale a una red más lenta."""
    try:
        while datos := origen.recv(TROZO):
            if demora:
                time.sleep(demora)
            destino.sendall(datos)
    except OSError:
        pass
    finally:
        for extremo in (origen, destino):
            extremo.close()


def _atender(socket_de_postgres: str, demora: float, aviso: Connection) -> None:
    oyente = socket.create_server(("127.0.0.1", 0))
    aviso.send(oyente.getsockname()[1])
    while True:
        cliente, _ = oyente.accept()
        cliente.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        servidor = socket.socket(socket.AF_UNIX)
        servidor.connect(socket_de_postgres)
        threading.Thread(target=_pasar, args=(cliente, servidor, demora), daemon=True).start()
        threading.Thread(target=_pasar, args=(servidor, cliente, 0.0), daemon=True).start()


class Retardo:
    """El intermediario en su propio proceso. `puerto` es donde escucha, en esta máquina."""

    def __init__(self, socket_de_postgres: str, demora_s: float) -> None:
        contexto = multiprocessing.get_context("spawn")
        recibe, envia = contexto.Pipe(duplex=False)
        self._proceso = contexto.Process(target=_atender, args=(socket_de_postgres, demora_s, envia), daemon=True)
        self._proceso.start()
        self.puerto: int = recibe.recv()

    def cerrar(self) -> None:
        """Corta todas las conexiones."""
        self._proceso.terminate()
        self._proceso.join()
