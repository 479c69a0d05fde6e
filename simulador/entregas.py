"""El cartero: lleva los webhooks al producto, a su hora, en orden dentro de cada clave y con reintentos acotados.

No sabe qué hay en un sobre ni por qué se manda.
"""

import heapq
import itertools
import json
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import requests

from .formas import Json

registro = logging.getLogger(__name__)

_ERROR_DE_RED = 0


@dataclass(frozen=True, slots=True)
class Destino:
    """Un webhook configurado: dirección, modo (body, path o method), cabeceras y los eventos que pide."""

    url: str
    modo: str = "body"
    cabeceras: tuple[tuple[str, str], ...] = ()
    eventos: frozenset[tuple[str, str]] | None = None

    def quiere(self, tipo: str, evento: str) -> bool:
        """Dice si este webhook pidió ese evento; sin lista, los quiere todos."""
        return self.eventos is None or (tipo, evento) in self.eventos

    def peticion(self, tipo: str, evento: str) -> tuple[str, str]:
        """Verbo y dirección según el modo en que el proveedor entrega."""
        base = self.url.rstrip("/")
        if self.modo == "path":
            return "POST", f"{base}/{tipo}/{evento}"
        if self.modo == "method":
            return evento.upper(), f"{base}/{tipo}"
        return "POST", self.url


@dataclass(frozen=True, slots=True)
class Aviso:
    """Un sobre por entregar. Los de la misma `clave` salen uno tras otro; `al_salir` corre justo antes."""

    tipo: str
    evento: str
    cuerpo: bytes
    clave: str
    al_salir: Callable[[], None] | None = None
    destino: Destino | None = None
    intento: int = 1
    generacion: int = 0


@dataclass(frozen=True, slots=True)
class Intento:
    """Lo que pasó con un intento de entrega; `codigo` 0 es que no hubo respuesta."""

    hora: float
    verbo: str
    url: str
    tipo: str
    evento: str
    numero: int
    codigo: int
    milisegundos: float


@dataclass(slots=True)
class AjustesEntrega:
    """Cuánto se insiste: la espera crece en `espera_base` por cada fallo, hasta `espera_maxima` y `max_intentos`."""

    espera_base: float = 0.2
    espera_maxima: float = 30.0
    max_intentos: int = 6
    plazo: float = 15.0
    trabajadores: int = 8


@dataclass(slots=True)
class _Mesa:
    """Lo que espera turno, protegido por la condición del cartero."""

    cola: list[tuple[float, int, Aviso]] = field(default_factory=list)
    ocupadas: dict[str, deque[Aviso]] = field(default_factory=dict)
    pausada: bool = False
    generacion: int = 0


class Entregas:
    """Un hilo mira el reloj y varios reparten. `destinos` se consulta al salir cada aviso, no al encargarlo."""

    def __init__(self, destinos: Callable[[], Sequence[Destino]], ajustes: AjustesEntrega) -> None:
        self.ajustes = ajustes
        self.intentos: deque[Intento] = deque(maxlen=20_000)
        self._destinos = destinos
        self._mesa = _Mesa()
        self._cambio = threading.Condition()
        self._listas: queue.SimpleQueue[Aviso | None] = queue.SimpleQueue()
        self._orden = itertools.count()
        self._local = threading.local()
        self._activo = False

    def iniciar(self) -> None:
        """Arranca los hilos; todos son daemon y mueren con el proceso."""
        self._activo = True
        threading.Thread(target=self._mirar_reloj, name="simulador-reloj", daemon=True).start()
        for numero in range(self.ajustes.trabajadores):
            threading.Thread(target=self._repartir, name=f"simulador-cartero-{numero}", daemon=True).start()

    def parar(self) -> None:
        """Deja de entregar; lo pendiente se pierde, como cuando se apaga el proveedor."""
        if not self._activo:
            return
        self.vaciar()
        with self._cambio:
            self._activo = False
            self._cambio.notify_all()
        for _ in range(self.ajustes.trabajadores):
            self._listas.put(None)

    def pausar(self, pausa: bool = True) -> None:
        """Retiene las entregas (o las suelta); lo encargado mientras tanto espera."""
        with self._cambio:
            self._mesa.pausada = pausa
            self._cambio.notify_all()

    def vaciar(self) -> None:
        """Olvida lo pendiente y el historial; lo que ya va en camino no se reintenta."""
        with self._cambio:
            self._mesa.generacion += 1
            self._mesa.cola.clear()
            for espera in self._mesa.ocupadas.values():
                espera.clear()
            self.intentos.clear()
            self._cambio.notify_all()

    def programar(self, aviso: Aviso, demora: float = 0.0) -> None:
        """Encarga un aviso para dentro de `demora` segundos."""
        self._apuntar(self._fechar(aviso), demora)

    def entregar_ya(self, aviso: Aviso) -> list[int]:
        """Entrega en este hilo y espera la respuesta; lo que falle queda para reintentar. Devuelve los códigos."""
        return self._sacar(self._fechar(aviso))

    def esperar(self, segundos: float) -> bool:
        """Espera a que no quede nada pendiente ni en camino; falso si se acaba el plazo."""
        with self._cambio:
            return self._cambio.wait_for(lambda: not (self._mesa.cola or self._mesa.ocupadas), segundos)

    def pedir(self, verbo: str, url: str, cuerpo: bytes, cabeceras: dict[str, str]) -> requests.Response:
        """Hace una petición JSON cruda por la conexión de este hilo."""
        completas = {"Content-Type": "application/json", **cabeceras}
        return self._sesion().request(verbo, url, data=cuerpo, headers=completas, timeout=self.ajustes.plazo)

    def _fechar(self, aviso: Aviso) -> Aviso:
        with self._cambio:
            return replace(aviso, generacion=self._mesa.generacion)

    def _apuntar(self, aviso: Aviso, demora: float) -> None:
        """Pone en la cola un aviso, salvo que lo hayan vaciado desde que se encargó."""
        with self._cambio:
            if aviso.generacion == self._mesa.generacion:
                heapq.heappush(self._mesa.cola, (time.monotonic() + demora, next(self._orden), aviso))
                self._cambio.notify_all()

    def _sesion(self) -> requests.Session:
        sesion: requests.Session | None = getattr(self._local, "sesion", None)
        if sesion is None:
            sesion = requests.Session()
            sesion.trust_env = False
            self._local.sesion = sesion
        return sesion

    def _mirar_reloj(self) -> None:
        while True:
            with self._cambio:
                if not self._activo:
                    return
                espera = self._espera_hasta_el_proximo()
                if espera is None or espera > 0:
                    self._cambio.wait(espera)
                    continue
                _, _, aviso = heapq.heappop(self._mesa.cola)
                if aviso.clave in self._mesa.ocupadas:
                    self._mesa.ocupadas[aviso.clave].append(aviso)
                    continue
                self._mesa.ocupadas[aviso.clave] = deque()
            self._listas.put(aviso)

    def _espera_hasta_el_proximo(self) -> float | None:
        if self._mesa.pausada or not self._mesa.cola:
            return None
        return self._mesa.cola[0][0] - time.monotonic()

    def _repartir(self) -> None:
        while (aviso := self._listas.get()) is not None:
            try:
                self._sacar(aviso)
            except Exception:
                registro.exception("El cartero del simulador tropezó con un %s.%s", aviso.tipo, aviso.evento)
            with self._cambio:
                espera = self._mesa.ocupadas[aviso.clave]
                siguiente = espera.popleft() if espera else None
                if siguiente is None:
                    del self._mesa.ocupadas[aviso.clave]
                    self._cambio.notify_all()
            if siguiente is not None:
                self._listas.put(siguiente)

    def _sacar(self, aviso: Aviso) -> list[int]:
        if aviso.al_salir is not None and aviso.intento == 1:
            aviso.al_salir()
        destinos = [aviso.destino] if aviso.destino else self._destinos()
        return [self._intentar(aviso, d) for d in destinos if d.quiere(aviso.tipo, aviso.evento)]

    def _intentar(self, aviso: Aviso, destino: Destino) -> int:
        verbo, url = destino.peticion(aviso.tipo, aviso.evento)
        comienzo = time.monotonic()
        try:
            codigo = self.pedir(verbo, url, aviso.cuerpo, dict(destino.cabeceras)).status_code
        except requests.RequestException as falla:
            registro.debug("Webhook sin respuesta: %s", type(falla).__name__)
            codigo = _ERROR_DE_RED
        milisegundos = (time.monotonic() - comienzo) * 1000
        with self._cambio:
            if aviso.generacion != self._mesa.generacion:
                return codigo
            hecho = Intento(time.time(), verbo, url, aviso.tipo, aviso.evento, aviso.intento, codigo, milisegundos)
            self.intentos.append(hecho)
        if codigo != 200:
            self._reintentar(aviso, destino)
        return codigo

    def _reintentar(self, aviso: Aviso, destino: Destino) -> None:
        if aviso.intento >= self.ajustes.max_intentos:
            registro.info("Webhook %s.%s abandonado tras %d intentos", aviso.tipo, aviso.evento, aviso.intento)
            return
        espera = min(self.ajustes.espera_base * aviso.intento, self.ajustes.espera_maxima)
        self._apuntar(replace(aviso, destino=destino, intento=aviso.intento + 1), espera)


def en_bytes(cuerpo: Json | bytes | str) -> bytes:
    """El cuerpo tal cual si ya viene escrito, o como JSON en ASCII (así caben hasta los sustitutos sueltos)."""
    if isinstance(cuerpo, bytes):
        return cuerpo
    return cuerpo.encode() if isinstance(cuerpo, str) else json.dumps(cuerpo).encode()
