"""La línea caída, como la ve un agente: la franja con sus palabras, el texto que se queda y la vuelta."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, WebSocketRoute, expect

from preparacion.vendor import AXE
from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.navegador import contexto_de
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion, entrar
from tests.linea.conftest import poner
from tests.navegador.pantalla import BETO, NOMBRES, Pantalla, retener, tomar
from tests.navegador.test_accesibilidad import revisar

pytestmark = pytest.mark.navegador
Abrir = Callable[..., Pantalla]
ANA = next(iter(NOMBRES.values()))
NO_SIGUE = "No se envió: cambiaste de chat o de texto."
PLAZO = 20_000


def franja(pantalla: Pantalla, papel: str = "alert") -> Locator:
    return pantalla.pagina.get_by_role(papel, name="Estado de la línea")  # type: ignore[arg-type]


def sin_noticias(canal: WebSocketRoute) -> None:
    """El canal en vivo funciona, pero lo que diga de la línea se pierde."""
    servidor = canal.connect_to_server()
    servidor.on_message(lambda dicho: None if "line_status" in str(dicho) else canal.send(dicho))


@pytest.fixture
def sesion(app: AppEnMarcha, con_ana: None, simulador: Simulador) -> Sesion:
    """Una sesión aparte, para saber cuándo la bandeja se enteró."""
    agente = entrar(app, "agente2")
    poner(simulador, agente, "AUTH")
    return agente


@pytest.mark.parametrize(
    ("estado", "papel", "palabras"),
    [
        ("QR", "alert", "se desvinculó del teléfono"),
        ("SYNC_ERROR", "alert", "no se sincroniza"),
        ("STOP", "alert", "está detenido"),
        ("LAUNCH", "status", "está arrancando"),
    ],
)
def test_la_franja_dice_con_palabras_que_pasa_y_se_va_sola(
    abrir: Abrir, sesion: Sesion, simulador: Simulador, estado: str, papel: str, palabras: str
) -> None:
    pantalla = abrir()
    pantalla.esperar_al_dia()
    expect(franja(pantalla)).to_be_hidden()
    poner(simulador, sesion, estado)
    expect(franja(pantalla, papel)).to_contain_text(palabras, timeout=PLAZO)
    poner(simulador, sesion, "AUTH")
    expect(franja(pantalla, papel)).to_be_hidden(timeout=PLAZO)


def test_quien_abre_despues_o_vuelve_de_un_corte_tambien_lo_ve(
    abrir: Abrir, sesion: Sesion, simulador: Simulador
) -> None:
    poner(simulador, sesion, "QR")
    pantalla = abrir()
    expect(franja(pantalla)).to_be_visible(timeout=PLAZO)
    pantalla.esperar_al_dia()
    pantalla.pagina.context.set_offline(True)
    expect(pantalla.conexion).to_contain_text("Sin conexión", timeout=PLAZO)
    poner(simulador, sesion, "AUTH")
    pantalla.pagina.context.set_offline(False)
    expect(franja(pantalla)).to_be_hidden(timeout=PLAZO)


def test_lo_escrito_se_queda_en_su_cuadro_y_se_dice_por_que(abrir: Abrir, sesion: Sesion, simulador: Simulador) -> None:
    pantalla = abrir()
    pantalla.abrir(ANA)
    poner(simulador, sesion, "QR")
    expect(franja(pantalla)).to_be_visible(timeout=PLAZO)
    pantalla.enviar("Esto no se puede perder")
    aviso = pantalla.pagina.get_by_role("region", name="Avisos").get_by_role("alert")
    expect(aviso).to_contain_text("No se envió", timeout=PLAZO)
    expect(pantalla.cuadro).to_have_value("Esto no se puede perder")
    expect(pantalla.burbuja("Esto no se puede perder")).to_have_count(0)
    assert simulador.enviados == []
    poner(simulador, sesion, "AUTH")
    expect(franja(pantalla)).to_be_hidden(timeout=PLAZO)
    pantalla.cuadro.press("Enter")
    expect(pantalla.burbuja("Esto no se puede perder")).to_have_count(1)
    expect(pantalla.cuadro).to_have_value("")
    hasta(lambda: len(simulador.enviados) == 1)


def test_una_pantalla_que_no_se_entero_de_la_vuelta_pregunta_antes_de_frenar(
    abrir: Abrir, sesion: Sesion, simulador: Simulador
) -> None:
    poner(simulador, sesion, "QR")
    pantalla = abrir()
    pantalla.pagina.route_web_socket("**/socket.io/**", sin_noticias)
    pantalla.pagina.reload()
    pantalla.abrir(ANA)
    expect(franja(pantalla)).to_be_visible(timeout=PLAZO)
    pantalla.pagina.wait_for_load_state("networkidle")  # también lo que pregunta al conectarse
    poner(simulador, sesion, "AUTH")
    expect(franja(pantalla)).to_be_visible()
    pantalla.enviar("Sale igual")
    expect(pantalla.burbuja("Sale igual")).to_have_count(1, timeout=PLAZO)
    expect(franja(pantalla)).to_be_hidden(timeout=PLAZO)
    hasta(lambda: len(simulador.enviados) == 1)


def preguntando(pantalla: Pantalla, sesion: Sesion, simulador: Simulador, texto: str) -> Route:
    """Enter con la línea caída: lo escrito espera a que conteste, que ya va a ser que volvió."""
    pantalla.abrir(ANA)
    poner(simulador, sesion, "QR")
    expect(franja(pantalla)).to_be_visible(timeout=PLAZO)
    pantalla.pagina.wait_for_load_state("networkidle")
    retenidas = retener(pantalla.pagina, "**/api/linea")
    pantalla.enviar(texto)
    pregunta = tomar(pantalla.pagina, retenidas)
    poner(simulador, sesion, "AUTH")
    expect(franja(pantalla)).to_be_hidden(timeout=PLAZO)
    return pregunta


def test_lo_que_esperaba_la_respuesta_no_se_vuelve_lo_que_este_abierto(
    abrir: Abrir, sesion: Sesion, con_dos: None, simulador: Simulador
) -> None:
    pantalla = abrir()
    pantalla.abrir(NOMBRES[BETO])
    pantalla.cuadro.fill("A medio escribir")
    pregunta = preguntando(pantalla, sesion, simulador, "Para Ana")
    pantalla.abrir(NOMBRES[BETO])
    pregunta.continue_()
    expect(pantalla.pagina.get_by_text(NO_SIGUE)).to_be_visible(timeout=PLAZO)
    expect(pantalla.cuadro).to_have_value("A medio escribir")
    pantalla.abrir(ANA)
    expect(pantalla.cuadro).to_have_value("Para Ana")
    assert simulador.enviados == []


def test_lo_que_se_sigue_escribiendo_mientras_se_pregunta_no_sale_a_medias(
    abrir: Abrir, sesion: Sesion, simulador: Simulador
) -> None:
    pantalla = abrir()
    pregunta = preguntando(pantalla, sesion, simulador, "Hola")
    pantalla.cuadro.press_sequentially(", quería dec")
    pregunta.continue_()
    expect(pantalla.pagina.get_by_text(NO_SIGUE)).to_be_visible(timeout=PLAZO)
    expect(pantalla.cuadro).to_have_value("Hola, quería dec")
    assert simulador.enviados == []


def test_pulsar_varias_veces_pregunta_y_envia_una_sola(abrir: Abrir, sesion: Sesion, simulador: Simulador) -> None:
    pantalla = abrir()
    pantalla.abrir(ANA)
    poner(simulador, sesion, "QR")
    expect(franja(pantalla)).to_be_visible(timeout=PLAZO)
    pantalla.pagina.wait_for_load_state("networkidle")
    pedidos = pantalla.pedidos("linea")
    retenidas = retener(pantalla.pagina, "**/api/linea")
    pantalla.enviar("Una vez")
    pregunta = tomar(pantalla.pagina, retenidas)
    pantalla.cuadro.press("Enter")
    pantalla.cuadro.press("Enter")
    poner(simulador, sesion, "AUTH")
    expect(franja(pantalla)).to_be_hidden(timeout=PLAZO)
    pregunta.continue_()
    expect(pantalla.burbuja("Una vez")).to_have_count(1, timeout=PLAZO)
    hasta(lambda: len(simulador.enviados) == 1)
    assert len(pedidos) == 1


def test_una_respuesta_lenta_no_pisa_la_noticia_que_llego_mientras_tanto(
    abrir: Abrir, sesion: Sesion, simulador: Simulador
) -> None:
    pantalla = abrir()
    pantalla.abrir(ANA)
    poner(simulador, sesion, "QR")
    expect(franja(pantalla)).to_be_visible(timeout=PLAZO)
    retenidas: list[Route] = []
    pantalla.pagina.route("**/api/linea", lambda ruta: retenidas.append(ruta), times=1)  # noqa: PLW0108
    pantalla.enviar("¿ya?")
    while not retenidas:
        pantalla.pagina.wait_for_timeout(50)
    vieja = retenidas[0].fetch()
    poner(simulador, sesion, "AUTH")
    expect(franja(pantalla)).to_be_hidden(timeout=PLAZO)
    retenidas[0].fulfill(response=vieja)
    expect(pantalla.burbuja("¿ya?")).to_have_count(1, timeout=PLAZO)
    expect(franja(pantalla)).to_be_hidden()


@pytest.fixture
def sin_politica(navegador: Browser, app: AppEnMarcha) -> Iterator[Page]:
    """Sin la política de contenidos, que no deja entrar a axe."""
    contexto = contexto_de(navegador, app, "agente1", bypass_csp=True, reduced_motion="reduce")
    yield contexto.new_page()
    contexto.close()


@pytest.mark.skipif(AXE.falta(), reason="sin axe, que trae preparacion/vendor.py pruebas")
@pytest.mark.parametrize("ancho", [1280, 390])
def test_axe_no_halla_nada_grave_con_la_franja_en_ningun_tema(
    sesion: Sesion, simulador: Simulador, sin_politica: Page, ancho: int
) -> None:
    poner(simulador, sesion, "QR")
    sin_politica.set_viewport_size({"width": ancho, "height": 844})
    sin_politica.goto("/twilio-chat")
    expect(franja(Pantalla(sin_politica))).to_be_visible(timeout=PLAZO)
    fallas = {}
    for tema in ("light", "dark"):
        sin_politica.emulate_media(color_scheme=tema)  # type: ignore[arg-type]
        fallas[tema] = revisar(sin_politica)
    assert fallas == {"light": [], "dark": []}
