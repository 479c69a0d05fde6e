"""Lo común de las pruebas de pantalla: agentes con su bandeja abierta y dos clientes que ya escribieron."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.navegador.pantalla import ANA, BETO, NOMBRES, Pantalla

Abrir = Callable[..., Pantalla]


@pytest.fixture
def abrir(app: AppEnMarcha, limpio: BaseDatos, pagina_de: Callable[..., Page]) -> Abrir:
    """`abrir("agente1")` da la bandeja del agente en la aplicación compartida y vacía."""
    return lambda usuario="agente1", de=app, **opciones: Pantalla(pagina_de(de, usuario, **opciones))


@pytest.fixture
def con_ana(app: AppEnMarcha, limpio: BaseDatos) -> None:
    """Ana le escribió a agente1: es el primer turno."""
    recibir(app, ANA, "Hola, soy Ana", nombre=NOMBRES[ANA])


@pytest.fixture
def con_dos(app: AppEnMarcha, con_ana: None, limpio: BaseDatos) -> None:
    """Ana y Beto, los dos de agente1."""
    recibir(app, BETO, "Hola, soy Beto", nombre=NOMBRES[BETO])
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")


@pytest.fixture
def ana(con_dos: None, abrir: Abrir) -> Pantalla:
    """La bandeja de agente1, al día y con el chat de Ana abierto."""
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.esperar_al_dia()
    return pantalla
