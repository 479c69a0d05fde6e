"""Una jornada solo con el teclado, y la quietud para quien la pide."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from simulador import Simulador
from tests.apoyo.aplicacion import CLAVES, AppEnMarcha
from tests.apoyo.navegador import contexto_nuevo
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import Pantalla, retener, tomar

pytestmark = pytest.mark.navegador
PASOS = 40


def ir_con_tab(pagina: Page, nombre: str, tecla: str = "Tab") -> None:
    """Pulsa Tab hasta que el foco esté en el botón de ese nombre."""
    for _ in range(PASOS):
        pagina.keyboard.press(tecla)
        if pagina.evaluate("document.activeElement?.getAttribute('aria-label')") == nombre:
            return
    raise AssertionError(f"con {tecla} no se llega a {nombre!r}")


@pytest.fixture
def entrada(navegador: Browser, app: AppEnMarcha, con_dos: None) -> Iterator[Page]:
    contexto = contexto_nuevo(navegador, app)
    pagina = contexto.new_page()
    pagina.goto("/twilio-chat")
    yield pagina
    contexto.close()


def test_una_jornada_sin_raton(entrada: Page, simulador: Simulador) -> None:
    teclas = entrada.keyboard
    expect(entrada.get_by_role("textbox", name="Usuario")).to_be_focused()
    teclas.type("agente1")
    teclas.press("Tab")
    teclas.type(CLAVES["agente1"])
    teclas.press("Enter")
    pantalla = Pantalla(entrada)
    expect(pantalla.fila("Ana")).to_be_visible()

    teclas.press("Alt+ArrowDown")  # abrir la primera y responder
    primero = pantalla.pagina.get_by_role("heading", level=2).filter(has_text="Prueba")
    expect(primero).to_be_visible()
    nombre = primero.inner_text()
    expect(pantalla.cuadro).to_be_focused()
    teclas.type("Hola a todos")
    teclas.press("Shift+Enter")
    teclas.type("¿cómo vas?")
    teclas.press("Enter")
    expect(
        pantalla.burbuja("¿cómo vas?").get_by_role("img", name=re.compile("Enviado|Entregado|Leído"))
    ).to_be_visible()
    assert [envio.cuerpo["body"] for envio in simulador.aceptados] == ["Hola a todos\n¿cómo vas?"]

    teclas.press("Alt+ArrowDown")  # la siguiente
    expect(primero).not_to_have_text(nombre)
    expect(pantalla.cuadro).to_be_focused()

    teclas.press("Alt+KeyK")  # buscar, y bajar a lo hallado
    teclas.type("cómo va")
    expect(entrada.get_by_role("list", name="Mensajes").get_by_role("button")).to_have_count(1)
    teclas.press("ArrowDown")
    teclas.press("Enter")
    expect(pantalla.chat(nombre)).to_be_visible()

    ir_con_tab(entrada, "Menú", "Shift+Tab")
    teclas.press("Enter")
    expect(entrada.get_by_role("menuitemradio").first).to_be_focused()
    teclas.press("End")
    expect(entrada.get_by_role("menuitem", name="Cerrar sesión")).to_be_focused()
    teclas.press("Enter")
    dialogo = entrada.get_by_role("alertdialog")
    expect(dialogo.get_by_role("button", name="Cancelar")).to_be_focused()
    teclas.press("Tab")
    teclas.press("Enter")
    entrada.wait_for_url("**/twilio-chat/login")


def test_al_cerrar_sesion_un_rechazo_en_camino_no_dice_que_la_sesion_termino(con_dos: None, abrir: Abrir) -> None:
    """Lo último que se escribe sube a la vez que se sale, y puede llegar cuando la sesión ya no está."""
    pagina = abrir().pagina
    Pantalla(pagina).abrir("Ana")
    entradas: list[str] = []
    salidas = retener(pagina, "**/api/logout")
    pagina.route("**/api/borrador/*", lambda ruta: ruta.fulfill(status=401, json={"success": False, "error": "No"}))
    pagina.on("request", lambda pedido: entradas.append(pedido.url) if "/login" in pedido.url else None)
    with pagina.expect_response("**/api/borrador/*"):
        salir(pagina)
    expect(pagina.get_by_role("alertdialog")).to_be_hidden()
    tomar(pagina, salidas).continue_()
    pagina.wait_for_url("**/twilio-chat/login")
    expect(pagina.get_by_role("textbox", name="Usuario")).to_be_visible()
    expect(pagina.get_by_text("Tu sesión terminó")).to_be_hidden()
    assert [url.rpartition("/")[2] for url in entradas if "/static/" not in url] == ["login"]


def test_si_salir_falla_todo_sigue_y_el_siguiente_rechazo_si_lleva_a_la_entrada(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    falla = {"success": False, "error": "No hay base."}
    pantalla.pagina.route("**/api/logout", lambda ruta: ruta.fulfill(status=503, json=falla))
    salir(pantalla.pagina)
    expect(pantalla.pagina.get_by_text("No se pudo cerrar la sesión. No hay base.")).to_be_visible()
    pantalla.esperar_al_dia()
    pantalla.enviar("sigo aquí")
    expect(pantalla.burbuja("sigo aquí")).to_be_visible()
    pantalla.pagina.context.clear_cookies()
    pantalla.cuadro.fill("algo más")
    pantalla.pagina.wait_for_url("**/twilio-chat/login?motivo=sesion**")


def salir(pagina: Page) -> None:
    """Escribe algo en el último momento y cierra la sesión."""
    Pantalla(pagina).cuadro.fill("a última hora")
    pagina.get_by_role("button", name="Menú", exact=True).click()
    pagina.get_by_role("menuitem", name="Cerrar sesión").click()
    pagina.get_by_role("alertdialog").get_by_role("button", name="Cerrar sesión").click()


def test_la_hoja_de_atajos_y_los_menus_devuelven_el_foco(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.fila("Ana").focus()
    pantalla.pagina.keyboard.press("?")
    expect(pantalla.pagina.get_by_role("dialog", name="Atajos de teclado")).to_be_visible()
    pantalla.pagina.keyboard.press("Escape")
    expect(pantalla.fila("Ana")).to_be_focused()
    menu = pantalla.pagina.get_by_role("button", name="Menú", exact=True)
    menu.press("Enter")
    expect(pantalla.pagina.get_by_role("menuitem", name="Cerrar sesión")).to_be_visible()
    pantalla.pagina.keyboard.press("Escape")
    expect(menu).to_be_focused()


def test_escribiendo_una_interrogacion_no_se_abren_los_atajos(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.cuadro.press_sequentially("¿Qué?")
    expect(pantalla.cuadro).to_have_value("¿Qué?")
    expect(pantalla.pagina.get_by_role("dialog", name="Atajos de teclado")).to_be_hidden()


def test_quien_pide_quietud_no_ve_moverse_nada(con_dos: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.pagina.emulate_media(reduced_motion="reduce")
    pantalla.pagina.reload()
    pantalla.abrir("Ana")
    pantalla.pagina.get_by_role("button", name="Opciones del chat").click()
    assert pantalla.pagina.evaluate("document.getAnimations().filter((a) => a.playState === 'running').length") == 0
    largas = """() => [...document.querySelectorAll('*')].filter((n) => {
        const { animationDuration, transitionDuration } = getComputedStyle(n);
        return parseFloat(animationDuration) > 0 || parseFloat(transitionDuration) > 0;
    }).map((n) => n.className)"""
    assert pantalla.pagina.evaluate(largas) == []
