"""Traer el archivo de un mensaje recibido: con la ficha ante Twilio, y sin ella a donde Twilio mande. No lo guarda."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests

from bandeja.configuracion import CuentaTwilio
from bandeja.errores import ProveedorIncierto, ProveedorRechazo
from bandeja.registro import registro
from bandeja.twilio.puerta import Puerta

MAX_SALTOS = 3
# Dónde guarda Twilio los archivos; a otro sitio no se va, diga lo que diga la redirección.
_ALMACENES = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")


@contextmanager
def descargar(puerta: Puerta, cuenta: CuentaTwilio, url: str) -> Iterator[requests.Response]:
    """La respuesta final, abierta y sin leer, con cualquier código que no sea una redirección.

    Lanza ProveedorRechazo si no hay de dónde traerlo (la dirección no es de Twilio) y ProveedorIncierto si falla la
    red, también mientras se lee.
    """
    propio = urlsplit(cuenta.url_api or "https://api.twilio.com")
    respuesta = None
    try:
        for _ in range(MAX_SALTOS + 1):
            partes = urlsplit(url)
            es_api = (partes.scheme, partes.netloc) == (propio.scheme, propio.netloc)
            if not es_api and not _es_almacen(partes.scheme, partes.hostname, local=bool(cuenta.url_api)):
                raise ProveedorRechazo("La dirección del archivo no es de Twilio.")
            respuesta = puerta.http.get(
                url,
                auth=(cuenta.sid, cuenta.ficha) if es_api else None,
                timeout=puerta.plazo_s, allow_redirects=False, stream=True,
            )  # fmt: skip
            if not respuesta.is_redirect:
                break
            url = urljoin(url, respuesta.headers["Location"])
            respuesta.close()
        else:
            raise ProveedorRechazo("El archivo de Twilio redirige demasiadas veces.")
        yield respuesta
    except requests.RequestException as error:
        registro.warning("⚠️ Twilio: un archivo no llegó: %s", type(error).__name__)
        raise ProveedorIncierto("No se pudo traer el archivo de Twilio.") from error
    finally:
        if respuesta is not None:
            respuesta.close()


def _es_almacen(esquema: str, host: str | None, *, local: bool) -> bool:
    if local:  # con otro servidor de API (pruebas), su almacén también es otro
        return True
    return esquema == "https" and (host or "").endswith(_ALMACENES)
