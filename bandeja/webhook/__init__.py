"""Del JSON del proveedor a formas propias, sin tocar nada: ni base, ni red, ni reloj (la hora llega de fuera)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bandeja.errores import EntradaInvalida
from bandeja.modelos import AccionRecibida, Entrega, EstadoRecibido, Ilegible, MensajeRecibido, NombreRecibido
from bandeja.webhook.acciones import (
    leer_borrado,
    leer_cambio_de_mensaje,
    leer_chat_quitado,
    leer_chat_vaciado,
    leer_reacciones,
)
from bandeja.webhook.avisos import (
    leer_cambio_de_chat,
    leer_cambio_de_contacto,
    leer_chat,
    leer_contacto,
    leer_estado,
    leer_llamada,
)
from bandeja.webhook.canal import leer_canal
from bandeja.webhook.lectura import Contexto, Objeto, Pieza, crear_contexto, ilegible
from bandeja.webhook.limpieza import limpiar, limpiar_texto
from bandeja.webhook.mensajes import leer_mensaje

__all__ = ["interpretar", "limpiar", "limpiar_texto"]

# Se despacha por las claves presentes: `event` cambia de forma entre versiones y puede faltar.
_LECTORES: Mapping[str, Callable[[Any, Contexto], Pieza]] = {
    "messages": leer_mensaje,
    "statuses": leer_estado,
    "chats": leer_chat,
    "chats_updates": leer_cambio_de_chat,
    "contacts": leer_contacto,
    "contacts_updates": leer_cambio_de_contacto,
    "messages_updates": leer_cambio_de_mensaje,
    "messages_removed": leer_borrado,
    "chats_removed": leer_chat_quitado,
    "calls": leer_llamada,
}
_VACIADO = "messages_removed_all"
# Diez veces la página más grande que da el proveedor (500).
MAX_ELEMENTOS = 5_000


def interpretar(cuerpo: object, *, linea: str, excluidos: frozenset[str], ahora: datetime) -> Entrega:
    """Separa una llamada del proveedor en mensajes, estados, nombres, acciones e ilegibles, cada grupo en su orden.

    Parámetros: `linea`, el número propio; `excluidos`, números que no se atienden (con o sin «+»);
    `ahora`, la hora que se usa cuando la del proveedor no sirve.
    Lanza EntradaInvalida solo si el cuerpo no es un objeto, trae demasiado, o en lugar de una lista conocida trae otra
    cosa y nada más que sirva; si hay algo que sirve, lo torcido se guarda como ilegible y no lo esconde.
    Todo lo devuelto está limpio: se puede guardar en PostgreSQL tal cual.
    """
    limpio = limpiar(cuerpo)
    if not isinstance(limpio, dict):
        raise EntradaInvalida("El aviso del proveedor debe ser un objeto JSON.")
    contexto = crear_contexto(linea, excluidos, ahora)
    piezas: list[Pieza] = []
    torcidas: list[Ilegible] = []
    for clave, leer in _LECTORES.items():
        valor = limpio.get(clave)
        if isinstance(valor, list):
            piezas += [_con_su_clave(leer(uno, contexto), clave) for uno in _con_medida(valor, clave)]
            if clave == "messages":
                piezas += [puestas for uno in valor if (puestas := leer_reacciones(uno, contexto))]
        elif valor is not None:
            torcidas.append(ilegible(f"«{clave}» debe ser una lista", {clave: valor}))
    if torcidas and not piezas:
        raise EntradaInvalida(f"{torcidas[0].motivo}.")
    piezas += torcidas
    if limpio.get(_VACIADO) is not None:
        piezas.append(leer_chat_vaciado(limpio[_VACIADO], contexto))
    return replace(_repartir(piezas, _contar_ajenos(limpio)), linea=leer_canal(limpio, contexto))


def _con_su_clave(pieza: Pieza, clave: str) -> Pieza:
    return replace(pieza, clave=clave) if isinstance(pieza, Ilegible) else pieza


def _con_medida(lista: list[Any], clave: str) -> list[Any]:
    if len(lista) > MAX_ELEMENTOS:
        raise EntradaInvalida(f"«{clave}» trae demasiados elementos: el máximo son {MAX_ELEMENTOS}.")
    return lista


def _contar_ajenos(cuerpo: Objeto) -> int:
    # Presencias, grupos, etiquetas…: llegan si alguien los activa en el proveedor y aquí no hacen nada.
    ajenas = (valor for clave, valor in cuerpo.items() if clave not in _LECTORES and clave != _VACIADO)
    return sum(len(valor) for valor in ajenas if isinstance(valor, list))


def _repartir(piezas: list[Pieza], ajenos: int) -> Entrega:
    return Entrega(
        mensajes=tuple(pieza for pieza in piezas if isinstance(pieza, MensajeRecibido)),
        estados=tuple(pieza for pieza in piezas if isinstance(pieza, EstadoRecibido)),
        nombres=tuple(pieza for pieza in piezas if isinstance(pieza, NombreRecibido)),
        acciones=tuple(pieza for pieza in piezas if isinstance(pieza, AccionRecibida)),
        ilegibles=tuple(pieza for pieza in piezas if isinstance(pieza, Ilegible)),
        ignorados=ajenos + sum(pieza is None for pieza in piezas),
    )
