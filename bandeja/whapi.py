"""La salida hacia Whapi: un POST por envío, con plazo y sin repetir jamás. No guarda ni decide estados."""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from bandeja.asincronia import plazo
from bandeja.bd import dentro_de_transaccion
from bandeja.errores import ProveedorIncierto, ProveedorNoResponde, ProveedorRechazo, SinProveedor
from bandeja.modelos import Mensaje
from bandeja.registro import en_una_linea, registro

PLAZO_CONEXION_S = 5.0
# El cliente oficial espera 30 s la respuesta (referencia, «Base URL, auth, errors, limits»).
PLAZO_RESPUESTA_S = 30.0
# El plazo anterior es por lectura: una respuesta a gotas no debe durar más que un envío pendiente.
PLAZO_TOTAL_S = 60.0

# Qué significa cada rechazo para quien atiende (referencia, tabla de códigos HTTP).
_FRASES = {
    400: "WhatsApp no aceptó el mensaje: revisa el contenido o el número.",
    401: "La línea de WhatsApp no está vinculada al teléfono: avisa a quien administra el sistema.",
    402: "La cuenta de Whapi llegó a su límite: avisa a quien administra el sistema.",
    403: "WhatsApp no permite escribir a este número.",
    404: "WhatsApp no encontró el canal o el número: avisa a quien administra el sistema.",
    413: "El archivo es demasiado grande para WhatsApp.",
    415: "WhatsApp no acepta este tipo de archivo.",
    429: "WhatsApp pide esperar: se enviaron demasiados mensajes seguidos. Intenta de nuevo en un momento.",
}


def tipo_de_media(url: str) -> str:
    """El tipo de mensaje que corresponde a una dirección por su extensión: image | video | audio | document."""
    mime, _ = mimetypes.guess_type(urlsplit(url).path)
    familia = (mime or "").split("/")[0]
    return familia if familia in ("image", "video", "audio") else "document"


class Whapi:
    """Cliente del canal. Sin `token` toda llamada lanza SinProveedor."""

    def __init__(self, url: str, token: str | None, plazo_s: float = PLAZO_RESPUESTA_S) -> None:
        self._url = url
        self._token = token
        self._plazo = (PLAZO_CONEXION_S, plazo_s)
        self._http = requests.Session()
        self._http.trust_env = False  # ni proxies ni credenciales del entorno: la ficha solo va a Whapi

    @property
    def configurado(self) -> bool:
        """Cierto si hay con qué enviar."""
        return self._token is not None

    def enviar(self, m: Mensaje) -> str:
        """Envía un mensaje con un solo POST y devuelve el id que le dio el proveedor.

        Lanza ProveedorRechazo si seguro no salió; ProveedorIncierto (o ProveedorNoResponde) si pudo haber salido.
        """
        carga: dict[str, Any] = {"to": m.chat_id}
        if m.cita:
            carga["quoted"] = m.cita["id"]
        if m.media_url is None:
            return self._publicar("text", {**carga, "body": m.cuerpo})
        carga["media"] = m.media_url
        if m.cuerpo:
            carga["caption"] = m.cuerpo
        ruta = urlsplit(m.media_url).path
        mime, _ = mimetypes.guess_type(ruta)
        if mime:
            carga["mime_type"] = mime
        if m.tipo == "document":
            carga["filename"] = ruta.rsplit("/", 1)[-1] or "documento"
        return self._publicar(m.tipo, carga)

    def _publicar(self, tipo: str, carga: dict[str, Any]) -> str:
        if self._token is None:
            raise SinProveedor
        if dentro_de_transaccion():
            raise RuntimeError("no se llama al proveedor dentro de una transacción")
        try:
            with plazo(PLAZO_TOTAL_S, requests.Timeout("la respuesta llega a gotas")):
                respuesta = self._http.post(
                    f"{self._url}/messages/{tipo}",
                    json=carga,
                    headers={"Authorization": f"Bearer {self._token}"},
                    timeout=self._plazo,
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            raise _traducir(error) from error
        return _id_de(respuesta)


def _traducir(error: requests.RequestException) -> ProveedorRechazo | ProveedorIncierto:
    """De un fallo de red a si el mensaje pudo salir: solo es seguro que no cuando nunca hubo conexión."""
    registro.warning("⚠️ Whapi: %s", type(error).__name__)
    if _nunca_conecto(error):
        return ProveedorRechazo("No se pudo conectar con WhatsApp: el mensaje no salió. Intenta de nuevo.")
    if isinstance(error, requests.Timeout):
        return ProveedorNoResponde()
    return ProveedorIncierto()


def _nunca_conecto(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    causa = error.args[0] if error.args else None
    if isinstance(causa, MaxRetryError):
        causa = causa.reason
    return isinstance(causa, NewConnectionError | ConnectTimeoutError)


def _id_de(respuesta: requests.Response) -> str:
    """El id está en `message.id`; `sent: false` o su ausencia es un fallo aunque el código sea 200."""
    codigo = respuesta.status_code
    if codigo >= 500:
        registro.warning("⚠️ Whapi respondió %d", codigo)
        raise ProveedorIncierto(f"WhatsApp tuvo un problema ({codigo}): puede que el mensaje haya salido.")
    try:
        datos = respuesta.json()
    except (ValueError, RecursionError) as error:
        registro.warning("⚠️ Whapi respondió %d sin JSON: %s", codigo, en_una_linea(error))
        datos = None
    if not 200 <= codigo < 300:  # cualquier 2xx lo aceptó: darlo por fallido invitaría a mandarlo dos veces
        registro.warning("⚠️ Whapi rechazó un envío: %d", codigo)
        raise ProveedorRechazo(_FRASES.get(codigo, f"WhatsApp no aceptó el mensaje (código {codigo})."))
    if not isinstance(datos, dict):
        raise ProveedorIncierto
    mensaje = datos.get("message")
    identificador = mensaje.get("id") if isinstance(mensaje, dict) else None
    if datos.get("sent") is False:
        raise ProveedorRechazo
    if not isinstance(identificador, str) or not identificador:
        raise ProveedorIncierto
    return identificador
