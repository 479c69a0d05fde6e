"""Responder citando: la franja, lo que llega al cliente y el salto al original."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import id_nuevo, recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, sembrar

pytestmark = pytest.mark.navegador
RECIBIDO = re.compile("Entregado|Leído")
PREGUNTA = "La pregunta de hace días"


def test_se_responde_a_un_mensaje_y_la_cita_viaja(limpio: object, simulador: Simulador, abrir: Abrir) -> None:
    simulador.escribir(ANA, "¿A qué hora abren?", esperar=True, nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    pregunta = pantalla.burbuja("¿A qué hora abren?")
    pregunta.hover()
    pregunta.get_by_role("button", name="Responder").click()
    franja = pantalla.pagina.get_by_role("group", name="Respondiendo a")
    expect(franja).to_contain_text("Ana Prueba")
    expect(pantalla.cuadro).to_be_focused()
    respuesta = pantalla.enviar("A las siete")
    expect(franja).to_be_hidden()
    expect(respuesta).to_contain_text("¿A qué hora abren?")
    expect(respuesta.get_by_role("img", name=RECIBIDO)).to_be_visible()


def test_esc_quita_la_cita_y_no_cierra_el_chat(con_ana: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.pagina.get_by_label("Historial").focus()
    pantalla.pagina.keyboard.press("ArrowUp")
    pantalla.pagina.keyboard.press("r")
    franja = pantalla.pagina.get_by_role("group", name="Respondiendo a")
    expect(franja).to_be_visible()
    pantalla.cuadro.press("Escape")
    expect(franja).to_be_hidden()
    expect(pantalla.chat("Ana Prueba")).to_be_visible()


def test_la_cita_lleva_al_original_aunque_no_este_cargado(app: AppEnMarcha, limpio: object, abrir: Abrir) -> None:
    antes = time.time() - 90_000
    original = id_nuevo()
    recibir(app, ANA, PREGUNTA, id=original, en=antes - 600, nombre=NOMBRES[ANA])
    sembrar(app, ANA, 120, desde=antes)
    cita = {
        "quoted_id": original,
        "quoted_type": "text",
        "quoted_content": {"body": PREGUNTA},
        "quoted_author": ANA,
    }
    recibir(app, ANA, "Sigo esperando", context=cita, nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.al_final.click()
    nueva = pantalla.burbuja("Sigo esperando")
    expect(nueva).to_contain_text("Ana Prueba")
    nueva.get_by_role("button", name=PREGUNTA).click()
    expect(pantalla.mensajes.get_by_role("article").filter(has_text=PREGUNTA).first).to_be_in_viewport()
    expect(pantalla.pagina.get_by_role("button", name="Cargar mensajes anteriores de WhatsApp")).to_be_visible()


def test_el_menu_del_mensaje_dice_la_hora_de_cada_paso(con_ana: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    propia = pantalla.enviar("Con gusto")
    expect(propia.get_by_role("img", name=RECIBIDO)).to_be_visible()
    propia.click(button="right")
    pantalla.pagina.get_by_role("menuitem", name="Información").click()
    datos = pantalla.pagina.get_by_role("dialog", name="Información del mensaje")
    expect(datos).to_contain_text("Enviado")
    expect(datos).to_contain_text("Entregado")
    expect(datos).to_contain_text("Lo escribió Agente 1")
