"""Los archivos del canal: pedir uno y enviar uno por multipart. Se transmiten de a pocos.

No decide reintentos ni guarda nada.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import quote

from requests_toolbelt import MultipartEncoder

from bandeja.errores import MedioNoDisponible, ProveedorIncierto, ProveedorRechazo
from bandeja.modelos import Archivo, Mensaje
from bandeja.whapi.enlaces import Descarga, trozos_de
from bandeja.whapi.envios import id_de
from bandeja.whapi.puerta import PLAZO_TOTAL_S, Puerta

# La subida más lenta que se espera: lo que tarde de más es una línea que no sirve para mandar archivos.
_BYTES_POR_SEGUNDO = 200_000
_CON_PIE = frozenset({"image", "video", "gif", "document"})


class Fuente(Protocol):
    """Un archivo que se lee de a pocos. `len` es lo que falta."""

    len: int

    def read(self, cuantos: int = -1) -> bytes: ...


@contextmanager
def abrir(puerta: Puerta, media_id: str) -> Iterator[Descarga]:
    """Los bytes de un archivo del proveedor, sin leer. Lanza MedioNoDisponible si no hay con quién hablar."""
    ruta = f"/media/{quote(media_id, safe='')}"
    try:
        respuesta = puerta.llamar("GET", ruta, stream=True, headers={"Accept-Encoding": "identity"})
    except (ProveedorRechazo, ProveedorIncierto) as error:
        raise MedioNoDisponible from error
    with contextlib.closing(respuesta):
        yield Descarga(respuesta.status_code, respuesta.headers, trozos_de(respuesta.raw))


def enviar(puerta: Puerta, m: Mensaje, archivo: Archivo, fuente: Fuente) -> str:
    """Envía un mensaje con su archivo, con un solo POST. Devuelve el id del proveedor; lanza lo que `envios.enviar`."""
    mime = archivo.mime or "application/octet-stream"
    nombre = archivo.nombre or "archivo"
    tamano = fuente.len
    campos: dict[str, object] = {**_campos(m, archivo, mime, nombre), "media": (nombre, fuente, mime)}
    cuerpo = MultipartEncoder(fields=campos)
    respuesta = puerta.llamar(
        "POST", f"/messages/{m.tipo}", data=cuerpo, headers={"Content-Type": cuerpo.content_type},
        plazo_total_s=PLAZO_TOTAL_S + tamano / _BYTES_POR_SEGUNDO,
    )  # fmt: skip
    return id_de(respuesta)


def _campos(m: Mensaje, archivo: Archivo, mime: str, nombre: str) -> dict[str, str]:
    campos = {"to": m.chat_id, "mime_type": mime}
    if m.cita:
        campos["quoted"] = str(m.cita["id"])
    if m.cuerpo and m.tipo in _CON_PIE:
        campos["caption"] = m.cuerpo
    if m.tipo == "document":
        campos["filename"] = nombre
    if m.tipo in ("audio", "voice", "video") and archivo.segundos is not None:
        campos["seconds"] = str(max(1, round(archivo.segundos)))
    if m.tipo == "voice":
        campos["mime_type"] = "audio/ogg; codecs=opus"
        campos["recording_time"] = campos.get("seconds", "1")
        if archivo.onda:
            campos["waveform"] = archivo.onda
    return campos
