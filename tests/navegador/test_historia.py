"""La historia de un chat y la lista larga: todo es alcanzable y la lectura no salta."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla, sembrar

pytestmark = pytest.mark.navegador
MENSAJES = 180


def historial(pantalla: Pantalla) -> Locator:
    return pantalla.pagina.get_by_label("Historial")


def altura_de(burbuja: Locator) -> float:
    caja = burbuja.bounding_box()
    assert caja is not None
    return caja["y"]


def primero_a_la_vista(pantalla: Pantalla) -> str:
    """El texto del primer mensaje que asoma por arriba: donde va la lectura."""
    return str(
        historial(pantalla).evaluate(
            """caja => {
              const techo = caja.getBoundingClientRect().top;
              const asoma = (a) => a.getBoundingClientRect().bottom > techo;
              return [...caja.querySelectorAll('article')].find(asoma).innerText;
            }"""
        )
    )


@pytest.fixture
def chat_largo(app: AppEnMarcha, limpio: BaseDatos, abrir: Abrir) -> Pantalla:
    sembrar(app, ANA, MENSAJES, desde=time.time() - MENSAJES * 60 - 60)
    pantalla = abrir()
    pantalla.abrir("Ana")
    return pantalla


def test_deslizando_hacia_arriba_se_llega_al_primer_mensaje(chat_largo: Pantalla) -> None:  # F7
    for _ in range(60):
        if chat_largo.burbuja("Mensaje 1.").count():
            break
        historial(chat_largo).evaluate("e => { e.scrollTop = Math.max(1, e.scrollTop - 1500) }")
        chat_largo.pagina.wait_for_timeout(60)
    expect(chat_largo.burbuja("Mensaje 1.")).to_have_count(1)
    chat_largo.pagina.get_by_role("button", name="Cargar mensajes anteriores de WhatsApp").click()
    expect(chat_largo.pagina.get_by_text("Aquí empieza la conversación")).to_be_visible(timeout=15_000)


def test_con_mucho_sin_leer_se_abre_en_la_linea_sin_pintarlo_todo_y_se_llega_a_lo_ultimo(chat_largo: Pantalla) -> None:
    expect(chat_largo.mensajes.get_by_text(f"{MENSAJES} mensajes no leídos")).to_be_in_viewport()
    assert chat_largo.mensajes.get_by_role("article").count() < 100
    expect(chat_largo.al_final).to_be_visible()
    for _ in range(60):
        if chat_largo.burbuja(f"Mensaje {MENSAJES}.").count():
            break
        historial(chat_largo).evaluate("e => { e.scrollTop += 1500 }")
        chat_largo.pagina.wait_for_timeout(60)
    historial(chat_largo).evaluate("e => { e.scrollTop += 3000 }")
    expect(chat_largo.burbuja(f"Mensaje {MENSAJES}.")).to_be_in_viewport()
    expect(chat_largo.al_final).to_be_hidden()


def test_leyendo_lo_viejo_lo_nuevo_no_mueve_la_vista(chat_largo: Pantalla, app: AppEnMarcha) -> None:
    expect(chat_largo.fila("Ana")).not_to_contain_text("sin leer")
    chat_largo.al_final.click()
    historial(chat_largo).evaluate("e => { e.scrollTop -= 1200 }")
    chat_largo.pagina.wait_for_timeout(500)
    leida = chat_largo.burbuja(f"Mensaje {MENSAJES - 30}.")
    antes = altura_de(leida)
    recibir(app, ANA, "Acabo de llegar", nombre=NOMBRES[ANA])
    expect(chat_largo.al_final).to_contain_text("1")
    assert abs(altura_de(leida) - antes) < 2
    chat_largo.al_final.click()
    expect(chat_largo.burbuja("Acabo de llegar")).to_be_in_viewport()
    expect(chat_largo.al_final).to_be_hidden()


def test_al_volver_a_un_chat_se_sigue_donde_se_leia(chat_largo: Pantalla, app: AppEnMarcha, limpio: BaseDatos) -> None:
    recibir(app, "573001110009", "Hola", nombre="Carla Prueba")
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    chat_largo.pagina.reload()
    chat_largo.abrir("Ana")
    historial(chat_largo).evaluate("e => { e.scrollTop -= 1000 }")
    chat_largo.pagina.wait_for_timeout(500)
    antes = primero_a_la_vista(chat_largo)
    chat_largo.abrir("Carla")
    chat_largo.abrir("Ana")
    chat_largo.pagina.wait_for_timeout(500)
    assert primero_a_la_vista(chat_largo) == antes


def test_todas_las_conversaciones_son_alcanzables(abrir: Abrir, app: AppEnMarcha, limpio: BaseDatos) -> None:  # F7
    ahora = time.time()
    clientes = [
        mensaje_texto(f"57300222{i:04d}", "Hola", en=ahora - i * 60, nombre=f"Cliente {i}.") for i in range(130)
    ]
    for corte in range(0, 130, 50):
        assert webhook(app, entrega(*clientes[corte : corte + 50])).status_code == 200
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    pantalla = abrir()
    expect(pantalla.fila("Cliente 0.")).to_be_visible()
    pantalla.fila("Cliente 0.").focus()
    for _ in range(8):
        pantalla.pagina.keyboard.press("End")
        pantalla.pagina.wait_for_timeout(250)
    expect(pantalla.fila("Cliente 129.")).to_be_visible()


def test_los_dias_se_separan_con_su_fecha_entera(chat_largo: Pantalla) -> None:
    separador = chat_largo.mensajes.get_by_role("separator").last
    expect(separador).to_have_text(re.compile(r"^\w+, \d{1,2} de \w+ de \d{4}$|no leíd"))
