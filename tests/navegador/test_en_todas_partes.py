"""El teléfono, la dirección de cada chat, lo instalado sin red y dos pestañas del mismo agente."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla

pytestmark = pytest.mark.navegador
TAMANOS = [(1440, 900), (1024, 768), (768, 1024), (390, 844), (320, 568)]


def test_en_el_telefono_atras_vuelve_a_la_lista_y_la_direccion_sobrevive(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pagina = pantalla.pagina
    pagina.set_viewport_size({"width": 390, "height": 844})
    pantalla.abrir("Ana")
    expect(pagina).to_have_url(re.compile(f"#/chat/{ANA}$"))
    pagina.go_back()
    expect(pantalla.lista).to_be_visible()
    expect(pantalla.chat("Ana Prueba")).to_be_hidden()
    pagina.go_forward()
    expect(pantalla.chat("Ana Prueba")).to_be_visible()
    pagina.reload()
    expect(pantalla.chat("Ana Prueba")).to_be_visible()
    expect(pantalla.mensajes).to_contain_text("soy Ana")
    pagina.get_by_role("button", name="Volver").click()
    expect(pantalla.lista).to_be_visible()
    expect(pagina).not_to_have_url(re.compile("#/chat/"))


def test_sin_sesion_la_direccion_del_chat_se_recupera_al_entrar(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.pagina.goto("about:blank")  # así nadie más se entera antes
    pantalla.pagina.context.clear_cookies()
    pantalla.pagina.goto(f"/twilio-chat#/chat/{ANA}")
    expect(pantalla.pagina).to_have_url(re.compile(f"/login.*#/chat/{ANA}$"))


@pytest.mark.parametrize(("ancho", "alto"), TAMANOS)
def test_nada_se_sale_a_lo_ancho_y_los_botones_se_alcanzan(con_dos: None, abrir: Abrir, ancho: int, alto: int) -> None:
    pantalla = abrir()
    pantalla.pagina.set_viewport_size({"width": ancho, "height": alto})
    for paso in ("lista", "chat"):
        if paso == "chat":
            pantalla.abrir("Ana")
            for boton in ("Adjuntar", "Grabar nota de voz"):
                expect(pantalla.pagina.get_by_role("button", name=boton)).to_be_in_viewport(ratio=1)
        assert pantalla.pagina.evaluate("document.documentElement.scrollWidth") <= ancho
    chicos = pantalla.pagina.evaluate(
        """() => [...document.querySelectorAll('button')].filter((b) => b.checkVisibility({ opacityProperty: true }))
             .map((b) => [b.ariaLabel ?? b.innerText, b.getBoundingClientRect()])
             .filter(([, r]) => r.width < 24 || r.height < 24).map(([nombre]) => nombre)"""
    )
    assert chicos == []  # WCAG 2.5.8


def test_sin_red_al_abrir_se_ve_la_pagina_guardada_y_ninguna_conversacion(con_ana: None, abrir: Abrir) -> None:
    pantalla = abrir(service_workers="allow")
    expect(pantalla.fila("Ana")).to_be_visible()
    pagina = pantalla.pagina
    assert pagina.evaluate("navigator.serviceWorker.ready.then((r) => new URL(r.scope).pathname)") == "/twilio-chat"
    pagina.wait_for_function("() => navigator.serviceWorker.controller !== null")
    pagina.context.set_offline(True)
    pagina.reload()
    expect(pagina.get_by_role("heading", name="Sin conexión")).to_be_visible()
    expect(pagina.get_by_text("Ana")).to_have_count(0)
    guardado = pagina.evaluate(
        """async () => {
          const cajas = await Promise.all((await caches.keys()).map((n) => caches.open(n)));
          return (await Promise.all(cajas.map((c) => c.keys()))).flat().map((p) => new URL(p.url).pathname);
        }"""
    )
    assert guardado and not [ruta for ruta in guardado if "/api/" in ruta]
    pagina.context.set_offline(False)
    expect(pantalla.fila("Ana")).to_be_visible(timeout=20_000)  # vuelve sola, sin tocar «Probar ahora»


@pytest.fixture
def dos_pestanas(con_dos: None, abrir: Abrir) -> tuple[Pantalla, Pantalla]:
    """El mismo navegador con la bandeja dos veces."""
    una = abrir()
    segunda: Page = una.pagina.context.new_page()
    segunda.goto("/twilio-chat")
    otra = Pantalla(segunda)
    una.esperar_al_dia()
    otra.esperar_al_dia()
    return una, otra


def test_dos_pestanas_acuerdan_lo_leido_el_borrador_y_el_tema(
    dos_pestanas: tuple[Pantalla, Pantalla], app: AppEnMarcha
) -> None:
    una, otra = dos_pestanas
    otra.abrir("Beto")
    una.abrir("Ana")
    expect(otra.fila("Ana")).not_to_contain_text("sin leer")
    expect(otra.pagina).to_have_title("Bandeja de WhatsApp")
    una.cuadro.press_sequentially("a medias")
    expect(otra.fila("Ana")).to_contain_text("Borrador: a medias")
    otra.fila("Ana").click()
    expect(otra.cuadro).to_have_value("a medias")
    una.cuadro.press("Enter")
    expect(otra.cuadro).to_have_value("")
    expect(otra.burbuja("a medias")).to_have_count(1)
    expect(una.burbuja("a medias")).to_have_count(1)
    recibir(app, ANA, "Las dos lo ven", nombre=NOMBRES[ANA])
    for pantalla in (una, otra):
        expect(pantalla.burbuja("Las dos lo ven")).to_have_count(1)
    una.pagina.get_by_role("button", name="Menú", exact=True).click()
    una.pagina.get_by_role("menuitemradio", name="Tema oscuro").click()
    expect(otra.pagina.locator("html")).to_have_attribute("data-tema", "oscuro")
