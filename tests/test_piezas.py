"""Las piezas de prueba funcionan juntas: si esto falla, mira aquí antes que en las demás pruebas."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion


def test_un_mensaje_entra_por_el_webhook_y_sale_por_el_socket_de_su_dueno(
    app: AppEnMarcha, agente1: Sesion, agente2: Sesion, escucha: Callable[..., Escucha], limpio: BaseDatos
) -> None:
    suya, ajena = escucha(app, agente1), escucha(app, agente2)

    enviado = recibir(app, "573001234567", "Hola")

    assert suya.uno("new_message")["message_id"] == enviado["id"]
    ajena.ninguno("new_message")
    assert limpio.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 1


def test_un_envio_llega_al_simulador_y_vuelve_con_sus_estados(
    app: AppEnMarcha, agente1: Sesion, escucha: Callable[..., Escucha], simulador: Simulador
) -> None:
    recibir(app, "573001234567", "Hola")
    pantalla = escucha(app, agente1)

    respuesta = agente1.post("api/enviar-mensaje", json={"to": "573001234567", "message": "Buenas"})

    assert respuesta.status_code == 200, respuesta.text
    assert [envio.id for envio in simulador.enviados] == [respuesta.json()["message_id"]]
    pantalla.esperar("message_status", condicion=lambda dato: dato["status"] == "read")


def test_limpio_deja_todo_como_recien_creado(agente1: Sesion, limpio: BaseDatos, simulador: Simulador) -> None:
    assert agente1.get("api/conversaciones").json()["total"] == 0
    assert limpio.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 0
    assert simulador.enviados == []


def test_dos_procesos_sobre_una_base_y_uno_vuelve_tras_matarlo(
    base_datos: BaseDatos, arrancar_app: Callable[..., AppEnMarcha]
) -> None:
    uno, otro = arrancar_app(base_datos), arrancar_app(base_datos)
    recibir(uno, "573001234567", "por uno")
    uno.matar()
    recibir(otro, "573001234567", "por otro")
    uno.arrancar().esperar()
    assert base_datos.valor("SELECT count(*) FROM chat_mensajes") == 2


@pytest.mark.parametrize("senal", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda senal: senal.name)
def test_una_demostracion_terminada_no_deja_base_ni_simulador_en_marcha(
    arrancar_app: Callable[..., AppEnMarcha], senal: signal.Signals
) -> None:
    app = arrancar_app(comun=False)
    assert "DEMOSTRACI" in app.registro()
    assert len(hijos_de(app)) == 2

    os.killpg(app.proceso.pid, senal)  # como el Ctrl-C de una terminal
    app.proceso.wait(20)

    limite = time.monotonic() + 10
    while hijos_de(app) and time.monotonic() < limite:
        time.sleep(0.1)
    assert hijos_de(app) == set()


def hijos_de(app: AppEnMarcha) -> set[str]:
    """Las órdenes del PostgreSQL y del simulador de esa aplicación, vivas o huérfanas.

    Es un conjunto porque una sesión de PostgreSQL recién nacida todavía lleva la orden de su padre.
    """
    hallados = set()
    for archivo in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            orden = archivo.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        es_base = "postgres -D" in orden and app.entorno["DATOS_DIR"] in orden
        if es_base or ("-m simulador" in orden and app.webhook in orden):
            hallados.add(orden)
    return hallados


@pytest.mark.navegador
def test_el_navegador_abre_el_chat_con_su_sesion(
    app: AppEnMarcha, limpio: BaseDatos, pagina_de: Callable[..., Page]
) -> None:
    expect(pagina_de(app, "agente1").locator("body")).to_have_attribute("data-agente", "agente1")
