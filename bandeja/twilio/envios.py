"""Enviar por Twilio: un POST por envío, con plazo y sin repetir jamás. No guarda ni decide estados."""

from __future__ import annotations

import json
from typing import Any

from twilio.rest import Client

from bandeja.configuracion import CuentaTwilio
from bandeja.errores import ProveedorIncierto, ProveedorRechazo
from bandeja.modelos import Mensaje
from bandeja.telefono import SUFIJO_PERSONA
from bandeja.twilio.puerta import Puerta


def enviar(puerta: Puerta, cuenta: CuentaTwilio, m: Mensaje) -> str:
    """Envía un mensaje con un solo POST y devuelve el id que le dio el proveedor.

    Lanza ProveedorRechazo si seguro no salió; ProveedorIncierto (o ProveedorNoResponde) si pudo haber salido.
    """
    if not m.numero.startswith("+"):
        raise ProveedorRechazo("Por Twilio no se puede escribir a un número oculto.")
    # Al número tal como la persona escribió: el canónico puede no ser el que WhatsApp conoce.
    destino = m.chat_id.removesuffix(SUFIJO_PERSONA)
    carga: dict[str, Any] = {"from_": f"whatsapp:+{cuenta.numero}", "to": f"whatsapp:+{destino}", **_contenido(m)}
    if cuenta.url_webhook:
        # La referencia vuelve en cada aviso: si la respuesta de este POST se pierde, por ella se sabe que salió.
        carga["status_callback"] = f"{cuenta.url_webhook}/estado?envio={m.seq}-{int(m.enviado_en.timestamp())}"

    def publicar(twilio: Client) -> Any:
        return twilio.messages.create(**carga)

    identificador = puerta.llamar(publicar).sid
    if not isinstance(identificador, str) or not identificador:
        raise ProveedorIncierto
    return identificador


def _contenido(m: Mensaje) -> dict[str, Any]:
    plantilla = (m.datos or {}).get("template")
    if plantilla:  # con Body no valdría como plantilla (referencia, «24-hour window»)
        variables = {"content_variables": json.dumps(plantilla["variables"])} if plantilla["variables"] else {}
        return {"content_sid": plantilla["sid"], **variables}
    contenido: dict[str, Any] = {"body": m.cuerpo} if m.cuerpo else {}
    return {**contenido, "media_url": [m.media_url]} if m.media_url else contenido
