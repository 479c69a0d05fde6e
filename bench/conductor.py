"""Quien envía las peticiones: un solo hilo con muchas conexiones abiertas, en un proceso aparte, con todo ya escrito.

Solo biblioteca estándar y sin analizar más que lo imprescindible: lo que se mide es el servidor, no esto.
"""

from __future__ import annotations

import gc
import math
import multiprocessing
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

Fabrica = Callable[..., Iterable[bytes]]
FIN_DE_CABECERAS = b"\r\n\r\n"
LARGO = b"content-length:"
PLAZO_S = 60.0


@dataclass(frozen=True, slots=True)
class Orden:
    """Qué enviar. `fabrica(*argumentos)` da las peticiones enteras, en bytes.

    Parámetros: `segundos` None = hasta que se acaben; `ritmo` = peticiones por segundo (None = una tras otra);
    `escritas` = se preparan todas antes de empezar a contar.
    """

    puerto: int
    conexiones: int
    fabrica: Fabrica
    argumentos: tuple[Any, ...]
    segundos: float | None = None
    ritmo: float | None = None
    escritas: bool = True


@dataclass(slots=True)
class Resultado:
    """Lo medido. `latencias` en milisegundos; `envios`, el instante (reloj monotónico) en que salió cada petición."""

    latencias: list[float] = field(default_factory=list)
    envios: list[float] = field(default_factory=list)
    segundos: float = 0.0
    cpu: float = 0.0  # fracción de un núcleo que gastó quien enviaba
    ritmo_medido: float | None = None
    cpu_servidor: float = float("nan")  # milisegundos de procesador del servidor por petición

    def percentil(self, cual: int) -> float:
        """El percentil `cual` de las latencias, en milisegundos."""
        if len(self.latencias) < 2:
            return self.latencias[0] if self.latencias else float("nan")
        return statistics.quantiles(self.latencias, n=100, method="inclusive")[cual - 1]

    @property
    def por_segundo(self) -> float:
        """Respuestas por segundo."""
        return len(self.latencias) / self.segundos if self.ritmo_medido is None else self.ritmo_medido


class _Conexion:
    def __init__(self, puerto: int) -> None:
        self.canal = socket.create_connection(("127.0.0.1", puerto), timeout=PLAZO_S)
        self.canal.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._recibido = b""
        self.salida = 0.0

    def enviar(self, peticion: bytes) -> None:
        self._recibido = b""
        self.salida = time.monotonic()
        self.canal.sendall(peticion)

    def recibir(self) -> bool:
        """Lee lo que haya; cierto cuando la respuesta está completa. Lanza RuntimeError si no es un 200."""
        trozo = self.canal.recv(262_144)
        if not trozo:
            raise RuntimeError("El servidor cortó la conexión")
        self._recibido += trozo
        cabeza, fin, cuerpo = self._recibido.partition(FIN_DE_CABECERAS)
        if not fin:
            return False
        cabeza = cabeza.lower()
        largo = int(cabeza[cabeza.index(LARGO) + len(LARGO) :].split(b"\r\n", 1)[0])
        if len(cuerpo) < largo:
            return False
        if b" 200 " not in cabeza[:16]:
            raise RuntimeError(f"Respuesta inesperada: {cabeza[:60]!r} {cuerpo[:300]!r}")
        return True


def conducir(orden: Orden) -> Resultado:
    """Cumple una orden y devuelve lo medido. Se llama en un proceso propio (ver `Conductor`)."""
    peticiones = orden.fabrica(*orden.argumentos)
    if orden.escritas:
        peticiones = list(peticiones)
    conexiones = [_Conexion(orden.puerto) for _ in range(orden.conexiones)]
    resultado = Resultado()
    gc.disable()
    cpu, inicio = time.process_time(), time.monotonic()
    limite = math.inf if orden.segundos is None else inicio + orden.segundos
    if orden.ritmo is None:
        _sin_pausa(conexiones, iter(peticiones), limite, resultado)
    else:
        _con_ritmo(conexiones[0], iter(peticiones), orden.ritmo, limite, resultado)
    resultado.segundos = time.monotonic() - inicio
    resultado.cpu = (time.process_time() - cpu) / resultado.segundos
    gc.enable()
    for conexion in conexiones:
        conexion.canal.close()
    return resultado


def _sin_pausa(conexiones: list[_Conexion], peticiones: Iterator[bytes], limite: float, resultado: Resultado) -> None:
    """Cada conexión envía la siguiente en cuanto recibe la respuesta de la anterior."""
    with selectors.DefaultSelector() as selector:
        for conexion in conexiones:
            selector.register(conexion.canal, selectors.EVENT_READ, conexion)
        ocupadas = sum(_siguiente(conexion, peticiones, limite, resultado) for conexion in conexiones)
        while ocupadas:
            listas = selector.select(PLAZO_S)
            if not listas:
                raise RuntimeError(f"El servidor no contestó en {PLAZO_S:.0f} s")
            for llave, _ in listas:
                conexion = llave.data
                if conexion.recibir():
                    resultado.latencias.append((time.monotonic() - conexion.salida) * 1000)
                    ocupadas -= not _siguiente(conexion, peticiones, limite, resultado)


def _siguiente(conexion: _Conexion, peticiones: Iterator[bytes], limite: float, resultado: Resultado) -> bool:
    peticion = next(peticiones, None) if time.monotonic() < limite else None
    if peticion is None:
        return False
    conexion.enviar(peticion)
    resultado.envios.append(conexion.salida)
    return True


def _con_ritmo(
    conexion: _Conexion, peticiones: Iterator[bytes], ritmo: float, limite: float, resultado: Resultado
) -> None:
    """Una petición cada 1/ritmo segundos; si la anterior se retrasa, la siguiente sale en cuanto puede."""
    turno = time.monotonic()
    for peticion in peticiones:
        time.sleep(max(0.0, turno - time.monotonic()))
        if time.monotonic() >= limite:
            return
        turno += 1 / ritmo
        conexion.enviar(peticion)
        resultado.envios.append(conexion.salida)
        while not conexion.recibir():
            pass
        resultado.latencias.append((time.monotonic() - conexion.salida) * 1000)


class Conductor:
    """El proceso aparte que cumple órdenes, de una en una."""

    def __init__(self) -> None:
        self._proceso = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    def cumplir(self, orden: Orden) -> Resultado:
        """Cumple una orden en el proceso aparte y espera su resultado. Lanza lo que allí falle."""
        return self._proceso.submit(conducir, orden).result()

    def cerrar(self) -> None:
        """Termina el proceso."""
        self._proceso.shutdown()
