"""Lo que ve un agente: por qué canal va cada chat, la ventana cerrada y el envío de una plantilla."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from simulador.twilio import FallaTwilio, Twilio
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.navegador.pantalla import Pantalla, retener, tomar
from tests.twilio.conftest import CLIENTE, envejecer
from tests.twilio.test_ventana import CITA, plantilla

pytestmark = pytest.mark.navegador
ANA = "Ana Ñandú"
BETO = "573001110002"


@pytest.fixture
def pantalla(twilio: Twilio, app_dos_canales: AppEnMarcha, pagina_de: Callable[..., Page]) -> Callable[[], Pantalla]:
    twilio.memoria.plantillas.extend([CITA, plantilla("HX2", "Sin variables")])
    return lambda: Pantalla(pagina_de(app_dos_canales, "agente1"))


def test_la_cabecera_dice_el_canal_y_cambia_con_quien_escribe(
    twilio: Twilio, app_dos_canales: AppEnMarcha, pantalla: Callable[[], Pantalla]
) -> None:
    recibir(app_dos_canales, CLIENTE, "por Whapi", nombre=ANA)
    vista = pantalla()
    vista.abrir(ANA)
    cabecera = vista.chat(ANA).locator("header")
    expect(cabecera).to_contain_text("WhatsApp")
    expect(cabecera).not_to_contain_text("Twilio")
    twilio.recibir(CLIENTE, "por Twilio")
    expect(cabecera).to_contain_text(re.compile(r"WhatsApp · Twilio hasta las \d\d:\d\d"), timeout=10_000)
    vista.enviar("recibido")
    expect(vista.burbuja("recibido").get_by_role("img", name="Enviado")).to_be_visible(timeout=10_000)
    assert [e.parametros["Body"] for e in twilio.enviados] == ["recibido"]


def test_con_la_ventana_cerrada_se_explica_y_una_plantilla_sale(
    twilio: Twilio, base: BaseDatos, pantalla: Callable[[], Pantalla]
) -> None:
    twilio.recibir(CLIENTE, "Hola")
    envejecer(base, 30)
    vista = pantalla()
    vista.abrir(ANA)
    aviso = vista.pagina.get_by_role("group", name="Ventana de 24 horas")
    expect(aviso).to_contain_text("más de 24 horas")
    expect(vista.cuadro).to_be_hidden()
    aviso.get_by_role("button", name="Enviar plantilla").click()
    dialogo = vista.pagina.get_by_role("dialog", name="Enviar plantilla")
    mandar = dialogo.get_by_role("button", name="Enviar", exact=True)
    dialogo.get_by_label("Plantilla", exact=True).select_option("HX1")
    expect(mandar).to_be_disabled()
    dialogo.get_by_label("Variable 1").fill("Ana")
    dialogo.get_by_label("Variable 2").fill("lunes")
    expect(dialogo.get_by_role("status")).to_have_text("Hola Ana, tu cita es el lunes.")
    mandar.click()
    expect(dialogo).to_be_hidden()
    burbuja = vista.burbuja("Hola Ana, tu cita es el lunes.")
    expect(burbuja.get_by_role("img", name="Enviado")).to_be_visible(timeout=10_000)
    twilio.recibir(CLIENTE, "Sí, allá estaré")
    expect(aviso).to_be_hidden(timeout=10_000)
    expect(vista.cuadro).to_be_visible()


def test_una_plantilla_que_falla_se_ve_en_el_chat_con_su_motivo(
    twilio: Twilio, base: BaseDatos, pantalla: Callable[[], Pantalla]
) -> None:
    twilio.recibir(CLIENTE, "Hola")
    envejecer(base, 30)
    vista = pantalla()
    vista.abrir(ANA)
    twilio.fallar(FallaTwilio(429, 20429))
    vista.pagina.get_by_role("button", name="Enviar plantilla").click()
    dialogo = vista.pagina.get_by_role("dialog", name="Enviar plantilla")
    dialogo.get_by_label("Plantilla", exact=True).select_option("HX2")
    dialogo.get_by_role("button", name="Enviar", exact=True).click()
    expect(dialogo).to_be_hidden()
    expect(vista.burbuja("Sin variables")).to_contain_text("Twilio pide esperar", timeout=10_000)


def dejar_en_camino(twilio: Twilio, base: BaseDatos, vista: Pantalla) -> Route:
    """La plantilla de Ana no ha contestado; el agente la canceló y llena la de Beto."""
    twilio.recibir(CLIENTE, "Hola")
    twilio.recibir(BETO, "Hola", ProfileName="Beto")
    base.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    envejecer(base, 30)
    vista.pagina.reload()
    vista.abrir(ANA)
    retenidas = retener(vista.pagina, "**/api/enviar-plantilla/**")
    dialogo = abrir_plantilla(vista, "HX2")
    dialogo.get_by_role("button", name="Enviar", exact=True).click()
    en_camino = tomar(vista.pagina, retenidas)
    dialogo.get_by_role("button", name="Cancelar").click()
    vista.abrir("Beto")
    abrir_plantilla(vista, "HX1").get_by_label("Variable 1").fill("Beto, a medio llenar")
    return en_camino


def abrir_plantilla(vista: Pantalla, sid: str) -> Locator:
    vista.pagina.get_by_role("button", name="Enviar plantilla").click()
    dialogo = vista.pagina.get_by_role("dialog", name="Enviar plantilla")
    dialogo.get_by_label("Plantilla", exact=True).select_option(sid)
    return dialogo


def revisar_lo_de_beto(vista: Pantalla) -> None:
    dialogo = vista.pagina.get_by_role("dialog", name="Enviar plantilla")
    expect(dialogo.get_by_label("Variable 1")).to_have_value("Beto, a medio llenar")
    expect(dialogo.locator(".dialogo-error")).to_be_empty()
    dialogo.get_by_role("button", name="Cancelar").click()
    expect(vista.burbuja("Sin variables")).to_have_count(0)


@pytest.mark.parametrize("sale", [True, False], ids=["sale", "falla"])
def test_una_plantilla_que_contesta_tarde_queda_en_su_chat_y_no_cierra_la_de_otro(
    twilio: Twilio, base: BaseDatos, pantalla: Callable[[], Pantalla], sale: bool
) -> None:
    vista = pantalla()
    en_camino = dejar_en_camino(twilio, base, vista)
    if not sale:
        twilio.fallar(FallaTwilio(429, 20429))
    with vista.pagina.expect_response("**/api/enviar-plantilla/**") as espera:
        en_camino.continue_()
    assert espera.value.ok is sale
    revisar_lo_de_beto(vista)
    vista.abrir(ANA)
    burbuja = vista.burbuja("Sin variables")
    if sale:
        expect(burbuja.get_by_role("img", name="Enviado")).to_be_visible(timeout=10_000)
    else:
        expect(burbuja).to_contain_text("Twilio pide esperar", timeout=10_000)


def test_el_fallo_tardio_de_una_plantilla_se_dice_con_el_nombre_de_su_chat(
    twilio: Twilio, base: BaseDatos, pantalla: Callable[[], Pantalla]
) -> None:
    vista = pantalla()
    en_camino = dejar_en_camino(twilio, base, vista)
    en_camino.fulfill(status=503, json={"success": False, "error": "No hay conexión."})
    expect(vista.pagina.get_by_text(f"No se envió la plantilla a {ANA}. No hay conexión.")).to_be_visible()
    revisar_lo_de_beto(vista)
