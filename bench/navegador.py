"""Lo que espera quien mira: un Chromium de verdad, sin ventana, que abre la bandeja y sus chats."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from bench.conductor import Resultado
from preparacion.navegador import buscar_navegador

FRENO = 4
# El instante, desde que se pidió la página, en que la primera fila ya está pintada.
ANOTAR_PRIMERA_FILA = """new MutationObserver((_, vigia) => {
    if (!document.querySelector('#lista button')) return;
    vigia.disconnect();
    requestAnimationFrame(() => setTimeout(() => { globalThis.primeraFila = performance.now(); }));
}).observe(document, { childList: true, subtree: true })"""
# Toca una fila y espera a que se pinte el primer mensaje de ese chat; devuelve los milisegundos.
ABRIR_CHAT = """(boton) => new Promise((listo) => {
    const mensajes = document.getElementById('mensajes');
    const desde = performance.now();
    const antes = mensajes.querySelector('.mensaje');
    const vigia = new MutationObserver(() => {
        const ahora = mensajes.querySelector('.mensaje');
        if (!ahora || ahora === antes) return;
        vigia.disconnect();
        requestAnimationFrame(() => setTimeout(() => listo(performance.now() - desde)));
    });
    vigia.observe(mensajes, { childList: true, subtree: true });
    boton.click();
})"""


def hay_navegador() -> bool:
    """Falso si no hay Chromium en el equipo: sus líneas no se miden."""
    return buscar_navegador() is not None


@contextmanager
def _pagina(puerto: int, galleta: str) -> Iterator[Page]:
    nombre, valor = galleta.split("=", 1)
    with sync_playwright() as playwright:
        navegador = playwright.chromium.launch(
            executable_path=buscar_navegador(), args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        try:
            contexto = navegador.new_context(viewport={"width": 1440, "height": 900}, locale="es-CO")
            contexto.add_cookies([{"name": nombre, "value": valor, "url": f"http://127.0.0.1:{puerto}"}])
            yield contexto.new_page()
        finally:
            navegador.close()


def ver_lista(puerto: int, galleta: str) -> Resultado:
    """Una primera visita, sin nada en la caché y con la CPU de la pestaña frenada: hasta ver la primera fila."""
    with _pagina(puerto, galleta) as pagina:
        pagina.context.new_cdp_session(pagina).send("Emulation.setCPUThrottlingRate", {"rate": FRENO})
        pagina.add_init_script(ANOTAR_PRIMERA_FILA)
        pagina.goto(f"http://127.0.0.1:{puerto}/twilio-chat", wait_until="commit")
        primera = pagina.wait_for_function("() => globalThis.primeraFila").json_value()
    return Resultado(latencias=[primera], segundos=primera / 1000)


def abrir_chats(puerto: int, galleta: str, cuantos: int) -> Resultado:
    """De tocar una fila a ver los mensajes de ese chat, que no se había abierto."""
    empezo = time.monotonic()
    with _pagina(puerto, galleta) as pagina:
        pagina.goto(f"http://127.0.0.1:{puerto}/twilio-chat", wait_until="networkidle")
        filas = pagina.locator("#lista button")
        latencias = [filas.nth(i).evaluate(ABRIR_CHAT) for i in range(min(cuantos, filas.count()))]
    return Resultado(latencias=latencias, segundos=time.monotonic() - empezo)
