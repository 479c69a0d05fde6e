"""Nada se cruza y nada se pierde: cambios de chat, sesión vencida, sin red, servidor reiniciado."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from simulador import Simulador
from tests.apoyo.aplicacion import CLAVES, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.escenas import SIN_LISTA_PUESTA
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla, demorar, retener, tomar

pytestmark = pytest.mark.navegador
VENCIDA: dict[str, Any] = {"status": 401, "json": {"success": False, "error": "Tu sesión terminó."}}


def test_la_respuesta_lenta_de_un_chat_no_se_pinta_sobre_otro(abrir: Abrir, con_dos: None) -> None:  # F2
    pantalla = abrir()
    expect(pantalla.fila("Ana")).to_be_visible()
    demorar(pantalla.pagina, f"**/api/conversacion/{ANA}*", 1200)
    pantalla.fila("Ana").click()
    pantalla.abrir("Beto")
    pantalla.pagina.wait_for_timeout(1500)
    expect(pantalla.chat("Beto")).to_be_visible()
    expect(pantalla.mensajes).to_contain_text("soy Beto")
    expect(pantalla.mensajes).not_to_contain_text("soy Ana")


def test_cambiar_de_chat_mientras_se_envia_no_cambia_el_destino(
    abrir: Abrir, con_dos: None, simulador: Simulador
) -> None:  # F3
    simulador.fallar("lento", segundos=1.0)
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.enviar("Esto es para Ana")
    pantalla.abrir("Beto")
    pantalla.pagina.wait_for_timeout(1500)
    expect(pantalla.mensajes).not_to_contain_text("Esto es para Ana")
    pantalla.abrir("Ana")
    expect(pantalla.burbuja("Esto es para Ana")).to_have_count(1)


def test_cada_chat_tiene_su_borrador_y_sobrevive_a_recargar(abrir: Abrir, con_dos: None) -> None:  # F3
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.cuadro.fill("a medio escribir")
    pantalla.abrir("Beto")
    expect(pantalla.cuadro).to_have_value("")
    expect(pantalla.fila("Ana")).to_contain_text("Borrador: a medio escribir")
    pantalla.abrir("Ana")
    pantalla.pagina.reload()
    expect(pantalla.chat("Ana Prueba")).to_be_visible()
    expect(pantalla.cuadro).to_have_value("a medio escribir")


def entrar_de_nuevo(pantalla: Pantalla) -> None:
    pantalla.pagina.get_by_role("textbox", name="Usuario").fill("agente1")
    pantalla.pagina.get_by_label("Contraseña", exact=True).fill(CLAVES["agente1"])
    pantalla.pagina.get_by_role("button", name="Entrar").click()
    expect(pantalla.chat("Ana Prueba")).to_be_visible()


def salio_una_vez(pantalla: Pantalla, simulador: Simulador, texto: str) -> None:
    burbuja = pantalla.burbuja(texto)
    expect(burbuja.get_by_role("img", name=re.compile("Enviado|Entregado|Leído"))).to_be_visible()
    expect(burbuja).to_have_count(1)
    expect(pantalla.cuadro).to_have_value("")
    assert [envio.cuerpo["body"] for envio in simulador.aceptados] == [texto]


def callar_a_las_demas(pantalla: Pantalla) -> None:
    """Desde ahora solo el envío llega al servidor: ninguna otra petición puede enterarse antes."""
    pantalla.pagina.route(re.compile("/api/(?!enviar-mensaje)"), lambda ruta: ruta.abort())


def volver_a_entrar(pantalla: Pantalla) -> None:
    pantalla.pagina.wait_for_url("**/twilio-chat/login?motivo=sesion**")
    pantalla.pagina.unroute_all()
    pantalla.pagina.context.clear_cookies()
    entrar_de_nuevo(pantalla)


def test_si_la_sesion_vence_al_enviar_el_texto_sale_una_vez_despues_de_entrar(
    abrir: Abrir, con_ana: None, simulador: Simulador
) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    callar_a_las_demas(pantalla)
    pantalla.pagina.route("**/api/enviar-mensaje", lambda ruta: ruta.fulfill(**VENCIDA), times=1)
    pantalla.cuadro.fill("no me pierdas")
    pantalla.cuadro.press("Enter")
    volver_a_entrar(pantalla)
    salio_una_vez(pantalla, simulador, "no me pierdas")


def test_si_otra_peticion_se_entera_antes_que_el_envio_el_texto_sale_una_vez_al_volver(
    abrir: Abrir, con_ana: None, simulador: Simulador
) -> None:
    pantalla = abrir()
    leidos = retener(pantalla.pagina, "**/api/marcar-leido/*")
    pantalla.abrir("Ana")
    leido = tomar(pantalla.pagina, leidos)
    callar_a_las_demas(pantalla)
    envios = retener(pantalla.pagina, "**/api/enviar-mensaje")
    pantalla.enviar("no me pierdas")
    tomar(pantalla.pagina, envios)  # y así se queda
    leido.fulfill(**VENCIDA)
    volver_a_entrar(pantalla)
    salio_una_vez(pantalla, simulador, "no me pierdas")


def test_si_la_sesion_vence_a_media_frase_lo_escrito_sigue_al_volver(abrir: Abrir, con_ana: None) -> None:
    """Se entera al guardar el borrador, cuando ya se escribió más."""
    pantalla = abrir()
    pantalla.abrir("Ana")
    callar_a_las_demas(pantalla)
    borradores = retener(pantalla.pagina, "**/api/borrador/*")
    pantalla.cuadro.press_sequentially("una frase a med")
    borrador = tomar(pantalla.pagina, borradores)
    pantalla.cuadro.press_sequentially("ias, sin enviar")
    borrador.fulfill(**VENCIDA)
    volver_a_entrar(pantalla)
    expect(pantalla.cuadro).to_have_value("una frase a medias, sin enviar")


@pytest.mark.parametrize("segundos", [0, pytest.param(60, marks=pytest.mark.lento)])
def test_sin_red_se_dice_y_al_volver_llega_exactamente_lo_que_falto(
    abrir: Abrir, app: AppEnMarcha, con_ana: None, simulador: Simulador, segundos: int
) -> None:  # F6
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.pagina.context.set_offline(True)
    expect(pantalla.conexion).to_contain_text("Sin conexión desde hace")
    propia = pantalla.enviar("Desde el túnel")
    expect(propia.get_by_role("img", name="Pendiente")).to_be_visible()
    for i in range(30):
        recibir(app, ANA, f"Mientras tanto {i}.", nombre=NOMBRES[ANA])
        pantalla.pagina.wait_for_timeout(segundos * 1000 / 30)
    if segundos:
        expect(pantalla.conexion).to_have_text(re.compile(r"Sin conexión desde hace 1 min"))
    pedidos = pantalla.pedidos("conversaciones")
    pantalla.pagina.context.set_offline(False)
    pantalla.esperar_al_dia()
    expect(pantalla.mensajes.get_by_role("article").filter(has_text="Mientras tanto")).to_have_count(30)
    expect(propia.get_by_role("img", name="Leído")).to_be_visible(timeout=20_000)
    expect(propia).to_have_count(1)
    assert len(simulador.enviados) == 1
    assert pedidos == []


@pytest.mark.lento
def test_el_servidor_se_reinicia_mientras_se_escribe(
    abrir: Abrir, arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos
) -> None:
    propia = arrancar_app(base_datos)
    recibir(propia, ANA, "Hola, soy Ana", nombre=NOMBRES[ANA])
    pantalla = abrir("agente1", propia)
    pantalla.abrir("Ana")
    pantalla.cuadro.fill("una frase larga")
    propia.reiniciar()
    recibir(propia, ANA, "¿Siguen ahí?", nombre=NOMBRES[ANA])
    pantalla.esperar_al_dia()
    expect(pantalla.burbuja("¿Siguen ahí?")).to_have_count(1)
    expect(pantalla.cuadro).to_have_value("una frase larga")


def test_lo_que_llega_mientras_la_pagina_del_chat_viene_en_camino_no_se_pierde(
    abrir: Abrir, app: AppEnMarcha, con_ana: None
) -> None:
    """El servidor ya leyó la página cuando llega el mensaje, y el aviso adelanta a la respuesta."""
    pantalla = abrir()

    def adelantar_un_mensaje(ruta: Route) -> None:
        leida = ruta.fetch()
        recibir(app, ANA, "Llegué en medio", nombre=NOMBRES[ANA])
        time.sleep(0.6)  # el navegador recibe el aviso mientras la respuesta espera
        ruta.fulfill(response=leida)

    pantalla.esperar_al_dia()
    pantalla.pagina.route(f"**/api/conversacion/{ANA}*", adelantar_un_mensaje, times=1)
    pantalla.abrir("Ana")
    expect(pantalla.burbuja("Llegué en medio")).to_have_count(1)


@pytest.mark.parametrize("propio", [True, False], ids=["enviado", "recibido"])
def test_sin_socketio_lo_ocurrido_mientras_la_pagina_del_chat_viene_en_camino_sigue_ahi_al_llegar(
    abrir: Abrir, app: AppEnMarcha, con_ana: None, propio: bool
) -> None:
    """La página se leyó antes; lo dice la respuesta del envío, o ponerse al día, y nadie lo repite."""
    pantalla = abrir()
    pagina = pantalla.pagina
    pagina.context.route("**/socket.io.min.js", lambda ruta: ruta.abort())
    pagina.reload()
    paginas = retener(pagina, f"**/api/conversacion/{ANA}*")
    pantalla.fila("Ana").click()
    leida = tomar(pagina, paginas).fetch()
    if propio:
        pagina.route("**/api/cambios*", lambda ruta: ruta.abort())
        with pagina.expect_response("**/api/enviar-mensaje"):
            pantalla.enviar("Llegué en medio")
    else:
        recibir(app, ANA, "Llegué en medio", nombre=NOMBRES[ANA])
        expect(pantalla.fila("Ana")).to_contain_text("Llegué en medio", timeout=15_000)
    paginas[0].fulfill(response=leida)
    expect(pantalla.burbuja("Hola, soy Ana")).to_be_visible()
    expect(pantalla.burbuja("Llegué en medio")).to_have_count(1)


def test_sin_socketio_la_pantalla_pregunta_y_sigue_al_dia(abrir: Abrir, app: AppEnMarcha, con_ana: None) -> None:
    pantalla = abrir()
    pantalla.pagina.context.route("**/socket.io*/**", lambda ruta: ruta.abort())
    pantalla.pagina.context.route("**/socket.io.min.js", lambda ruta: ruta.abort())
    pantalla.pagina.reload()
    pantalla.esperar_al_dia()
    recibir(app, ANA, "¿Me ves sin socket?", nombre=NOMBRES[ANA])
    expect(pantalla.fila("Ana")).to_contain_text("¿Me ves sin socket?", timeout=10_000)


def test_sin_base_de_datos_no_se_dice_que_no_hay_conversaciones(abrir: Abrir, con_ana: None) -> None:  # D15
    """La página sale sin la lista puesta y pedirla falla."""
    pantalla = abrir()
    expect(pantalla.fila("Ana")).to_be_visible()
    error = {"success": False, "error": "No hay conexión con la base de datos."}
    pantalla.pagina.add_init_script(SIN_LISTA_PUESTA)
    pantalla.pagina.route("**/api/conversaciones*", lambda ruta: ruta.fulfill(status=503, json=error))
    pantalla.pagina.reload()
    expect(pantalla.conexion).to_contain_text("Sin base de datos")
    expect(pantalla.pagina.get_by_text("Aún no tienes conversaciones")).to_be_hidden()
    pantalla.pagina.unroute("**/api/conversaciones*")
    expect(pantalla.fila("Ana")).to_be_visible(timeout=15_000)


def test_una_lista_que_venia_en_camino_no_tapa_lo_que_llego(abrir: Abrir, con_ana: None, app: AppEnMarcha) -> None:
    pantalla = abrir()
    pantalla.esperar_al_dia()
    recibir(app, ANA, "Un cambio que pedir", nombre=NOMBRES[ANA])
    expect(pantalla.fila("Ana")).to_contain_text("Un cambio que pedir")
    demoradas: list[Route] = []

    def demorar_la_vieja(ruta: Route) -> None:
        demoradas.append(ruta)
        if len(demoradas) > 1:
            return  # las demás no contestan: nadie arregla lo que la vieja estropee
        vieja = ruta.fetch()
        recibir(app, ANA, "Llegó mientras tanto", nombre=NOMBRES[ANA])
        expect(pantalla.fila("Ana")).to_contain_text("Llegó mientras tanto")
        ruta.fulfill(response=vieja)

    pantalla.pagina.route("**/api/cambios*", demorar_la_vieja)
    with pantalla.pagina.expect_response("**/api/cambios*"):
        pantalla.pagina.evaluate("() => { dispatchEvent(new Event('online')); }")
    pantalla.pagina.evaluate("() => new Promise((listo) => setTimeout(listo, 300))")
    expect(pantalla.fila("Ana")).to_contain_text("Llegó mientras tanto")
    assert demoradas


def test_una_pagina_que_venia_en_camino_no_deshace_lo_que_le_paso_a_un_mensaje(
    abrir: Abrir, con_ana: None, simulador: Simulador
) -> None:
    pantalla = abrir()
    uno = simulador.recibir(simulador.mensaje("text", ANA, contenido={"body": "Lo que dije"}), esperar=True)
    expect(pantalla.fila("Ana")).to_contain_text("Lo que dije")
    pantalla.esperar_al_dia()

    def entregar_vieja(ruta: Route) -> None:
        vieja = ruta.fetch()
        simulador.recibir(
            simulador.mensaje("edit", ANA, contenido={"target": uno, "edited_content": {"body": "Lo corregido"}}),
            esperar=True,
        )
        expect(pantalla.fila("Ana")).to_contain_text("Lo corregido")
        ruta.fulfill(response=vieja)

    pantalla.fila("Ana").click()
    expect(pantalla.burbuja("Lo que dije")).to_be_visible()
    pantalla.pagina.keyboard.press("Escape")
    pantalla.pagina.route(f"**/api/conversacion/{ANA}*", entregar_vieja)
    with pantalla.pagina.expect_response(f"**/api/conversacion/{ANA}*"):
        pantalla.fila("Ana").click()
    expect(pantalla.burbuja("Lo corregido")).to_be_visible()
    pantalla.pagina.evaluate("() => new Promise((listo) => setTimeout(listo, 300))")
    expect(pantalla.burbuja("Lo corregido")).to_be_visible()
