"""Enviar y recibir: una burbuja por mensaje, sus palomas, sus fallos, y cada agente con lo suyo."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, BETO, NOMBRES

pytestmark = pytest.mark.navegador


def test_lo_enviado_aparece_una_vez_y_sus_palomas_llegan_a_leido(abrir: Abrir, con_ana: None) -> None:
    pantalla = abrir()
    pantalla.abrir("Ana")
    burbuja = pantalla.enviar("Con mucho gusto")
    expect(burbuja.get_by_role("img", name="Leído")).to_be_visible(timeout=15_000)
    expect(burbuja).to_have_count(1)
    expect(pantalla.fila("Ana")).to_contain_text("Tú: Con mucho gusto")


def test_con_el_eco_antes_de_la_respuesta_hay_una_sola_burbuja(
    abrir: Abrir, con_ana: None, simulador: Simulador
) -> None:  # F4
    simulador.fallar("eco_antes")
    pantalla = abrir()
    pantalla.abrir("Ana")
    burbuja = pantalla.enviar("¿Una o dos?")
    expect(burbuja.get_by_role("img", name="Leído")).to_be_visible(timeout=15_000)
    expect(burbuja).to_have_count(1)


def test_lo_rechazado_queda_con_su_razon_y_reintentar_lo_manda(
    abrir: Abrir, con_ana: None, simulador: Simulador
) -> None:
    simulador.fallar("no_enviado")
    pantalla = abrir()
    pantalla.abrir("Ana")
    burbuja = pantalla.enviar("A la segunda")
    expect(burbuja.get_by_role("img", name="Falló")).to_be_visible()
    assert len(simulador.enviados) == 1  # D11: un clic, un POST
    burbuja.get_by_role("button", name="Reintentar").click()
    expect(burbuja.get_by_role("img", name="Leído")).to_be_visible(timeout=15_000)
    expect(burbuja.get_by_role("button", name="Reintentar")).to_have_count(0)
    assert len(simulador.aceptados) == 1


def test_los_mensajes_seguidos_salen_en_su_orden(abrir: Abrir, con_ana: None, simulador: Simulador) -> None:
    simulador.fallar("lento", segundos=0.4)
    pantalla = abrir()
    pantalla.abrir("Ana")
    for i in range(4):
        pantalla.enviar(f"Paso {i}")
    expect(pantalla.burbuja("Paso 3").get_by_role("img", name="Leído")).to_be_visible(timeout=20_000)
    textos = [a.inner_text() for a in pantalla.mensajes.get_by_role("article").all()]
    assert [t.split("\n")[0] for t in textos[-4:]] == [f"Paso {i}" for i in range(4)]


def test_lo_que_entra_se_ve_en_vivo_y_solo_en_la_pantalla_de_su_agente(abrir: Abrir, app: AppEnMarcha) -> None:  # S1
    mia, ajena = abrir("agente1"), abrir("agente2")
    mia.esperar_al_dia()
    ajena.esperar_al_dia()
    recibir(app, ANA, "Soy de agente1", nombre=NOMBRES[ANA])
    expect(mia.fila("Ana")).to_contain_text("1 sin leer")
    recibir(app, BETO, "Soy de agente2", nombre=NOMBRES[BETO])
    expect(ajena.fila("Beto")).to_be_visible()
    expect(mia.lista.get_by_role("listitem")).to_have_count(1)
    expect(ajena.fila("Ana")).to_have_count(0)


def test_cien_de_golpe_llegan_todos_sin_pedir_la_lista_otra_vez(
    abrir: Abrir, app: AppEnMarcha, con_ana: None
) -> None:  # F1, P3
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.esperar_al_dia()
    pedidos = pantalla.pedidos("convers")
    for corte in range(0, 100, 20):
        lote = [mensaje_texto(ANA, f"Ráfaga {corte + i}.", nombre=NOMBRES[ANA]) for i in range(20)]
        assert webhook(app, entrega(*lote)).status_code == 200
    expect(pantalla.burbuja("Ráfaga 99.")).to_have_count(1)
    expect(pantalla.mensajes.get_by_role("article").filter(has_text="Ráfaga")).to_have_count(100)
    assert pedidos == []


def test_un_mensaje_nuevo_no_pide_nada_y_verlo_solo_marca_leido(
    abrir: Abrir, app: AppEnMarcha, con_dos: None
) -> None:  # P3
    pantalla = abrir()
    pantalla.abrir("Ana")
    pantalla.esperar_al_dia()
    expect(pantalla.fila("Ana")).not_to_contain_text("sin leer")
    pantalla.pagina.wait_for_timeout(500)
    pedidos = pantalla.pedidos("")
    recibir(app, BETO, "En otro chat", nombre=NOMBRES[BETO])
    expect(pantalla.fila("Beto")).to_contain_text("En otro chat")
    recibir(app, "573001110077", "Soy de otro agente")
    recibir(app, ANA, "En el abierto", nombre=NOMBRES[ANA])
    expect(pantalla.burbuja("En el abierto")).to_be_visible()
    expect(pantalla.fila("Ana")).not_to_contain_text("sin leer")
    pantalla.pagina.wait_for_timeout(1000)
    assert [url.split("/api/")[1] for url in pedidos] == [f"marcar-leido/{ANA}"]


def test_la_misma_entrega_dos_veces_es_una_burbuja(abrir: Abrir, app: AppEnMarcha, con_ana: None) -> None:  # D10
    pantalla = abrir()
    pantalla.abrir("Ana")
    repetido = entrega(mensaje_texto(ANA, "Repetido", nombre=NOMBRES[ANA]))
    webhook(app, repetido)
    webhook(app, repetido)
    recibir(app, ANA, "Uno más", nombre=NOMBRES[ANA])
    expect(pantalla.burbuja("Uno más")).to_be_visible()
    expect(pantalla.burbuja("Repetido")).to_have_count(1)


def test_abrir_un_chat_lo_marca_leido_tambien_en_la_otra_pestana(abrir: Abrir, con_ana: None) -> None:
    pantalla, otra = abrir(), abrir()
    expect(otra.fila("Ana")).to_contain_text("1 sin leer")
    pantalla.abrir("Ana")
    expect(pantalla.mensajes.get_by_text("1 mensaje no leído")).to_be_visible()
    expect(otra.fila("Ana")).not_to_contain_text("sin leer")


def test_al_pasar_deprisa_de_un_chat_a_otro_el_que_queda_abierto_se_marca_leido(abrir: Abrir, con_dos: None) -> None:
    pantalla = abrir()
    expect(pantalla.fila("Beto")).to_be_visible()
    pantalla.pagina.evaluate(
        """async ([ana, beto]) => {
          const abrir = (n) => document.querySelector(`[data-numero="${n}"]`).click();
          abrir(ana);
          const registro = document.querySelector('[role=log]');
          while (!registro.textContent.includes('soy Ana')) await new Promise(requestAnimationFrame);
          abrir(beto);
        }""",
        [ANA, BETO],
    )
    expect(pantalla.chat("Beto Prueba")).to_be_visible()
    expect(pantalla.fila("Beto")).not_to_contain_text("sin leer")


def test_un_chat_sin_abrir_no_se_marca_leido(abrir: Abrir, con_dos: None) -> None:
    pantalla = abrir()
    pantalla.abrir("Beto")
    expect(pantalla.fila("Beto")).not_to_contain_text("sin leer")
    expect(pantalla.fila("Ana")).to_contain_text("1 sin leer")


def test_los_estados_no_retroceden_aunque_lleguen_al_reves(abrir: Abrir, con_ana: None, simulador: Simulador) -> None:
    simulador.fallar("estados_al_reves")
    simulador.demoras = replace(simulador.demoras, eco=0.1, sent=0.1, delivered=0.1, read=0.1)
    pantalla = abrir()
    pantalla.abrir("Ana")
    burbuja = pantalla.enviar("Al revés")
    expect(burbuja.get_by_role("img", name="Leído")).to_be_visible(timeout=15_000)
    pantalla.pagina.wait_for_timeout(800)
    expect(burbuja.get_by_role("img", name="Leído")).to_be_visible()
