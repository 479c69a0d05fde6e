"""Dónde quedan los archivos: en PostgreSQL o en un almacén compatible con S3. No sabe de quién son ni qué contienen.

Cada archivo recuerda en cuál quedó: cambiar de almacén no pierde lo anterior.
"""

from __future__ import annotations

from bandeja.almacen.base import AlmacenBase
from bandeja.almacen.comun import TROZO, Almacen, Lector, Sitio
from bandeja.almacen.s3 import AlmacenS3
from bandeja.errores import AlmacenNoDisponible

__all__ = ["TROZO", "Almacen", "AlmacenBase", "AlmacenS3", "Almacenes", "Lector", "Sitio"]


class Almacenes:
    """Los almacenes de una aplicación. Lo nuevo va al último; lo guardado se lee de donde quedó."""

    def __init__(self, *almacenes: Almacen) -> None:
        self._por_nombre = {almacen.nombre: almacen for almacen in almacenes}
        self.actual = almacenes[-1]

    def de(self, nombre: str | None) -> Almacen:
        """El almacén de ese nombre. Lanza AlmacenNoDisponible si ya no está configurado."""
        almacen = self._por_nombre.get(nombre or "")
        if almacen is None:
            raise AlmacenNoDisponible("El almacén donde quedó este archivo ya no está configurado.")
        return almacen
