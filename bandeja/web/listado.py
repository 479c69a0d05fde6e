"""Una página de la lista de conversaciones tal como viaja, sola por su ruta o puesta dentro de la página del chat."""

from __future__ import annotations

from typing import Any

from bandeja.serializacion import conversacion_json, digitos
from bandeja.web.servicios import servicios

PRIMERA = 40  # la pantalla pide de a estas: static/twilio/js/listado.js


def pagina_de_lista(
    agente: str, limite: int = PRIMERA, desde: int = 0, filtro: str = "todos", orden: str = "reciente"
) -> dict[str, Any]:
    pagina = servicios().lectura.listar_conversaciones(agente, limite, desde, filtro, orden)
    conversaciones = {digitos(c.numero): conversacion_json(c) for c in pagina.conversaciones}
    return {
        "success": True,
        "conversaciones": conversaciones,
        "total": pagina.total,
        "count": len(conversaciones),
        "offset": desde,
        "limit": limite,
        "has_more": desde + len(conversaciones) < pagina.total,
        "agente": agente,
        "cursor": pagina.cursor,
        "conteos": {
            "todos": pagina.conteos.todos,
            "no_leidos": pagina.conteos.no_leidos,
            "sin_responder": pagina.conteos.sin_responder,
        },
    }
