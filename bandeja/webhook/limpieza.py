"""Deja cualquier JSON ajeno como PostgreSQL y UTF-8 lo aceptan, y calcula su huella. No interpreta nada."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any

REEMPLAZO = "\ufffd"
# Los avisos del proveedor no pasan de quince niveles; más hondo no hay nada que leer y sí una pila que agotar.
PROFUNDIDAD_MAXIMA = 64
DEMASIADO_HONDO = "[demasiado anidado]"

_PROHIBIDAS = re.compile("[\x00\ud800-\udfff]")
_ENTERO_MAXIMO = 2**63 - 1
# Python se niega a escribir en decimal enteros de más de 4300 cifras.
_BITS_LEGIBLES = 4096


def limpiar_texto(texto: str) -> str:
    """El mismo texto con NUL y sustitutos sueltos cambiados por U+FFFD: ni `text` ni `jsonb` los admiten."""
    return _PROHIBIDAS.sub(REEMPLAZO, texto)


def limpiar(valor: Any, profundidad: int = PROFUNDIDAD_MAXIMA) -> Any:
    """Copia de un JSON que siempre se puede guardar en PostgreSQL y escribir en UTF-8.

    Textos y claves pasan por `limpiar_texto`; NaN e infinitos quedan en null; los enteros que no caben en 64 bits,
    como texto; lo que está a más de `profundidad` niveles, cambiado por una marca.
    """
    if isinstance(valor, str):
        return limpiar_texto(valor)
    if valor is None or isinstance(valor, bool):
        return valor
    if isinstance(valor, int):
        return _limpiar_entero(valor)
    if isinstance(valor, float):
        return valor if math.isfinite(valor) else None
    if profundidad <= 0:
        return DEMASIADO_HONDO
    if isinstance(valor, dict):
        return {_limpiar_clave(clave): limpiar(dato, profundidad - 1) for clave, dato in valor.items()}
    if isinstance(valor, list | tuple):
        return [limpiar(dato, profundidad - 1) for dato in valor]
    return f"[{type(valor).__name__}]"


def huella(valor: Any) -> str:
    """SHA-256 en hexadecimal del JSON canónico de algo ya limpio: el mismo contenido da siempre la misma."""
    canonico = json.dumps(valor, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonico.encode("utf-8")).hexdigest()


def _limpiar_entero(valor: int) -> int | str:
    if -_ENTERO_MAXIMO <= valor <= _ENTERO_MAXIMO:
        return valor
    bits = valor.bit_length()
    return str(valor) if bits <= _BITS_LEGIBLES else f"[entero de {bits} bits]"


def _limpiar_clave(clave: object) -> str:
    return limpiar_texto(clave) if isinstance(clave, str) else str(limpiar(clave, 0))
