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
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bandeja.registro import registro

# Lo que se espera a las peticiones en curso tras una señal de parar. Las plataformas dan 30 s o más.
DRENAJE_S = 25.0
# A quien se conectó y todavía no pidió nada se le espera esto.
RECIEN_LLEGADO_S = 1.0
CONEXIONES_A_LA_VEZ = 4096
PAUSA_SIN_ACEPTAR_S = 0.5
# Al parar se sigue abriendo mientras llegue gente, y nunca más que esto: la plataforma tarda en dejar de mandarla.
ULTIMAS_LLAMADAS_S = 1.5
SIN_LLAMADAS_S = 0.1
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(slots=True)
class _Conexion:
    canal: Any
    desde: float
    ha_pedido: bool = False
    eterna: bool = False


class Conexiones:
    """Las conexiones abiertas del servidor de eventlet: al parar no se corta a quien ya llamó y aún no fue leído."""

    def __init__(self, tope: int) -> None:
        import eventlet

        self._tareas = eventlet.GreenPool(tope)
        self._abiertas: dict[tuple[str, str], _Conexion] = {}

    def spawn(self, atender_una: Callable[..., Any], conexion: Any) -> Any:
        """Lo que eventlet pide a su reserva: atender una conexión, que llega como [dirección, canal, estado]."""
        quien = str(conexion[0][0]), str(conexion[0][1])
        self._abiertas[quien] = _Conexion(conexion[1], time.monotonic())
        tarea = self._tareas.spawn(atender_una, conexion)
        tarea.link(lambda _tarea: self._abiertas.pop(quien, None))
        return tarea

    def waitall(self) -> None:
        """Lo otro que eventlet pide a su reserva."""
        self._tareas.waitall()

    def anotar(self, entorno: dict[str, Any], *, eterna: bool) -> None:
        """Esa conexión ya pidió algo; `eterna` si lo que pidió no termina nunca."""
        conexion = self._abiertas.get((str(entorno.get("REMOTE_ADDR")), str(entorno.get("REMOTE_PORT"))))
        if conexion is not None:
            conexion.ha_pedido, conexion.eterna = True, eterna

    def queda_alguien(self) -> bool:
        """Cierto si alguien tiene algo escrito que no se ha leído, o acaba de llegar y todavía no habla."""
        reciente = time.monotonic() - RECIEN_LLEGADO_S
        for conexion in [c for c in self._abiertas.values() if not c.eterna]:
            escrito = _hay_algo_escrito(conexion.canal)
            if escrito or (escrito is None and not conexion.ha_pedido and conexion.desde > reciente):
                return True
        return False


def _hay_algo_escrito(canal: Any) -> bool | None:
    """Cierto si hay algo por leer, None si por ahora nada, falso si la otra punta ya colgó."""
    try:
        return bool(canal.fd.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return None
    except OSError:
        return False


class EnCurso:
    """Cuenta las peticiones que aún no terminan (las de WebSocket no: no terminan nunca)."""

    def __init__(self, wsgi: Wsgi, conexiones: Conexiones | None) -> None:
        self._wsgi = wsgi
        self._conexiones = conexiones
        self._cuenta = 0
        self.despidiendo = False

    def __call__(self, entorno: dict[str, Any], empezar: Any) -> Iterable[bytes]:
        eterna = entorno.get("PATH_INFO", "").startswith("/socket.io")
        if entorno.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            # eventlet corta el cuerpo donde termina y no lo dice: sin esto Werkzeug, que no ve su largo, lo lee vacío.
            entorno["wsgi.input_terminated"] = True
        if self._conexiones is not None:
            self._conexiones.anotar(entorno, eterna=eterna)
        return self._wsgi(entorno, empezar) if eterna else self._contada(entorno, self._despedir(empezar))

    def queda_algo(self) -> bool:
        """Cierto si hay una petición sin contestar, leída o por leer."""
        return self._cuenta > 0 or (self._conexiones is not None and self._conexiones.queda_alguien())

    def _contada(self, entorno: dict[str, Any], empezar: Any) -> Iterator[bytes]:
        self._cuenta += 1
        try:
            respuesta = self._wsgi(entorno, empezar)
            try:
                yield from respuesta
            finally:
                cerrar = getattr(respuesta, "close", None)
                if cerrar is not None:
                    cerrar()
        finally:
            self._cuenta -= 1

    def _despedir(self, empezar: Any) -> Any:
        """Al parar, cada respuesta le dice al cliente que la siguiente la pida por otra conexión."""

        def empezar_y_despedir(codigo: str, cabeceras: list[tuple[str, str]], *mas: Any) -> Any:
            return empezar(codigo, [*cabeceras, ("Connection", "close")] if self.despidiendo else cabeceras, *mas)

        return empezar_y_despedir


class Puerta:
    """El socket que escucha. Al cerrarse entrega primero a quienes ya habían llamado y esperaban en la fila."""

    def __init__(self, oyente: socket.socket) -> None:
        self._oyente: Any = oyente
        self._cerrada = False
        self._ultima_llamada = 0.0
        self._ultimos: deque[tuple[Any, Any]] = deque()

    def __getattr__(self, nombre: str) -> Any:
        return getattr(self._oyente, nombre)

    def accept(self) -> tuple[Any, Any]:
        """La siguiente conexión. Después de cerrar y repartir las últimas, no vuelve nunca."""
        while not self._cerrada:
            try:
                llegada = self._oyente.accept()
                self._ultima_llamada = time.monotonic()
                return llegada  # type: ignore[no-any-return]
            except OSError as error:
                if self._cerrada:
                    break
                # Si sale de aquí, el bucle de eventlet termina y el proceso queda vivo y sordo: quien colgó en la fila
                # o un tope de archivos abiertos son pasajeros.
                registro.error("❌ No se pudo aceptar una conexión: %s", error.strerror)
                time.sleep(PAUSA_SIN_ACEPTAR_S)
        if not self._ultimos:
            threading.Event().wait()
        return self._ultimos.popleft()

    def sigue_llegando_gente(self) -> bool:
        return time.monotonic() - self._ultima_llamada < SIN_LLAMADAS_S

    def cerrar(self) -> None:
        """Nadie más entra. Entre vaciar la fila y cerrar no se cede el paso: lo que llegue en medio sería un corte."""
        self._cerrada = True
        cruda = getattr(self._oyente, "fd", None)
        while cruda is not None:
            try:
                canal, direccion = cruda.accept()
            except OSError:
                break
            self._ultimos.append((type(self._oyente)(canal), direccion))
        self._oyente.close()


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
    conexiones = Conexiones(CONEXIONES_A_LA_VEZ) if modo == "eventlet" else None
    en_curso, puerta = EnCurso(wsgi, conexiones), Puerta(oyente)
    fin = _al_pedir_parar()
    registro.info("🚀 Escuchando en el puerto %d (%s)", oyente.getsockname()[1], modo)
    servir = threading.Thread(target=_servir, args=(en_curso, oyente, puerta, modo, conexiones), daemon=True)
    servir.start()
    fin()
    en_curso.despidiendo = True
    ahora = time.monotonic()
    limite, ultimas_llamadas = ahora + DRENAJE_S, ahora + ULTIMAS_LLAMADAS_S
    while puerta.sigue_llegando_gente() and time.monotonic() < ultimas_llamadas:
        time.sleep(0.02)
    puerta.cerrar()
    time.sleep(0.02)
    while en_curso.queda_algo() and time.monotonic() < limite:
        time.sleep(0.02)
    time.sleep(0.05)  # la última respuesta ya salió de Flask; que salga también del socket


def _servir(wsgi: Wsgi, oyente: socket.socket, puerta: Puerta, modo: str, conexiones: Conexiones | None) -> None:
    if modo == "eventlet":
        import eventlet.wsgi

        eventlet.wsgi.server(puerta, wsgi, custom_pool=conexiones, log_output=False, debug=False, socket_timeout=75)
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
