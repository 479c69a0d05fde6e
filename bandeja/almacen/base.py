"""El almacén en PostgreSQL: el archivo en trozos, para servir un pedazo sin leerlo entero. No conoce el SQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import BinaryIO

from bandeja.almacen.comun import TROZO, Latir, Sitio
from bandeja.errores import AlmacenNoDisponible


class AlmacenBase:
    """`escribir(id, reclamo, n, datos)` dice si todavía le toca; `leer_trozo(id, n)` da None si no está."""

    nombre = "base"

    def __init__(
        self, escribir: Callable[[int, int, int, bytes], bool], leer_trozo: Callable[[int, int], bytes | None]
    ) -> None:
        self._escribir = escribir
        self._leer_trozo = leer_trozo

    def guardar(self, sitio: Sitio, fuente: BinaryIO, latir: Latir) -> bool:
        """Cada trozo se confirma solo y alarga el arriendo: ninguna transacción dura lo que el archivo."""
        fuente.seek(0)
        for n in itertools.count():
            datos = fuente.read(TROZO)
            if not datos:
                return latir()
            if not self._escribir(sitio.id, sitio.reclamo, n, datos):
                return False
        return False

    def leer(self, sitio: Sitio, desde: int, hasta: int) -> Iterator[bytes]:
        """Un viaje por trozo, cuando quien lee lo pide."""
        primero = self._trozo(sitio, desde // TROZO)
        return self._recortar(sitio, primero, desde, hasta)

    def borrar(self, clave: str) -> None:
        """Los trozos se van con su fila: no hay nada más que borrar."""

    def _recortar(self, sitio: Sitio, primero: bytes, desde: int, hasta: int) -> Iterator[bytes]:
        n, datos = desde // TROZO, primero
        while desde < hasta:
            util = datos[desde - n * TROZO : hasta - n * TROZO]
            yield util
            desde += len(util)
            n += 1
            if desde < hasta:
                datos = self._trozo(sitio, n)

    def _trozo(self, sitio: Sitio, n: int) -> bytes:
        datos = self._leer_trozo(sitio.id, n)
        if datos is None:
            raise AlmacenNoDisponible("El archivo está incompleto.")
        return datos
