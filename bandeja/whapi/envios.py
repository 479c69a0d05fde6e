"""Enviar por Whapi: un POST por envío, con plazo y sin repetir jamás. No guarda ni decide estados."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping
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
    if m.tipo in _CARGAS:
        return _publicar(puerta, m.tipo, {**carga, **_CARGAS[m.tipo](m.datos or {})})
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


def _ubicacion(datos: Mapping[str, Any]) -> dict[str, Any]:
    return {clave: datos[clave] for clave in ("latitude", "longitude", "name", "address") if clave in datos}


def _contacto(datos: Mapping[str, Any]) -> dict[str, Any]:
    uno = datos["contacts"][0]
    return {"name": uno["name"], "vcard": tarjeta(uno["name"], uno["phones"][0])}


def _encuesta(datos: Mapping[str, Any]) -> dict[str, Any]:
    # Para el proveedor, 1 es una sola respuesta y 0 son varias.
    opciones = [opcion["name"] for opcion in datos["options"]]
    return {"title": datos["title"], "options": opciones, "count": 0 if datos["multiple"] else 1}


_CARGAS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "location": _ubicacion,
    "contact": _contacto,
    "poll": _encuesta,
}
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


def tarjeta(nombre: str, numero: str) -> str:
    """La vCard de una persona. `waid` hace que WhatsApp la reconozca y ofrezca escribirle."""
    escapado, cifras = nombre.translate(_ESCAPES), numero.removeprefix("+")
    return (
        f"BEGIN:VCARD\nVERSION:3.0\nN:;{escapado};;;\nFN:{escapado}\n"
        f"TEL;type=CELL;type=VOICE;waid={cifras}:+{cifras}\nEND:VCARD"
    )


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
