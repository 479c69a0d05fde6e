"""Quién abre una conversación y quién no: solo las personas, y solo cuando escriben ellas gastan un turno (D6)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.apoyo.aplicacion import LINEA, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, entrega_estados, estado, mensaje, mensaje_texto, recibir, webhook
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion, entrar
from tests.apoyo.verdades import contador, duenos, exigir_coherencia

ArrancarApp = Callable[..., AppEnMarcha]
LID = "123456789012345@lid"
NO_PERSONAS = [
    "120363012345678901@g.us", "573001234567-1600000000@g.us", "573001234567-1600000000", "status@broadcast",
    "573001234567@broadcast", "120363098765432109@newsletter", "stories", "status", "0@s.whatsapp.net", "0",
]  # fmt: skip
BASURA = ["", " ", None, 573001234567, [], {}, "@s.whatsapp.net", "abc", "123", "@lid", "+", "0000000000", "🙂@c.us"]


def _nadie(base: BaseDatos) -> None:
    """Ni conversación, ni mensaje, ni turno."""
    for tabla in ("conversaciones_whatsapp", "chat_conversaciones", "chat_mensajes"):
        assert base.consultar("SELECT 1 FROM " + tabla) == []  # noqa: S608
    assert contador(base) == 0


@pytest.mark.parametrize("chat", NO_PERSONAS)
def test_grupos_difusiones_estados_y_canales_no_abren_nada(app: AppEnMarcha, limpio: BaseDatos, chat: str) -> None:
    for from_me in (False, True):
        uno = mensaje_texto("573500000001", "hola", from_me=from_me) | {"chat_id": chat}
        assert webhook(app, entrega(uno)).status_code == 200
    assert webhook(app, {"chats": [{"id": chat, "name": "Grupo"}]}).status_code == 200
    assert webhook(app, entrega_estados(estado("X", "read") | {"recipient_id": chat})).status_code == 200
    _nadie(limpio)
    assert limpio.consultar("SELECT 1 FROM chat_ilegibles") == []


@pytest.mark.parametrize("chat", BASURA, ids=range(len(BASURA)))
def test_un_chat_vacio_o_sin_forma_de_persona_no_abre_nada_y_se_guarda_como_ilegible(
    app: AppEnMarcha, limpio: BaseDatos, chat: Any
) -> None:
    uno = mensaje_texto("573500000001", "hola") | {"chat_id": chat}
    assert webhook(app, entrega(uno)).status_code == 200
    _nadie(limpio)
    assert limpio.valor("SELECT crudo ->> 'id' FROM chat_ilegibles") == uno["id"]


def test_una_historia_y_la_propia_linea_no_abren_nada(app: AppEnMarcha, limpio: BaseDatos) -> None:
    historia = mensaje("573500000001", "story", {"body": "x"})
    conmigo = mensaje_texto(LINEA, "nota para mí", from_me=True)
    assert webhook(app, entrega(historia, conmigo)).status_code == 200
    _nadie(limpio)


def test_los_numeros_excluidos_no_abren_nada_los_escriba_como_los_escriba_el_proveedor(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    app = arrancar_app(base_datos, {"NUMEROS_EXCLUIDOS": "3005550001, +57 300 555 0002"})
    for chat in ("573005550001@s.whatsapp.net", "573005550001@c.us", "573005550002", "573005550002@s.whatsapp.net"):
        for from_me in (False, True):
            uno = mensaje_texto("573500000001", "hola", from_me=from_me) | {"chat_id": chat}
            assert webhook(app, entrega(uno)).status_code == 200
    _nadie(base_datos)
    recibir(app, "573005550003", "este sí")
    assert duenos(base_datos) == {"+573005550003": "agente1"}


def test_una_identidad_oculta_se_guarda_como_es_y_no_se_muestra_como_telefono(
    app: AppEnMarcha, agente1: Sesion, limpio: BaseDatos
) -> None:
    uno = mensaje_texto(LID, "no digo mi número", nombre=None)
    assert webhook(app, entrega(uno)).status_code == 200
    assert duenos(limpio) == {LID: "agente1"}
    lista = agente1.get("api/conversaciones").json()["conversaciones"]
    assert list(lista) == [LID]
    assert (lista[LID]["nombre"], lista[LID]["oculto"]) == ("Número oculto", True)
    chat = agente1.get(f"api/conversacion/{LID}").json()
    assert (chat["oculto"], chat["nombre"], chat["total"]) == (True, "Número oculto", 1)
    assert "+1234" not in json.dumps([lista, chat], ensure_ascii=False)
    enviado = agente1.post("api/enviar-mensaje", json={"to": LID, "message": "hola"})
    assert enviado.status_code == 200, enviado.text
    assert limpio.valor("SELECT count(*) FROM chat_conversaciones") == 1


def test_lo_que_escribe_la_linea_a_un_desconocido_se_guarda_sin_turno_y_se_asigna_cuando_contesta(
    app: AppEnMarcha, agente1: Sesion, limpio: BaseDatos
) -> None:
    numero = "573500000009"
    recibir(app, numero, "le escribo desde el celular", from_me=True, en=time.time() - 60)
    recibir(app, numero, "otra vez", from_me=True, en=time.time() - 50)
    assert duenos(limpio) == {f"+{numero}": None}
    assert contador(limpio) == 0
    assert agente1.get("api/conversaciones").json()["total"] == 0
    recibir(app, numero, "hola, sí")
    assert duenos(limpio) == {f"+{numero}": "agente1"}
    assert contador(limpio) == 1
    chat = agente1.get(f"api/conversacion/{numero}").json()
    assert [m["origin"] for m in chat["twilio_messages"]] == ["phone", "phone", "customer"]
    assert (chat["total"], chat["unread_count"], chat["nombre"]) == (3, 1, "Cliente de Prueba")
    exigir_coherencia(limpio)


def test_sin_agentes_activos_el_mensaje_se_guarda_y_espera_a_que_haya_alguien(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    nadie = {"ACTIVO_AGENTE1": "0", "ACTIVO_AGENTE2": "0"}
    app = arrancar_app(base_datos, nadie)
    for n in range(3):
        recibir(app, f"57350000010{n}", "¿hay alguien?")
    recibir(app, "573500000109", "solo la línea", from_me=True)
    assert set(duenos(base_datos).values()) == {None}
    assert contador(base_datos) == 0
    app.parar()
    app = arrancar_app(base_datos, {"ACTIVO_AGENTE1": "0"})
    hasta(lambda: sum(d == "agente2" for d in duenos(base_datos).values()) == 3, 10)
    assert duenos(base_datos)["+573500000109"] is None
    assert contador(base_datos) == 3
    lista = entrar(app, "agente2").get("api/conversaciones").json()
    assert [c["unread_count"] for c in lista["conversaciones"].values()] == [1, 1, 1]
    exigir_coherencia(base_datos)


def test_un_agente_desactivado_conserva_lo_suyo_y_no_recibe_nuevas(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    app = arrancar_app(base_datos)
    recibir(app, "573500000201", "para agente1")
    recibir(app, "573500000202", "para agente2")
    app.parar()
    app = arrancar_app(base_datos, {"ACTIVO_AGENTE2": "0"})
    for n in range(4):
        recibir(app, f"57350000021{n}", "nueva")
    recibir(app, "573500000202", "sigo con el mío")
    dueno = duenos(base_datos)
    assert dueno.pop("+573500000202") == "agente2"
    assert set(dueno.values()) == {"agente1"}
    exigir_coherencia(base_datos)
