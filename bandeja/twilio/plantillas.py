"""Las plantillas que WhatsApp ya aprobó: se piden a Twilio y se recuerdan unos minutos. No envía."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bandeja.twilio.puerta import Puerta

CADUCA_S = 300.0
MAX_PLANTILLAS = 500
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,40})\s*\}\}")


@dataclass(frozen=True, slots=True)
class Plantilla:
    """Una plantilla aprobada. `variables`: las que lleva su texto, en orden, cada una con un ejemplo."""

    sid: str
    nombre: str
    idioma: str
    texto: str
    variables: Mapping[str, str]

    def con(self, valores: Mapping[str, str]) -> str:
        """El texto con esos valores en el lugar de sus variables."""
        return _VARIABLE.sub(lambda v: valores.get(v[1], v[0]), self.texto)


class Plantillas:
    """La memoria de este proceso. De varias pantallas a la vez, una pregunta y las demás esperan su respuesta."""

    def __init__(self) -> None:
        self._candado = threading.Lock()
        self._vistas: tuple[Plantilla, ...] = ()
        self._pedidas_en = -CADUCA_S

    def listar(self, puerta: Puerta) -> tuple[Plantilla, ...]:
        """Las aprobadas, por nombre. Lanza lo que `Puerta.llamar`."""
        with self._candado:
            if time.monotonic() - self._pedidas_en >= CADUCA_S:
                crudas = puerta.llamar(lambda t: t.content.v1.content_and_approvals.list(limit=MAX_PLANTILLAS))
                leidas = [leida for cruda in crudas if (leida := _leer(cruda)) is not None]
                self._vistas = tuple(sorted(leidas, key=lambda p: p.nombre.casefold()))
                self._pedidas_en = time.monotonic()
            return self._vistas


def _leer(cruda: Any) -> Plantilla | None:
    """Una plantilla, o None si no está aprobada o no tiene un texto que enseñar."""
    aprobacion = cruda.approval_requests if isinstance(cruda.approval_requests, dict) else {}
    texto = _texto_de(cruda.types)
    if aprobacion.get("status") != "approved" or not texto or not isinstance(cruda.sid, str):
        return None
    ejemplos = cruda.variables if isinstance(cruda.variables, dict) else {}
    return Plantilla(
        sid=cruda.sid,
        nombre=str(cruda.friendly_name or aprobacion.get("name") or cruda.sid),
        idioma=str(cruda.language or ""),
        texto=texto,
        variables={clave: str(ejemplos.get(clave) or "") for clave in dict.fromkeys(_VARIABLE.findall(texto))},
    )


def _texto_de(tipos: object) -> str:
    """El texto del primer tipo que lo tenga: «twilio/text», «twilio/quick-reply»…"""
    formas = tipos.values() if isinstance(tipos, dict) else ()
    textos = (forma.get("body") for forma in formas if isinstance(forma, dict))
    return next((texto for texto in textos if isinstance(texto, str) and texto.strip()), "")
