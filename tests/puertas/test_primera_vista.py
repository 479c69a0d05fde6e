"""La lista viene puesta en la página: la misma que da su ruta, sin poder salirse de su sitio, y con o sin base."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.en_proceso import AppEnProceso
from tests.apoyo.sesiones import entrar

ANA = "573001110001"
BETO = "573001110002"
MALO = "Zoe </script><script>alert(1)</script><!-- & ' \""
PUESTA = re.compile(r'<script type="application/json" id="primera-pagina">(.*?)</script>', re.S)


def puesta(pagina: str) -> Any:
    hallada = PUESTA.search(pagina)
    assert hallada, "la página trae su lista"
    return json.loads(hallada[1])


def test_la_pagina_trae_la_misma_lista_que_da_su_ruta(app: AppEnMarcha, limpio: BaseDatos) -> None:
    recibir(app, ANA, MALO, nombre=MALO)
    recibir(app, BETO, "Después, de número mayor")
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    agente = entrar(app, "agente1")
    pagina = agente.get("/twilio-chat").text
    por_ruta = agente.get("/twilio-chat/api/conversaciones?limit=40").json()
    assert {**puesta(pagina), "cursor": ""} == {**por_ruta, "cursor": ""}
    assert list(puesta(pagina)["conversaciones"]) == list(por_ruta["conversaciones"]) == [BETO, ANA]  # la nueva primero
    assert puesta(pagina)["conversaciones"][ANA]["nombre"] == MALO
    assert "alert(1)</script>" not in pagina
    assert puesta(entrar(app, "agente2").get("/twilio-chat").text)["conversaciones"] == {}


def test_sin_base_la_pagina_sale_igual_y_sin_lista(dentro: AppEnProceso) -> None:
    respuesta = dentro.entrar("agente1").get("/twilio-chat")
    assert respuesta.status_code == 200
    assert puesta(respuesta.text) is None


def test_sin_sesion_no_hay_pagina_ni_lista(dentro: AppEnProceso) -> None:
    assert dentro.cliente().get("/twilio-chat").status_code == 302
