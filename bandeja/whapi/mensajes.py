"""Un mensaje que ya existe, en Whapi: volver a pedirlo, editarlo, reaccionar y borrarlo. No guarda nada."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

from bandeja.errores import ProveedorRechazo
from bandeja.whapi.envios import id_de
from bandeja.whapi.puerta import Puerta, exigir_exito, json_de

FRASE_NO_ESTA = "WhatsApp ya no encuentra ese mensaje."


def obtener(puerta: Puerta, mensaje_id: str) -> Mapping[str, Any] | None:
    """Un mensaje entero, como vendría en un aviso; None si el proveedor contesta algo que no lo es.

    Lanza lo que `Puerta.pedir`.
    """
    respuesta = _pedir(puerta, "GET", mensaje_id)
    leido = json_de(respuesta)
    return leido if isinstance(leido, dict) else None


def reaccionar(puerta: Puerta, mensaje_id: str, emoji: str) -> None:
    """Pone la reacción de la línea, o la quita con un texto vacío."""
    _pedir(puerta, "PUT", mensaje_id, "/reaction", json={"emoji": emoji})


def borrar(puerta: Puerta, mensaje_id: str) -> None:
    """Borra un mensaje."""
    _pedir(puerta, "DELETE", mensaje_id)


def editar(puerta: Puerta, chat_id: str, mensaje_id: str, texto: str) -> str:
    """Cambia un texto. Devuelve el id que contesta el proveedor: si es otro, no lo editó y mandó uno nuevo."""
    return _editar(puerta, "text", {"to": chat_id, "body": texto, "edit": mensaje_id})


def editar_pie(puerta: Puerta, chat_id: str, mensaje_id: str, tipo: str, medio: str, pie: str) -> str:
    """Cambia el pie de un archivo; `medio` es su id o su dirección, que el envío exige. Devuelve lo que `editar`."""
    return _editar(puerta, tipo, {"to": chat_id, "media": medio, "caption": pie, "edit": mensaje_id})


def _editar(puerta: Puerta, tipo: str, carga: dict[str, str]) -> str:
    respuesta = puerta.llamar("POST", f"/messages/{tipo}", json=carga)
    _exigir_que_este(respuesta)
    return id_de(respuesta)


def _pedir(puerta: Puerta, metodo: str, mensaje_id: str, mas: str = "", **argumentos: Any) -> requests.Response:
    respuesta = puerta.llamar(metodo, f"/messages/{quote(mensaje_id, safe='')}{mas}", **argumentos)
    _exigir_que_este(respuesta)
    exigir_exito(respuesta)
    return respuesta


def _exigir_que_este(respuesta: requests.Response) -> None:
    if respuesta.status_code == 404:
        raise ProveedorRechazo(FRASE_NO_ESTA)
