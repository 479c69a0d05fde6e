"""El canal de Twilio: enviar, comprobar su firma, sus plantillas y traer sus archivos. No guarda nada."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import requests

from bandeja.configuracion import CuentaTwilio
from bandeja.errores import SinProveedor
from bandeja.modelos import Mensaje
from bandeja.twilio import archivos, envios
from bandeja.twilio.firma import es_de_twilio
from bandeja.twilio.plantillas import Plantilla, Plantillas
from bandeja.twilio.puerta import PLAZO_RESPUESTA_S, Puerta

__all__ = ["Plantilla", "Twilio"]

FRASE_SIN_CUENTA = "Este chat va por Twilio y no está configurado: faltan las variables TWILIO_…"
# Lo que Twilio admite en un mensaje de texto (referencia, «Send»).
MAX_TEXTO = 1_600


class Twilio:
    """Cliente del canal. Sin `cuenta` enviar y lo demás lanzan SinProveedor."""

    max_texto = MAX_TEXTO
    con_citas = False

    def __init__(self, cuenta: CuentaTwilio | None, plazo_s: float = PLAZO_RESPUESTA_S) -> None:
        self._cuenta = cuenta
        self._puerta = Puerta(cuenta, plazo_s) if cuenta else None
        self._plantillas = Plantillas()

    @property
    def configurado(self) -> bool:
        """Cierto si hay cuenta."""
        return self._cuenta is not None

    @property
    def cuenta(self) -> CuentaTwilio:
        """La cuenta configurada. Lanza SinProveedor."""
        if self._cuenta is None:
            raise SinProveedor(FRASE_SIN_CUENTA)
        return self._cuenta

    @property
    def puerta(self) -> Puerta:
        """Por donde se llama a la API. Lanza SinProveedor."""
        if self._puerta is None:
            raise SinProveedor(FRASE_SIN_CUENTA)
        return self._puerta

    def enviar(self, m: Mensaje) -> str:
        """Envía un mensaje con un solo POST y devuelve el id del proveedor. Lanza lo que `envios.enviar`."""
        return envios.enviar(self.puerta, self.cuenta, m)

    def es_suya(self, url: str, parametros: Any, firma: str) -> bool:
        """Cierto si una petición a nuestro webhook la firmó Twilio con la ficha de la cuenta."""
        return es_de_twilio(self.cuenta.ficha, url, parametros, firma)

    def listar_plantillas(self) -> tuple[Plantilla, ...]:
        """Las plantillas aprobadas, de hace unos minutos a lo sumo."""
        return self._plantillas.listar(self.puerta)

    def descargar(self, url: str) -> AbstractContextManager[requests.Response]:
        """Abre la descarga del archivo de un mensaje recibido. Lanza lo que `archivos.descargar`."""
        return archivos.descargar(self.puerta, self.cuenta, url)
