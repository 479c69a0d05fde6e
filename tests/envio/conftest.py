"""Lo que usan todas las pruebas de envío: un chat abierto y cómo se escribe en él."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apoyo.cargas import recibir
from tests.apoyo.sesiones import Sesion

CLIENTE = "573001234567"


@pytest.fixture
def con_chat(agente1: Sesion) -> Sesion:
    """agente1 con un chat abierto."""
    recibir(agente1.app, CLIENTE, "Hola")
    return agente1


def enviar(sesion: Sesion, texto: Any = "Buenas", **mas: Any) -> Any:
    return sesion.post("api/enviar-mensaje", json={"to": CLIENTE, "message": texto, **mas})


def mensajes(sesion: Sesion) -> list[dict[str, Any]]:
    return list(sesion.get(f"api/conversacion/{CLIENTE}").json()["twilio_messages"])
