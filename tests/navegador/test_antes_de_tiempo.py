"""Lo que se hace antes de que llegue el módulo que lo atiende, y lo que se dice cuando no llega."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from simulador import Simulador
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import NOMBRES, Pantalla, retener, tomar
from tests.navegador.test_adjuntos import soltar

pytestmark = pytest.mark.navegador
PLAZO = 20_000
PEGAR = """([donde, texto]) => {
    const caja = new DataTransfer();
    caja.items.add(new File(['x'], 'tabla.png', { type: 'image/png' }));
    if (texto) caja.setData('text/plain', texto);
    const pegado = new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: caja });
    return document.getElementById(donde).dispatchEvent(pegado);
}"""


@pytest.fixture
def pantalla(con_dos: None, abrir: Abrir) -> Pantalla:
    return abrir()


def sin(pantalla: Pantalla, modulo: str) -> list[Route]:
    """La página otra vez, con ese módulo retenido."""
    pantalla.pagina.goto("about:blank")  # que no se retenga el de la página anterior
    retenidas = retener(pantalla.pagina, f"**/{modulo}.js")
    pantalla.pagina.goto("/twilio-chat")
    return retenidas


def soltar_modulo(pantalla: Pantalla, retenidas: list[Route]) -> None:
    with pantalla.pagina.expect_response(retenidas[0].request.url):
        retenidas[0].continue_()
    pantalla.pagina.wait_for_load_state("networkidle")


@pytest.mark.parametrize("modulo", ["mesa", "adjuntar"])
@pytest.mark.parametrize("gesto", ["drop", "paste"])
def test_lo_que_se_adjunta_en_un_chat_no_se_ofrece_en_otro(pantalla: Pantalla, modulo: str, gesto: str) -> None:
    retenidas = sin(pantalla, modulo)
    pantalla.abrir("Ana")
    soltar(pantalla.pagina, gesto)
    tomar(pantalla.pagina, retenidas)
    pantalla.abrir("Beto")
    soltar_modulo(pantalla, retenidas)
    expect(pantalla.pagina.get_by_text("Cambiaste de chat: los archivos no se adjuntaron.")).to_be_visible()
    expect(pantalla.pagina.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("modulo", ["mesa", "adjuntar"])
def test_lo_que_se_adjunta_antes_de_tiempo_se_ve_al_llegar(pantalla: Pantalla, modulo: str) -> None:
    retenidas = sin(pantalla, modulo)
    pantalla.abrir("Ana")
    soltar(pantalla.pagina, "paste")
    tomar(pantalla.pagina, retenidas)
    soltar_modulo(pantalla, retenidas)
    expect(pantalla.pagina.get_by_role("dialog", name="Enviar a Ana Prueba")).to_be_visible(timeout=PLAZO)


@pytest.mark.parametrize(("donde", "texto"), [("texto", "1\t2"), ("buscar", "")])
def test_con_texto_o_en_el_buscador_se_pega_como_siempre(pantalla: Pantalla, donde: str, texto: str) -> None:
    retenidas = sin(pantalla, "mesa")
    pantalla.abrir("Ana")
    tomar(pantalla.pagina, retenidas)
    assert pantalla.pagina.evaluate(PEGAR, [donde, texto]), "el navegador lo pega"
    soltar_modulo(pantalla, retenidas)
    expect(pantalla.pagina.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("modulo", ["mesa", "grabadora"])
def test_grabar_en_un_chat_no_graba_en_otro(pantalla: Pantalla, modulo: str) -> None:
    pantalla.pagina.add_init_script(
        "globalThis.pedidos = 0;navigator.mediaDevices.getUserMedia = async () => { pedidos += 1; throw new Error(); };"
    )
    retenidas = sin(pantalla, modulo)
    pantalla.abrir("Ana")
    grabar = pantalla.pagina.get_by_role("button", name="Grabar nota de voz")
    grabar.click()
    tomar(pantalla.pagina, retenidas)
    pantalla.abrir("Beto")
    soltar_modulo(pantalla, retenidas)
    assert pantalla.pagina.evaluate("pedidos") == 0
    grabar.click()
    pantalla.pagina.wait_for_function("() => pedidos === 1")


@pytest.mark.parametrize(
    ("modulo", "boton", "menu"),
    [
        ("mesa", "Adjuntar", "Adjuntar"),
        ("adjuntar", "Adjuntar", "Adjuntar"),
        ("mesa", "Opciones del chat", "Opciones de Ana Prueba"),
    ],
)
def test_dos_toques_impacientes_valen_por_uno(pantalla: Pantalla, modulo: str, boton: str, menu: str) -> None:
    retenidas = sin(pantalla, modulo)
    pantalla.abrir("Ana")
    for _ in range(2):
        pantalla.pagina.get_by_role("button", name=boton).click()
    tomar(pantalla.pagina, retenidas)
    soltar_modulo(pantalla, retenidas)
    expect(pantalla.pagina.get_by_role("menu", name=menu)).to_be_visible()


def test_una_tecla_guardada_no_cae_en_otro_sitio(pantalla: Pantalla, simulador: Simulador) -> None:
    retenidas = sin(pantalla, "mesa")
    pantalla.abrir("Ana")
    tomar(pantalla.pagina, retenidas)
    pantalla.pagina.get_by_label("Historial").focus()
    pantalla.pagina.keyboard.press("Enter")
    pantalla.cuadro.fill("A medio escribir")
    soltar_modulo(pantalla, retenidas)
    pantalla.burbuja("soy Ana").click(button="right")  # cuando se abre, la mesa ya llegó
    expect(pantalla.pagina.get_by_role("menu", name="Opciones del mensaje")).to_be_visible()
    expect(pantalla.cuadro).to_have_value("A medio escribir")
    assert simulador.enviados == []


def test_varias_teclas_seguidas_se_repiten_todas_y_en_su_orden(pantalla: Pantalla) -> None:
    retenidas = sin(pantalla, "mesa")
    pantalla.abrir("Ana")
    pantalla.pagina.get_by_label("Historial").focus()
    pantalla.pagina.keyboard.press("ArrowUp")
    pantalla.pagina.keyboard.press("r")
    tomar(pantalla.pagina, retenidas)
    soltar_modulo(pantalla, retenidas)
    expect(pantalla.pagina.get_by_role("group", name="Respondiendo a")).to_be_visible()


def test_enter_en_un_boton_de_un_mensaje_sigue_siendo_suyo(pantalla: Pantalla) -> None:
    retenidas = sin(pantalla, "mesa")
    pantalla.abrir("Ana")
    tomar(pantalla.pagina, retenidas)
    responder = pantalla.burbuja("soy Ana").get_by_role("button", name="Responder")
    assert responder.evaluate(
        "b => b.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))"
    )
    soltar_modulo(pantalla, retenidas)


def test_al_llegar_chat_js_no_se_repite_lo_que_la_lista_ya_atendio(pantalla: Pantalla) -> None:
    retenidas = sin(pantalla, "chat")
    buscar = pantalla.pagina.get_by_role("searchbox", name="Buscar")
    buscar.fill("Beto")
    pantalla.pagina.get_by_role("button", name="Borrar la búsqueda").first.click()
    buscar.fill("Ana")
    tomar(pantalla.pagina, retenidas)
    soltar_modulo(pantalla, retenidas)
    pantalla.esperar_al_dia()
    expect(buscar).to_have_value("Ana")


def test_lo_que_atiende_chat_js_se_repite_al_llegar(pantalla: Pantalla) -> None:
    retenidas = sin(pantalla, "chat")
    pantalla.pagina.get_by_role("button", name="Nuevo chat").click()
    tomar(pantalla.pagina, retenidas)
    soltar_modulo(pantalla, retenidas)
    expect(pantalla.pagina.get_by_role("dialog", name="Nuevo chat")).to_be_visible()


@pytest.mark.parametrize("como", ["boton", "vuelve la red"])
def test_si_chat_js_no_llega_se_dice_y_se_recarga(pantalla: Pantalla, como: str) -> None:
    pantalla.pagina.route("**/chat.js", lambda ruta: ruta.abort())
    pantalla.pagina.reload()
    expect(pantalla.pagina.get_by_text("No se pudo cargar la pantalla. Revisa tu internet.")).to_be_visible()
    expect(pantalla.conexion).to_have_text("No se pudo cargar")
    pantalla.pagina.unroute("**/chat.js")
    if como == "boton":
        pantalla.pagina.get_by_role("button", name="Recargar").click()
    else:
        pantalla.pagina.evaluate("dispatchEvent(new Event('online'))")
    pantalla.esperar_al_dia()
    pantalla.abrir(NOMBRES["573001110001"])


def test_si_la_mesa_no_llega_tambien_se_dice(pantalla: Pantalla) -> None:
    pantalla.pagina.route("**/mesa.js", lambda ruta: ruta.abort())
    pantalla.pagina.reload()
    aviso = pantalla.pagina.get_by_role("region", name="Avisos").get_by_role("alert")
    expect(aviso).to_contain_text("No se pudo cargar toda la pantalla")
