"""Enviar por Whapi: un POST por envío, con plazo y sin repetir jamás. No guarda ni decide estados."""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import urlsplit

import requests

from bandeja.errores import ProveedorIncierto, ProveedorRechazo
from bandeja.modelos import Mensaje
from bandeja.whapi.puerta import Puerta, exigir_exito, json_de


def tipo_de_media(url: str) -> str:
    """El tipo de mensaje que corresponde a una dirección por su extensión: image | video | audio | document."""
    mime, _ = mimetypes.guess_type(urlsplit(url).path)
    familia = (mime or "").split("/")[0]
    return familia if familia in ("image", "video", "audio") else "document"


def enviar(puerta: Puerta, m: Mensaje) -> str:
    """Envía un mensaje con un solo POST y devuelve el id que le dio el proveedor.

    Lanza ProveedorRechazo si seguro no salió; ProveedorIncierto (o ProveedorNoResponde) si pudo haber salido.
    """
    carga: dict[str, Any] = {"to": m.chat_id}
    if m.cita:
        carga["quoted"] = m.cita["id"]
    if m.media_url is None:
        return _publicar(puerta, "text", {**carga, "body": m.cuerpo})
    carga["media"] = m.media_url
    if m.cuerpo:
        carga["caption"] = m.cuerpo
    ruta = urlsplit(m.media_url).path
    mime, _ = mimetypes.guess_type(ruta)
    if mime:
        carga["mime_type"] = mime
    if m.tipo == "document":
        carga["filename"] = ruta.rsplit("/", 1)[-1] or "documento"
    return _publicar(puerta, m.tipo, carga)


def _publicar(puerta: Puerta, tipo: str, carga: dict[str, Any]) -> str:
    return id_de(puerta.llamar("POST", f"/messages/{tipo}", json=carga))


def id_de(respuesta: requests.Response) -> str:
    """El id está en `message.id`; `sent: false` o su ausencia es un fallo aunque el código sea 200."""
    exigir_exito(respuesta)
    datos = json_de(respuesta)
    if not isinstance(datos, dict):
        raise ProveedorIncierto
    mensaje = datos.get("message")
    identificador = mensaje.get("id") if isinstance(mensaje, dict) else None
    if datos.get("sent") is False:
        raise ProveedorRechazo
    if not isinstance(identificador, str) or not identificador:
        raise ProveedorIncierto
    return identificador
