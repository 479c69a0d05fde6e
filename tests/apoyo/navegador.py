"""El navegador de las pruebas: Chromium del sistema manejado por playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright

from preparacion.navegador import buscar_navegador
from tests.apoyo.aplicacion import CLAVES, AppEnMarcha

OPCIONES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PLAZO_MS = 10_000  # un equipo ocupado con las demás pruebas tarda; lo que se cumple no espera
SIN_NAVEGADOR = "no hay Chromium en este equipo (en Debian: sudo apt-get install chromium)"


@contextmanager
def abrir_navegador() -> Iterator[Browser]:
    """Uno para todas las pruebas; cada una abre su propio contexto."""
    ruta = buscar_navegador()
    if ruta is None:
        pytest.skip(SIN_NAVEGADOR)
    expect.set_options(timeout=PLAZO_MS)
    with sync_playwright() as playwright:
        navegador = _lanzar(playwright, ruta)
        try:
            yield navegador
        finally:
            navegador.close()


def _lanzar(playwright: Playwright, ruta: str) -> Browser:
    try:
        return playwright.chromium.launch(executable_path=ruta, args=OPCIONES)
    except Error as error:
        pytest.skip(f"el navegador {ruta} no arranca aquí: {error.message.splitlines()[0]}")


def contexto_nuevo(navegador: Browser, app: AppEnMarcha, **opciones: Any) -> BrowserContext:
    """Un contexto sin sesión, en Colombia y sin service worker, que deja pasar sin avisar lo que `page.route` contesta.

    Lo cuenta Playwright en su página «Service Workers»; quien lo pruebe a él pide `service_workers="allow"`.
    """
    comunes = {"locale": "es-CO", "timezone_id": "America/Bogota", "service_workers": "block"}
    contexto = navegador.new_context(base_url=app.url, **(comunes | opciones))
    contexto.set_default_timeout(PLAZO_MS)
    return contexto


def contexto_de(
    navegador: Browser, app: AppEnMarcha, usuario: str, clave: str | None = None, **opciones: Any
) -> BrowserContext:
    """Un contexto con la sesión iniciada por la puerta de la aplicación, sin pasar por el formulario."""
    contexto = contexto_nuevo(navegador, app, **opciones)
    datos = {"username": usuario, "password": CLAVES[usuario] if clave is None else clave}
    respuesta = contexto.request.post("/twilio-chat/api/login", data=datos, headers={"Origin": app.url})
    assert respuesta.ok, f"{usuario} no pudo entrar: {respuesta.status} {respuesta.text()}"
    return contexto


def abrir_chat(contexto: BrowserContext) -> Page:
    pagina = contexto.new_page()
    pagina.goto("/twilio-chat")
    return pagina
