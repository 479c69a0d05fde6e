"""Leer lo que llega en una petición: cada cosa con su tipo, o EntradaInvalida con una frase."""

from __future__ import annotations

import json
from typing import Any

from flask import request

from bandeja.errores import EntradaInvalida

MAX_SEQ = 2**63 - 1
MAX_DESDE = 10_000_000


def leer_json() -> Any:
    """El cuerpo como JSON, sin mirar su Content-Type."""
    try:
        return json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError):
        raise EntradaInvalida("Se esperaba un cuerpo JSON válido.") from None


def leer_objeto() -> dict[str, Any]:
    """El cuerpo como objeto JSON."""
    datos = leer_json()
    if not isinstance(datos, dict):
        raise EntradaInvalida("Se esperaba un objeto JSON.")
    return datos


def leer_entero(nombre: str, defecto: int, minimo: int, maximo: int) -> int:
    """Un parámetro entero de la URL, recortado a su intervalo."""
    texto = request.args.get(nombre)
    if texto is None or texto == "":
        return defecto
    signo = texto.startswith("-")
    cifras = texto.removeprefix("-")
    if not (cifras.isascii() and cifras.isdigit()):
        raise EntradaInvalida(f"«{nombre}» debe ser un número entero.")
    valor = int(cifras[:19])
    return max(minimo, min(maximo, -valor if signo else valor))


def leer_opcion(nombre: str, opciones: tuple[str, ...]) -> str:
    """Un parámetro de la URL que solo admite ciertas palabras; la primera es la de por defecto."""
    texto = request.args.get(nombre) or opciones[0]
    if texto not in opciones:
        raise EntradaInvalida(f"«{nombre}» debe ser una de: {', '.join(opciones)}.")
    return texto


def exigir_seq(valor: object, nombre: str) -> int:
    """La clave de un mensaje."""
    if isinstance(valor, bool) or not isinstance(valor, int) or not 0 < valor <= MAX_SEQ:
        raise EntradaInvalida(f"«{nombre}» debe ser el número de un mensaje.")
    return valor


def leer_booleano(datos: dict[str, Any], nombre: str) -> bool | None:
    """Un sí o no del cuerpo; None si no viene."""
    valor = datos.get(nombre)
    if valor is not None and not isinstance(valor, bool):
        raise EntradaInvalida(f"«{nombre}» debe ser true o false.")
    return valor
