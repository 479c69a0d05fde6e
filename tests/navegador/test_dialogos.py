"""Los diálogos: qué los cierra, qué pasa con lo que contesta tarde y dónde se leen los avisos entre tanto."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.sesiones import entrar
from tests.linea.conftest import poner
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla, retener, tomar
from tests.navegador.test_adjuntos import PLAZO, elegir, enviar, imagen, menu, salgan

pytestmark = pytest.mark.navegador


def aviso(pantalla: Pantalla, texto: str) -> Locator:
    return pantalla.pagina.get_by_role("region", name="Avisos").get_by_role("alert").filter(has_text=texto)


# --- Qué los cierra


def revisar_que_solo_cierra_por_fuera(pantalla: Pantalla, dialogo: Locator, campo: Locator) -> None:
    raton = pantalla.pagina.mouse
    campo.fill("Lo que llevo escrito")
    caja, cuadro = dialogo.bounding_box(), campo.bounding_box()
    assert caja and cuadro
    raton.click(caja["x"] + 8, caja["y"] + 8)
    expect(campo).to_have_value("Lo que llevo escrito")
    expect(dialogo).to_be_visible()
    for desde, hasta in (((cuadro["x"] + 20, cuadro["y"] + 10), (20, 20)), ((20, 20), (caja["x"] + 8, caja["y"] + 8))):
        raton.move(*desde)
        raton.down()
        raton.move(*hasta, steps=4)
        raton.up()
        expect(campo).to_have_value("Lo que llevo escrito")
        expect(dialogo).to_be_visible()
    raton.click(20, 20)
    expect(dialogo).to_be_hidden()


def test_lo_que_se_escribe_en_un_dialogo_solo_se_cierra_con_un_toque_fuera_de_el(ana: Pantalla) -> None:
    ana.pagina.get_by_role("button", name="Menú", exact=True).click()
    ana.pagina.get_by_role("menuitem", name="Respuestas rápidas").click()
    dialogo = ana.pagina.get_by_role("dialog")
    dialogo.get_by_role("button", name="Nueva respuesta").click()
    revisar_que_solo_cierra_por_fuera(ana, dialogo, dialogo.get_by_role("textbox", name="Texto"))


def test_un_contacto_a_medio_escribir_solo_se_cierra_con_un_toque_fuera_de_el(ana: Pantalla) -> None:
    menu(ana, "Contacto")
    dialogo = ana.pagina.get_by_role("dialog", name="Enviar contacto")
    revisar_que_solo_cierra_por_fuera(ana, dialogo, dialogo.get_by_label("Nombre"))


def test_una_pregunta_no_se_contesta_tocando_su_orilla(ana: Pantalla) -> None:
    previa = elegir(ana, imagen())
    previa.get_by_role("textbox", name="Pie").fill("el pie")
    ana.pagina.keyboard.press("Escape")
    pregunta = ana.pagina.get_by_role("alertdialog", name="¿Descartar los archivos?")
    caja = pregunta.bounding_box()
    assert caja
    ana.pagina.mouse.click(caja["x"] + 8, caja["y"] + 8)
    expect(pregunta).to_be_visible()
    ana.pagina.mouse.click(20, 20)
    expect(pregunta).to_be_hidden()
    expect(previa.get_by_role("textbox", name="Pie")).to_have_value("el pie")


# --- Lo que contesta tarde


def test_cancelar_un_chat_nuevo_que_tarda_deja_al_agente_donde_esta(ana: Pantalla) -> None:
    pagina = ana.pagina
    retenidas = retener(pagina, "**/api/conversaciones")
    pagina.get_by_role("button", name="Nuevo chat").click()
    dialogo = pagina.get_by_role("dialog", name="Nuevo chat")
    dialogo.get_by_label("Número de teléfono").fill("300 765 4321")
    dialogo.get_by_role("button", name="Abrir chat").click()
    peticion = tomar(pagina, retenidas)
    dialogo.get_by_role("button", name="Cancelar").click()
    ana.cuadro.fill("sigo con Ana")
    with pagina.expect_response("**/api/conversaciones") as espera:
        peticion.continue_()
    assert espera.value.ok
    expect(ana.fila("+57 300 765 4321")).to_be_visible(timeout=PLAZO)
    expect(ana.chat(NOMBRES[ANA])).to_be_visible()
    expect(ana.cuadro).to_have_value("sigo con Ana")


def test_el_fallo_de_un_chat_nuevo_cancelado_se_dice_sin_tocar_el_siguiente(ana: Pantalla) -> None:
    pagina = ana.pagina
    retenidas = retener(pagina, "**/api/conversaciones")
    dialogo = pagina.get_by_role("dialog", name="Nuevo chat")
    pagina.get_by_role("button", name="Nuevo chat").click()
    dialogo.get_by_label("Número de teléfono").fill("300 765 4321")
    dialogo.get_by_role("button", name="Abrir chat").click()
    peticion = tomar(pagina, retenidas)
    dialogo.get_by_role("button", name="Cancelar").click()
    pagina.get_by_role("button", name="Nuevo chat").click()
    expect(dialogo.get_by_role("button", name="Abrir chat")).to_be_enabled()
    peticion.fulfill(status=409, json={"success": False, "error": "Lo atiende otra persona."})
    expect(aviso(ana, "No se abrió el chat. Lo atiende otra persona.")).to_be_visible()
    expect(dialogo.locator(".dialogo-error")).to_be_empty()


def editar(pantalla: Pantalla, texto: str) -> Locator:
    pantalla.burbuja(texto).click(button="right")
    pantalla.pagina.get_by_role("menu").get_by_role("menuitem", name="Editar").click()
    return pantalla.pagina.get_by_role("dialog", name="Editar mensaje")


@pytest.mark.parametrize("sale", [True, False], ids=["sale", "falla"])
def test_la_respuesta_de_una_edicion_lenta_no_cierra_la_siguiente(ana: Pantalla, sale: bool) -> None:
    for texto in ("El primero", "El segundo"):
        expect(ana.enviar(texto).get_by_role("img", name=re.compile("Enviado|Entregado|Leído"))).to_be_visible()
    retenidas = retener(ana.pagina, "**/api/mensaje/**")
    dialogo = editar(ana, "El primero")
    dialogo.get_by_label("Texto").fill("El primero, corregido")
    dialogo.get_by_role("button", name="Guardar").click()
    peticion = tomar(ana.pagina, retenidas)
    dialogo.get_by_role("button", name="Cancelar").click()
    editar(ana, "El segundo").get_by_label("Texto").fill("El segundo, a medio escribir")
    expect(dialogo.get_by_role("button", name="Guardar")).to_be_enabled()
    if sale:
        peticion.continue_()
        expect(ana.mensajes.get_by_text("El primero, corregido")).to_be_attached()
    else:
        peticion.fulfill(status=502, json={"success": False, "error": "No se pudo."})
        expect(aviso(ana, "No se editó el mensaje a Ana Prueba. No se pudo.")).to_be_visible()
    expect(dialogo.get_by_label("Texto")).to_have_value("El segundo, a medio escribir")
    expect(dialogo.locator(".dialogo-error")).to_be_empty()


def test_una_respuesta_rapida_que_tarda_en_guardarse_no_cierra_la_siguiente(ana: Pantalla) -> None:
    pagina = ana.pagina
    pagina.get_by_role("button", name="Menú", exact=True).click()
    with pagina.expect_response("**/api/respuestas-rapidas"):  # la lista, que no es la que se retiene
        pagina.get_by_role("menuitem", name="Respuestas rápidas").click()
    dialogo = pagina.get_by_role("dialog")
    retenidas = retener(pagina, "**/api/respuestas-rapidas")
    dialogo.get_by_role("button", name="Nueva respuesta").click()
    dialogo.get_by_role("textbox", name="Atajo").fill("lenta")
    dialogo.get_by_role("textbox", name="Texto").fill("La primera")
    dialogo.get_by_role("button", name="Guardar").click()
    peticion = tomar(pagina, retenidas)
    dialogo.get_by_role("button", name="Cancelar").click()
    dialogo.get_by_role("button", name="Nueva respuesta").click()
    dialogo.get_by_role("textbox", name="Texto").fill("La segunda, a medio escribir")
    peticion.continue_()
    expect(pagina.get_by_text("/lenta")).to_be_attached()
    expect(dialogo.get_by_role("textbox", name="Texto")).to_have_value("La segunda, a medio escribir")
    expect(dialogo.get_by_role("textbox", name="Texto")).to_be_visible()


# --- Los avisos, con un diálogo abierto


@pytest.mark.parametrize("ancho", [1280, 390])
def test_con_la_linea_caida_la_vista_previa_dice_por_que_no_sale(
    ana: Pantalla, app: AppEnMarcha, simulador: Simulador, ancho: int
) -> None:
    poner(simulador, entrar(app, "agente2"), "QR")
    expect(ana.pagina.get_by_role("alert", name="Estado de la línea")).to_be_visible(timeout=PLAZO)
    ana.pagina.set_viewport_size({"width": ancho, "height": 844})
    previa = elegir(ana, imagen())
    previa.get_by_role("textbox", name="Pie").fill("el pie")
    previa.get_by_role("button", name="Enviar 1 archivo").click()
    frenado = previa.get_by_role("alert").filter(has_text="No se envió")
    expect(frenado).to_be_visible(timeout=PLAZO)
    frenado.get_by_role("button", name="Cerrar aviso").click()
    expect(frenado).to_be_hidden()
    previa.get_by_role("button", name="Enviar 1 archivo").click()
    expect(frenado).to_be_visible()
    previa.get_by_role("button", name="Cancelar").click()
    ana.pagina.get_by_role("alertdialog").get_by_role("button", name="Descartar").click()
    expect(previa).to_be_hidden()
    expect(aviso(ana, "No se envió")).to_be_visible()  # y sigue a la vista al cerrarla


def test_un_aviso_sobrevive_al_dialogo_donde_salio_aunque_se_quite_de_la_pagina(
    ana: Pantalla, app: AppEnMarcha, simulador: Simulador
) -> None:
    poner(simulador, entrar(app, "agente2"), "QR")
    expect(ana.pagina.get_by_role("alert", name="Estado de la línea")).to_be_visible(timeout=PLAZO)
    menu(ana, "Contacto")
    contacto = ana.pagina.get_by_role("dialog", name="Enviar contacto")
    contacto.get_by_label("Nombre").fill("Luz Marina")
    contacto.get_by_label("Teléfono").fill("300 765 4321")
    contacto.get_by_role("button", name="Enviar").click()
    expect(contacto.get_by_role("alert").filter(has_text="No se envió")).to_be_visible(timeout=PLAZO)
    contacto.get_by_role("button", name="Cancelar").click()
    expect(contacto).to_be_hidden()
    expect(aviso(ana, "No se envió")).to_be_visible()


# --- La vista previa


def test_con_treinta_archivos_uno_mas_se_dice_y_no_estropea_lo_escrito(ana: Pantalla, simulador: Simulador) -> None:
    errores: list[str] = []
    ana.pagina.on("pageerror", lambda e: errores.append(e.message))
    previa = elegir(ana, *(imagen(f"{i}.jpg") for i in range(30)))
    previa.get_by_role("textbox", name="Pie").fill("el pie")
    with ana.pagina.expect_file_chooser() as espera:
        previa.get_by_role("button", name="Añadir más archivos").click()
    espera.value.set_files([imagen("de-mas.jpg")])
    expect(previa.get_by_text("Se pueden enviar hasta 30 archivos a la vez.")).to_be_visible()
    previa.get_by_role("textbox", name="Pie").fill("el pie, corregido")
    enviar(previa)
    expect(ana.burbuja("el pie, corregido")).to_be_attached()
    assert not errores


def test_lo_elegido_para_un_chat_no_sale_en_otro_cierre_quien_cierre_la_vista(ana: Pantalla) -> None:
    previa = elegir(ana, imagen("para-ana.jpg"))
    previa.get_by_role("textbox", name="Pie").fill("para Ana")
    previa.evaluate("dialogo => dialogo.close()")  # como el segundo «atrás» del teléfono, que no pregunta
    expect(previa).to_be_hidden()
    ana.abrir("Beto")
    previa = elegir(ana, imagen("para-beto.jpg"))
    expect(previa.get_by_role("button", name="Enviar 1 archivo")).to_be_enabled()
    expect(previa).not_to_contain_text("para-ana.jpg")
    expect(previa.get_by_role("button", name="para-ana.jpg")).to_have_count(0)


def test_lo_que_se_elige_despues_de_cambiar_de_chat_no_se_adjunta_al_otro(ana: Pantalla) -> None:
    with ana.pagina.expect_file_chooser() as espera:
        menu(ana, "Fotos y videos")
    ana.pagina.evaluate("location.hash = '#/chat/573001110002'")  # como al tocar una notificación
    expect(ana.chat("Beto")).to_be_visible()
    espera.value.set_files([imagen()])
    expect(ana.pagina.get_by_text("Cambiaste de chat: los archivos no se adjuntaron.")).to_be_visible()
    expect(ana.pagina.get_by_role("dialog")).to_have_count(0)


def test_si_se_cambia_de_chat_antes_de_que_llegue_la_vista_se_dice_y_no_se_adjunta_al_otro(ana: Pantalla) -> None:
    retenidas = retener(ana.pagina, "**/js/vistas/vista-previa.js")
    with ana.pagina.expect_file_chooser() as espera:
        menu(ana, "Fotos y videos")
    espera.value.set_files([imagen()])
    modulo = tomar(ana.pagina, retenidas)
    ana.abrir("Beto")
    modulo.continue_()
    expect(ana.pagina.get_by_text("Cambiaste de chat: los archivos no se adjuntaron.")).to_be_visible(timeout=PLAZO)
    expect(ana.pagina.get_by_role("dialog")).to_have_count(0)


# --- Lo que se trae al usarlo


def test_un_corte_al_elegir_archivos_se_dice_y_al_repetir_se_adjuntan(ana: Pantalla, simulador: Simulador) -> None:
    for modulo in ("vista-previa", "formularios"):
        ana.pagina.route(f"**/js/vistas/{modulo}.js", lambda r: r.abort(), times=1)
    se_dijo = ana.pagina.get_by_text("No se pudo abrir. Revisa tu internet")
    with ana.pagina.expect_file_chooser() as espera:
        menu(ana, "Fotos y videos")
    espera.value.set_files([imagen()])
    expect(se_dijo).to_be_visible()
    ana.pagina.get_by_role("button", name="Cerrar aviso").click()
    enviar(elegir(ana, imagen()))
    salgan(ana, simulador)
    menu(ana, "Contacto")
    expect(se_dijo).to_be_visible()
    menu(ana, "Contacto")
    expect(ana.pagina.get_by_role("dialog", name="Enviar contacto")).to_be_visible()


def test_un_corte_al_abrir_lo_que_se_trae_al_usarlo_se_remedia_volviendo_a_pedirlo(ana: Pantalla) -> None:
    """Chromium vuelve a pedir un módulo que no llegó: no hace falta recargar."""
    ana.pagina.route("**/js/vistas/busqueda-chat.js", lambda r: r.abort(), times=1)
    boton = ana.pagina.get_by_role("button", name="Buscar en el chat", exact=True)
    boton.click()
    expect(ana.pagina.get_by_text("No se pudo abrir. Revisa tu internet")).to_be_visible()
    boton.click()
    expect(ana.pagina.get_by_role("searchbox", name="Buscar en este chat")).to_be_focused()
