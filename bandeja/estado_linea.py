"""Los estados de la línea de WhatsApp y sus palabras. No sabe de dónde llegan ni qué se hace con ellos.

Se compara el texto, nunca el código: es lo que el proveedor documenta.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

BIEN = "AUTH"
# Los dos últimos los ponemos nosotros: el proveedor contesta 402, o no reconoce la ficha.
SIN_CREDITO = "SIN_CREDITO"
SIN_CANAL = "SIN_CANAL"

_AVISA = "Avisa a quien administra"
_LLEGARA = "lo que escriban los clientes llegará cuando vuelva"
FRASES: Mapping[str, str] = {
    BIEN: "",
    "QR": f"La línea de WhatsApp se desvinculó del teléfono. {_AVISA}; {_LLEGARA}.",
    "SYNC_ERROR": f"La línea de WhatsApp no se sincroniza con el teléfono. {_AVISA}: hay que vincularla de nuevo.",
    "STOP": f"El canal de WhatsApp está detenido. {_AVISA}; {_LLEGARA}.",
    "INIT": "La línea de WhatsApp está arrancando. Podrás enviar en un momento.",
    "LAUNCH": "La línea de WhatsApp está arrancando. Podrás enviar en un momento.",
    "ERROR": f"La línea de WhatsApp tiene un error. {_AVISA}; {_LLEGARA}.",
    "NOT_INIT": f"La línea de WhatsApp todavía no está vinculada a un teléfono. {_AVISA}.",
    SIN_CREDITO: f"La cuenta de Whapi llegó a su límite y no deja enviar. {_AVISA}.",
    SIN_CANAL: f"Whapi no reconoce el canal de la línea. {_AVISA}.",
}


@dataclass(frozen=True, slots=True)
class SenalLinea:
    """Una noticia del estado de la línea. `en` con zona UTC: cuándo era cierta."""

    estado: str
    en: datetime


@dataclass(frozen=True, slots=True)
class EstadoLinea:
    """Lo último que se sabe de la línea. `estado` None: nada, o hace tanto que ya no dice nada."""

    estado: str | None = None
    desde: datetime | None = None

    @property
    def deja_enviar(self) -> bool:
        """Falso solo si se sabe que no se puede: ante la duda se intenta."""
        return self.estado is None or self.estado == BIEN

    @property
    def frase(self) -> str:
        """Qué pasa y qué hacer, para quien atiende; vacía si no pasa nada."""
        return FRASES.get(self.estado or BIEN, "")


@dataclass(frozen=True, slots=True)
class CambioLinea:
    """Un paso de la historia de la línea. `origen` = aviso | comprobacion | envio."""

    estado: str
    en: datetime
    origen: str


def obtener_estado(texto: object) -> str | None:
    """El estado que nombra el proveedor, o None si no es de los conocidos: uno nuevo no bloquea a nadie."""
    return texto if isinstance(texto, str) and texto in FRASES else None
