"""Cosas pequeñas que se hacen sin que nadie las espere y que se pueden perder. No sabe cuáles son.

Con eventlet los hilos son verdes; sin él, de verdad: sirve igual.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from bandeja.errores import BaseNoDisponible, ErrorBandeja
from bandeja.registro import en_una_linea, registro

MAX_EN_COLA = 200
MAX_RECORDADAS = 2_000


def intentar(nombre: str, *tareas: Callable[[], object]) -> None:
    """Hace cada tarea, en orden. Es el borde exterior de lo que ronda: lo que falle se registra y no apaga lo demás."""
    for tarea in tareas:
        try:
            tarea()
        except BaseNoDisponible:
            pass  # bd ya dejó su línea; la próxima ronda lo intenta de nuevo
        except ErrorBandeja as error:
            registro.warning("⚠️ %s: %s", nombre, en_una_linea(error))
        except Exception as error:
            registro.error("❌ %s: %s: %s", nombre, type(error).__name__, en_una_linea(error))


class Cola:
    """Tareas en segundo plano, una a la vez y la última de cada clave. Llena, olvida la más vieja."""

    def __init__(self) -> None:
        self._tareas: OrderedDict[tuple[str, str], Callable[[], object]] = OrderedDict()
        self._candado = threading.Lock()
        self._trabajando = False

    def poner(self, clase: str, numero: str, tarea: Callable[[], object]) -> None:
        """Encola una tarea; la que esperaba con la misma clase y número ya no hace falta."""
        with self._candado:
            self._tareas.pop((clase, numero), None)
            self._tareas[clase, numero] = tarea
            if len(self._tareas) > MAX_EN_COLA:
                self._tareas.popitem(last=False)
            if self._trabajando:
                return
            self._trabajando = True
        threading.Thread(target=self._trabajar, name="senales", daemon=True).start()

    def _trabajar(self) -> None:
        while True:
            with self._candado:
                if not self._tareas:
                    self._trabajando = False
                    return
                (clase, _), tarea = self._tareas.popitem(last=False)
            intentar(f"Señal «{clase}» sin dar", tarea)


class Freno:
    """Deja pasar algo a lo sumo una vez cada tanto por clave."""

    def __init__(self, cada_s: float) -> None:
        self._cada = cada_s
        self._ultimas: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def deja(self, *clave: str) -> bool:
        ahora = time.monotonic()
        if ahora - self._ultimas.get(clave, -self._cada) < self._cada:
            return False
        self._ultimas[clave] = ahora
        self._ultimas.move_to_end(clave)
        if len(self._ultimas) > MAX_RECORDADAS:
            self._ultimas.popitem(last=False)
        return True

    def soltar(self, *clave: str) -> bool:
        """Olvida una clave. Cierto si estaba."""
        return self._ultimas.pop(clave, None) is not None
