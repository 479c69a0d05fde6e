"""Lo escrito sale en orden; lo que ya no puede salir vuelve a quien lo escribió."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.navegador.pantalla import Pantalla, retener, tomar
from tests.navegador.test_adjuntos import PLAZO, RECIBIDO, elegir, enviar, imagen

pytestmark = pytest.mark.navegador
TEXTO = "Su cita quedó para el lunes"
AJENO: dict[str, Any] = {"status": 403, "json": {"success": False, "error": "Esta conversación no es tuya."}}
MALO: dict[str, Any] = {"status": 400, "json": {"success": False, "error": "No se puede enviar."}}
# Un cuerpo que no se deja leer como texto: la pantalla tropieza al guardarlo.
TORCIDO: dict[str, Any] = {"json": {"success": True, "message": {"body": {"toString": None, "valueOf": None}}}}
HACE_UNA_HORA = """() => {
    const clave = 'bandeja.salida.agente1';
    const fecha = new Date(Date.now() - 3_600_000).toISOString();
    localStorage.setItem(clave, JSON.stringify(JSON.parse(localStorage.getItem(clave)).map((e) => ({ ...e, fecha }))));
}"""


def pasar_a_otro(limpio: BaseDatos) -> None:
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2'")


def devuelto(pantalla: Pantalla, texto: str = TEXTO) -> Locator:
    avisos = pantalla.pagina.get_by_role("region", name="Avisos").get_by_role("alert")
    return avisos.filter(has_text=f"No salió a Ana Prueba: {texto}")


def enviado(pantalla: Pantalla, texto: str) -> None:
    expect(pantalla.burbuja(texto).get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)


def test_si_el_primero_no_llega_los_siguientes_salen_detras_de_el(ana: Pantalla, simulador: Simulador) -> None:
    envios = retener(ana.pagina, "**/api/enviar-mensaje")
    for texto in ("uno", "dos", "tres"):
        ana.enviar(texto)
    tomar(ana.pagina, envios).abort()
    for texto in ("uno", "dos", "tres"):
        enviado(ana, texto)
    assert [envio.cuerpo["body"] for envio in simulador.aceptados] == ["uno", "dos", "tres"]


@pytest.mark.parametrize("antes", ["la noticia", "el rechazo", "la noticia y otro rechazo"])
def test_lo_escrito_a_un_chat_que_paso_a_otro_vuelve_a_quien_lo_escribio(
    ana: Pantalla, limpio: BaseDatos, simulador: Simulador, antes: str
) -> None:
    envios = retener(ana.pagina, "**/api/enviar-mensaje")
    ana.enviar(TEXTO)
    envio = tomar(ana.pagina, envios)
    if antes == "el rechazo":
        envio.fulfill(**AJENO)
        expect(devuelto(ana)).to_be_visible()
    pasar_a_otro(limpio)
    expect(ana.fila("Ana")).to_be_hidden()
    if antes == "la noticia":
        envio.continue_()
    elif antes == "la noticia y otro rechazo":
        envio.fulfill(**MALO)
    expect(devuelto(ana)).to_have_count(1)
    ana.pagina.context.grant_permissions(["clipboard-read", "clipboard-write"])
    devuelto(ana).get_by_role("button", name="Copiar texto").click()
    expect(ana.pagina.get_by_text("Texto copiado.")).to_be_visible()
    assert ana.pagina.evaluate("navigator.clipboard.readText()") == TEXTO
    ana.pagina.reload()
    devuelto(ana).get_by_role("button", name="Cerrar aviso").click()
    ana.pagina.reload()
    ana.esperar_al_dia()
    expect(devuelto(ana)).to_be_hidden()
    assert simulador.enviados == []


def test_lo_devuelto_se_puede_cerrar_aunque_sea_un_enlace_largo(ana: Pantalla) -> None:
    ana.pagina.route("**/api/enviar-mensaje", lambda ruta: ruta.fulfill(**AJENO))
    ana.enviar("https://ejemplo.com/" + "a" * 150)
    aviso = devuelto(ana, "https://ejemplo.com/")
    expect(aviso).to_be_visible()
    caja, boton = aviso.bounding_box(), aviso.get_by_role("button", name="Cerrar aviso").bounding_box()
    assert caja and boton and boton["x"] + boton["width"] <= caja["x"] + caja["width"]


def test_lo_que_ya_habia_fallado_vuelve_cuando_el_chat_pasa_a_otro(ana: Pantalla, limpio: BaseDatos) -> None:
    ana.pagina.route("**/api/enviar-mensaje", lambda ruta: ruta.fulfill(**MALO))
    expect(ana.enviar(TEXTO).get_by_role("img", name="Falló")).to_be_visible()
    expect(devuelto(ana)).to_be_hidden()
    pasar_a_otro(limpio)
    expect(devuelto(ana)).to_be_visible()


def test_lo_que_quedo_de_ayer_para_un_chat_que_ya_es_de_otro_vuelve_al_entrar(ana: Pantalla, limpio: BaseDatos) -> None:
    envios = retener(ana.pagina, "**/api/enviar-mensaje")
    ana.enviar(TEXTO)
    tomar(ana.pagina, envios)
    pasar_a_otro(limpio)
    expect(ana.fila("Ana")).to_be_hidden()
    ana.pagina.evaluate(HACE_UNA_HORA)
    ana.pagina.reload()
    expect(devuelto(ana)).to_be_visible()


@pytest.mark.parametrize("antes", ["la noticia", "el rechazo"])
def test_un_archivo_para_un_chat_que_paso_a_otro_se_dice_con_su_pie(
    ana: Pantalla, limpio: BaseDatos, antes: str
) -> None:
    subidas = retener(ana.pagina, "**/api/enviar-archivo/*")
    previa = elegir(ana, imagen())
    previa.get_by_role("textbox").fill(TEXTO)
    enviar(previa)
    subida = tomar(ana.pagina, subidas)
    if antes == "el rechazo":
        subida.fulfill(**AJENO)
        expect(devuelto(ana)).to_be_visible()
    pasar_a_otro(limpio)
    expect(ana.fila("Ana")).to_be_hidden()
    if antes == "la noticia":
        subida.continue_()
    expect(devuelto(ana)).to_have_count(1)


def test_un_tropiezo_de_la_pantalla_no_detiene_los_textos_que_siguen(ana: Pantalla, simulador: Simulador) -> None:
    ana.pagina.route("**/api/enviar-mensaje", lambda ruta: ruta.fulfill(**TORCIDO), times=1)
    with ana.pagina.expect_response("**/api/enviar-mensaje"):
        ana.enviar("uno")
    ana.enviar("dos")
    enviado(ana, "dos")


def test_un_tropiezo_de_la_pantalla_no_detiene_los_archivos_que_siguen(ana: Pantalla) -> None:
    ana.pagina.route("**/api/enviar-archivo/*", lambda ruta: ruta.fulfill(**TORCIDO), times=1)
    previa = elegir(ana, imagen("una.jpg"), imagen("otra.jpg"))
    previa.get_by_role("textbox").first.fill("con pie")
    enviar(previa)
    salidos = ana.mensajes.get_by_role("article").filter(has=ana.pagina.get_by_role("img", name=RECIBIDO))
    expect(salidos).to_have_count(1, timeout=PLAZO)
