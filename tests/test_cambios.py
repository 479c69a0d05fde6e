"""Lo que una pantalla pregunta al volver: nada se le pierde, aunque las transacciones terminen en otro orden."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, entrega_estados, estado, recibir, webhook
from tests.apoyo.rafagas import a_la_vez
from tests.apoyo.sesiones import Sesion
from tests.apoyo.transacciones import abierta, guardar, ordenar

NUMERO, OTRO = "573180000001", "573180000003"


class Pantalla:
    """Un agente que pregunta y recuerda, como hace el navegador."""

    def __init__(self, sesion: Sesion) -> None:
        self._sesion = sesion
        self.mensajes: dict[int, Json] = {}
        self.chats: dict[str, Json] = {}
        self.cargar()

    def cargar(self) -> None:
        pagina = self._sesion.get("api/conversaciones?limit=100").json()
        self.cursor, self.chats = pagina["cursor"], dict(pagina["conversaciones"])

    def preguntar(self) -> Json:
        respuesta = self._sesion.get("api/cambios", params={"desde": self.cursor})
        assert respuesta.status_code == 200, respuesta.text
        cambios: Json = respuesta.json()
        self.cursor = cambios["cursor"]
        self.mensajes |= {m["seq"]: m for m in cambios["mensajes"]}
        self.chats |= cambios["conversaciones"]
        for quitada in cambios["quitadas"]:
            self.chats.pop(quitada, None)
        return cambios

    def ids(self) -> set[str]:
        return {m["id"] for m in self.mensajes.values()}


@pytest.fixture
def pantalla(app: AppEnMarcha, agente1: Sesion) -> Pantalla:
    """agente1 con dos chats suyos (entre uno y otro, el turno de agente2)."""
    for numero in (NUMERO, "573180000002", OTRO):
        recibir(app, numero, "hola")
    return Pantalla(agente1)


def _dar(base: BaseDatos, numero: str, agente: str | None) -> None:
    base.ejecutar(
        "UPDATE conversaciones_whatsapp SET agente_asignado = %s WHERE numero_telefono = %s", (agente, f"+{numero}")
    )


def test_lo_que_confirma_tarde_no_se_pierde_aunque_otros_hayan_confirmado_antes(
    app: AppEnMarcha, pantalla: Pantalla, limpio: BaseDatos
) -> None:
    with abierta(limpio) as lenta:
        guardar(lenta, "tarde-1", NUMERO)
        adelantados = [recibir(app, OTRO, f"adelantado {i}")["id"] for i in range(5)]
        pantalla.preguntar()
        assert set(adelantados) <= pantalla.ids()
        assert "tarde-1" not in pantalla.ids()
        adelantados.append(recibir(app, OTRO, "otro más")["id"])
        pantalla.preguntar()
        lenta.commit()
    pantalla.preguntar()
    assert {*adelantados, "tarde-1"} <= pantalla.ids()
    assert pantalla.chats[NUMERO]["message_count"] == 2


def test_lo_que_empezo_antes_de_cargar_la_lista_y_confirma_despues_tambien_llega(
    agente1: Sesion, pantalla: Pantalla, limpio: BaseDatos
) -> None:
    with abierta(limpio) as lenta:
        guardar(lenta, "durante-la-carga", NUMERO)
        pantalla.cargar()
        lenta.commit()
    pantalla.preguntar()
    assert "durante-la-carga" in pantalla.ids()


def test_quien_pregunta_sin_parar_mientras_escriben_varios_no_se_pierde_nada(
    app: AppEnMarcha, pantalla: Pantalla, limpio: BaseDatos
) -> None:
    fin = threading.Event()
    azar = random.Random(2)
    esperados: list[str] = []

    def por_webhook(numero: str) -> Callable[[], None]:
        return lambda: esperados.extend(recibir(app, numero, f"w{i}")["id"] for i in range(40))

    def a_mano(numero: str, nombre: str) -> Callable[[], None]:
        def escribir() -> None:
            for i in range(15):
                with abierta(limpio) as conexion:
                    ordenar(conexion, "SELECT pg_current_xact_id()")
                    time.sleep(azar.random() / 60)
                    guardar(conexion, f"{nombre}-{i}", numero)
                    time.sleep(azar.random() / 60)
                    conexion.commit()
                esperados.append(f"{nombre}-{i}")

        return escribir

    def preguntar() -> None:
        while not fin.is_set():
            assert pantalla.preguntar()["reset"] is False

    lector = threading.Thread(target=preguntar)
    lector.start()
    a_la_vez([por_webhook(NUMERO), por_webhook(OTRO), a_mano(NUMERO, "x"), a_mano(OTRO, "y"), a_mano(NUMERO, "z")])
    fin.set()
    lector.join()
    pantalla.preguntar()
    assert len(esperados) == 125
    assert set(esperados) - pantalla.ids() == set()
    for numero in (NUMERO, OTRO):
        total = limpio.valor("SELECT total_mensajes FROM chat_conversaciones WHERE numero = %s", (f"+{numero}",))
        assert pantalla.chats[numero]["message_count"] == total


def test_un_estado_nuevo_de_un_mensaje_viejo_tambien_es_un_cambio(
    app: AppEnMarcha, pantalla: Pantalla, agente1: Sesion
) -> None:
    enviado = agente1.post("api/enviar-mensaje", json={"to": NUMERO, "message": "hola"}).json()["message"]
    pantalla.preguntar()
    webhook(app, entrega_estados(estado(enviado["id"], "played")))
    pantalla.preguntar()
    assert pantalla.mensajes[enviado["seq"]]["status"] == "played"


def test_reasignar_quita_el_chat_a_uno_y_se_lo_da_al_otro(
    app: AppEnMarcha, pantalla: Pantalla, agente2: Sesion, limpio: BaseDatos
) -> None:
    otra = Pantalla(agente2)
    _dar(limpio, NUMERO, "agente2")
    assert pantalla.preguntar()["quitadas"] == [NUMERO]
    assert NUMERO in otra.preguntar()["conversaciones"]
    recibir(app, NUMERO, "ya no es de agente1")
    despues = pantalla.preguntar()
    assert NUMERO not in despues["conversaciones"]
    assert despues["mensajes"] == []
    assert otra.preguntar()["mensajes"][0]["body"] == "ya no es de agente1"


@pytest.mark.parametrize("camino", [["agente2", "agente3"], ["agente2", None], [None, "agente2"], ["x", "y", "z"]])
def test_reasignar_varias_veces_entre_dos_preguntas_no_deja_el_chat_en_la_pantalla_del_primero(
    pantalla: Pantalla, limpio: BaseDatos, camino: list[str | None]
) -> None:
    for agente in camino:
        _dar(limpio, NUMERO, agente)
    pantalla.preguntar()
    assert set(pantalla.chats) == {OTRO}


def test_ida_y_vuelta_entre_dos_preguntas_deja_el_chat_donde_estaba(pantalla: Pantalla, limpio: BaseDatos) -> None:
    for agente in ("agente2", "agente3", "agente1"):
        _dar(limpio, NUMERO, agente)
    assert pantalla.preguntar()["quitadas"] == []
    assert set(pantalla.chats) == {NUMERO, OTRO}


def test_a_quien_ya_no_atiende_un_chat_no_se_le_vuelve_a_contar_nada_de_el(
    app: AppEnMarcha, pantalla: Pantalla, limpio: BaseDatos
) -> None:
    _dar(limpio, NUMERO, "agente2")
    pantalla.preguntar()
    pantalla.preguntar()
    recibir(app, NUMERO, "actividad ajena")
    cambios = pantalla.preguntar()
    assert (cambios["quitadas"], cambios["conversaciones"], cambios["mensajes"]) == ([], {}, [])


@pytest.mark.parametrize("cursor", ["9999999999999999999", "9223372036854775807"])
def test_un_cursor_del_futuro_pide_cargar_todo(agente1: Sesion, cursor: str) -> None:
    cambios = agente1.get("api/cambios", params={"desde": cursor}).json()
    assert (cambios["success"], cambios["reset"], cambios["mensajes"]) == (True, True, [])
    assert agente1.get("api/cambios", params={"desde": cambios["cursor"]}).json()["reset"] is False


@pytest.mark.parametrize("cursor", ["", "abc", "-1", "1.5", "٣", "1" * 20, "1;DROP TABLE chat_mensajes", "\x00"])
def test_un_cursor_que_no_lo_es_se_rechaza_con_su_frase(agente1: Sesion, cursor: str) -> None:
    respuesta = agente1.get("api/cambios", params={"desde": cursor})
    assert respuesta.status_code == 400
    assert "cursor" in respuesta.json()["error"]


def test_un_cursor_muy_viejo_con_demasiados_cambios_pide_cargar_todo(
    pantalla: Pantalla, agente1: Sesion, limpio: BaseDatos
) -> None:
    limpio.ejecutar(
        "INSERT INTO chat_mensajes (conversacion_id, mensaje_id, chat_id, saliente, tipo, estado, enviado_en, origen)"
        " SELECT id, 'muchos-' || n, 'x', FALSE, 'text', 'delivered', now(), 'customer'"
        " FROM chat_conversaciones, generate_series(1, 1001) n WHERE numero = %s",
        (f"+{NUMERO}",),
    )
    cambios = pantalla.preguntar()
    assert (cambios["reset"], cambios["mensajes"]) == (True, [])
    assert pantalla.preguntar()["reset"] is False
