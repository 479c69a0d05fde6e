"""Leer la historia que guarda Whapi, por páginas. No sabe qué tenemos nosotros ni guarda nada."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from bandeja.errores import HistoriaNoDisponible, ProveedorIncierto, ProveedorRechazo
from bandeja.whapi.puerta import Puerta, json_de

# Nadie espera la comparación: lo que tarde más que esto se intenta después.
PLAZO_PAGINA_S = 30.0
_ESPERA_MAXIMA_S = 3600.0
_FRASES = {
    401: "La línea de WhatsApp no está vinculada al teléfono.",
    402: "La cuenta de Whapi llegó a su límite.",
    404: "WhatsApp no encontró el canal o ese chat.",
    429: "WhatsApp pide esperar: se le hicieron demasiadas preguntas.",
}


@dataclass(frozen=True, slots=True)
class PaginaHistoria:
    """Un tramo de la historia, como lo dio el proveedor. `total` None: no dijo cuántos hay en todo el intervalo."""

    mensajes: tuple[Any, ...]
    total: int | None

    def es_la_ultima(self, desplazamiento: int, pedidos: int) -> bool:
        """Cierto si después de esta no hay más. El proveedor puede dar menos de lo pedido sin haber terminado."""
        vistos = desplazamiento + len(self.mensajes)
        return not self.mensajes or (len(self.mensajes) < pedidos if self.total is None else vistos >= self.total)


def listar_mensajes(
    puerta: Puerta,
    *,
    cuantos: int,
    desplazamiento: int = 0,
    desde: datetime | None = None,
    hasta: datetime | None = None,
    chat_id: str | None = None,
    ascendente: bool = False,
) -> PaginaHistoria:
    """Los mensajes de un chat, o de todos, en un intervalo. Sin `ascendente`, los más nuevos primero.

    Lanza SinProveedor sin ficha y HistoriaNoDisponible por cualquier otro fallo: ninguno deja nada a medias.
    """
    consulta = {
        "count": cuantos,
        "offset": desplazamiento,
        "normal_types": "false",  # también las acciones: reacciones, ediciones, borrados
        "sort": "asc" if ascendente else "desc",
    }
    consulta |= {"time_from": int(desde.timestamp())} if desde else {}
    consulta |= {"time_to": int(hasta.timestamp())} if hasta else {}
    ruta = f"/messages/list/{chat_id}" if chat_id else "/messages/list"
    try:
        respuesta = puerta.llamar("GET", ruta, params=consulta, plazo_total_s=PLAZO_PAGINA_S)
    except (ProveedorRechazo, ProveedorIncierto) as error:
        raise HistoriaNoDisponible("WhatsApp no contestó a tiempo o no hubo conexión.") from error
    return _leer(respuesta)


def _leer(respuesta: requests.Response) -> PaginaHistoria:
    codigo = respuesta.status_code
    if codigo != 200:
        frase = _FRASES.get(codigo, f"WhatsApp contestó con un error ({codigo}).")
        raise HistoriaNoDisponible(frase, espera_s=_espera(respuesta))
    datos = json_de(respuesta)
    mensajes = datos.get("messages") if isinstance(datos, dict) else None
    if not isinstance(mensajes, list):
        raise HistoriaNoDisponible("WhatsApp contestó algo que no es una lista de mensajes.")
    total = datos.get("total")
    return PaginaHistoria(tuple(mensajes), total if isinstance(total, int) and total >= len(mensajes) else None)


def _espera(respuesta: requests.Response) -> float | None:
    """Los segundos que pide el proveedor, si los dice. Una fecha en su lugar no se atiende: es un tope, no un reloj."""
    texto = respuesta.headers.get("Retry-After", "").strip()
    return min(float(texto), _ESPERA_MAXIMA_S) if texto.isascii() and texto.isdigit() else None
