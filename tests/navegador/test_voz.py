"""Grabar una nota de voz en el navegador, con un micrófono de mentira que suena de verdad."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from preparacion.navegador import buscar_navegador
from preparacion.vendor import AXE
from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.navegador import OPCIONES, SIN_NAVEGADOR, contexto_de
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla
from tests.navegador.test_accesibilidad import revisar
from tests.navegador.test_adjuntos import RECIBIDO, salgan

pytestmark = pytest.mark.navegador
PLAZO = 20_000
MICROFONO = "--use-fake-device-for-media-stream"
Entrar = Callable[..., Pantalla]
GUARDAR_FLUJO = """() => { const pedir = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (que) => (window.flujo = await pedir(que)); }"""
# Como al desconectar los audífonos: la cinta se para sola y después la pista dice que terminó.
DESCONECTAR = """async () => { const [pista] = flujo.getTracks();
  pista.stop();
  await new Promise((seguir) => setTimeout(seguir, 500));
  pista.dispatchEvent(new Event('ended')); }"""


@pytest.fixture(scope="module")
def con_microfono(navegador: Browser) -> Iterator[Browser]:
    """Otro navegador, con un micrófono que pita. El permiso lo da o lo niega cada contexto."""
    ruta = buscar_navegador()
    if ruta is None:
        pytest.skip(SIN_NAVEGADOR)
    abierto = navegador.browser_type.launch(executable_path=ruta, args=[*OPCIONES, MICROFONO])
    yield abierto
    abierto.close()


@pytest.fixture
def entrar(con_microfono: Browser, app: AppEnMarcha, con_dos: None) -> Iterator[Entrar]:
    contextos = []

    def abrir(*permisos: str, sin_politica: bool = False) -> Pantalla:
        contexto = contexto_de(con_microfono, app, "agente1", bypass_csp=sin_politica, reduced_motion="reduce")
        contextos.append(contexto)
        contexto.grant_permissions(list(permisos))
        pagina = contexto.new_page()
        pagina.goto(f"/twilio-chat#/chat/{ANA}")
        pantalla = Pantalla(pagina)
        expect(pantalla.chat(NOMBRES[ANA])).to_be_visible(timeout=PLAZO)
        return pantalla

    yield abrir
    for contexto in contextos:
        contexto.close()


def grabar(pantalla: Pantalla, hasta: str = "0:01") -> Locator:
    pantalla.pagina.get_by_role("button", name="Grabar nota de voz").click()
    grabacion = pantalla.pagina.get_by_role("group", name="Nota de voz").last
    expect(grabacion.get_by_role("timer")).to_have_text(hasta, timeout=PLAZO)
    return grabacion


def test_la_nota_llega_al_proveedor_como_ogg_opus_y_queda_en_el_chat(entrar: Entrar, simulador: Simulador) -> None:
    ana = entrar("microphone")
    grabar(ana).get_by_role("button", name="Enviar la nota de voz").click()
    salgan(ana, simulador)
    (salio,) = simulador.enviados
    assert (salio.ruta, salio.cuerpo["to"]) == ("/messages/voice", f"{ANA}@s.whatsapp.net")
    assert salio.archivos["media"].datos[:4] == b"OggS" and "audio/ogg" in salio.archivos["media"].mime
    burbuja = ana.mensajes.get_by_role("article").last
    expect(burbuja.get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    expect(burbuja.get_by_role("button", name="Reproducir")).to_be_visible()
    expect(ana.cuadro).to_be_focused()


def test_se_ve_el_nivel_y_en_pausa_el_tiempo_no_corre(entrar: Entrar) -> None:
    ana = entrar("microphone")
    grabacion = grabar(ana)
    assert grabacion.locator("canvas").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, 4).data.some((punto) => punto > 0)"
    ), "alguna barra llega alto"
    grabacion.get_by_role("button", name="Pausar la grabación").click()
    expect(grabacion.get_by_role("status")).to_have_text("En pausa")
    parado = grabacion.get_by_role("timer").text_content()
    ana.pagina.wait_for_timeout(1500)
    expect(grabacion.get_by_role("timer")).to_have_text(parado or "")
    grabacion.get_by_role("button", name="Seguir grabando").click()
    expect(grabacion.get_by_role("timer")).to_have_text("0:03", timeout=PLAZO)


def test_descartar_no_envia_nada_y_suelta_el_microfono(entrar: Entrar, simulador: Simulador) -> None:
    ana = entrar("microphone")
    ana.pagina.evaluate(GUARDAR_FLUJO)
    grabacion = grabar(ana)
    grabacion.get_by_role("button", name="Descartar la nota de voz").click()
    expect(grabacion).to_have_count(0)
    assert ana.pagina.evaluate("flujo.getTracks()[0].readyState") == "ended"
    expect(ana.cuadro).to_be_focused()
    assert not simulador.enviados and ana.mensajes.get_by_role("article").count() == 1


def test_si_se_desconecta_el_microfono_el_tiempo_se_para_y_lo_grabado_se_envia(
    entrar: Entrar, simulador: Simulador
) -> None:
    ana = entrar("microphone")
    ana.pagina.evaluate(GUARDAR_FLUJO)
    grabacion = grabar(ana)
    ana.pagina.evaluate(DESCONECTAR)
    expect(ana.pagina.get_by_text("Se perdió el micrófono.")).to_be_visible()
    expect(grabacion.get_by_role("status")).to_have_text("En pausa")
    parado = grabacion.get_by_role("timer").text_content()
    ana.pagina.wait_for_timeout(1500)
    expect(grabacion.get_by_role("timer")).to_have_text(parado or "")
    grabacion.get_by_role("button", name="Enviar la nota de voz").click()
    salgan(ana, simulador)
    (salio,) = simulador.enviados
    assert salio.ruta == "/messages/voice" and salio.archivos["media"].datos[:4] == b"OggS"
    expect(ana.cuadro).to_be_focused()


def test_con_algo_escrito_el_boton_es_enviar_y_el_permiso_solo_se_pide_al_usarlo(entrar: Entrar) -> None:
    ana = entrar()
    grabar = ana.pagina.get_by_role("button", name="Grabar nota de voz")
    expect(grabar).to_be_visible()
    ana.cuadro.fill("hola")
    expect(grabar).to_be_hidden()
    expect(ana.pagina.get_by_role("button", name="Enviar", exact=True)).to_be_visible()


def test_sin_permiso_se_dice_con_palabras(entrar: Entrar) -> None:
    ana = entrar()
    ana.pagina.get_by_role("button", name="Grabar nota de voz").click()
    expect(ana.pagina.get_by_text("El navegador no deja usar el micrófono")).to_be_visible(timeout=PLAZO)
    expect(ana.cuadro).to_be_visible()


def test_en_otro_chat_se_pausa_y_espera_en_el_suyo(entrar: Entrar, simulador: Simulador) -> None:
    ana = entrar("microphone")
    grabacion = grabar(ana)
    ana.abrir("Beto")
    expect(grabacion).to_be_hidden()
    ana.pagina.get_by_role("button", name="Grabar nota de voz").click()
    expect(ana.pagina.get_by_text("sin enviar en el chat con Ana Prueba")).to_be_visible()
    ana.abrir("Ana")
    expect(grabacion.get_by_role("status")).to_have_text("En pausa")
    grabacion.get_by_role("button", name="Enviar la nota de voz").click()
    salgan(ana, simulador)
    assert simulador.enviados[0].cuerpo["to"] == f"{ANA}@s.whatsapp.net"


def test_una_nota_que_no_llego_se_reintenta(entrar: Entrar, simulador: Simulador) -> None:
    ana = entrar("microphone")
    ana.pagina.route("**/api/enviar-archivo/**", lambda r: r.abort(), times=1)
    grabar(ana).get_by_role("button", name="Enviar la nota de voz").click()
    burbuja = ana.mensajes.get_by_role("article").last
    expect(burbuja).to_contain_text("se perdió la conexión", timeout=PLAZO)
    burbuja.get_by_role("button", name="Reintentar").click()
    salgan(ana, simulador)
    assert [e.ruta for e in simulador.enviados] == ["/messages/voice"]


@pytest.mark.skipif(AXE.falta(), reason="sin axe, que trae preparacion/vendor.py pruebas")
@pytest.mark.parametrize("ancho", [1280, 390])
def test_axe_no_halla_nada_grave_grabando_y_todo_cabe(entrar: Entrar, ancho: int) -> None:
    ana = entrar("microphone", sin_politica=True)
    ana.pagina.set_viewport_size({"width": ancho, "height": 844})
    grabacion = grabar(ana)
    fallas = {}
    for tema in ("light", "dark"):
        ana.pagina.emulate_media(color_scheme=tema)
        fallas[tema] = revisar(ana.pagina)
    assert fallas == {"light": [], "dark": []}
    expect(grabacion.get_by_role("button", name="Enviar la nota de voz")).to_be_in_viewport(ratio=1)
    expect(grabacion.get_by_role("button", name="Descartar la nota de voz")).to_be_in_viewport(ratio=1)
