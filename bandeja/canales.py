"""Por dónde sale un mensaje: cada fuente tiene su canal, y todos se usan igual. No envía ni decide qué se envía.

También el nombre que el navegador pone a cada envío, para que un clic repetido no sea otro mensaje.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol
from uuid import uuid4

from bandeja.errores import EntradaInvalida, SinProveedor
from bandeja.modelos import Mensaje

_FALTA = {
    "whapi": "falta WHAPI_TOKEN",
    "twilio": "este chat va por Twilio y faltan TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN o TWILIO_WHATSAPP_NUMBER",
}
_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)


class Canal(Protocol):
    """Lo que hay que saber de un canal para enviar por él."""

    max_texto: int
    con_citas: bool

    @property
    def configurado(self) -> bool:
        """Cierto si hay con qué enviar."""
        ...

    def enviar(self, m: Mensaje) -> str:
        """Un solo POST; devuelve el id del proveedor o lanza ProveedorRechazo, ProveedorIncierto o SinProveedor."""


class Canales:
    """Los canales de la aplicación, por fuente, el preferido primero."""

    def __init__(self, canales: Mapping[str, Canal]) -> None:
        self._canales = canales

    def exigir(self, fuente: str) -> Canal:
        """El canal de una fuente. Lanza SinProveedor si no está configurado."""
        canal = self._canales[fuente]
        if not canal.configurado:
            raise SinProveedor(f"La línea de WhatsApp no está configurada: {_FALTA[fuente]}.")
        return canal

    @property
    def de_inicio(self) -> str:
        """La fuente con que empieza un chat que abre un agente: la primera configurada."""
        return next((fuente for fuente, canal in self._canales.items() if canal.configurado), next(iter(self._canales)))


def exigir_client_id(client_id: object) -> str:
    """El id que el navegador puso a un envío, o uno nuevo si no puso. Lanza EntradaInvalida."""
    if client_id is None or client_id == "":
        return str(uuid4())
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        raise EntradaInvalida("El client_id no es válido: se esperan hasta 64 letras, números o guiones.")
    return client_id
