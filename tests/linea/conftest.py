"""Lo común de las pruebas de la línea: esperar a que la bandeja sepa cómo está, y cómo se escribe en un chat."""

from __future__ import annotations

from typing import Any

import pytest

from simulador import Simulador
from tests.apoyo.cargas import recibir
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion

CLIENTE = "573001234567"
PLAZO = 40.0  # más de una comprobación, con el equipo ocupado


@pytest.fixture
def con_chat(agente1: Sesion) -> Sesion:
    """agente1 con un chat abierto."""
    recibir(agente1.app, CLIENTE, "Hola")
    return agente1


def enviar(sesion: Sesion, texto: str = "Buenas", **mas: Any) -> Any:
    return sesion.post("api/enviar-mensaje", json={"to": CLIENTE, "message": texto, **mas})


def ver(sesion: Sesion) -> dict[str, Any]:
    return dict(sesion.get("api/linea").json()["line"])


def poner(simulador: Simulador, sesion: Sesion, estado: str) -> dict[str, Any]:
    """La línea cambia, lo avisa y la bandeja ya lo sabe."""
    simulador.poner_linea(estado)
    return esperar_estado(sesion, estado)


def esperar_estado(sesion: Sesion, estado: str | None) -> dict[str, Any]:
    return hasta(lambda: ver(sesion) if ver(sesion)["state"] == estado else None, PLAZO)
