"""Lo que pide el sistema de cada quien: poco movimiento, colores propios y letra al doble."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import id_nuevo, recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES

pytestmark = pytest.mark.navegador


def borde(nodo: Locator, lado: str = "Top") -> str:
    return str(nodo.evaluate("(n, lado) => getComputedStyle(n)[`border${lado}Width`]", lado))


def test_con_los_colores_del_sistema_los_bordes_dicen_lo_que_decian_los_fondos(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.pagina.emulate_media(forced_colors="active")
    pantalla.abrir("Ana")
    assert borde(pantalla.burbuja("soy Ana").locator("div").first) == "1px"
    assert borde(pantalla.cuadro) == "1px"
    assert borde(pantalla.fila("Ana"), "Left") == "6px", "la conversación abierta"
    assert borde(pantalla.fila("Beto"), "Left") == "0px"
    elegido = pantalla.pagina.get_by_role("radio", name="Todos").locator("..")
    assert borde(elegido) == "3px"
    pantalla.pagina.get_by_role("button", name="Menú", exact=True).click()
    pantalla.pagina.keyboard.press("ArrowDown")
    opcion = pantalla.pagina.get_by_role("menuitemradio").nth(1)
    expect(opcion).to_be_focused()
    assert opcion.evaluate("n => getComputedStyle(n).outlineStyle") == "solid"


def test_con_poco_movimiento_nada_se_anima_y_el_salto_igual_se_senala(
    con_ana: None, abrir: Abrir, app: AppEnMarcha
) -> None:
    original = id_nuevo()
    recibir(app, ANA, "La pregunta", id=original, nombre=NOMBRES[ANA])
    cita = {"quoted_id": original, "quoted_type": "text", "quoted_content": {"body": "La pregunta"}}
    recibir(app, ANA, "Sigo aquí", context={**cita, "quoted_author": ANA}, nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.pagina.emulate_media(reduced_motion="reduce")
    pantalla.abrir("Ana")
    pantalla.burbuja("Sigo aquí").get_by_role("button", name="La pregunta").click()
    senalada = pantalla.mensajes.locator("[data-destacado]")
    expect(senalada).to_contain_text("La pregunta")
    assert "3px" in senalada.locator("div").first.evaluate("n => getComputedStyle(n).boxShadow")
    assert pantalla.pagina.evaluate("document.getAnimations().length") == 0
    expect(senalada).to_have_count(0)


def test_al_200_por_ciento_todo_se_alcanza_y_nada_se_sale(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pagina = pantalla.pagina
    pagina.set_viewport_size({"width": 512, "height": 384})  # 1024 × 768 ampliados
    pantalla.abrir("Ana")
    pantalla.cuadro.fill("uno\ndos\ntres\ncuatro\ncinco\nseis\nsiete")
    for boton in ("Volver", "Enviar", "Buscar en el chat", "Opciones del chat"):
        expect(pagina.get_by_role("button", name=boton, exact=True)).to_be_in_viewport(ratio=1)
    expect(pantalla.burbuja("soy Ana")).to_be_in_viewport()
    assert pagina.evaluate("document.documentElement.scrollWidth") <= 512
    pagina.get_by_role("button", name="Volver").click()
    pagina.get_by_role("button", name="Menú", exact=True).click()
    pagina.keyboard.press("End")
    expect(pagina.get_by_role("menuitem", name="Cerrar sesión")).to_be_in_viewport(ratio=1)
