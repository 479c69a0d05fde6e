"""La puerta a la API de Twilio: su biblioteca con plazo, sin repetir, sin proxies del entorno y sin escribir en el
registro; y cada fallo con su nombre. No sabe qué se pide."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from bandeja.asincronia import plazo
from bandeja.bd import dentro_de_transaccion
from bandeja.configuracion import CuentaTwilio
from bandeja.errores import ProveedorIncierto, ProveedorNoResponde, ProveedorRechazo
from bandeja.registro import registro

# La biblioteca no distingue el plazo de conectar del de leer.
PLAZO_RESPUESTA_S = 20.0
# El plazo anterior es por lectura: una respuesta a gotas no debe durar más que un envío pendiente.
PLAZO_TOTAL_S = 45.0

# Los códigos propios de Twilio que una persona puede remediar; el resto se explica por el código HTTP.
_FRASES_TWILIO = {
    63016: "Pasaron más de 24 horas desde que la persona escribió: por Twilio solo se le puede mandar una plantilla.",
    21211: "Twilio no reconoce el número de la persona.",
    21610: "La persona pidió no recibir más mensajes de este número.",
    21617: "El mensaje es demasiado largo para Twilio: el máximo son 1600 caracteres.",
}
_FRASES_HTTP = {
    401: "Twilio no reconoce la cuenta: avisa a quien administra el sistema.",
    403: "Twilio no permite este envío: avisa a quien administra el sistema.",
    404: "Twilio no encontró la cuenta o el recurso: avisa a quien administra el sistema.",
    429: "Twilio pide esperar: se enviaron demasiados mensajes seguidos. Intenta de nuevo en un momento.",
}

T = TypeVar("T")


class _Cliente(TwilioHttpClient):  # type: ignore[misc]  # la biblioteca no trae tipos
    """El cliente HTTP de la biblioteca; con `url_api`, todo va a ese servidor en vez de a los de Twilio."""

    def __init__(self, url_api: str | None, plazo_s: float) -> None:
        callado = logging.Logger("twilio", logging.CRITICAL + 1)  # anotaría cada llamada, con el número de la persona
        super().__init__(timeout=plazo_s, logger=callado)
        self._url_api = url_api
        self.session = requests.Session()
        self.session.trust_env = False  # ni proxies ni credenciales del entorno: la ficha solo va a Twilio
        for esquema in ("https://", "http://"):
            self.session.mount(esquema, HTTPAdapter(pool_maxsize=32, max_retries=0))

    def request(self, method: str, url: str, *demas: Any, **mas: Any) -> Response:
        if self._url_api:
            partes = urlsplit(url)
            url = f"{self._url_api}{partes.path}" + (f"?{partes.query}" if partes.query else "")
        return super().request(method, url, *demas, **mas)


class Puerta:
    """La biblioteca de Twilio ya armada con la cuenta. `http` es su sesión, para lo que la biblioteca no trae."""

    def __init__(self, cuenta: CuentaTwilio, plazo_s: float = PLAZO_RESPUESTA_S) -> None:
        cliente = _Cliente(cuenta.url_api, plazo_s)
        # Sin este entorno tomaría del nuestro TWILIO_EDGE y TWILIO_REGION, que nadie configuró aquí.
        self._twilio = Client(cuenta.sid, cuenta.ficha, http_client=cliente, environment={"TWILIO_REGION": ""})
        # La biblioteca carga sus módulos al usarlos, unas décimas en que nadie más avanza: mejor ahora que al enviar.
        self._twilio.messages, self._twilio.content.v1.content_and_approvals  # noqa: B018
        self.http: requests.Session = cliente.session
        self.plazo_s = plazo_s

    def llamar(self, pedir: Callable[[Client], T]) -> T:
        """Una llamada de la biblioteca, sin repetir.

        Lanza ProveedorRechazo si Twilio dijo que no o nunca hubo conexión; ProveedorIncierto (o ProveedorNoResponde)
        si pudo haberla atendido.
        """
        if dentro_de_transaccion():
            raise RuntimeError("no se llama al proveedor dentro de una transacción")
        try:
            with plazo(PLAZO_TOTAL_S, requests.Timeout("la respuesta llega a gotas")):
                return pedir(self._twilio)
        except (TwilioRestException, TwilioServiceException) as error:
            raise _traducir(error.status, error.code) from None
        except requests.RequestException as error:
            raise _traducir_red(error) from error
        except (ValueError, AttributeError, TypeError) as error:  # un 2xx que no es el JSON que la biblioteca espera
            registro.warning("⚠️ Twilio respondió algo que no se entiende: %s", type(error).__name__)
            raise ProveedorIncierto from None


def _traducir(estado: int, codigo: int | None) -> ProveedorRechazo | ProveedorIncierto:
    registro.warning("⚠️ Twilio respondió %s (código %s)", estado, codigo)
    if estado >= 500:
        return ProveedorIncierto(f"Twilio tuvo un problema ({estado}): puede que el mensaje haya salido.")
    frase = _FRASES_TWILIO.get(codigo or 0) or _FRASES_HTTP.get(estado)
    return ProveedorRechazo(frase or f"Twilio no aceptó el mensaje (código {codigo or estado}).")


def _traducir_red(error: requests.RequestException) -> ProveedorRechazo | ProveedorIncierto:
    """De un fallo de red a si el mensaje pudo salir: solo es seguro que no cuando nunca hubo conexión."""
    registro.warning("⚠️ Twilio: %s", type(error).__name__)
    causa = error.args[0] if error.args else None
    if isinstance(causa, MaxRetryError):
        causa = causa.reason
    nunca = isinstance(error, requests.ConnectTimeout) or isinstance(causa, NewConnectionError | ConnectTimeoutError)
    if nunca:
        return ProveedorRechazo("No se pudo conectar con Twilio: el mensaje no salió. Intenta de nuevo.")
    return ProveedorNoResponde() if isinstance(error, requests.Timeout) else ProveedorIncierto()
