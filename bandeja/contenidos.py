"""Ubicación, contacto o encuesta que un agente envía: comprobados y con la misma forma con que se reciben."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bandeja.errores import EntradaInvalida
from bandeja.telefono import desde_texto
from bandeja.webhook import limpiar_texto
from bandeja.webhook.contenido import leer_palabras

LARGO = 500
MIN_OPCIONES, MAX_OPCIONES = 2, 12
LARGO_OPCION = 100


def exigir_contenido(tipo: object, crudo: object) -> tuple[str, str, dict[str, Any]]:
    """(tipo, cuerpo legible, datos) de un contenido que se puede enviar. Lanza EntradaInvalida con la frase."""
    if not isinstance(tipo, str) or tipo not in _LECTORES:
        raise EntradaInvalida(f"«type» debe ser una de: {', '.join(_LECTORES)}.")
    if not isinstance(crudo, dict):
        raise EntradaInvalida("Falta «data» con lo que se envía.")
    datos = _LECTORES[tipo](crudo)
    # Las mismas palabras con que se leerá su eco: así se reconocen.
    return tipo, leer_palabras(tipo, _como_llega(tipo, datos)), datos


def _como_llega(tipo: str, datos: dict[str, Any]) -> dict[str, Any]:
    return {"name": datos["contacts"][0]["name"]} if tipo == "contact" else datos


def _ubicacion(crudo: Mapping[str, Any]) -> dict[str, Any]:
    latitud, longitud = _coordenada(crudo.get("latitude"), 90), _coordenada(crudo.get("longitude"), 180)
    textos = {clave: _texto(crudo, clave, "El nombre o la dirección") for clave in ("name", "address")}
    return {"latitude": latitud, "longitude": longitud, **{clave: valor for clave, valor in textos.items() if valor}}


def _coordenada(valor: object, limite: int) -> float:
    if not isinstance(valor, int | float) or isinstance(valor, bool) or not -limite <= valor <= limite:
        raise EntradaInvalida("La ubicación debe tener una latitud y una longitud válidas.")
    return valor


def _contacto(crudo: Mapping[str, Any]) -> dict[str, Any]:
    nombre, telefono = _texto(crudo, "name", "El nombre"), desde_texto(crudo.get("phone"))
    if not nombre:
        raise EntradaInvalida("Falta el nombre del contacto.")
    if telefono is None or telefono.oculto:
        raise EntradaInvalida("El teléfono del contacto no es válido.")
    return {"contacts": [{"name": nombre, "phones": [telefono.numero], "emails": []}]}


def _encuesta(crudo: Mapping[str, Any]) -> dict[str, Any]:
    titulo, varias, opciones = _texto(crudo, "title", "La pregunta"), crudo.get("multiple", False), crudo.get("options")
    if not titulo:
        raise EntradaInvalida("Falta la pregunta de la encuesta.")
    if not isinstance(varias, bool):
        raise EntradaInvalida("«multiple» debe ser true o false.")
    if not isinstance(opciones, list) or not MIN_OPCIONES <= len(opciones) <= MAX_OPCIONES:
        raise EntradaInvalida(f"Una encuesta lleva entre {MIN_OPCIONES} y {MAX_OPCIONES} opciones.")
    nombres = [limpiar_texto(una).strip() if isinstance(una, str) else "" for una in opciones]
    if not all(0 < len(nombre) <= LARGO_OPCION for nombre in nombres):
        raise EntradaInvalida(f"Cada opción debe tener entre 1 y {LARGO_OPCION} caracteres.")
    if len(set(nombres)) < len(nombres):
        raise EntradaInvalida("Las opciones de una encuesta no se repiten.")
    vacias = [{"name": nombre, "count": 0, "voters": []} for nombre in nombres]
    return {"title": titulo, "options": vacias, "multiple": varias, "total": 0}


def _texto(crudo: Mapping[str, Any], clave: str, que: str) -> str:
    valor = crudo.get(clave)
    if valor is not None and not isinstance(valor, str):
        raise EntradaInvalida(f"{que} debe ser un texto.")
    limpio = " ".join(limpiar_texto(valor or "").split())
    if len(limpio) > LARGO:
        raise EntradaInvalida(f"{que} es demasiado largo: el máximo son {LARGO} caracteres.")
    return limpio


_LECTORES: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "location": _ubicacion,
    "contact": _contacto,
    "poll": _encuesta,
}
