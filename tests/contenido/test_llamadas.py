"""Las llamadas: una línea del chat por llamada, que cambia con sus pasos, y que también hace cliente a quien llama."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.apoyo.aplicacion import LINEA, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, mensaje, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import a_la_vez
from tests.apoyo.sesiones import Sesion
from tests.apoyo.verdades import exigir_coherencia
from tests.contenido.conftest import CHAT, CLIENTE, PLAZO, en_lista, entregar, mensajes, ver

NUEVO = "573119998877"


def llamada(estado: str, *, id: str = "CallAbCdEf0123456789-x", numero: str = CLIENTE, **mas: Any) -> Json:
    """Literal de la referencia: la hora en milisegundos y `from` con sufijo."""
    chat = f"{numero}@s.whatsapp.net"
    una = {"id": id, "chat_id": chat, "from": chat, "status": estado, "timestamp": 1713792453000, "group_call": False,
           "video_call": False, "offline_call": False, **mas}  # fmt: skip
    return {"calls": [una], "event": {"type": "calls", "event": "post"}, "channel_id": "MANTIS-M72HC"}


@pytest.mark.parametrize(("estado", "mas", "cuerpo"), [
    ("missed", {}, "Llamada perdida"), ("missed", {"video_call": True}, "Videollamada perdida"),
    ("answered", {}, "Llamada contestada"), ("canceled", {}, "Llamada cancelada"), ("ringing", {}, "Llamada entrante"),
    ("missed", {"from": f"{LINEA}@s.whatsapp.net"}, "Llamada sin respuesta"),
])  # fmt: skip
def test_una_llamada_es_una_linea_del_chat_con_sus_palabras(
    con_chat: Sesion, estado: str, mas: Json, cuerpo: str
) -> None:
    entregar(con_chat.app, **llamada(estado, **mas))
    vista = ver(con_chat, "CallAbCdEf0123456789-x")
    assert (vista["type"], vista["body"], vista["data"]["status"]) == ("call", cuerpo, estado)
    assert vista["date_sent"] == "2024-04-22T13:27:33+00:00"
    assert vista["direction"] == ("outbound" if "from" in mas else "inbound")


@pytest.mark.parametrize("orden", list(itertools.permutations(["initiated", "ringing", "missed"])))
def test_sus_pasos_en_cualquier_orden_son_la_misma_linea_y_cuenta_como_no_leida_al_perderse(
    con_chat: Sesion, limpio: BaseDatos, orden: tuple[str, ...]
) -> None:
    antes = en_lista(con_chat)["unread_count"]
    for estado in orden:
        entregar(con_chat.app, **llamada(estado))
        esperado = antes + ("missed" in orden[: orden.index(estado) + 1])
        assert en_lista(con_chat)["unread_count"] == esperado
    assert [m["body"] for m in mensajes(con_chat) if m["type"] == "call"] == ["Llamada perdida"]
    exigir_coherencia(limpio)


def test_una_llamada_contestada_no_queda_por_leer_ni_vuelve_a_perdida(con_chat: Sesion) -> None:
    antes = en_lista(con_chat)["unread_count"]
    for estado in ("missed", "answered", "missed"):
        entregar(con_chat.app, **llamada(estado))
    assert (ver(con_chat, "CallAbCdEf0123456789-x")["body"], en_lista(con_chat)["unread_count"]) == (
        "Llamada contestada",
        antes,
    )


def test_la_misma_llamada_como_mensaje_no_se_dobla(con_chat: Sesion) -> None:
    como_mensaje = mensaje(CLIENTE, "call", None, id="CallAbCdEf0123456789-x")
    for entregas in ((como_mensaje,), ()):
        entregar(con_chat.app, *entregas, **llamada("missed"))
    entregar(con_chat.app, como_mensaje)
    assert [m["body"] for m in mensajes(con_chat) if m["type"] == "call"] == ["Llamada perdida"]


def test_solo_al_perderse_suena(con_chat: Sesion, pantalla: Escucha) -> None:
    entregar(con_chat.app, **llamada("ringing"))
    aviso = pantalla.uno("message_update", plazo=PLAZO)
    assert (aviso["type"], aviso["data"]["status"]) == ("call", "ringing") and not pantalla.eventos("new_message")
    entregar(con_chat.app, **llamada("missed"))
    suena = pantalla.uno("new_message", plazo=PLAZO)
    assert (suena["seq"], suena["body"]) == (aviso["seq"], "Llamada perdida")


def test_quien_solo_llama_tambien_es_un_cliente_y_le_toca_un_agente(
    app: AppEnMarcha, agente1: Sesion, limpio: BaseDatos, escucha: Callable[..., Escucha]
) -> None:
    pantalla = escucha(app, agente1)
    entregar(app, **llamada("ringing", numero=NUEVO))
    assert pantalla.uno("new_message", plazo=PLAZO)["numero"] == NUEVO  # estrena la conversación: la lista debe verla
    assert limpio.consultar("SELECT agente, no_leidos FROM chat_conversaciones") == [("agente1", 0)]
    recibir(app, "573119998878", "hola")
    assert (
        limpio.valor("SELECT agente_asignado FROM conversaciones_whatsapp WHERE numero_telefono = '+573119998878'")
        == "agente2"
    )


def test_dos_pasos_a_la_vez_no_se_pierden_uno_al_otro(app: AppEnMarcha, limpio: BaseDatos) -> None:
    cuerpos = [
        llamada(estado, id=f"Call{n}-abcdefgh", numero=NUEVO) for n in range(12) for estado in ("ringing", "missed")
    ]
    assert set(a_la_vez([lambda c=c: webhook(app, c).status_code for c in cuerpos])) == {200}
    assert limpio.consultar("SELECT DISTINCT cuerpo FROM chat_mensajes") == [("Llamada perdida",)]
    assert limpio.consultar("SELECT total_mensajes, no_leidos FROM chat_conversaciones") == [(12, 12)]


def test_las_de_grupo_no_son_de_nadie(app: AppEnMarcha, limpio: BaseDatos) -> None:
    entregar(app, **llamada("missed", group_call=True), messages=[])
    entregar(app, calls=[{"id": "x", "chat_id": "120363194050948049@g.us", "from": CHAT, "status": "missed"}])
    assert limpio.valor("SELECT count(*) FROM chat_conversaciones") == 0
