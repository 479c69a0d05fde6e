"""El selector de emojis: solo al pedirlo, de nuestro servidor, en español y dentro de la política de contenido."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bandeja.web.puertas import ARCHIVO_EMOJIS
from tests.navegador.conftest import Abrir

pytestmark = [
    pytest.mark.navegador,
    pytest.mark.skipif(not ARCHIVO_EMOJIS.exists(), reason="sin los archivos que trae preparacion/vendor.py"),
]


def test_se_elige_un_emoji_donde_estaba_el_cursor(con_ana: None, abrir: Abrir) -> None:
    pantalla = abrir()
    quejas: list[str] = []
    direcciones: list[str] = []
    pantalla.pagina.on("console", lambda m: quejas.append(m.text) if m.type == "error" else None)
    pantalla.pagina.on("request", lambda r: direcciones.append(r.url))
    pantalla.abrir("Ana")
    pantalla.cuadro.fill("Hola !")
    pantalla.cuadro.press("ArrowLeft")
    assert not [d for d in direcciones if "emojis" in d]
    pantalla.pagina.get_by_role("button", name="Emojis").click()
    selector = pantalla.pagina.get_by_role("dialog", name="Elegir un emoji")
    selector.get_by_role("combobox", name="Buscar").fill("cara sonriendo")
    selector.get_by_role("option", name="cara sonriendo", exact=False).first.click()
    expect(pantalla.cuadro).to_have_value("Hola 😀!")
    assert selector.evaluate("e => e.getBoundingClientRect().width") > 250, "lleva sus estilos"
    pantalla.pagina.keyboard.press("Escape")
    expect(selector).to_be_hidden()
    assert not quejas
    assert all(d.startswith(pantalla.pagina.url.split("/twilio-chat")[0]) for d in direcciones)


@pytest.mark.parametrize("archivo", ["picker.js", "es.js"])
def test_si_un_corte_impide_traerlo_se_dice_y_al_repetir_se_abre(con_ana: None, abrir: Abrir, archivo: str) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.pagina.route(f"**/emojis/{archivo}", lambda r: r.abort(), times=1)
    boton = pantalla.pagina.get_by_role("button", name="Emojis")
    boton.click()
    expect(pantalla.pagina.get_by_text("No se pudo abrir. Revisa tu internet")).to_be_visible()
    boton.click()
    selector = pantalla.pagina.get_by_role("dialog", name="Elegir un emoji")
    selector.get_by_role("combobox", name="Buscar").fill("cara sonriendo")
    selector.get_by_role("option", name="cara sonriendo", exact=False).first.click()
    expect(pantalla.cuadro).to_have_value("😀")
