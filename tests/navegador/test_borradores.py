"""Los borradores del servidor: siguen al agente a otra pantalla y nunca pisan lo que se está escribiendo."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import retener, tomar

pytestmark = pytest.mark.navegador


def test_lo_que_se_escribe_aparece_en_la_otra_pantalla_y_se_va_al_enviar(con_dos: None, abrir: Abrir) -> None:
    una, otra = abrir(), abrir()
    una.abrir("Ana")
    una.cuadro.fill("Le confirmo la cita")
    expect(otra.fila("Ana")).to_contain_text("Borrador: Le confirmo la cita")
    otra.abrir("Ana")
    expect(otra.cuadro).to_have_value("Le confirmo la cita")
    otra.cuadro.fill("Le confirmo la cita del lunes")
    expect(una.cuadro).to_have_value("Le confirmo la cita del lunes")
    una.cuadro.press("Enter")
    expect(otra.cuadro).to_have_value("")
    una.abrir("Beto")
    expect(una.fila("Ana")).to_contain_text("Tú: Le confirmo la cita del lunes")


def test_un_borrador_del_servidor_no_pisa_lo_que_aqui_no_ha_subido(con_ana: None, abrir: Abrir) -> None:
    una, otra = abrir(), abrir()
    una.abrir("Ana")
    otra.abrir("Ana")
    una.pagina.route("**/api/borrador/*", lambda ruta: ruta.abort())
    una.cuadro.press_sequentially("Lo mío, sin red")
    otra.cuadro.fill("Lo de la otra")
    una.pagina.wait_for_timeout(1500)
    expect(una.cuadro).to_have_value("Lo mío, sin red")
    una.pagina.unroute("**/api/borrador/*")
    una.cuadro.press_sequentially("!")
    expect(otra.cuadro).to_have_value("Lo mío, sin red!")


def test_el_borrador_sobrevive_a_recargar_en_un_navegador_nuevo(con_ana: None, abrir: Abrir) -> None:
    una = abrir()
    una.abrir("Ana")
    with una.pagina.expect_response("**/api/borrador/*"):
        una.cuadro.fill("A medio escribir")
    una.pagina.context.close()
    nueva = abrir()
    expect(nueva.fila("Ana")).to_contain_text("Borrador: A medio escribir")


@pytest.mark.parametrize("ahora", ["más largo", "enviado", "más largo sin socket", "más largo en la otra"])
def test_lo_que_venia_en_camino_no_devuelve_un_borrador_viejo(con_ana: None, abrir: Abrir, ahora: str) -> None:
    """La respuesta se leyó antes de subir lo último y llega después."""
    pantalla, otra = abrir(), abrir()
    pagina = pantalla.pagina
    otra.abrir("Ana")
    if ahora == "más largo sin socket":
        pagina.route("**/socket.io.min.js", lambda ruta: ruta.abort())
        pagina.reload()
    pantalla.abrir("Ana")
    pantalla.esperar_al_dia()
    with pagina.expect_response("**/api/borrador/*"):
        pantalla.cuadro.fill("Su cita")
    pagina.route("**/api/cambios*", lambda ruta: ruta.abort())  # nadie arregla lo que esta estropee
    cambios = retener(pagina, "**/api/cambios*")
    pagina.evaluate("() => { dispatchEvent(new Event('online')); }")
    vieja = tomar(pagina, cambios).fetch()
    assert "Su cita" in vieja.text()
    escribe = otra if ahora == "más largo en la otra" else pantalla
    with escribe.pagina.expect_response("**/api/borrador/*"):
        escribe.cuadro.fill("Su cita es el lunes")
        if ahora == "enviado":
            escribe.cuadro.press("Enter")
    expect(pantalla.cuadro).to_have_value("" if ahora == "enviado" else "Su cita es el lunes")
    pagina.wait_for_timeout(500)  # la subida ya terminó también para la pantalla
    with pagina.expect_response("**/api/cambios*"):
        cambios[0].fulfill(response=vieja)
    pagina.wait_for_timeout(300)
    expect(pantalla.cuadro).to_have_value("" if ahora == "enviado" else "Su cita es el lunes")
