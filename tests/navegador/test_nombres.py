"""Los nombres accesibles, el teléfono y los textos hostiles: lo que oye un lector y lo que nunca es HTML."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA

pytestmark = pytest.mark.navegador

ATAQUES = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "javascript:alert(4)",
    "https://ejemplo.com/\"onmouseover='alert(5)'",
    "{{7*7}} ${alert(6)} %3Cscript%3E",
    "*<b onclick=alert(7)>negrita</b>*",
    "\u202etxt.exe\u202c <iframe srcdoc='<script>alert(8)</script>'>",
]


@pytest.mark.parametrize("ataque", ATAQUES)
def test_un_nombre_y_un_mensaje_hostiles_se_ven_como_texto(
    abrir: Abrir, app: AppEnMarcha, limpio: BaseDatos, ataque: str
) -> None:  # S2
    pantalla = abrir()
    saltos: list[Dialog] = []
    pantalla.pagina.on("dialog", lambda d: (saltos.append(d), d.dismiss()))
    recibir(app, ANA, ataque, nombre=ataque)
    pantalla.lista.get_by_role("button").first.click()
    expect(pantalla.mensajes.get_by_role("article")).to_have_count(1)
    assert pantalla.mensajes.locator("img, script, iframe, b, svg[onload]").count() == 0
    for enlace in pantalla.mensajes.get_by_role("link").all():
        assert re.match(r"https?://", enlace.get_attribute("href") or "")
        assert "noopener" in (enlace.get_attribute("rel") or "")
    assert saltos == []


def test_la_cabecera_tiene_los_nombres_del_contrato(abrir: Abrir) -> None:
    pagina = abrir().pagina
    pagina.get_by_role("button", name="Menú").click()
    for nombre in ("Tema claro", "Tema oscuro", "Tema del sistema"):
        expect(pagina.get_by_role("menuitemradio", name=nombre)).to_be_visible()
    for nombre in ("Sonido", "Notificaciones"):
        expect(pagina.get_by_role("menuitemcheckbox", name=nombre)).to_be_visible()
    for nombre in ("Atajos de teclado", "Cerrar sesión"):
        expect(pagina.get_by_role("menuitem", name=nombre)).to_be_visible()
    filtro = pagina.get_by_role("radiogroup", name="Filtro")
    for nombre in ("Todos", "No leídos", "Sin responder"):
        expect(filtro.get_by_role("radio", name=nombre, exact=True)).to_be_attached()
    expect(pagina.get_by_role("searchbox", name="Buscar")).to_be_visible()


def test_el_tema_elegido_se_recuerda(abrir: Abrir) -> None:
    pagina = abrir().pagina
    pagina.get_by_role("button", name="Menú").click()
    pagina.get_by_role("menuitemradio", name="Tema oscuro").click()
    pagina.reload()
    fondo = pagina.evaluate("getComputedStyle(document.body).backgroundColor")
    assert fondo == "rgb(17, 27, 33)"


def test_cerrar_sesion_pregunta_una_vez(abrir: Abrir) -> None:
    pagina = abrir().pagina
    pagina.get_by_role("button", name="Menú").click()
    pagina.get_by_role("menuitem", name="Cerrar sesión").click()
    pagina.get_by_role("alertdialog").get_by_role("button", name="Cerrar sesión").click()
    pagina.wait_for_url("**/twilio-chat/login")


def test_el_teclado_basta_para_leer_y_responder(abrir: Abrir, con_dos: None) -> None:
    pantalla = abrir()
    expect(pantalla.fila("Ana")).to_be_visible()
    pantalla.pagina.keyboard.press("Alt+KeyK")
    pantalla.pagina.keyboard.type("ana")
    pantalla.pagina.keyboard.press("Enter")
    expect(pantalla.cuadro).to_be_focused()
    pantalla.pagina.keyboard.type("Todo con teclas")
    pantalla.pagina.keyboard.press("Enter")
    expect(pantalla.burbuja("Todo con teclas")).to_be_visible()


def test_en_el_telefono_hay_un_panel_y_volver_regresa(abrir: Abrir, con_ana: None) -> None:
    pantalla = abrir()
    pantalla.pagina.set_viewport_size({"width": 390, "height": 844})
    expect(pantalla.lista).to_be_visible()
    pantalla.abrir("Ana")
    expect(pantalla.lista).to_be_hidden()
    assert pantalla.pagina.evaluate("document.documentElement.scrollWidth") <= 390
    pantalla.pagina.get_by_role("button", name="Volver").click()
    expect(pantalla.lista).to_be_visible()
