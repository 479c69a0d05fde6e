"""Los borradores del servidor: siguen al agente a otra pantalla y nunca pisan lo que se está escribiendo."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.navegador.conftest import Abrir

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
