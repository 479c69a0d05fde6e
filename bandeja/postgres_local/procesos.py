"""Hijos que mueren con su padre, y servidores que se quedaron sin él. No decide cuándo arrancar ninguno."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

Hijo = subprocess.Popen[bytes]

PR_SET_PDEATHSIG = 1
PACIENCIA = 60.0  # un cierre ordenado escribe lo pendiente en disco: puede tardar


def morir_con_el_padre(senal: signal.Signals) -> Callable[[], None]:
    """Para `preexec_fn`: el núcleo avisa al hijo cuando muere el hilo que lo lanzó; ver `desde_un_hilo_duradero`.

    Solo Linux sabe hacerlo; en otro sistema el servidor huérfano se detiene en el siguiente arranque.
    """
    padre = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def en_el_hijo() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(senal), 0, 0, 0)
            if os.getppid() != padre:  # murió entre el fork y el aviso
                os._exit(1)

    return en_el_hijo


def desde_un_hilo_duradero(lanzar: Callable[[], Hijo]) -> Hijo:
    """Lanza desde un hilo que dura lo que el hijo: si no, el fin de una petición apagaría la base de todos."""
    if sys.platform != "linux" or threading.get_native_id() == os.getpid():
        return lanzar()
    resultado: Future[Hijo] = Future()

    def cuerpo() -> None:
        try:
            hijo = lanzar()
        except BaseException as error:
            resultado.set_exception(error)
            return
        resultado.set_result(hijo)
        hijo.wait()

    threading.Thread(target=cuerpo, name="dueno-de-postgres", daemon=True).start()
    return resultado.result()


def detener_hijo(hijo: Hijo) -> None:
    """Primero el cierre ordenado (SIGINT corta las sesiones); si no basta, el inmediato; y por último, a la fuerza."""
    for senal, espera in ((signal.SIGINT, PACIENCIA), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        if hijo.poll() is not None:
            return
        hijo.send_signal(senal)
        try:
            hijo.wait(espera)
        except subprocess.TimeoutExpired:
            continue
        return


def detener_huerfano(pid: int, datos: Path) -> None:
    """Detiene un servidor de estos datos cuyo dueño ya no existe; no es hijo nuestro, así que se le observa."""
    for senal, espera in ((signal.SIGINT, PACIENCIA), (signal.SIGQUIT, 5.0)):
        limite = time.monotonic() + espera
        _avisar(pid, senal)
        while time.monotonic() < limite:
            if not es_servidor_de(pid, datos):
                return
            time.sleep(0.05)


def es_servidor_de(pid: int, datos: Path) -> bool:
    """Si ese proceso es de verdad un postgres de esos datos: ni un zombi, ni otro que heredó el número."""
    orden = _linea_de_ordenes(pid)
    return "postgres" in orden and str(datos) in orden


def _linea_de_ordenes(pid: int) -> str:
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    orden = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(orden, capture_output=True, text=True, errors="replace").stdout


def _avisar(pid: int, senal: signal.Signals) -> None:
    try:
        os.kill(pid, senal)
    except ProcessLookupError:
        return
