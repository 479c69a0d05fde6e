"""Lo que Whapi sabe y cuenta de las personas: identidades, chats, presencias y lecturas. No guarda ni decide nada."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bandeja.errores import ProveedorIncierto, ProveedorRechazo
from bandeja.telefono import SUFIJO_PERSONA, Telefono, desde_chat_id
from bandeja.whapi.puerta import Puerta, exigir_exito, json_de

# Nadie espera estas llamadas: una que tarda no debe retener a las que siguen.
PLAZO_S = 15.0
_YA_ESTABA = 409


def obtener_telefono(puerta: Puerta, oculta: Telefono) -> Telefono | None:
    """El teléfono de una identidad oculta; None si no se sabe. Lanza ProveedorRechazo o ProveedorIncierto."""
    telefono = desde_chat_id(_preguntar(puerta, f"/contacts/ids/{oculta.numero}").get("id"))
    return telefono if telefono and not telefono.oculto else None


def obtener_oculta(puerta: Puerta, telefono: Telefono) -> Telefono | None:
    """La identidad oculta de un teléfono; None si el proveedor no la sabe. Lanza lo mismo."""
    oculta = desde_chat_id(_preguntar(puerta, f"/contacts/lids/{telefono.digitos}").get("lid"))
    return oculta if oculta and oculta.oculto else None


def obtener_chat_id(puerta: Puerta, digitos: str) -> str | None:
    """Con qué id conoce WhatsApp a un número; None si dice que no tiene WhatsApp o no contesta eso."""
    pedido = {"contacts": [digitos], "force_check": False}
    datos = puerta.pedir("POST", "/contacts", json=pedido, plazo_total_s=PLAZO_S)
    contactos = datos.get("contacts")
    uno = contactos[0] if isinstance(contactos, list) and contactos else None
    if not isinstance(uno, dict) or uno.get("status") != "valid":
        return None
    persona = str(uno.get("wa_id")).partition("@")[0]
    return persona + SUFIJO_PERSONA if desde_chat_id(persona) else None


def listar_chats(puerta: Puerta, cuantos: int, desde: int) -> list[Any]:
    """Una página de los chats de la línea, como los da el proveedor."""
    datos = puerta.pedir("GET", "/chats", params={"count": cuantos, "offset": desde}, plazo_total_s=PLAZO_S)
    chats = datos.get("chats")
    if not isinstance(chats, list):
        raise ProveedorIncierto
    return chats


def marcar_leido(puerta: Puerta, mensaje_id: str) -> None:
    """Le dice al cliente que su mensaje se leyó."""
    exigir_exito(puerta.llamar("PUT", f"/messages/{quote(mensaje_id, safe='')}", plazo_total_s=PLAZO_S))


def mostrar_presencia(puerta: Puerta, chat_id: str, presencia: str, segundos: int = 0) -> bool:
    """Le muestra al cliente «escribiendo…» o que se dejó de escribir. Falso si el proveedor no conoce esa palabra."""
    pedido = {"presence": presencia, "delay": segundos}
    respuesta = puerta.llamar("PUT", f"/presences/{chat_id}", json=pedido, plazo_total_s=PLAZO_S)
    if respuesta.status_code == 400:
        return False
    exigir_exito(respuesta)
    return True


def vigilar_presencia(puerta: Puerta, chat_id: str) -> None:
    """Pide que se avise cuando esa persona escribe. Pedirlo dos veces no es un fallo."""
    respuesta = puerta.llamar("POST", f"/presences/{chat_id}", plazo_total_s=PLAZO_S)
    if respuesta.status_code != _YA_ESTABA:
        exigir_exito(respuesta)


def _preguntar(puerta: Puerta, ruta: str) -> Mapping[str, Any]:
    respuesta = puerta.llamar("GET", ruta, plazo_total_s=PLAZO_S)
    if respuesta.status_code == 404:
        return {}  # no lo sabe, o esta versión no tiene esa pregunta
    exigir_exito(respuesta)
    datos = json_de(respuesta)
    if not isinstance(datos, dict):
        raise ProveedorRechazo
    return datos
