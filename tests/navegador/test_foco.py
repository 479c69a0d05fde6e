"""El foco sigue a lo que se hace: nadie que use el teclado se queda en ninguna parte."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, BETO, NOMBRES, retener, tomar

pytestmark = pytest.mark.navegador


def test_al_reintentar_con_el_teclado_el_foco_queda_en_su_mensaje(
    con_ana: None, abrir: Abrir, simulador: Simulador
) -> None:
    simulador.fallar("no_enviado")
    pantalla = abrir()
    pantalla.abrir("Ana")
    burbuja = pantalla.enviar("A la segunda")
    burbuja.get_by_role("button", name="Reintentar").press("Enter")
    expect(burbuja.get_by_role("button", name="Reintentar")).to_have_count(0)
    expect(burbuja).to_be_focused()


def test_un_mensaje_que_se_repinta_no_le_quita_el_foco_a_su_boton(
    con_ana: None, abrir: Abrir, simulador: Simulador, limpio: BaseDatos
) -> None:
    simulador.fallar("no_enviado")
    pantalla = abrir()
    pantalla.abrir("Ana")
    boton = pantalla.enviar("Repintado").get_by_role("button", name="Reintentar")
    boton.focus()
    limpio.ejecutar("UPDATE chat_mensajes SET error = 'otra razón', cambio = pg_current_xact_id() WHERE saliente")
    pantalla.pagina.context.set_offline(True)
    pantalla.pagina.context.set_offline(False)
    expect(pantalla.burbuja("otra razón")).to_be_visible(timeout=20_000)
    expect(boton).to_be_focused()


def test_al_cerrar_el_chat_el_foco_vuelve_a_su_fila(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    expect(pantalla.cuadro).to_be_focused()
    pantalla.pagina.keyboard.press("Escape")
    expect(pantalla.fila("Ana")).to_be_focused()
    pantalla.pagina.keyboard.press("Enter")
    expect(pantalla.chat("Ana Prueba")).to_be_visible()


def test_cerrar_un_chat_no_le_quita_el_foco_a_quien_busca(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.pagina.keyboard.press("Alt+KeyK")
    pantalla.pagina.go_back()
    expect(pantalla.chat("Ana Prueba")).to_be_hidden()
    expect(pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True)).to_be_focused()


def test_las_flechas_siguen_de_mensaje_en_mensaje_desde_un_enlace(
    con_ana: None, abrir: Abrir, app: AppEnMarcha
) -> None:
    recibir(app, ANA, "Mira https://ejemplo.com/a", nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.burbuja("soy Ana").click(button="right")  # cuando se abre, la mesa de trabajo ya llegó
    pantalla.pagina.get_by_role("menuitem", name="Responder").press("Escape")
    enlace = pantalla.mensajes.get_by_role("link")
    enlace.focus()
    enlace.press("ArrowUp")
    expect(pantalla.burbuja("Hola, soy Ana")).to_be_focused()
    pantalla.pagina.keyboard.press("ArrowDown")
    expect(pantalla.burbuja("Mira")).to_be_focused()
    pantalla.pagina.keyboard.press("Enter")
    expect(pantalla.pagina.get_by_role("menuitem", name="Responder")).to_be_focused()


def test_el_chat_que_termina_de_llegar_no_le_quita_el_teclado_a_quien_ya_busca(con_dos: None, abrir: Abrir) -> None:
    """La lista se usa antes de que llegue lo demás: lo tecleado en «Buscar» no puede terminar en el cuadro."""
    pantalla = abrir()
    pagina = pantalla.pagina
    pantalla.abrir("Ana")
    guiones = retener(pagina, "**/js/chat.js")
    pagina.reload(wait_until="commit")
    buscar = pagina.get_by_role("searchbox", name="Buscar", exact=True)
    buscar.press_sequentially("Be")
    tomar(pagina, guiones).continue_()
    expect(pantalla.chat("Ana Prueba")).to_be_visible()
    pagina.keyboard.type("to")
    expect(buscar).to_have_value("Beto")
    expect(pantalla.cuadro).to_have_value("")


@pytest.mark.parametrize("con", ["el ratón", "Enter en Buscar"])
def test_el_chat_abierto_antes_de_que_llegue_lo_demas_recibe_el_teclado(con_dos: None, abrir: Abrir, con: str) -> None:
    pantalla = abrir()
    guiones = retener(pantalla.pagina, "**/js/chat.js")
    pantalla.pagina.reload(wait_until="commit")
    if con == "el ratón":
        pantalla.fila("Ana").click()
    else:
        expect(pantalla.fila("Ana")).to_be_visible()
        pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True).press_sequentially("ana")
        pantalla.pagina.keyboard.press("Enter")
    tomar(pantalla.pagina, guiones).continue_()
    expect(pantalla.chat("Ana Prueba")).to_be_visible()
    expect(pantalla.cuadro).to_be_focused()


@pytest.mark.parametrize(("tecla", "se_abre"), [("Enter", True), ("ArrowDown", False)])
def test_quien_teclea_deprisa_llega_a_quien_busco(
    app: AppEnMarcha, con_dos: None, abrir: Abrir, tecla: str, se_abre: bool
) -> None:
    """La tecla llega antes de que se pinte la última letra: la primera de la lista era Beto, y se buscó a Ana."""
    pantalla = abrir()
    recibir(app, BETO, "Otra cosa", nombre=NOMBRES[BETO], en=time.time() + 60)
    expect(pantalla.lista.get_by_role("button").first).to_contain_text("Beto")
    pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True).evaluate(
        """(caja, key) => {
            caja.focus();
            caja.value = 'ana';
            caja.dispatchEvent(new InputEvent('input', { bubbles: true }));
            caja.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        }""",
        tecla,
    )
    if se_abre:
        expect(pantalla.chat("Ana Prueba")).to_be_visible()
    else:
        expect(pantalla.fila("Ana")).to_be_focused()


def test_lo_escrito_en_buscar_antes_de_que_llegue_la_lista_se_busca(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    guiones = retener(pantalla.pagina, "**/js/inicio.js")
    pantalla.pagina.reload(wait_until="commit")
    pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True).press_sequentially("ana")
    tomar(pantalla.pagina, guiones).continue_()
    expect(pantalla.fila("Ana")).to_be_visible()
    expect(pantalla.fila("Beto")).to_have_count(0)
