"""Lo que llegó sin su contenido se vuelve a pedir, aparte y con tope, y completa la misma fila."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion
from tests.contenido.conftest import CLIENTE, PLAZO, accion, en_lista, entregar, ver

ENLACE = {"body": "mire https://x.co", "title": "X", "url": "https://x.co"}
DOS_RONDAS = 40.0  # si el proveedor no contesta, lo que sigue espera a la otra: hay una cada 15 s
PENDIENTES = "SELECT count(*) FROM chat_pedidos WHERE proximo_en IS NOT NULL"


def sin_contenido(simulador: Simulador, tipo: str) -> tuple[Json, Json]:
    """Un mensaje como lo tiene el proveedor, y como llega: sin su objeto."""
    entero = simulador.mensaje(tipo, CLIENTE, "Ana", contenido=ENLACE if tipo == "link_preview" else None)
    simulador.estado.guardar_mensaje(entero)
    return entero, {clave: valor for clave, valor in entero.items() if clave != tipo}


def test_un_enlace_sin_objeto_se_guarda_enseguida_y_despues_se_completa_en_su_fila(
    con_chat: Sesion, simulador: Simulador, pantalla: Escucha, limpio: BaseDatos
) -> None:
    entero, vacio = sin_contenido(simulador, "link_preview")
    entregar(con_chat.app, vacio)
    llego = pantalla.uno("new_message", plazo=PLAZO)
    completo = pantalla.uno("message_update", lambda e: e["body"] == "mire https://x.co", plazo=PLAZO)
    assert (llego["type"], llego["body"]) == ("link_preview", "Mensaje con enlace")
    assert completo["seq"] == llego["seq"] and completo["data"]["title"] == "X"
    assert en_lista(con_chat)["last_message"] == "mire https://x.co"
    assert limpio.consultar("SELECT crudo FROM chat_mensajes WHERE mensaje_id = %s", (entero["id"],)) == [(None,)]
    assert limpio.valor("SELECT count(*) FROM chat_pedidos") == 0
    assert sum(p.ruta == f"/messages/{entero['id']}" for p in simulador.peticiones) == 1


@pytest.mark.parametrize("vacio", [None, {}, {"id": "media_init"}])
def test_un_archivo_que_llego_nulo_se_completa_y_se_apunta_para_traerlo(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos, vacio: object
) -> None:
    entero = simulador.mensaje("image", CLIENTE, "Ana")
    simulador.estado.guardar_mensaje(entero)
    entregar(con_chat.app, {**entero, "image": vacio})
    hasta(lambda: ver(con_chat, entero["id"])["media"], PLAZO)
    visto = ver(con_chat, entero["id"])
    assert (visto["type"], visto["body"], visto["media"]["mime"]) == ("image", "la foto", entero["image"]["mime_type"])
    assert (
        limpio.valor("SELECT media_id FROM chat_mensajes WHERE mensaje_id = %s", (entero["id"],))
        == entero["image"]["id"]
    )


def test_si_el_proveedor_no_esta_se_intenta_despues_y_el_mensaje_no_espera(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    simulador.fallar(503, None, en="lectura")
    _, vacio = sin_contenido(simulador, "link_preview")
    entregar(con_chat.app, vacio)
    hasta(lambda: limpio.valor("SELECT intentos FROM chat_pedidos") == 1, PLAZO)
    assert ver(con_chat, vacio["id"])["body"] == "Mensaje con enlace"
    simulador.no_fallar()
    limpio.ejecutar("UPDATE chat_pedidos SET proximo_en = now()")
    hasta(lambda: ver(con_chat, vacio["id"])["body"] == "mire https://x.co", DOS_RONDAS)


def test_al_agotarse_los_intentos_lo_dice(con_chat: Sesion, limpio: BaseDatos, simulador: Simulador) -> None:
    foto = {**simulador.mensaje("image", CLIENTE, "Ana"), "image": None}  # el proveedor tampoco lo tiene
    enlace = {
        clave: v for clave, v in simulador.mensaje("link_preview", CLIENTE, "Ana").items() if clave != "link_preview"
    }
    entregar(con_chat.app, foto, enlace)
    hasta(lambda: limpio.valor("SELECT min(intentos) FROM chat_pedidos") == 1, PLAZO)
    limpio.ejecutar("UPDATE chat_pedidos SET intentos = 5, proximo_en = now()")
    hasta(lambda: limpio.valor(PENDIENTES) == 0 and ver(con_chat, foto["id"])["media"], DOS_RONDAS)
    assert ver(con_chat, foto["id"])["media"]["status"] == "lost"
    hasta(lambda: ver(con_chat, enlace["id"])["body"] == "Mensaje con enlace que WhatsApp no entregó", PLAZO)


def test_un_reinicio_no_pierde_lo_que_faltaba_por_pedir(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    simulador_propio.fallar(503, None, en="lectura")
    entero, vacio = sin_contenido(simulador_propio, "link_preview")
    entregar(app, vacio)
    hasta(lambda: base_datos.valor("SELECT intentos FROM chat_pedidos") == 1, PLAZO)
    app.matar()
    simulador_propio.no_fallar()
    base_datos.ejecutar("UPDATE chat_pedidos SET proximo_en = now()")
    app.arrancar().esperar()
    cuerpo = "SELECT cuerpo FROM chat_mensajes WHERE mensaje_id = %s"
    hasta(lambda: base_datos.valor(cuerpo, (entero["id"],)) == "mire https://x.co", PLAZO)


def test_lo_que_se_edito_o_se_borro_antes_de_completarse_sigue_como_quedo(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    simulador.fallar(503, None, en="lectura")
    _, uno = sin_contenido(simulador, "link_preview")
    _, otro = sin_contenido(simulador, "link_preview")
    entregar(con_chat.app, uno, otro, accion(otro["id"], "delete"))
    entregar(con_chat.app, accion(uno["id"], "edit", edited_type="text", edited_content={"body": "ya no"}))
    hasta(lambda: limpio.valor("SELECT min(intentos) FROM chat_pedidos") == 1, DOS_RONDAS)
    simulador.no_fallar()

    def pedidos_todos() -> bool:  # se vence en cada vuelta: un reclamo en curso habría alargado el plazo otra vez
        limpio.ejecutar("UPDATE chat_pedidos SET proximo_en = now() WHERE proximo_en > now()")
        return bool(limpio.valor("SELECT count(*) FROM chat_pedidos") == 0)

    hasta(pedidos_todos, DOS_RONDAS)
    assert (ver(con_chat, uno["id"])["body"], ver(con_chat, otro["id"])["body"]) == ("ya no", "Se eliminó este mensaje")
    antes = "SELECT e.cuerpo FROM chat_ediciones e JOIN chat_mensajes m USING (seq) WHERE m.mensaje_id = %s"
    assert limpio.consultar(antes, (uno["id"],)) == [("mire https://x.co",)]


def test_lo_que_solo_se_ve_una_vez_no_se_vuelve_a_pedir(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    entregar(con_chat.app, {**simulador.mensaje("image", CLIENTE, "Ana"), "image": {"view_once": True}})
    assert limpio.valor("SELECT count(*) FROM chat_pedidos") == 0


def test_el_mismo_mensaje_entregado_otra_vez_con_su_contenido_lo_completa(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    simulador.fallar(503, None, en="lectura")
    entero, vacio = sin_contenido(simulador, "link_preview")
    entregar(con_chat.app, vacio)
    entregar(con_chat.app, entero)
    assert ver(con_chat, entero["id"])["body"] == "mire https://x.co"
    assert limpio.valor("SELECT count(*) FROM chat_pedidos") == 0
