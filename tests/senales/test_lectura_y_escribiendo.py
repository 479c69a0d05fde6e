"""Que el cliente sepa que se leyó y que se le escribe, y que el dueño sepa que el cliente escribe. Nada se guarda."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion, entrar
from tests.conftest import ArrancarApp

NUMERO = "573001234567"
CHAT = f"{NUMERO}@s.whatsapp.net"


def leidos(simulador: Simulador) -> list[str]:
    return [p.ruta.removeprefix("/messages/") for p in simulador.peticiones
            if p.metodo == "PUT" and p.ruta.startswith("/messages/")]


def presencias(simulador: Simulador) -> list[Json]:
    return [{"id": p.ruta.removeprefix("/presences/"), **p.cuerpo} for p in simulador.peticiones
            if p.metodo == "PUT" and p.ruta.startswith("/presences/")]


def al_final(app: AppEnMarcha, simulador: Simulador, numero: str = "573009999999") -> None:
    """Otra señal, detrás de las de antes en la cola: cuando llega, las de antes ya salieron o no saldrán."""
    ultimo = recibir(app, numero, "la última")
    sesiones = [entrar(app, usuario) for usuario in ("agente1", "agente2")]
    assert 200 in [una.post(f"api/marcar-leido/{numero}", json={}).status_code for una in sesiones]
    hasta(lambda: ultimo["id"] in leidos(simulador), 20)


# --- leído


def test_marcar_leido_se_lo_dice_al_cliente_una_vez_y_del_ultimo(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador
) -> None:
    for n in range(3):
        ultimo = recibir(app, NUMERO, f"m{n}", en=time.time() - 100 + n)
    for _ in range(3):
        assert agente1.post(f"api/marcar-leido/{NUMERO}", json={}).status_code == 200
    hasta(lambda: leidos(simulador), 20)
    al_final(app, simulador)
    assert leidos(simulador)[0] == ultimo["id"] and leidos(simulador).count(ultimo["id"]) == 1
    assert len(leidos(simulador)) == 2


def test_leer_hasta_un_mensaje_confirma_ese_y_no_los_de_despues(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador
) -> None:
    uno = recibir(app, NUMERO, "uno", en=time.time() - 100)
    recibir(app, NUMERO, "dos", en=time.time() - 90)
    seq = agente1.get(f"api/conversacion/{NUMERO}").json()["twilio_messages"][0]["seq"]
    agente1.post(f"api/marcar-leido/{NUMERO}", json={"hasta": seq})
    hasta(lambda: leidos(simulador) == [uno["id"]], 20)


def test_si_el_proveedor_falla_la_ruta_no_se_entera_ni_insiste(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador
) -> None:
    recibir(app, NUMERO, "hola")
    simulador.poner_linea("QR", avisar=False)
    inicio = time.monotonic()
    assert agente1.post(f"api/marcar-leido/{NUMERO}", json={}).status_code == 200
    assert time.monotonic() - inicio < 5
    simulador.poner_linea("AUTH", avisar=False)
    agente1.post(f"api/marcar-leido/{NUMERO}", json={})
    al_final(app, simulador)
    assert len(leidos(simulador)) <= 2


def test_con_el_interruptor_apagado_el_cliente_no_se_entera(
    app: AppEnMarcha, agente1: Sesion, agente2: Sesion, simulador: Simulador
) -> None:
    assert agente1.get("api/senales").json() == {
        "success": True, "read_receipts": True, "read_receipts_allowed": True, "typing": True
    }  # fmt: skip
    assert agente1.patch("api/senales", json={"read_receipts": False}).json()["read_receipts"] is False
    assert agente2.get("api/senales").json()["read_receipts"] is True
    callado = recibir(app, NUMERO, "hola")
    agente1.post(f"api/marcar-leido/{NUMERO}", json={})
    al_final(app, simulador)
    assert callado["id"] not in leidos(simulador)
    assert agente1.patch("api/senales", json={"typing": "sí"}).status_code == 400


def test_confirmar_lectura_en_cero_manda_sobre_los_agentes(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador, escucha: Callable[..., Escucha]
) -> None:
    app = arrancar_app(base_datos, {"CONFIRMAR_LECTURA": "0"})
    sesion = entrar(app, "agente1")
    recibir(app, NUMERO, "hola")
    assert sesion.get("api/senales").json()["read_receipts_allowed"] is False
    sesion.post(f"api/marcar-leido/{NUMERO}", json={})
    # «escribiendo…» comparte la cola: cuando sale, la lectura ya habría salido.
    escucha(app, sesion).emitir("typing", {"numero": NUMERO, "state": "typing"})
    hasta(lambda: presencias(simulador_propio), 20)
    assert leidos(simulador_propio) == []


# --- el cliente escribe


@pytest.mark.parametrize("contacto", [NUMERO, CHAT])
@pytest.mark.parametrize(("estado", "visto"), [
    ("typing", "typing"), ("recording", "recording"), ("online", "paused"), ("pending", "paused"), (None, "paused"),
])
def test_que_un_cliente_escribe_llega_solo_a_su_dueno(
    app: AppEnMarcha, agente1: Sesion, agente2: Sesion, escucha: Callable[..., Escucha], contacto: str,
    estado: str | None, visto: str,
) -> None:  # fmt: skip
    recibir(app, NUMERO, "hola")
    uno, dos = escucha(app, agente1), escucha(app, agente2)
    cuerpo = {"presences": [{"contact_id": contacto, "status": estado}]}
    assert webhook(app, cuerpo).status_code == 200
    assert uno.uno("typing", plazo=15) == {"numero": NUMERO, "state": visto}
    assert dos.eventos("typing") == []


@pytest.mark.parametrize("presencias", [
    "x", {}, [None], [{"contact_id": 5}], [{"contact_id": "1203@g.us", "status": "typing"}], [{"status": "typing"}],
    [{"contact_id": "573000000000", "status": "typing"}],
])  # fmt: skip
def test_una_presencia_torcida_o_ajena_no_estorba(app: AppEnMarcha, limpio: BaseDatos, presencias: object) -> None:
    assert webhook(app, {"presences": presencias}).status_code == 200
    assert limpio.valor("SELECT count(*) FROM chat_conversaciones") == 0


def test_abrir_un_chat_pide_su_presencia_una_vez(
    app: AppEnMarcha, agente1: Sesion, agente2: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    numero = "573007770001"  # lo pedido se recuerda media hora: uno que nadie más abra
    recibir(app, numero, "hola")
    for sesion in (agente1, agente2):
        pantalla = escucha(app, sesion)
        for _ in range(2):
            pantalla.emitir("join_conversation", {"numero": numero})
        pantalla.esperar("joined_conversation" if sesion is agente1 else "error", 2, plazo=15)
    hasta(lambda: [p for p in simulador.peticiones if p.metodo == "POST" and p.ruta.startswith("/presences/")], 20)
    al_final(app, simulador)
    pedidas = [p.ruta for p in simulador.peticiones if p.metodo == "POST" and p.ruta.startswith("/presences/")]
    assert pedidas == [f"/presences/{numero}@s.whatsapp.net"]


# --- el agente escribe


def test_mientras_el_agente_escribe_el_cliente_lo_ve_sin_inundar_al_proveedor(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    recibir(app, NUMERO, "hola")
    pantalla = escucha(app, agente1)
    for _ in range(10):
        pantalla.emitir("typing", {"numero": NUMERO, "state": "typing"})
    hasta(lambda: presencias(simulador), 20)
    pantalla.emitir("typing", {"numero": NUMERO, "state": "paused"})
    hasta(lambda: len(presencias(simulador)) >= 2, 20)
    pantalla.emitir("typing", {"numero": NUMERO, "state": "paused"})  # ya no hay nada que retirar
    al_final(app, simulador)
    assert [(p["id"], p["presence"]) for p in presencias(simulador)] == [(CHAT, "typing"), (CHAT, "paused")]


def test_si_el_proveedor_no_conoce_una_palabra_se_usa_la_otra(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador, escucha: Callable[..., Escucha]
) -> None:
    app = arrancar_app(base_datos)
    simulador_propio.estado.palabras_desconocidas.add("paused")
    recibir(app, NUMERO, "hola")
    pantalla = escucha(app, entrar(app, "agente1"))
    pantalla.emitir("typing", {"numero": NUMERO, "state": "typing"})
    hasta(lambda: presencias(simulador_propio), 20)
    pantalla.emitir("typing", {"numero": NUMERO, "state": "paused"})
    hasta(lambda: [p["presence"] for p in presencias(simulador_propio)] == ["typing", "paused", "pause"], 20)


def test_no_se_escribe_en_un_chat_ajeno_ni_con_el_interruptor_apagado(
    app: AppEnMarcha, agente1: Sesion, agente2: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    recibir(app, NUMERO, "hola")
    ajena = escucha(app, agente2)
    ajena.emitir("typing", {"numero": NUMERO, "state": "typing"})
    assert "permiso" in ajena.uno("error", plazo=15)["error"]
    agente1.patch("api/senales", json={"typing": False})
    propia = escucha(app, agente1)
    for torcido in (None, 5, {}, {"numero": None}, {"numero": "x" * 500, "state": "typing"}):
        propia.emitir("typing", torcido)
    propia.emitir("typing", {"numero": NUMERO, "state": "typing"})
    propia.emitir("join_conversation", {"numero": NUMERO})
    propia.uno("joined_conversation", plazo=15)
    al_final(app, simulador)
    assert presencias(simulador) == []
