"""Mucha gente a la vez: tareas que salen en el mismo instante y una carga que no para hasta que se le dice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests

from tests.apoyo.aplicacion import SECRETO_WEBHOOK, AppEnMarcha
from tests.apoyo.cargas import Json, entrega, mensaje_texto

T = TypeVar("T")

CABECERAS = {"Authorization": f"Bearer {SECRETO_WEBHOOK}"}
SIN_RESPUESTA = 0


def a_la_vez(tareas: Sequence[Callable[[], T]]) -> list[T]:
    """Cada tarea en su hilo, todas desde la misma salida. Devuelve sus resultados en el orden pedido."""
    salida = threading.Barrier(len(tareas))
    resultados: list[Any] = [None] * len(tareas)
    fallos: list[BaseException] = []

    def correr(lugar: int, tarea: Callable[[], T]) -> None:
        salida.wait()
        try:
            resultados[lugar] = tarea()
        except BaseException as error:
            fallos.append(error)

    hilos = [threading.Thread(target=correr, args=par, daemon=True) for par in enumerate(tareas)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join(60)
        assert not hilo.is_alive(), "una tarea de la ráfaga no terminó en 60 s"
    if fallos:
        raise fallos[0]
    return resultados


def hasta(condicion: Callable[[], T], plazo: float = 10.0, cada: float = 0.05) -> T:
    """Espera a que la condición dé algo cierto y lo devuelve."""
    limite = time.monotonic() + plazo
    while not (valor := condicion()):
        assert time.monotonic() < limite, f"la condición no se cumplió en {plazo} s; lo último fue {valor!r}"
        time.sleep(cada)
    return valor


def conversacion(numero: str, cuantos: int, desde: float) -> list[Json]:
    """Los textos seguidos de un cliente, numerados y con un segundo entre uno y otro."""
    return [mensaje_texto(numero, f"{numero} {i}", en=int(desde) + i) for i in range(cuantos)]


@dataclass(slots=True)
class Entregado:
    """Un mensaje y lo que contestó la aplicación; SIN_RESPUESTA si la conexión se cortó."""

    mensaje: Json
    codigo: int = SIN_RESPUESTA
    frase: str = ""
    fallo: str = ""
    enviado_en: float = 0.0


@dataclass(slots=True)
class Carga:
    """Clientes que escriben sin parar, cada uno lo suyo y en su orden, hasta `terminar`."""

    app: AppEnMarcha
    hilos_de: list[list[Json]]
    pausa: float = 0.0
    reusar_conexion: bool = True
    hechos: list[Entregado] = field(default_factory=list)
    _hilos: list[threading.Thread] = field(default_factory=list)
    _fin: threading.Event = field(default_factory=threading.Event)

    def empezar(self) -> Carga:
        for mensajes in self.hilos_de:
            hilo = threading.Thread(target=self._escribir, args=(mensajes,), daemon=True)
            self._hilos.append(hilo)
            hilo.start()
        return self

    def esperar_contestados(self, cuantos: int, plazo: float = 20.0) -> None:
        hasta(lambda: len(self.con_codigo(200)) >= cuantos, plazo, 0.005)

    def terminar(self) -> None:
        """No empieza nada nuevo y espera a lo que está en camino."""
        self._fin.set()
        for hilo in self._hilos:
            hilo.join(60)
            assert not hilo.is_alive(), "un cliente de la carga no terminó"

    def con_codigo(self, codigo: int) -> list[Entregado]:
        return [uno for uno in list(self.hechos) if uno.codigo == codigo]

    def codigos(self) -> set[int]:
        return {uno.codigo for uno in list(self.hechos)}

    def _escribir(self, mensajes: list[Json]) -> None:
        sesion = requests.Session()
        for uno in mensajes:
            if self._fin.is_set():
                return
            anotado = Entregado(uno, enviado_en=time.monotonic())
            if not self.reusar_conexion:
                sesion = requests.Session()
            try:
                respuesta = sesion.post(self.app.webhook, json=entrega(uno), headers=CABECERAS, timeout=30)
                anotado.codigo, anotado.frase = respuesta.status_code, respuesta.text
            except requests.RequestException as error:
                anotado.fallo = repr(error)
            self.hechos.append(anotado)
            time.sleep(self.pausa)


def reentregar_todo(app: AppEnMarcha, mensajes: Sequence[Json], por_entrega: int = 25) -> None:
    """El proveedor insiste con todo, en lotes; cada lote debe quedar confirmado."""
    sesion = requests.Session()
    for i in range(0, len(mensajes), por_entrega):
        lote = entrega(*mensajes[i : i + por_entrega])
        respuesta = sesion.post(app.webhook, json=lote, headers=CABECERAS, timeout=30)
        assert respuesta.status_code == 200, respuesta.text
