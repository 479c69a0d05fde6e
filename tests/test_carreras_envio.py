"""Enviar y leer mientras llega de todo: una respuesta es un mensaje, y la cuenta de no leídos es la verdad."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, entrega, entrega_estados, estado, mensaje_texto, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import a_la_vez, hasta
from tests.apoyo.sesiones import Sesion
from tests.apoyo.transacciones import abierta, esperan_candado, guardar
from tests.apoyo.verdades import exigir_coherencia

NUMERO = "573170000001"
MODOS = (None, "eco_antes", "estados_antes", "estados_al_reves", "sin_eco")
PROPIOS = "SELECT client_id, mensaje_id, estado, error FROM chat_mensajes WHERE saliente ORDER BY seq"


@pytest.fixture
def chat(app: AppEnMarcha, agente1: Sesion, simulador: Simulador) -> Iterator[Sesion]:
    """Una conversación de agente1 y un proveedor que a veces corre más que su propia respuesta."""
    recibir(app, NUMERO, "hola")
    azar = random.Random(3)
    rapidas = replace(simulador.demoras, eco=0.0, sent=0.0, delivered=0.0, read=0.0)
    simulador.demoras_de = lambda _m: replace(rapidas, eco=azar.random() / 50, sent=azar.random() / 50)
    yield agente1
    simulador.demoras_de = None


def _enviar(sesion: Sesion, texto: str, client_id: str) -> Callable[[], tuple[int, Json]]:
    def uno() -> tuple[int, Json]:
        cuerpo = {"to": NUMERO, "message": texto, "client_id": client_id}
        respuesta = sesion.post("api/enviar-mensaje", json=cuerpo)
        return respuesta.status_code, respuesta.json()

    return uno


def _todos_leidos(base: BaseDatos, cuantos: int) -> list[tuple[Any, ...]]:
    def leidos() -> list[tuple[Any, ...]]:
        filas = base.consultar(PROPIOS)
        return filas if [f[2] for f in filas] == ["read"] * cuantos else []

    return hasta(leidos, 15)


@pytest.mark.parametrize("textos", ["distintos", "iguales"])
def test_el_eco_la_respuesta_y_los_estados_en_cualquier_orden_hacen_un_solo_mensaje(
    app: AppEnMarcha, chat: Sesion, limpio: BaseDatos, simulador: Simulador, textos: str
) -> None:
    azar = random.Random(5)
    tareas = []
    for i in range(40):
        if modo := azar.choice(MODOS):
            simulador.fallar(modo)
        tareas.append(_enviar(chat, "va" if textos == "iguales" else f"va {i}", f"c{i}"))
    for i in range(0, 40, 8):
        for codigo, cuerpo in a_la_vez(tareas[i : i + 8]):
            assert codigo == 200, cuerpo
    filas = _todos_leidos(limpio, 40)
    aceptados = {e.id: e.cuerpo["body"] for e in simulador.aceptados}
    assert len(simulador.enviados) == 40
    assert {f[1] for f in filas} == set(aceptados)
    assert {f[0] for f in filas} == {f"c{i}" for i in range(40)}
    cuerpos = dict(limpio.consultar("SELECT mensaje_id, cuerpo FROM chat_mensajes WHERE saliente"))
    assert cuerpos == aceptados
    exigir_coherencia(limpio)


def test_el_eco_de_otro_programa_con_el_mismo_texto_no_se_pierde_ni_se_confunde_con_el_nuestro(
    app: AppEnMarcha, chat: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar("lento", segundos=0.4)
    ajeno = mensaje_texto(NUMERO, "buenos días", from_me=True, source="api", status="sent")

    def eco_ajeno() -> tuple[int, Json]:
        hasta(lambda: limpio.consultar("SELECT 1 FROM chat_mensajes WHERE saliente"), 5, 0.01)
        webhook(app, entrega(ajeno))
        return webhook(app, entrega_estados(estado(ajeno["id"], "delivered"))).status_code, {}

    (codigo, cuerpo), (estados, _) = a_la_vez([_enviar(chat, "buenos días", "nuestro"), eco_ajeno])
    assert (codigo, estados) == (200, 200)
    simulador.esperar_entregas()
    filas = {f[1]: (f[0], f[2]) for f in limpio.consultar(PROPIOS)}
    assert filas == {cuerpo["message_id"]: ("nuestro", "read"), ajeno["id"]: (None, "delivered")}
    exigir_coherencia(limpio)


def test_el_mismo_client_id_desde_dos_pantallas_a_la_vez_llega_una_vez_al_proveedor(
    chat: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar("lento", None, segundos=0.15)
    for ronda in range(4):
        respuestas = a_la_vez([_enviar(chat, f"doble clic {ronda}", f"doble-{ronda}")] * 5)
        assert {codigo for codigo, _ in respuestas} == {200}
        assert len({cuerpo["message"]["seq"] for _, cuerpo in respuestas}) == 1
    assert len(simulador.enviados) == 4
    assert [f[0] for f in _todos_leidos(limpio, 4)] == [f"doble-{r}" for r in range(4)]


def test_reintentar_desde_varias_pantallas_a_la_vez_es_un_solo_reenvio(
    chat: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar(429)
    codigo, cuerpo = _enviar(chat, "segundo intento", "reintento")()
    assert (codigo, cuerpo["message"]["status"]) == (502, "failed")
    simulador.fallar("lento", segundos=0.2)
    seq = cuerpo["message"]["seq"]
    codigos = a_la_vez([lambda: chat.post("api/reintentar-mensaje", json={"seq": seq}).status_code] * 5)
    assert Counter(codigos) == {200: 1, 409: 4}
    assert len(simulador.enviados) == 2
    assert _todos_leidos(limpio, 1)[0][0] == "reintento"


def test_los_estados_que_llegan_antes_desordenados_y_repetidos_dejan_el_mas_avanzado(
    app: AppEnMarcha, chat: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    for ronda in range(10):
        simulador.fallar("sin_estados")
        _, cuerpo = _enviar(chat, f"estados {ronda}", f"e{ronda}")()
        pasos = ["sent", "delivered", "read", "failed", "delivered", "sent"]
        random.Random(ronda).shuffle(pasos)
        propio = cuerpo["message_id"]
        entregas = [entrega_estados(estado(propio, paso)) for paso in pasos]
        codigos = a_la_vez([lambda e=e: webhook(app, e).status_code for e in entregas])
        assert codigos == [200] * len(pasos)
        assert limpio.valor("SELECT estado FROM chat_mensajes WHERE mensaje_id = %s", (propio,)) == "read"
    assert limpio.valor("SELECT count(*) FROM chat_estados_sueltos") == 0


def test_el_estado_y_su_mensaje_a_la_vez_no_se_pierden_uno_al_otro(app: AppEnMarcha, limpio: BaseDatos) -> None:
    recibir(app, NUMERO, "hola")
    ecos = [mensaje_texto(NUMERO, f"desde el teléfono {i}", from_me=True, status="sent") for i in range(25)]
    tareas = [lambda m=m: webhook(app, entrega(m)).status_code for m in ecos]
    tareas += [lambda m=m: webhook(app, entrega_estados(estado(m["id"], "read"))).status_code for m in ecos]
    random.Random(1).shuffle(tareas)
    assert set(a_la_vez(tareas)) == {200}
    assert Counter(f[2] for f in limpio.consultar(PROPIOS)) == {"read": 25}
    assert limpio.valor("SELECT count(*) FROM chat_estados_sueltos") == 0
    exigir_coherencia(limpio)


def test_marcar_leido_mientras_llegan_mensajes_deja_la_cuenta_verdadera(
    app: AppEnMarcha, agente1: Sesion, limpio: BaseDatos
) -> None:
    base = int(time.time()) - 200
    recibir(app, NUMERO, "primero", en=base)
    marcados: list[int] = []

    def recibir_varios(desde: int) -> Callable[[], None]:
        return lambda: [recibir(app, NUMERO, f"m{i}", en=base + 1 + i) for i in range(desde, 40, 4)] and None

    def marcar() -> None:
        for _ in range(25):
            ultimo = agente1.get(f"api/conversacion/{NUMERO}?limit=1").json()["twilio_messages"][0]["seq"]
            respuesta = agente1.post(f"api/marcar-leido/{NUMERO}", json={"hasta": ultimo})
            assert respuesta.status_code == 200
            marcados.append(ultimo)

    a_la_vez([*(recibir_varios(n) for n in range(4)), marcar])
    faltan = limpio.valor("SELECT no_leidos FROM chat_conversaciones")
    verdad = limpio.consultar(
        "SELECT count(*) FROM chat_mensajes m, chat_mensajes u WHERE u.seq = %s AND NOT m.saliente"
        " AND (m.enviado_en, m.seq) > (u.enviado_en, u.seq)",
        (marcados[-1],),
    )[0][0]
    # Los que llegaron tarde con hora anterior a lo ya leído siguen contando: nadie los ha visto.
    assert verdad <= faltan <= 40
    ultimo = agente1.get(f"api/conversacion/{NUMERO}").json()["twilio_messages"][-1]["seq"]
    assert agente1.post(f"api/marcar-leido/{NUMERO}", json={"hasta": ultimo}).json()["unread_count"] == 0
    exigir_coherencia(limpio)


def test_los_no_leidos_que_cuentan_la_lista_el_chat_y_los_eventos_son_los_de_la_base(
    app: AppEnMarcha, agente1: Sesion, limpio: BaseDatos, escucha: Callable[..., Escucha]
) -> None:
    pantalla = escucha(app, agente1)
    base = int(time.time()) - 100
    mensajes = [mensaje_texto(NUMERO, f"m{i}", en=base + i) for i in range(20)]
    for m in mensajes[:10]:
        webhook(app, entrega(m))
    decimo = agente1.get(f"api/conversacion/{NUMERO}").json()["twilio_messages"][-1]["seq"]
    tareas = [lambda m=m: webhook(app, entrega(m)).status_code for m in mensajes[10:]]
    a_la_vez([*tareas, lambda: agente1.post(f"api/marcar-leido/{NUMERO}", json={"hasta": decimo}).status_code])
    cuenta = limpio.valor("SELECT no_leidos FROM chat_conversaciones")
    assert cuenta == 10
    assert agente1.get("api/conversaciones").json()["conversaciones"][NUMERO]["unread_count"] == cuenta
    assert agente1.get(f"api/conversacion/{NUMERO}").json()["unread_count"] == cuenta
    assert max(e["message_count"] for e in pantalla.esperar("new_message", 20)) == 20
    assert agente1.post(f"api/marcar-leido/{NUMERO}").json()["unread_count"] == 0


def _mientras(base: BaseDatos, mensaje_id: str, saliente: bool, otra_cosa: Callable[[], int]) -> int:
    """Hace otra cosa mientras ese mensaje está guardado y sin confirmar; confirma cuando la otra ya espera."""

    def confirmar() -> int:
        with abierta(base) as lenta:
            guardar(lenta, mensaje_id, NUMERO, saliente=saliente)
            guardado.set()
            with suppress(AssertionError):  # quien no espera a nadie no se detiene, y eso es lo que se verá
                hasta(lambda: esperan_candado(base), 0.7, 0.01)
            lenta.commit()
        return 0

    guardado = threading.Event()
    return a_la_vez([confirmar, lambda: guardado.wait(5) and otra_cosa()])[1]


def test_un_estado_que_llega_con_su_mensaje_a_medio_guardar_espera_y_se_aplica(
    app: AppEnMarcha, limpio: BaseDatos
) -> None:
    recibir(app, NUMERO, "hola")
    leido = entrega_estados(estado("a-medias", "read"))
    assert _mientras(limpio, "a-medias", True, lambda: webhook(app, leido).status_code) == 200
    assert limpio.valor("SELECT estado FROM chat_mensajes WHERE mensaje_id = 'a-medias'") == "read"


def test_marcar_leido_con_un_mensaje_a_medio_guardar_no_lo_da_por_leido(
    app: AppEnMarcha, agente1: Sesion, limpio: BaseDatos
) -> None:
    recibir(app, NUMERO, "visto", en=1_600_000_000)
    visto = agente1.get(f"api/conversacion/{NUMERO}").json()["twilio_messages"][0]["seq"]

    def marcar() -> int:
        return agente1.post(f"api/marcar-leido/{NUMERO}", json={"hasta": visto}).status_code

    assert _mientras(limpio, "sin-ver", False, marcar) == 200
    assert limpio.valor("SELECT no_leidos FROM chat_conversaciones") == 1
