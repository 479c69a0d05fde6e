"""La historia de antes de esta bandeja: un chat la trae por páginas, sin mover nada más, hasta que no hay más."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from bandeja import anteriores
from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto
from tests.apoyo.en_proceso import AppEnProceso
from tests.apoyo.rafagas import a_la_vez
from tests.apoyo.verdades import contador, exigir_coherencia
from tests.historia.comun import ANA, BETO, hace, no_leidos, perder, perder_del_telefono, textos

Traer = Callable[..., Any]


@pytest.fixture
def uno(bandeja: AppEnProceso, simulador_propio: Simulador) -> FlaskClient:
    """agente1, con Ana a su cargo y un mensaje de hoy."""
    assert bandeja.recibir(entrega(mensaje_texto(ANA, "el de hoy", en=hace(2)))) == 200
    return bandeja.entrar("agente1")


def ver(cliente: FlaskClient, numero: str = ANA) -> Any:
    return cliente.get(f"/twilio-chat/api/conversacion/{numero}?limit=200").json


def traer(cliente: FlaskClient, numero: str = ANA, antes: int | None = None) -> Any:
    if antes is None:
        antes = ver(cliente, numero)["twilio_messages"][0]["seq"]
    return cliente.post(f"/twilio-chat/api/historia/{numero}", json={"antes": antes})


def test_trae_lo_anterior_por_paginas_hasta_que_no_hay_mas(
    uno: FlaskClient, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    for i in range(230):
        perder(simulador_propio, ANA, f"{i:03}", hace(9000) + i)
    assert ver(uno)["history_complete"] is False
    respuestas = [traer(uno).json for _ in range(3)]
    assert sum(r["guardados"] for r in respuestas) == 230
    assert all(r["guardados"] <= 100 for r in respuestas)
    assert respuestas[-1]["history_complete"] is True
    assert textos(base_datos, ANA) == [*(f"{i:03}" for i in range(230)), "el de hoy"]
    assert ver(uno)["history_complete"] is True
    exigir_coherencia(base_datos)


def test_una_vez_completa_no_se_vuelve_a_preguntar(uno: FlaskClient, simulador_propio: Simulador) -> None:
    assert traer(uno).json["history_complete"] is True
    simulador_propio.peticiones.clear()
    assert traer(uno).json == {"success": True, "guardados": 0, "history_complete": True}
    assert not simulador_propio.peticiones


def test_ni_turno_ni_no_leidos_ni_puesto_en_la_lista(
    uno: FlaskClient, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    fila = "SELECT no_leidos, ultimo_seq, ultimo_en, ultimo_saliente FROM chat_conversaciones"
    antes, turno = base_datos.consultar(fila), contador(base_datos)
    perder(simulador_propio, ANA, "viejo", hace(9000))
    perder_del_telefono(simulador_propio, ANA, "respuesta vieja", hace(8999))
    traer(uno)
    assert base_datos.consultar(fila) == antes
    assert contador(base_datos) == turno
    assert no_leidos(base_datos, ANA) == 1
    assert all(m["recovered"] for m in ver(uno)["twilio_messages"][:2])


def test_no_anuncia_nada_a_las_pantallas(bandeja: AppEnProceso, uno: FlaskClient, simulador_propio: Simulador) -> None:
    pantalla = bandeja.socket(uno)
    perder(simulador_propio, ANA, "viejo", hace(9000))
    traer(uno)
    assert not [e for e in pantalla.get_received("/twilio-chat") if e["name"] == "new_message"]


def test_un_chat_vacio_estrena_su_ultimo_mensaje(
    uno: FlaskClient, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, BETO, "de antes", hace(9000))
    assert uno.post("/twilio-chat/api/conversaciones", json={"numero": BETO}).status_code == 200
    respuesta = uno.post(f"/twilio-chat/api/historia/{BETO}", json={"antes": None})
    assert respuesta.json["guardados"] == 1
    assert textos(base_datos, BETO) == ["de antes"]
    exigir_coherencia(base_datos)


def test_leer_la_conversacion_no_llama_al_proveedor(uno: FlaskClient, simulador_propio: Simulador) -> None:
    simulador_propio.peticiones.clear()
    ver(uno)
    assert not simulador_propio.peticiones


def test_de_un_chat_ajeno_no_se_pide_nada(bandeja: AppEnProceso, uno: FlaskClient, simulador_propio: Simulador) -> None:
    otro = bandeja.entrar("agente2")
    simulador_propio.peticiones.clear()
    respuesta = otro.post(f"/twilio-chat/api/historia/{ANA}", json={"antes": 1})
    assert respuesta.status_code == 403
    assert not simulador_propio.peticiones


def test_dos_pantallas_a_la_vez_son_una_peticion(
    bandeja: AppEnProceso, uno: FlaskClient, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "viejo", hace(9000))
    seq = ver(uno)["twilio_messages"][0]["seq"]
    otra = bandeja.entrar("agente1")
    simulador_propio.fallar("lento", None, en="lectura", segundos=0.5)
    codigos = a_la_vez([lambda c=c: traer(c, antes=seq).status_code for c in (uno, otra)])  # type: ignore[misc]
    assert sorted(codigos) == [200, 409]
    assert textos(base_datos, ANA) == ["viejo", "el de hoy"]


def test_si_falla_dice_por_que_y_se_puede_reintentar(
    uno: FlaskClient, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "viejo", hace(9000))
    simulador_propio.fallar(502, en="lectura")
    respuesta = traer(uno)
    assert respuesta.status_code == 502
    assert respuesta.json["error"] == "WhatsApp contestó con un error (502)."
    assert traer(uno).json["guardados"] == 1
    assert textos(base_datos, ANA) == ["viejo", "el de hoy"]


def test_tiene_freno(uno: FlaskClient) -> None:
    codigos = [traer(uno, antes=1).status_code for _ in range(31)]
    assert codigos[0] == 200
    assert codigos[-1] == 429


def test_paginas_de_lo_que_ya_tenemos_no_cortan_el_camino(
    bandeja: AppEnProceso, uno: FlaskClient, base_datos: BaseDatos, simulador_propio: Simulador,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(anteriores, "POR_PAGINA", 10)
    objetivo = perder(simulador_propio, ANA, "al fondo", hace(9000))
    for i in range(25):  # reacciones: ocupan la página y no son renglones del chat
        simulador_propio.estado.guardar_mensaje(
            simulador_propio.mensaje(
                "reaction", ANA, "Ana", contenido={"target": objetivo, "emoji": "👍"}, timestamp=hace(8000) + i
            )
        )
    assert traer(uno).json["guardados"] == 1
    assert textos(base_datos, ANA) == ["al fondo", "el de hoy"]
    assert base_datos.valor("SELECT count(*) FROM chat_acciones") >= 25


def test_un_envio_nuestro_que_no_se_supo_si_salio_no_aparece_dos_veces(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    uno = bandeja.entrar("agente1")
    bandeja.recibir(entrega(mensaje_texto(ANA, "hoy", en=hace(2))))
    perder(simulador_propio, ANA, "cotización", hace(60), from_me=True, source="api")
    base_datos.ejecutar(
        "INSERT INTO chat_mensajes (conversacion_id, client_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en,"
        " intentado_en, origen, agente) SELECT id, 'clic', %s, TRUE, 'text', 'cotización', 'unknown',"
        " to_timestamp(%s), to_timestamp(%s), 'agent', 'agente1' FROM chat_conversaciones",
        (f"{ANA}@s.whatsapp.net", hace(60), hace(60)),
    )
    base_datos.ejecutar("UPDATE chat_conversaciones SET total_mensajes = total_mensajes + 1")
    assert traer(uno).status_code == 200
    assert textos(base_datos, ANA) == ["cotización", "hoy"]
    assert base_datos.valor("SELECT estado FROM chat_mensajes WHERE client_id = 'clic'") == "sent"
    exigir_coherencia(base_datos)
