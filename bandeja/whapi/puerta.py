"""La puerta a la API de Whapi: una llamada con su ficha y su plazo, y cada fallo con su nombre. No sabe qué se pide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from bandeja import metricas
from bandeja.asincronia import plazo
from bandeja.bd import dentro_de_transaccion
from bandeja.errores import ProveedorIncierto, ProveedorNoResponde, ProveedorRechazo, SinProveedor
from bandeja.registro import en_una_linea, registro

PLAZO_CONEXION_S = 5.0
# El cliente oficial espera 30 s la respuesta (referencia, «Base URL, auth, errors, limits»).
PLAZO_RESPUESTA_S = 30.0
# El plazo anterior es por lectura: una respuesta a gotas no debe durar más que un envío pendiente.
PLAZO_TOTAL_S = 60.0

# Qué significa cada rechazo para quien atiende (referencia, tabla de códigos HTTP).
FRASES = {
    400: "WhatsApp no aceptó el mensaje: revisa el contenido o el número.",
    401: "La línea de WhatsApp no está vinculada al teléfono: avisa a quien administra el sistema.",
    402: "La cuenta de Whapi llegó a su límite: avisa a quien administra el sistema.",
    403: "WhatsApp no permite escribir a este número.",
    404: "WhatsApp no encontró el canal o el número: avisa a quien administra el sistema.",
    413: "El archivo es demasiado grande para WhatsApp.",
    415: "WhatsApp no acepta este tipo de archivo.",
    429: "WhatsApp pide esperar: se enviaron demasiados mensajes seguidos. Intenta de nuevo en un momento.",
}


class Puerta:
    """Una sesión HTTP con el canal. Sin `token` toda llamada lanza SinProveedor."""

    def __init__(self, url: str, token: str | None, plazo_s: float = PLAZO_RESPUESTA_S) -> None:
        self.url = url
        self._token = token
        self._plazo = (PLAZO_CONEXION_S, plazo_s)
        self._http = requests.Session()
        # Quién quiere saber cómo le fue a cada llamada: (método, ruta, código).
        self.al_responder: Callable[[str, str, int], object] = lambda _metodo, _ruta, _codigo: None
        self._http.trust_env = False  # ni proxies ni credenciales del entorno: la ficha solo va a Whapi

    @property
    def configurada(self) -> bool:
        """Cierto si hay ficha con que llamar."""
        return self._token is not None

    def llamar(self, metodo: str, ruta: str, *, plazo_total_s: float = PLAZO_TOTAL_S, **mas: Any) -> requests.Response:
        """Una sola llamada, sin repetir ni seguir redirecciones; devuelve la respuesta, sea cual sea su código.

        `ruta` empieza por «/»; `mas` son los argumentos de `requests` (json, params, files, data, stream).
        Lanza ProveedorRechazo si nunca hubo conexión, ProveedorNoResponde si venció el plazo, ProveedorIncierto si se
        cortó a la mitad y SinProveedor sin ficha.
        """
        if self._token is None:
            raise SinProveedor
        if dentro_de_transaccion():
            raise RuntimeError("no se llama al proveedor dentro de una transacción")
        cabeceras = {"Authorization": f"Bearer {self._token}", **mas.pop("headers", {})}
        try:
            with metricas.llamada("whapi", metodo, ruta) as medida, plazo(plazo_total_s, _a_gotas()):
                respuesta = self._http.request(
                    metodo, f"{self.url}{ruta}", headers=cabeceras, timeout=self._plazo, allow_redirects=False, **mas
                )
                medida.codigo = respuesta.status_code
        except requests.RequestException as error:
            raise _traducir(error) from error
        self.al_responder(metodo, ruta, respuesta.status_code)
        return respuesta

    def pedir(self, metodo: str, ruta: str, **mas: Any) -> Mapping[str, Any]:
        """Como `llamar`, para lo que contesta un objeto JSON: lo devuelve. Lanza además ProveedorRechazo (4xx) o
        ProveedorIncierto (5xx, o algo que no es un objeto)."""
        respuesta = self.llamar(metodo, ruta, **mas)
        exigir_exito(respuesta)
        datos = json_de(respuesta)
        if not isinstance(datos, dict):
            raise ProveedorIncierto
        return datos


def _a_gotas() -> requests.Timeout:
    return requests.Timeout("la respuesta llega a gotas")


def exigir_exito(respuesta: requests.Response) -> None:
    """Vuelve si el código es 2xx. Lanza ProveedorIncierto (5xx) o ProveedorRechazo con la frase del código."""
    codigo = respuesta.status_code
    if codigo >= 500:
        registro.warning("⚠️ Whapi respondió %d", codigo)
        raise ProveedorIncierto(f"WhatsApp tuvo un problema ({codigo}): puede que el mensaje haya salido.")
    if not 200 <= codigo < 300:  # cualquier 2xx lo aceptó: darlo por fallido invitaría a mandarlo dos veces
        registro.warning("⚠️ Whapi rechazó una llamada: %d", codigo)
        raise ProveedorRechazo(FRASES.get(codigo, f"WhatsApp no aceptó el mensaje (código {codigo})."))


def json_de(respuesta: requests.Response) -> Any:
    """El JSON de una respuesta, o None: un intermediario puede contestar una página."""
    try:
        return respuesta.json()
    except (ValueError, RecursionError) as error:
        registro.warning("⚠️ Whapi respondió %d sin JSON: %s", respuesta.status_code, en_una_linea(error))
        return None


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
