"""Lo que todo almacén sabe hacer, y cómo se lee lo que da."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

TROZO = 256 * 1024

# Avisa que quien guarda sigue vivo; Falso si ya no le toca (otro lo reclamó, o el mensaje no existe).
Latir = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Sitio:
    """Dónde va o está un archivo: su fila, su clave y el reclamo con que se escribe (0: lo subió un agente)."""

    id: int
    clave: str
    tamano: int
    reclamo: int = 0


class Almacen(Protocol):
    """Un lugar para archivos. Sus fallos son AlmacenNoDisponible o BaseNoDisponible."""

    nombre: str

    def guardar(self, sitio: Sitio, fuente: BinaryIO, latir: Latir) -> bool:
        """Guarda un archivo desde el principio. Falso si a la mitad dejó de tocarle."""

    def leer(self, sitio: Sitio, desde: int, hasta: int) -> Iterator[bytes]:
        """Los bytes [desde, hasta). El primer trozo se pide al llamar: si no está, falla antes de empezar."""

    def borrar(self, clave: str) -> None:
        """Olvida un objeto; que no exista no es un fallo."""


class Lector:
    """Los trozos de un archivo como algo que se lee. `len` es lo que falta, como lo pide MultipartEncoder."""

    def __init__(self, trozos: Iterator[bytes], tamano: int, al_leer: Callable[[], object] = lambda: None) -> None:
        self._trozos = trozos
        self._resto = b""
        self._al_leer = al_leer
        self.len = tamano

    def read(self, cuantos: int = -1) -> bytes:
        """Hasta `cuantos` bytes; vacío al terminar."""
        if not self._resto:
            self._al_leer()
            self._resto = next(self._trozos, b"")
        corte = len(self._resto) if cuantos < 0 else cuantos
        dados, self._resto = self._resto[:corte], self._resto[corte:]
        self.len -= len(dados)
        return dados
