"""Cuerpos como los envía Whapi, y la entrega de verdad por HTTP con su secreto."""

from __future__ import annotations

import itertools
import time
from typing import Any

import requests

from tests.apoyo.aplicacion import LINEA, SECRETO_WEBHOOK, AppEnMarcha

Json = dict[str, Any]

_siguiente = itertools.count(1)


def id_nuevo() -> str:
    """Un identificador con la forma de los del proveedor, distinto cada vez."""
    return f"PruebaBSL{next(_siguiente):08d}.{time.time_ns() % 10**9:09d}-gBgTwl0rVw"


def mensaje(
    numero: str,
    tipo: str,
    contenido: Any,
    *,
    id: str | None = None,
    en: float | None = None,
    from_me: bool = False,
    nombre: str | None = "Cliente de Prueba",
    **mas: Any,
) -> Json:
    """Un mensaje de cualquier tipo. `numero` es solo dígitos, o un chat_id completo si lleva `@`."""
    chat = numero if "@" in numero else f"{numero}@s.whatsapp.net"
    cuerpo: Json = {
        "id": id or id_nuevo(),
        "from_me": from_me,
        "type": tipo,
        "chat_id": chat,
        "timestamp": int(time.time()) if en is None else en,
        "source": "mobile",
        tipo: contenido,
        "from": LINEA if from_me else numero.split("@", maxsplit=1)[0],
    }
    if nombre is not None and not from_me:
        cuerpo["from_name"] = nombre
    return cuerpo | mas


def mensaje_texto(numero: str, cuerpo: str, **opciones: Any) -> Json:
    return mensaje(numero, "text", {"body": cuerpo}, **opciones)


def mensaje_imagen(numero: str, pie: str = "", **opciones: Any) -> Json:
    imagen = {
        "id": "jpeg-3a32c2b5-80e5d1",
        "mime_type": "image/jpeg",
        "file_size": 183200,
        "width": 960,
        "height": 1280,
        "link": "https://s3.example.com/jpeg-3a32c2b5-80e5d1.jpeg",
        "caption": pie,
    }
    return mensaje(numero, "image", imagen, **opciones)


def estado(id: str, status: str, en: float | None = None, numero: str = "573001234567", **mas: Any) -> Json:
    """Un aviso de estado de un mensaje nuestro."""
    codigos = {"failed": 0, "pending": 1, "sent": 2, "delivered": 3, "read": 4, "played": 5}
    cuerpo: Json = {
        "id": id,
        "code": codigos.get(status, 0),
        "status": status,
        "recipient_id": f"{numero}@s.whatsapp.net",
        "timestamp": str(int(time.time()) if en is None else en),
    }
    return cuerpo | mas


def entrega(*mensajes: Json) -> Json:
    """El sobre de una entrega de mensajes."""
    return {"messages": list(mensajes), "event": {"type": "messages", "event": "post"}, "channel_id": "PRUEB-A1234"}


def entrega_estados(*estados: Json) -> Json:
    return {"statuses": list(estados), "event": {"type": "statuses", "event": "post"}, "channel_id": "PRUEB-A1234"}


def webhook(
    app: AppEnMarcha,
    cuerpo: Any,
    *,
    ruta: str = "",
    metodo: str = "POST",
    secreto: str | None = SECRETO_WEBHOOK,
    sesion: requests.Session | None = None,
) -> requests.Response:
    """Entrega `cuerpo` (o los bytes tal cual). `ruta` es lo que sigue al webhook, por ejemplo `/messages/post`."""
    cabeceras = {"Content-Type": "application/json"}
    if secreto is not None:
        cabeceras["Authorization"] = f"Bearer {secreto}"
    datos: Any = {"data": cuerpo} if isinstance(cuerpo, bytes) else {"json": cuerpo}
    return (sesion or requests).request(metodo, f"{app.webhook}{ruta}", headers=cabeceras, timeout=20, **datos)


def recibir(app: AppEnMarcha, numero: str, cuerpo: str, **opciones: Any) -> Json:
    """Un texto de un cliente, entregado y confirmado; devuelve el mensaje como lo envió el proveedor."""
    nuevo = mensaje_texto(numero, cuerpo, **opciones)
    respuesta = webhook(app, entrega(nuevo))
    assert respuesta.status_code == 200, respuesta.text
    return nuevo
