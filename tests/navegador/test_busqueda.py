"""Buscar: en todos los chats y dentro de uno, con salto al mensaje aunque no esté cargado."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, sembrar

pytestmark = pytest.mark.navegador
MENSAJES = 260
# Desde la página: un equipo ocupado atrasa por igual estas pausas y la espera de quien busca.
TECLEAR = """async (caja, texto) => {
    for (const letra of texto) {
        caja.value += letra;
        caja.dispatchEvent(new InputEvent('input', { bubbles: true }));
        await new Promise((seguir) => setTimeout(seguir, 20));
    }
}"""


def test_se_hallan_mensajes_con_lo_buscado_marcado_y_con_el_teclado(
    app: AppEnMarcha, con_ana: None, abrir: Abrir
) -> None:
    recibir(app, ANA, "Me llegó la factura <b>equivocada</b>", nombre=NOMBRES[ANA])
    pantalla = abrir()
    buscador = pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True)
    pedidos = pantalla.pedidos("buscar")
    buscador.evaluate(TECLEAR, "FACTÚRA equi")
    hallado = pantalla.pagina.get_by_role("list", name="Mensajes").get_by_role("button")
    expect(hallado).to_contain_text("Me llegó la factura <b>equivocada</b>")
    expect(hallado.locator("mark")).to_have_text(["factura", "equi"])
    assert len(pedidos) == 1, "una petición cuando se deja de teclear, no una por letra"
    buscador.press("ArrowDown")
    expect(hallado).to_be_focused()
    hallado.press("Enter")
    expect(pantalla.burbuja("Me llegó la factura")).to_be_visible()
    buscador.press("Escape")
    expect(buscador).to_have_value("")
    expect(pantalla.fila("Ana")).to_be_visible()


def test_sin_resultados_se_dice(con_ana: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True).fill("xilófono")
    expect(pantalla.pagina.get_by_text("Nada encontrado")).to_be_visible()


def test_una_busqueda_que_fallo_se_dice_y_se_repite(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.pagina.route("**/api/buscar?*", lambda r: r.abort(), times=1)
    buscar = pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True)
    buscar.fill("soy beto")
    expect(pantalla.pagina.get_by_text("No se pudo buscar")).to_be_visible()
    pantalla.pagina.get_by_role("button", name="Buscar de nuevo").click()
    expect(pantalla.pagina.get_by_role("list", name="Mensajes").get_by_role("button")).to_contain_text("Hola, soy Beto")
    expect(buscar).to_have_value("soy beto")


def test_saltar_a_lo_viejo_y_volver_a_lo_ultimo_sin_huecos(app: AppEnMarcha, limpio: object, abrir: Abrir) -> None:
    sembrar(app, ANA, MENSAJES, desde=time.time() - MENSAJES * 60 - 60)
    recibir(app, ANA, "Este es el último", nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.pagina.keyboard.press("Control+Shift+KeyF")
    pantalla.pagina.get_by_role("searchbox", name="Buscar en este chat").fill("30")
    estado = pantalla.pagina.get_by_role("status", name="Resultados en este chat")
    expect(estado).to_have_text("1 de 1")
    expect(pantalla.burbuja("Mensaje 30.")).to_be_in_viewport()
    expect(pantalla.burbuja("Este es el último")).to_have_count(0)
    recibir(app, ANA, "Llega mientras se lee lo viejo", nombre=NOMBRES[ANA])
    expect(pantalla.al_final).to_contain_text("1")
    historial = pantalla.pagina.get_by_label("Historial")
    for _ in range(80):
        if pantalla.burbuja("Llega mientras").count():
            break
        historial.evaluate("e => { e.scrollTop += 1200 }")
        pantalla.pagina.wait_for_timeout(60)
    expect(pantalla.burbuja("Este es el último")).to_have_count(1)
    textos = pantalla.mensajes.get_by_role("article").all_inner_texts()
    vistos = [int(n) for n in re.findall(r"Mensaje (\d+)\.", " ".join(textos))]
    assert vistos == list(range(vistos[0], MENSAJES + 1)), "unido con lo último, sin huecos ni repetidos"


def test_el_boton_vuelve_de_lo_viejo_a_lo_ultimo(app: AppEnMarcha, limpio: object, abrir: Abrir) -> None:
    sembrar(app, ANA, MENSAJES, desde=time.time() - MENSAJES * 60 - 60)
    pantalla = abrir()
    pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True).fill("mensaje 12")
    pantalla.pagina.get_by_role("list", name="Mensajes").get_by_role("button").filter(has_text="Mensaje 12.").click()
    expect(pantalla.burbuja("Mensaje 12.")).to_be_in_viewport()
    pantalla.al_final.click()
    expect(pantalla.burbuja(f"Mensaje {MENSAJES}.")).to_be_in_viewport()
    expect(pantalla.al_final).to_be_hidden()
