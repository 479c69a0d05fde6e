"""«escribiendo…», los interruptores, la foto y la unión de dos chats, como los ve un agente."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from simulador import Simulador, muestras
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.apoyo.rafagas import hasta
from tests.identidad.apoyo import LID
from tests.navegador.pantalla import ANA, BETO, Pantalla
from tests.senales.test_fotos import avisar, enlace
from tests.senales.test_lectura_y_escribiendo import leidos, presencias

pytestmark = pytest.mark.navegador
PLAZO = 30_000


@pytest.fixture
def bandeja(abrir: Callable[..., Pantalla]) -> Pantalla:
    return abrir()


def _presencia(app: AppEnMarcha, numero: str, estado: str) -> None:
    webhook(app, {"presences": [{"contact_id": numero, "status": estado}]})


def test_se_ve_que_el_cliente_escribe_en_la_lista_y_en_la_cabecera_y_caduca_solo(
    app: AppEnMarcha, limpio: BaseDatos, bandeja: Pantalla
) -> None:
    recibir(app, ANA, "hola", nombre="Ana Prueba")
    bandeja.abrir("Ana Prueba")
    bandeja.esperar_al_dia()
    haciendo = bandeja.pagina.get_by_role("status", name="Qué hace el cliente")

    def escribe() -> bool:  # la pantalla termina de unirse después de pintar: se insiste hasta que oiga
        _presencia(app, ANA, "recording")
        return haciendo.inner_text() != ""

    hasta(escribe, 30)
    expect(haciendo).to_have_text("grabando audio…")
    _presencia(app, ANA, "typing")
    expect(haciendo).to_have_text("escribiendo…", timeout=PLAZO)
    expect(bandeja.fila("Ana Prueba")).to_contain_text("escribiendo…")
    expect(haciendo).to_have_text("", timeout=PLAZO)  # nadie avisó que paró
    expect(bandeja.fila("Ana Prueba")).to_contain_text("hola")
    _presencia(app, ANA, "typing")
    expect(haciendo).to_have_text("escribiendo…", timeout=PLAZO)
    recibir(app, ANA, "ya terminé", nombre="Ana Prueba")
    expect(haciendo).to_have_text("", timeout=5_000)


def test_mientras_el_agente_escribe_el_cliente_lo_ve_y_al_enviar_deja_de_verlo(
    app: AppEnMarcha, limpio: BaseDatos, bandeja: Pantalla, simulador: Simulador
) -> None:
    recibir(app, ANA, "hola", nombre="Ana Prueba")
    bandeja.abrir("Ana Prueba")
    bandeja.esperar_al_dia()

    def escribe() -> bool:
        bandeja.cuadro.press_sequentially("a")
        return bool(presencias(simulador))

    hasta(escribe, 30, 0.3)
    bandeja.cuadro.press("Enter")
    hasta(lambda: [p["presence"] for p in presencias(simulador)][-1] == "paused", 20)
    assert {p["id"] for p in presencias(simulador)} == {f"{ANA}@s.whatsapp.net"}


def test_los_interruptores_del_menu_se_guardan_en_el_servidor(
    app: AppEnMarcha, limpio: BaseDatos, bandeja: Pantalla, simulador: Simulador
) -> None:
    recibir(app, ANA, "hola", nombre="Ana Prueba")
    expect(bandeja.fila("Ana Prueba")).to_be_visible(timeout=PLAZO)
    bandeja.esperar_al_dia()
    bandeja.pagina.get_by_role("button", name="Menú", exact=True).click()
    for nombre in ("Confirmar lectura al cliente", "Mostrar que escribo"):
        opcion = bandeja.pagina.get_by_role("menuitemcheckbox", name=nombre)
        expect(opcion).to_have_attribute("aria-checked", "true")
        opcion.click()
        expect(opcion).to_have_attribute("aria-checked", "false")
    hasta(lambda: limpio.consultar("SELECT lectura, escribiendo FROM chat_senales_agente") == [(False, False)], 20)
    bandeja.pagina.keyboard.press("Escape")
    bandeja.abrir("Ana Prueba")
    hasta(lambda: limpio.valor("SELECT no_leidos FROM chat_conversaciones") == 0, 20)
    assert leidos(simulador) == []


def test_la_foto_nueva_aparece_sin_recargar(
    app: AppEnMarcha, limpio: BaseDatos, bandeja: Pantalla, simulador: Simulador
) -> None:
    recibir(app, ANA, "hola", nombre="Ana Prueba")
    expect(bandeja.fila("Ana Prueba")).to_be_visible(timeout=PLAZO)
    bandeja.esperar_al_dia()
    avisar(app, enlace(simulador, muestras.png(200, 200, (20, 90, 160))), ANA, "Ana Prueba")
    imagen = bandeja.fila("Ana Prueba").locator("img")
    expect(imagen).to_have_attribute("src", re.compile(rf"^/twilio-chat/api/foto/{ANA}\?v="), timeout=PLAZO)
    assert imagen.evaluate("i => i.naturalWidth") > 0


def test_dos_chats_de_una_persona_se_unen_en_vivo_con_lo_escrito_y_se_separan(
    app: AppEnMarcha, limpio: BaseDatos, bandeja: Pantalla
) -> None:
    ahora = time.time() - 1000
    for numero, nombre in ((BETO, "Beto Prueba"), (LID, "Quién será")):
        limpio.ejecutar("UPDATE sistema_asignacion SET valor = 0")
        recibir(app, numero, f"soy {nombre}", nombre=nombre, en=ahora)
    bandeja.abrir("Quién será")
    bandeja.esperar_al_dia()
    bandeja.cuadro.press_sequentially("a medio escribir")
    expect(bandeja.pagina.get_by_role("button", name="Enviar", exact=True)).to_be_enabled()
    repetido = mensaje_texto(LID, "dos veces", nombre=None, en=ahora + 5)
    for chat in (LID, f"{BETO}@s.whatsapp.net"):
        webhook(app, entrega(repetido | {"chat_id": chat}))
    expect(bandeja.chat("Beto Prueba")).to_be_visible(timeout=PLAZO)
    for texto in ("soy Beto Prueba", "soy Quién será", "dos veces"):
        expect(bandeja.burbuja(texto)).to_have_count(1, timeout=PLAZO)
    expect(bandeja.cuadro).to_have_value("a medio escribir")
    expect(bandeja.fila("Quién será")).to_have_count(0)
    expect(bandeja.chat("Beto Prueba")).to_contain_text("Unida con número oculto")
    bandeja.pagina.get_by_role("button", name="Opciones del chat").click()
    bandeja.pagina.get_by_role("menuitem", name="Unida con número oculto · Deshacer").click()
    expect(bandeja.fila("Quién será")).to_be_visible(timeout=PLAZO)
    expect(bandeja.burbuja("soy Quién será")).to_have_count(0, timeout=PLAZO)
    expect(bandeja.burbuja("soy Beto Prueba")).to_have_count(1)
    expect(bandeja.chat("Beto Prueba")).not_to_contain_text("Unida con número oculto")
