"""El panel de la línea y los mensajes, y los mensajes de antes de esta bandeja, como los usa un agente."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.historia.comun import hace, perder
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla, sembrar

pytestmark = pytest.mark.navegador
PLAZO = 20_000


def panel(pantalla: Pantalla) -> Locator:
    pantalla.pagina.get_by_role("button", name="Menú", exact=True).click()
    pantalla.pagina.get_by_role("menuitem", name="Estado de la línea y mensajes").click()
    abierto = pantalla.pagina.get_by_role("dialog", name="Estado de la línea y mensajes")
    expect(abierto).to_be_visible()
    return abierto


def tabla(abierto: Locator, nombre: str) -> Locator:
    return abierto.get_by_role("table", name=nombre)


def test_el_panel_cuenta_lo_que_llego_y_lo_que_se_rechazo(app: AppEnMarcha, con_ana: None, abrir: Abrir) -> None:
    webhook(app, entrega(mensaje_texto(ANA, "x")), secreto="otro")
    abierto = panel(abrir())
    expect(tabla(abierto, "Lo que ha llegado").get_by_role("rowheader", name="Mensajes")).to_be_visible(timeout=PLAZO)
    expect(tabla(abierto, "Entregas rechazadas")).to_contain_text("Sin el secreto, o con otro (401)")
    assert "[object" not in abierto.inner_text()
    abierto.get_by_role("button", name="Cerrar").click()
    expect(abierto).to_be_hidden()


def test_comparar_ahora_trae_lo_perdido_sin_sonar(
    app: AppEnMarcha, con_ana: None, limpio: BaseDatos, simulador: Simulador, abrir: Abrir
) -> None:
    limpio.ejecutar(
        "INSERT INTO chat_comparaciones (motivo, desde, visto_hasta, termino_en, empezo_en)"
        " SELECT 'arranque', t, t, t, t FROM (SELECT now() - INTERVAL '1 hour' AS t) x"
    )
    perder(simulador, ANA, "esto se había perdido", hace(5))
    pantalla = abrir()
    pantalla.pagina.evaluate(
        "() => { window.tonos = 0; const S = OscillatorNode.prototype.start;"
        " OscillatorNode.prototype.start = function (...a) { window.tonos += 1; return S.apply(this, a); }; }"
    )
    abierto = panel(pantalla)
    abierto.get_by_role("button", name="Comparar ahora").click()
    comparaciones = tabla(abierto, "Comparaciones con la historia de WhatsApp")
    expect(comparaciones.get_by_role("row", name=re.compile("Completa.*La pidió alguien"))).to_be_visible(timeout=PLAZO)
    pantalla.pagina.keyboard.press("Escape")
    pantalla.abrir("Ana")
    expect(pantalla.burbuja("esto se había perdido")).to_be_visible()
    assert pantalla.pagina.evaluate("window.tonos") == 0


def test_lo_ilegible_se_vuelve_a_procesar_y_dice_por_que_no(
    app: AppEnMarcha, con_ana: None, limpio: BaseDatos, abrir: Abrir
) -> None:
    webhook(app, entrega(mensaje_texto(ANA, "contenido privado") | {"chat_id": ""}))
    abierto = panel(abrir())
    cartas = tabla(abierto, "Sin entender")
    boton = cartas.get_by_role("button", name=re.compile("^Volver a procesar"))
    boton.click(timeout=PLAZO)
    expect(abierto.get_by_role("status")).to_have_text("El mensaje no dice con qué persona es.", timeout=PLAZO)
    assert "contenido privado" not in abierto.inner_text()
    limpio.ejecutar(
        "UPDATE chat_ilegibles SET crudo = jsonb_set(crudo, '{chat_id}', to_jsonb(%s::TEXT))", [f"{ANA}@s.whatsapp.net"]
    )
    boton.click()
    expect(abierto.get_by_text("Nada pendiente.")).to_be_visible(timeout=PLAZO)


# --- lo anterior de un chat


def boton_anteriores(pantalla: Pantalla) -> Locator:
    return pantalla.pagina.get_by_role("button", name="Cargar mensajes anteriores de WhatsApp")


def test_al_principio_del_chat_se_cargan_los_de_antes_y_al_final_se_dice(
    app: AppEnMarcha, con_ana: None, simulador: Simulador, abrir: Abrir
) -> None:
    for i in range(3):
        perder(simulador, ANA, f"de antes {i}", hace(9000) + i)
    pantalla = abrir()
    pantalla.abrir("Ana")
    boton_anteriores(pantalla).click()
    expect(pantalla.burbuja("de antes 0")).to_be_visible(timeout=PLAZO)
    expect(pantalla.mensajes.get_by_role("article")).to_have_count(4)
    expect(pantalla.pagina.get_by_text("Aquí empieza la conversación")).to_be_visible()
    expect(boton_anteriores(pantalla)).to_be_hidden()


def test_si_falla_lo_dice_y_se_reintenta(app: AppEnMarcha, con_ana: None, simulador: Simulador, abrir: Abrir) -> None:
    perder(simulador, ANA, "de antes", hace(9000))
    simulador.fallar(502, en="lectura")
    pantalla = abrir()
    pantalla.abrir("Ana")
    boton_anteriores(pantalla).click()
    queja = pantalla.pagina.get_by_text("No se pudo. WhatsApp contestó con un error (502).")
    expect(queja).to_be_visible(timeout=PLAZO)
    boton_anteriores(pantalla).click()
    expect(pantalla.burbuja("de antes")).to_be_visible(timeout=PLAZO)


def test_un_mensaje_recuperado_de_mas_atras_de_lo_cargado_no_deja_un_hueco(
    app: AppEnMarcha, limpio: BaseDatos, abrir: Abrir
) -> None:
    sembrar(app, ANA, 240, desde=hace(300))
    pantalla = abrir()
    with pantalla.pagina.expect_response("**/api/marcar-leido/*"):
        pantalla.abrir("Ana")
    pantalla.pagina.reload()  # ya leído se abre por lo último, con una página cargada
    expect(pantalla.burbuja("Mensaje 240.")).to_be_visible()
    recibir(app, ANA, "muy viejo", en=hace(400), nombre=NOMBRES[ANA])
    recibir(app, ANA, "nuevo", nombre=NOMBRES[ANA])
    expect(pantalla.burbuja("nuevo")).to_be_visible(timeout=PLAZO)
    expect(pantalla.burbuja("muy viejo")).to_have_count(0)
    historial = pantalla.pagina.get_by_label("Historial")
    for _ in range(60):
        if pantalla.burbuja("muy viejo").count():
            break
        historial.evaluate("e => { e.scrollTop = Math.max(1, e.scrollTop - 1500) }")
        pantalla.pagina.wait_for_timeout(60)
    expect(pantalla.burbuja("Mensaje 1.")).to_have_count(1)
