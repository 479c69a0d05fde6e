"""Lo que comparten las pruebas de uniones: una persona con sus dos identidades y cómo el proveedor dice que es una."""

from __future__ import annotations

from typing import Any

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, entrega, mensaje_texto, webhook
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion
from tests.apoyo.verdades import SIN_COHERENCIA

TELEFONO = "573001112233"
LID = "98765432109876@lid"


def las_dos(app: AppEnMarcha, cuerpo: str, **opciones: Any) -> Json:
    """El mismo mensaje entregado con las dos identidades: así dice el proveedor que son una persona."""
    uno = mensaje_texto(LID, cuerpo, **opciones)
    for chat in (LID, f"{TELEFONO}@s.whatsapp.net"):
        assert webhook(app, entrega(uno | {"chat_id": chat})).status_code == 200
    return uno


def unida(base: BaseDatos) -> bool:
    return bool(base.valor("SELECT count(*) FROM chat_identidades WHERE unida"))


def esperar_union(base: BaseDatos) -> None:
    hasta(lambda: unida(base), 20)


def cuerpos(sesion: Sesion, numero: str) -> list[str]:
    chat = sesion.get(f"api/conversacion/{numero}?limit=200").json()
    return [m["body"] for m in chat.get("twilio_messages", [])]


def lista(sesion: Sesion) -> dict[str, Json]:
    chats: dict[str, Json] = sesion.get("api/conversaciones?limit=100").json()["conversaciones"]
    return chats


def exigir_unida(base: BaseDatos) -> None:
    """Las cuentas salen de las filas, ningún mensaje quedó en el chat vacío y las dos filas impresas dicen un dueño."""
    assert base.consultar(SIN_COHERENCIA) == []
    en_la_oculta = (
        "SELECT count(*) FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id"
        " WHERE c.numero LIKE '%%@lid'"
    )
    assert base.valor(en_la_oculta) == 0
    assert base.valor("SELECT count(DISTINCT agente_asignado) FROM conversaciones_whatsapp") == 1
