"""Lo que se anota en el libro de lo que entra: comparaciones, contadores y cartas sin entender. Solo formas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Comparacion:
    """Una comparación con la historia del proveedor. `error` None y `termino_en` puesto = se miró todo."""

    motivo: str
    desde: datetime
    empezo_en: datetime
    termino_en: datetime | None
    revisados: int
    recuperados: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Contador:
    """Cuántas entregas de una clase, y cuándo la última. `clave`: "ok messages", "no 401"…"""

    clave: str
    veces: int
    ultima_en: datetime


@dataclass(frozen=True, slots=True)
class Carta:
    """Algo que llegó y no se entendió, sin su contenido. `rechazo`: por qué tampoco al volver a leerlo."""

    huella: str
    motivo: str
    clave: str | None
    veces: int
    recibida_en: datetime
    ultima_en: datetime
    intentada_en: datetime | None
    rechazo: str | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Libro:
    """Lo que pasó con lo que entra."""

    contadores: tuple[Contador, ...]
    comparaciones: tuple[Comparacion, ...]
    recuperados: int
    cartas: tuple[Carta, ...]
    pendientes: int
    resueltas: int
