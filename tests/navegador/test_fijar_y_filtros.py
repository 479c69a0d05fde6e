"""Fijar, silenciar y filtrar: lo decide el servidor, vale en todas las pantallas y cuenta también lo no cargado."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, BETO, NOMBRES, Pantalla

pytestmark = pytest.mark.navegador
CHATS = 120


def test_fijar_y_silenciar_se_ven_ya_y_en_la_otra_pantalla(app: AppEnMarcha, con_dos: None, abrir: Abrir) -> None:
    una, otra = abrir(), abrir()
    una.fila("Ana").click(button="right")
    una.pagina.get_by_role("menuitem", name="Fijar chat").click()
    una.abrir("Beto")
    una.pagina.get_by_role("button", name="Opciones del chat").click()
    una.pagina.get_by_role("menuitem", name="Silenciar").press("Enter")
    for pantalla in (una, otra):
        expect(pantalla.lista.get_by_role("listitem").first).to_contain_text("Ana")
        expect(pantalla.fila("Ana")).to_have_accessible_name(re.compile("fijado"))
        expect(pantalla.fila("Beto")).to_have_accessible_name(re.compile("silenciado"))
    recibir(app, BETO, "Otra cosa", nombre=NOMBRES[BETO])
    expect(otra.fila("Beto")).to_contain_text("Otra cosa")
    expect(otra.lista.get_by_role("listitem").first).to_contain_text("Ana")


def test_un_chat_silenciado_no_suena(app: AppEnMarcha, con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.pagina.evaluate(
        """() => {
          globalThis.tonos = 0;
          const arrancar = OscillatorNode.prototype.start;
          OscillatorNode.prototype.start = function (...a) { globalThis.tonos += 1; return arrancar.apply(this, a); };
        }"""
    )
    pantalla.fila("Ana").click(button="right")
    pantalla.pagina.get_by_role("menuitem", name="Silenciar").click()
    expect(pantalla.fila("Ana")).to_contain_text("silenciado")
    recibir(app, ANA, "¿Hay alguien?", nombre=NOMBRES[ANA])
    expect(pantalla.fila("Ana")).to_contain_text("2 sin leer")
    assert pantalla.pagina.evaluate("globalThis.tonos") == 0
    recibir(app, BETO, "¿Y por aquí?", nombre=NOMBRES[BETO])
    expect(pantalla.fila("Beto")).to_contain_text("2 sin leer")
    assert pantalla.pagina.evaluate("globalThis.tonos") == 2


@pytest.fixture
def con_muchos(app: AppEnMarcha, limpio: BaseDatos) -> None:
    """Más chats que los de la primera página; solo el más antiguo está sin leer."""
    ahora = time.time()
    for inicio in range(0, CHATS, 40):
        lote = [
            mensaje_texto(f"5730020{n:05d}", "Hola", nombre=f"Cliente {n:03d}", en=ahora - 60 * (n + 1))
            for n in range(inicio, inicio + 40)
        ]
        webhook(app, entrega(*lote))
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    limpio.ejecutar("UPDATE chat_conversaciones SET agente = 'agente1'")
    limpio.ejecutar("UPDATE chat_conversaciones SET no_leidos = 0 WHERE numero <> %s", (f"+5730020{CHATS - 1:05d}",))


def test_los_filtros_alcanzan_lo_que_no_esta_cargado(con_muchos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    expect(pantalla.fila("Cliente 000")).to_be_visible()
    expect(pantalla.pagina.locator("label").filter(has_text="No leídos")).to_contain_text("1")
    pedidos = pantalla.pedidos("conversaciones")
    pantalla.pagina.get_by_role("radio", name="No leídos").check(force=True)
    expect(pantalla.fila(f"Cliente {CHATS - 1:03d}")).to_be_visible()
    expect(pantalla.lista.get_by_role("listitem")).to_have_count(1)
    assert len(pedidos) == 1
    pantalla.abrir(f"Cliente {CHATS - 1:03d}")
    expect(pantalla.pagina.locator("label").filter(has_text="No leídos")).not_to_contain_text("1")
    pantalla.pagina.get_by_role("radio", name="Todos").check(force=True)
    expect(pantalla.fila("Cliente 000")).to_be_visible()


def deslizar_hasta_el_final(pantalla: Pantalla) -> None:
    pantalla.lista.hover()
    pantalla.pagina.mouse.wheel(0, 100_000)


@pytest.mark.parametrize("como", ["al deslizar", "al volver la conexión"])
def test_una_pagina_que_fallo_se_pide_otra_vez(con_muchos: None, abrir: Abrir, como: str) -> None:
    pantalla = abrir()
    pagina = pantalla.pagina
    pantalla.esperar_al_dia()
    pedidos = pantalla.pedidos("conversaciones")
    avance = pagina.get_by_role("status", name="Avance de la lista")
    pagina.route("**/api/cambios*", lambda ruta: ruta.abort())
    pagina.route(re.compile("offset=40&"), lambda ruta: ruta.abort(), times=1)
    deslizar_hasta_el_final(pantalla)
    expect(avance).to_contain_text("No se pudieron cargar más")
    pagina.wait_for_timeout(1500)
    assert len(pedidos) == 1, "por sí sola no insiste"
    if como == "al deslizar":
        deslizar_hasta_el_final(pantalla)
    else:
        pagina.unroute("**/api/cambios*")
        pagina.evaluate("() => { dispatchEvent(new Event('online')); }")
    expect(avance).to_be_hidden()
    deslizar_hasta_el_final(pantalla)
    expect(pantalla.fila(f"Cliente {CHATS - 1:03d}")).to_be_visible()
    assert len(pedidos) == 2


def test_un_filtro_que_no_se_pudo_cargar_se_pide_otra_vez_con_su_boton(con_muchos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.esperar_al_dia()
    pantalla.pagina.route("**/api/conversaciones*", lambda ruta: ruta.abort(), times=1)
    pantalla.pagina.route("**/api/cambios*", lambda ruta: ruta.abort())
    pantalla.pagina.get_by_role("radio", name="No leídos").check(force=True)
    pantalla.pagina.get_by_role("button", name="Probar ahora").click()
    expect(pantalla.fila(f"Cliente {CHATS - 1:03d}")).to_be_visible()
