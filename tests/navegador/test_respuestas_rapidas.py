"""Las respuestas rápidas: se abren con «/», se eligen con el teclado y se administran en su diálogo."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.sesiones import Sesion
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import Pantalla

pytestmark = pytest.mark.navegador


@pytest.fixture
def con_respuestas(con_ana: None, limpio: BaseDatos, agente1: Sesion) -> None:
    limpio.ejecutar("DELETE FROM chat_respuestas_rapidas")
    for atajo, texto in (("saludo", "Hola {nombre}, soy {agente}."), ("horario", "De 7:00 a 17:00.")):
        agente1.post("api/respuestas-rapidas", json={"atajo": atajo, "texto": texto, "compartida": True})


def menu_de(pantalla: Pantalla) -> Locator:
    return pantalla.pagina.get_by_role("listbox", name="Respuestas rápidas")


def test_con_la_barra_se_elige_y_se_rellena_sin_enviar(con_respuestas: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.cuadro.press("/")
    expect(menu_de(pantalla).get_by_role("option")).to_have_count(2)
    pantalla.cuadro.press_sequentially("sal")
    expect(menu_de(pantalla).get_by_role("option")).to_have_count(1)
    pantalla.cuadro.press("Enter")
    expect(pantalla.cuadro).to_have_value("Hola Ana Prueba, soy Agente 1.")
    expect(menu_de(pantalla)).to_be_hidden()
    expect(pantalla.burbuja("soy Agente 1")).to_have_count(0)


def test_esc_cierra_el_menu_y_deja_lo_escrito(con_respuestas: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.cuadro.press("/")
    expect(menu_de(pantalla)).to_be_visible()
    pantalla.cuadro.press("Escape")
    expect(menu_de(pantalla)).to_be_hidden()
    expect(pantalla.cuadro).to_have_value("/")


def test_se_crean_cambian_y_borran_y_los_errores_se_dicen(con_respuestas: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pagina = pantalla.pagina
    expect(pantalla.fila("Ana")).to_be_visible()
    pagina.get_by_role("button", name="Menú", exact=True).click()
    pagina.get_by_role("menuitem", name="Respuestas rápidas").click()
    pagina.get_by_role("button", name="Nueva respuesta").click()
    pagina.get_by_role("textbox", name="Atajo").fill("saludo")
    pagina.get_by_role("textbox", name="Texto").fill("<i>Otro</i> saludo")
    pagina.get_by_role("checkbox", name="Compartir con todo el equipo").check()
    pagina.get_by_role("button", name="Guardar").click()
    expect(pagina.get_by_role("alert").filter(has_text="Ya existe una respuesta con el atajo /saludo.")).to_be_visible()
    pagina.get_by_role("textbox", name="Atajo").fill("despedida")
    pagina.get_by_role("button", name="Guardar").click()
    guardadas = pagina.get_by_role("list", name="Respuestas guardadas").get_by_role("listitem")
    expect(guardadas.filter(has_text="<i>Otro</i> saludo")).to_contain_text("equipo")
    borrar = pagina.get_by_role("button", name="Borrar /despedida")
    borrar.click()
    expect(guardadas).to_have_count(3)
    borrar.click()
    expect(guardadas).to_have_count(2)
