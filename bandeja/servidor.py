"""El servidor HTTP del proceso: escucha, atiende y, al pedirle que pare, deja terminar lo que está en curso.

Se hace el socket aquí (y no en `socketio.run`) para ponerle TCP_NODELAY: sin él los avisos salen a saltos.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bandeja.registro import registro

# Lo que se espera a las peticiones en curso tras una señal de parar. Las plataformas dan 30 s o más.
DRENAJE_S = 25.0
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class EnCurso:
    """Cuenta las peticiones que aún no terminan (las de WebSocket no: no terminan nunca)."""

    def __init__(self, wsgi: Wsgi) -> None:
        self._wsgi = wsgi
        self.cuenta = 0

    def __call__(self, entorno: dict[str, Any], empezar: Any) -> Iterable[bytes]:
        if entorno.get("PATH_INFO", "").startswith("/socket.io"):
            return self._wsgi(entorno, empezar)
        return self._contada(entorno, empezar)

    def _contada(self, entorno: dict[str, Any], empezar: Any) -> Iterator[bytes]:
        self.cuenta += 1
        try:
            respuesta = self._wsgi(entorno, empezar)
            try:
                yield from respuesta
            finally:
                cerrar = getattr(respuesta, "close", None)
                if cerrar is not None:
                    cerrar()
        finally:
            self.cuenta -= 1


def escuchar(host: str, puerto: int) -> socket.socket:
    """El socket que escucha, con TCP_NODELAY. Lanza OSError si el puerto está ocupado."""
    familia = socket.AF_INET6 if ":" in host else socket.AF_INET
    oyente = socket.socket(familia, socket.SOCK_STREAM)
    oyente.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    oyente.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    oyente.bind((host, puerto))
    oyente.listen(1024)
    return oyente


def atender(wsgi: Wsgi, oyente: socket.socket, modo: str) -> None:
    """Atiende hasta SIGTERM o SIGINT; vuelve cuando lo que estaba en curso terminó (o venció el plazo)."""
    en_curso = EnCurso(wsgi)
    fin = _al_pedir_parar()
    registro.info("🚀 Escuchando en el puerto %d (%s)", oyente.getsockname()[1], modo)
    servir = threading.Thread(target=_servir, args=(en_curso, oyente, modo), daemon=True)
    servir.start()
    fin()
    oyente.close()
    limite = time.monotonic() + DRENAJE_S
    while en_curso.cuenta and time.monotonic() < limite:
        time.sleep(0.02)
    time.sleep(0.05)  # la última respuesta ya salió de Flask; que salga también del socket


def _servir(wsgi: Wsgi, oyente: socket.socket, modo: str) -> None:
    if modo == "eventlet":
        import eventlet.wsgi

        eventlet.wsgi.server(oyente, wsgi, log_output=False, max_size=4096, debug=False, socket_timeout=75)
    elif modo == "gevent":
        from gevent.pywsgi import WSGIServer

        WSGIServer(oyente, wsgi, log=None).serve_forever()
    else:
        from werkzeug.serving import make_server

        host, puerto = oyente.getsockname()[:2]
        make_server(host, puerto, wsgi, threaded=True, fd=oyente.fileno()).serve_forever()


def _al_pedir_parar() -> Callable[[], None]:
    """Una espera que despierta con SIGTERM o SIGINT.

    La señal escribe en una tubería: un manejador de Python no despierta al bucle de eventos (eventlet dormía hasta
    60 s), y `os.write` parcheado no se puede usar dentro de él, por eso se guarda el original.
    """
    lectura, escritura = os.pipe()
    escribir = _os_write_original()

    def pedir(_senal: int, _marco: object) -> None:
        escribir(escritura, b".")

    signal.signal(signal.SIGTERM, pedir)
    signal.signal(signal.SIGINT, pedir)

    def esperar() -> None:
        select.select([lectura], [], [])

    return esperar


def _os_write_original() -> Callable[[int, bytes], int]:
    try:
        from eventlet import patcher

        original: Callable[[int, bytes], int] = patcher.original("os").write
        return original
    except ImportError:
        return os.write
