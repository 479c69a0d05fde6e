"""Ecos y estados en cualquier orden: un mensaje es una fila y una burbuja, y su estado nunca retrocede."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from psycopg2.errors import UniqueViolation

from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, entrega_estados, estado, mensaje, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion
from tests.envio.conftest import CLIENTE, enviar, mensajes

ORDEN = ("sent", "delivered", "read", "played")


def _burbujas(pantalla: Escucha) -> dict[int, dict[str, Any]]:
    """Lo que una pantalla muestra tras unir sus eventos por seq, como dice el contrato."""
    burbujas: dict[int, dict[str, Any]] = {}
    for dato in pantalla.eventos("new_message"):
        for absorbida in dato["replaces"]:
            burbujas.pop(absorbida, None)
        burbujas[dato["seq"]] = dato
    for dato in pantalla.eventos("message_status"):
        burbujas[dato["seq"]] = burbujas[dato["seq"]] | {"status": dato["status"], "error": dato["error"]}
    return {seq: b for seq, b in burbujas.items() if b["direction"] == "outbound"}


# --- el eco


@pytest.mark.parametrize("modo", ["eco_antes", "estados_antes", "estados_al_reves", "sin_eco", None], ids=str)
def test_llegue_lo_que_llegue_primero_es_una_fila_una_burbuja_y_leido(
    con_chat: Sesion, simulador: Simulador, escucha: Callable[..., Escucha], limpio: BaseDatos, modo: str | None
) -> None:
    pantalla = escucha(con_chat.app, con_chat)
    if modo:
        simulador.fallar(modo)
    respuesta = enviar(con_chat, "Buenas https://example.com/sede").json()
    assert simulador.esperar_entregas()
    (_, guardado) = mensajes(con_chat)
    assert (guardado["id"], guardado["seq"]) == (respuesta["message_id"], respuesta["message"]["seq"])
    assert (guardado["status"], guardado["agent"], guardado["origin"]) == ("read", "agente1", "agent")
    assert limpio.valor("SELECT count(*) FROM chat_mensajes WHERE saliente") == 1
    assert limpio.valor("SELECT count(*) FROM chat_estados_sueltos") == 0
    pantalla.esperar("new_message", condicion=lambda d: d["message_id"] == respuesta["message_id"])
    (burbuja,) = _burbujas(pantalla).values()
    assert burbuja["seq"] == guardado["seq"]
    assert con_chat.get("api/conversaciones").json()["conversaciones"][CLIENTE]["message_count"] == 2


@pytest.mark.parametrize("modo", ["eco_antes", "estados_antes", None], ids=str)
def test_dos_textos_iguales_a_la_vez_son_dos_mensajes_cada_uno_con_su_id(
    con_chat: Sesion, simulador: Simulador, escucha: Callable[..., Escucha], modo: str | None
) -> None:
    pantalla = escucha(con_chat.app, con_chat)
    if modo:
        simulador.fallar(modo, 2)
    respuestas: dict[str, dict[str, Any]] = {}
    salida = threading.Barrier(2)

    def uno(clic: str) -> None:
        salida.wait()
        respuestas[clic] = enviar(con_chat, "ok", client_id=clic).json()

    hilos = [threading.Thread(target=uno, args=(clic,)) for clic in ("a", "b")]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    assert simulador.esperar_entregas()
    propios = {m["client_id"]: m for m in mensajes(con_chat) if m["direction"] == "outbound"}
    assert propios.keys() == {"a", "b"}
    assert {m["id"] for m in propios.values()} == {e.id for e in simulador.enviados}
    for clic, respuesta in respuestas.items():
        assert propios[clic]["seq"] == respuesta["message"]["seq"]
        assert propios[clic]["status"] == "read" and propios[clic]["error"] is None
    burbujas = _burbujas(pantalla)
    assert {seq: b["message_id"] for seq, b in burbujas.items()} == {m["seq"]: m["id"] for m in propios.values()}


@pytest.mark.parametrize("modo", ["sin_id", "cortar_a_medias", 502], ids=str)
def test_si_la_respuesta_se_pierde_pero_el_eco_llega_el_mensaje_si_salio(
    con_chat: Sesion, simulador: Simulador, modo: str | int
) -> None:
    simulador.fallar(modo, aceptado=True)
    enviar(con_chat, "salió aunque no lo dijeron")
    assert simulador.esperar_entregas()
    (_, guardado) = mensajes(con_chat)
    assert (guardado["id"], guardado["status"], guardado["error"]) == (simulador.aceptados[0].id, "read", None)
    respuesta = con_chat.post("api/reintentar-mensaje", json={"seq": guardado["seq"]})
    assert respuesta.status_code == 409 and len(simulador.enviados) == 1


def test_lo_escrito_en_el_telefono_con_el_mismo_texto_no_se_confunde_con_lo_que_fallo(
    con_chat: Sesion, simulador: Simulador
) -> None:
    simulador.fallar(403)
    enviar(con_chat, "ya le escribo")
    simulador.desde_el_telefono(CLIENTE, "ya le escribo", esperar=True)
    assert [(m["status"], m["origin"]) for m in mensajes(con_chat)[1:]] == [("failed", "agent"), ("sent", "phone")]


# --- los estados


def test_en_cualquier_orden_queda_el_mas_avanzado_y_nunca_retrocede(con_chat: Sesion, simulador: Simulador) -> None:
    simulador.fallar("sin_estados", None)
    for orden in itertools.permutations(ORDEN):
        enviado = enviar(con_chat).json()["message_id"]
        vistos = []
        for paso in orden:
            webhook(con_chat.app, entrega_estados(estado(enviado, paso)))
            vistos.append(ORDEN.index(mensajes(con_chat)[-1]["status"]))
        assert vistos == sorted(vistos) and vistos[-1] == len(ORDEN) - 1, orden


def test_un_lote_desordenado_y_repetido_avisa_cada_paso_una_vez(
    con_chat: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    simulador.fallar("sin_estados")
    enviado = enviar(con_chat).json()["message_id"]
    pantalla = escucha(con_chat.app, con_chat)
    lote = entrega_estados(*(estado(enviado, paso) for paso in ("read", "sent", "delivered", "read")))
    for _ in range(3):
        assert webhook(con_chat.app, lote).status_code == 200
    pantalla.esperar("message_status", condicion=lambda d: d["status"] == "read")
    pantalla.ninguno("message_status", 0.1, lambda d: d["status"] not in ("delivered", "read"))
    assert [d["status"] for d in pantalla.eventos("message_status")] == ["delivered", "read"]


def test_lo_que_whatsapp_no_pudo_entregar_queda_fallido_con_su_motivo_y_se_puede_reintentar(
    con_chat: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    pantalla = escucha(con_chat.app, con_chat)
    simulador.fallar("estado_fallido")
    enviado = enviar(con_chat).json()
    dato = pantalla.uno("message_status", lambda d: d["status"] == "failed")
    assert (dato["status_code"], dato["message_id"]) == (0, enviado["message_id"])
    assert dato["error"].startswith("WhatsApp no pudo entregar el mensaje") and "Recipient" in dato["error"]
    guardado = mensajes(con_chat)[-1]
    assert (guardado["status"], guardado["error"]) == ("failed", dato["error"])
    assert con_chat.post("api/reintentar-mensaje", json={"seq": guardado["seq"]}).status_code == 200
    assert simulador.esperar_entregas()
    assert (mensajes(con_chat)[-1]["status"], len(mensajes(con_chat))) == ("read", 2)


def test_un_fallo_atrasado_no_borra_que_se_leyo(con_chat: Sesion, simulador: Simulador) -> None:
    enviado = enviar(con_chat).json()["message_id"]
    assert simulador.esperar_entregas()
    webhook(con_chat.app, entrega_estados(estado(enviado, "failed")))
    guardado = mensajes(con_chat)[-1]
    assert (guardado["status"], guardado["error"]) == ("read", None)


@pytest.mark.parametrize("entregas", [["sent", "failed"], ["failed", "sent"], ["sent failed"], ["failed pending sent"]])
def test_lo_que_fallo_no_vuelve_a_verse_enviado_en_ningun_orden(
    con_chat: Sesion, simulador: Simulador, entregas: list[str]
) -> None:
    simulador.fallar("sin_estados")
    enviado = enviar(con_chat).json()["message_id"]
    for pasos in entregas:
        webhook(con_chat.app, entrega_estados(*(estado(enviado, paso) for paso in pasos.split())))
    assert mensajes(con_chat)[-1]["status"] == "failed"
    webhook(con_chat.app, entrega_estados(estado(enviado, "delivered")))
    assert (mensajes(con_chat)[-1]["status"], mensajes(con_chat)[-1]["error"]) == ("delivered", None)


def test_los_estados_del_intento_viejo_no_tocan_el_reintento(con_chat: Sesion, simulador: Simulador) -> None:
    simulador.fallar("estado_fallido")
    viejo = enviar(con_chat).json()
    assert simulador.esperar_entregas()
    simulador.fallar("sin_estados")
    con_chat.post("api/reintentar-mensaje", json={"seq": viejo["message"]["seq"]})
    webhook(con_chat.app, entrega_estados(estado(viejo["message_id"], "failed")))
    guardado = mensajes(con_chat)[-1]
    assert (guardado["status"], guardado["error"]) == ("sent", None)


def test_un_estado_no_toca_un_mensaje_del_cliente_ni_inventa_mensajes(con_chat: Sesion, limpio: BaseDatos) -> None:
    entrante = recibir(con_chat.app, CLIENTE, "soy del cliente")
    webhook(con_chat.app, entrega_estados(estado(entrante["id"], "failed"), estado("de-nadie", "read")))
    assert [m["status"] for m in mensajes(con_chat)] == ["delivered", "delivered"]
    assert limpio.valor("SELECT count(*) FROM chat_mensajes") == 2


def test_un_eco_que_llego_con_la_identidad_oculta_se_descuenta_de_su_chat_y_no_del_nuestro(
    con_chat: Sesion, limpio: BaseDatos
) -> None:
    preparar = "SELECT r_seq FROM chat_preparar_envio(%s, 'agente1', 'clic', 'x', 'text', 'hola', NULL, NULL)"
    seq = limpio.valor(preparar, (f"+{CLIENTE}",))
    eco = mensaje("998877665544332", "text", {"body": "hola"}, id="eco-1", from_me=True)
    webhook(con_chat.app, entrega(eco | {"chat_id": "998877665544332@lid", "source": "api"}))
    limpio.ejecutar("SELECT chat_confirmar_envio(%s, 'eco-1')", (seq,))
    contados = "SELECT total_mensajes = (SELECT count(*) FROM chat_mensajes m WHERE m.conversacion_id = c.id),"
    assert limpio.consultar(f"{contados} ultimo_seq FROM chat_conversaciones c ORDER BY id") == [(True, seq), (True, 0)]


def test_un_id_repetido_por_el_proveedor_nunca_borra_lo_que_escribio_el_cliente(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    ajeno = recibir(con_chat.app, CLIENTE, "soy del cliente")["id"]
    seq = enviar(con_chat).json()["message"]["seq"]
    with pytest.raises(UniqueViolation):
        limpio.ejecutar("SELECT chat_confirmar_envio(%s, %s)", (seq, ajeno))
    assert "soy del cliente" in [m["body"] for m in mensajes(con_chat)]


def test_lo_reintentado_cuenta_como_respondido(con_chat: Sesion, simulador: Simulador, limpio: BaseDatos) -> None:
    simulador.fallar(403)
    seq = enviar(con_chat).json()["message"]["seq"]
    recibir(con_chat.app, CLIENTE, "¿hola?")
    limpio.ejecutar("UPDATE chat_conversaciones SET ultimo_en = ultimo_en - INTERVAL '1 minute'")
    assert con_chat.get("api/conversaciones").json()["conteos"]["sin_responder"] == 1
    con_chat.post("api/reintentar-mensaje", json={"seq": seq})
    assert con_chat.get("api/conversaciones").json()["conteos"]["sin_responder"] == 0
