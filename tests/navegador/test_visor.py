"""El visor de imágenes y videos: ampliar, arrastrar, pasar de uno a otro, descargar y volver a donde se estaba."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from preparacion.vendor import AXE
from simulador import Simulador, muestras
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.navegador import contexto_de
from tests.apoyo.rafagas import hasta
from tests.archivos.conftest import foto
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla
from tests.navegador.test_accesibilidad import revisar

pytestmark = pytest.mark.navegador
PLAZO = 20_000
VER = re.compile("^Ver (la imagen|el video)")


@pytest.fixture
def recibidas(app: AppEnMarcha, limpio: BaseDatos, simulador: Simulador) -> None:
    """Ana mandó dos fotos y un video, y ya los tenemos."""
    archivos = [("image", foto(color="red")), ("image", foto(color="blue")), ("video", muestras.mp4())]
    for n, (tipo, datos) in enumerate(archivos):
        mensaje = simulador.mensaje(tipo, ANA, NOMBRES[ANA], datos=datos, contenido={"caption": f"pie {n + 1}"})
        simulador.recibir(mensaje, esperar=True)
    hasta(lambda: limpio.valor("SELECT count(*) FROM chat_archivos WHERE estado = 'ready'") == 3, plazo=30)


def abrir_visor(pantalla: Pantalla, cual: int = 0) -> Locator:
    pantalla.mensajes.get_by_role("button", name=VER).nth(cual).click()
    visor = pantalla.pagina.get_by_role("dialog", name=re.compile("^Ana Prueba, "))
    expect(visor).to_be_visible(timeout=PLAZO)
    return visor


def escala(visor: Locator) -> float:
    return float(visor.get_by_role("img", name="Imagen del mensaje").evaluate(
        "n => new DOMMatrix(getComputedStyle(n).transform).a"
    ))  # fmt: skip


@pytest.fixture
def ana(recibidas: None, abrir: Abrir) -> Pantalla:
    pantalla = abrir()
    pantalla.abrir("Ana")
    return pantalla


def test_se_amplia_con_rueda_doble_clic_botones_y_teclado_y_se_arrastra(ana: Pantalla) -> None:
    visor = abrir_visor(ana)
    imagen = visor.get_by_role("img", name="Imagen del mensaje")
    expect(imagen).to_be_visible()
    imagen.dblclick()
    assert escala(visor) == 2.5
    caja = imagen.bounding_box()
    assert caja
    raton = ana.pagina.mouse
    raton.move(640, 400)
    raton.down()
    raton.move(700, 430, steps=4)
    raton.up()
    movida = imagen.bounding_box()
    assert movida and movida["x"] > caja["x"]
    imagen.dblclick()
    assert escala(visor) == 1
    ana.pagina.keyboard.press("+")
    assert escala(visor) == 1.5
    ana.pagina.keyboard.press("0")
    visor.get_by_role("button", name="Acercar").click()
    assert escala(visor) == 1.5
    visor.get_by_role("button", name="Alejar").click()
    assert escala(visor) == 1
    raton.move(640, 400)
    raton.wheel(0, -400)
    hasta(lambda: escala(visor) > 1)


def test_dos_dedos_pellizcan(ana: Pantalla) -> None:
    visor = abrir_visor(ana)
    expect(visor.get_by_role("img", name="Imagen del mensaje")).to_be_visible()
    cdp = ana.pagina.context.new_cdp_session(ana.pagina)
    for tipo, separacion in (("touchStart", 40), ("touchMove", 80), ("touchMove", 120)):
        puntos = [{"x": 640 - separacion, "y": 400, "id": 1}, {"x": 640 + separacion, "y": 400, "id": 2}]
        cdp.send("Input.dispatchTouchEvent", {"type": tipo, "touchPoints": puntos})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert escala(visor) == pytest.approx(3, rel=0.1)


def test_las_flechas_pasan_por_lo_del_chat_y_esc_vuelve_al_mensaje(ana: Pantalla) -> None:
    visor = abrir_visor(ana)
    expect(visor).to_contain_text("pie 1")
    expect(visor.get_by_role("button", name="Anterior")).to_be_disabled()
    ana.pagina.keyboard.press("ArrowRight")
    expect(visor).to_contain_text("pie 2")
    expect(visor).to_contain_text("2 de 3")
    descarga = visor.get_by_role("link", name="Descargar").get_attribute("href")
    assert re.fullmatch(r"/twilio-chat/api/archivo/\d+\?descargar=1", descarga or "")
    visor.get_by_role("button", name="Siguiente").click()
    expect(visor.locator("video[controls]")).to_be_visible()
    expect(visor.get_by_role("button", name="Acercar")).to_be_hidden()
    ana.pagina.keyboard.press("Escape")
    expect(visor).to_be_hidden()
    assert ana.pagina.evaluate("location.hash") == f"#/chat/{ANA}"
    expect(ana.burbuja("pie 3").get_by_role("button", name=VER)).to_be_focused()


def test_lo_perdido_se_vuelve_a_pedir_y_se_dice(
    app: AppEnMarcha, limpio: BaseDatos, simulador: Simulador, abrir: Abrir
) -> None:
    simulador.recibir(simulador.mensaje("image", ANA, NOMBRES[ANA], datos=foto()), esperar=True)
    hasta(lambda: limpio.valor("SELECT count(*) FROM chat_archivos WHERE estado = 'ready'") == 1, plazo=30)
    limpio.ejecutar("UPDATE chat_archivos SET estado = 'failed', error = 'No se pudo traer.'")
    ana = abrir()
    ana.abrir("Ana")
    ana.mensajes.get_by_role("button", name="Volver a pedir").click()
    expect(ana.mensajes.get_by_role("button", name=VER)).to_be_visible(timeout=30_000)


@pytest.mark.skipif(AXE.falta(), reason="sin axe, que trae preparacion/vendor.py pruebas")
@pytest.mark.parametrize("ancho", [1280, 390])
def test_axe_no_halla_nada_grave_en_el_visor(navegador: Browser, app: AppEnMarcha, recibidas: None, ancho: int) -> None:
    contexto = contexto_de(navegador, app, "agente1", bypass_csp=True, reduced_motion="reduce")
    pagina = contexto.new_page()
    pagina.set_viewport_size({"width": ancho, "height": 844})
    pagina.goto(f"/twilio-chat#/chat/{ANA}")
    visor = abrir_visor(Pantalla(pagina), 1)
    fallas = {}
    for tema in ("light", "dark"):
        pagina.emulate_media(color_scheme=tema)
        fallas[tema] = revisar(pagina)
    for boton in ("Anterior", "Siguiente", "Cerrar"):
        expect(visor.get_by_role("button", name=boton)).to_be_in_viewport(ratio=1)
    contexto.close()
    assert fallas == {"light": [], "dark": []}
