"""La entrada: valida mientras se escribe, dice qué pasó y deja pasar a quien debe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.apoyo.aplicacion import CLAVES, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.navegador import contexto_nuevo

pytestmark = pytest.mark.navegador


@pytest.fixture
def entrada(navegador: Browser, app: AppEnMarcha, limpio: BaseDatos) -> Iterator[Page]:
    contexto = contexto_nuevo(navegador, app)
    pagina = contexto.new_page()
    pagina.goto("/twilio-chat")
    yield pagina
    contexto.close()


def llenar(pagina: Page, usuario: str, clave: str) -> None:
    pagina.get_by_role("textbox", name="Usuario").fill(usuario)
    pagina.get_by_label("Contraseña", exact=True).fill(clave)
    pagina.get_by_role("button", name="Entrar").click()


def test_sin_sesion_se_llega_a_la_entrada_y_con_las_credenciales_a_la_bandeja(entrada: Page) -> None:
    llenar(entrada, "agente1", CLAVES["agente1"])
    expect(entrada).to_have_url("/twilio-chat")
    expect(entrada.get_by_text("Agente 1", exact=True).first).to_be_visible()


def test_una_clave_equivocada_se_dice_en_un_alert_y_el_usuario_queda_escrito(entrada: Page) -> None:
    llenar(entrada, "agente1", "no es")
    expect(entrada.get_by_role("alert")).to_have_text("Credenciales inválidas")
    expect(entrada.get_by_role("textbox", name="Usuario")).to_have_value("agente1")


def test_los_campos_se_validan_mientras_se_escribe(entrada: Page) -> None:
    usuario = entrada.get_by_role("textbox", name="Usuario")
    entrada.get_by_role("button", name="Entrar").click()
    expect(entrada.get_by_text("Escribe tu usuario.")).to_be_visible()
    expect(usuario).to_be_focused()
    usuario.press_sequentially("dos palabras")
    expect(entrada.get_by_text("El usuario no lleva espacios.")).to_be_visible()
    usuario.fill("agente1")
    expect(usuario).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize(
    ("estado", "cabeceras", "frase"),
    [(429, {"Retry-After": "30"}, "Demasiados intentos"), (503, {}, "base de datos"), (None, {}, "No hay conexión")],
    ids=["demasiados intentos", "sin base de datos", "sin red"],
)
def test_cada_tropiezo_tiene_su_frase(entrada: Page, estado: int | None, cabeceras: dict[str, str], frase: str) -> None:
    def contestar(ruta: Route) -> None:
        if estado is None:
            ruta.abort()
        else:
            ruta.fulfill(status=estado, headers=cabeceras, json={"success": False, "error": "x"})

    entrada.route("**/api/login", contestar)
    llenar(entrada, "agente1", "cualquiera")
    expect(entrada.get_by_role("alert")).to_contain_text(frase)


def test_la_clave_se_puede_mostrar_y_ocultar(entrada: Page) -> None:
    clave = entrada.get_by_label("Contraseña", exact=True)
    entrada.get_by_role("button", name="Mostrar contraseña").click()
    expect(clave).to_have_attribute("type", "text")
    entrada.get_by_role("button", name="Ocultar contraseña").click()
    expect(clave).to_have_attribute("type", "password")
