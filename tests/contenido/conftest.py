"""Lo común de las pruebas de contenido: un chat de agente1 y cómo se le hace algo a sus mensajes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import Json, entrega, mensaje, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion

CLIENTE = "573001234567"
OTRO = "573005550000"
CHAT = f"{CLIENTE}@s.whatsapp.net"
PLAZO = 15.0


@pytest.fixture
def con_chat(agente1: Sesion) -> Sesion:
    """agente1 con un chat abierto."""
    recibir(agente1.app, CLIENTE, "Hola", en=1_700_000_000)
    return agente1


@pytest.fixture
def pantalla(con_chat: Sesion, escucha: Callable[..., Escucha]) -> Escucha:
    return escucha(con_chat.app, con_chat)


def entregar(app: AppEnMarcha, *mensajes: Json, **mas: Any) -> None:
    respuesta = webhook(app, {**(entrega(*mensajes) if mensajes else {}), **mas})
    assert respuesta.status_code == 200, respuesta.text


def accion(objetivo: str, tipo: str, *, numero: str = CLIENTE, en: float = 1_700_000_100, **mas: Any) -> Json:
    """Un mensaje de tipo action: `from_me` e `id` van al mensaje; lo demás, a la acción."""
    propios = {clave: mas.pop(clave) for clave in ("from_me", "id", "source") if clave in mas}
    return mensaje(numero, "action", {"type": tipo, "target": objetivo, **mas}, en=en, nombre=None, **propios)


def parche(antes: Json, despues: Json, **mas: Any) -> Json:
    return {"messages_updates": [{"id": antes["id"], "before_update": antes, "after_update": despues, **mas}]}


def mensajes(sesion: Sesion, numero: str = CLIENTE) -> list[Json]:
    return list(sesion.get(f"api/conversacion/{numero}").json()["twilio_messages"])


def ver(sesion: Sesion, identificador: str, numero: str = CLIENTE) -> Json:
    """Un mensaje del chat por su id, como lo ve la pantalla."""
    (hallado,) = [m for m in mensajes(sesion, numero) if m["id"] == identificador]
    return hallado


def en_lista(sesion: Sesion, numero: str = CLIENTE) -> Json:
    return dict(sesion.get("api/conversaciones").json()["conversaciones"][numero])
