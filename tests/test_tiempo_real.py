"""Lo que se avisa: a todas las pantallas del dueño, a nadie más, después de confirmar y con la misma forma que REST."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, estado, mensaje_texto, recibir, webhook
from tests.apoyo.en_proceso import en_proceso
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion, entrar

CLIENTE, OTRO = "573001234567", "573007654321"
EVENTOS = ("new_message", "message_status", "conversation_update")
CLAVES_EVENTO_MENSAJE = {
    "numero", "from", "to", "body", "message_id", "chat_id", "type", "timestamp", "direction", "source",
    "id", "seq", "client_id", "date_sent", "status", "media_count", "media_url", "agent", "agent_name", "origin",
    "quoted", "error", "nombre", "unread_count", "message_count", "replaces",
}  # fmt: skip
CLAVES_EVENTO_ESTADO = {
    "message_id", "numero", "status", "status_code", "timestamp", "source", "seq", "client_id", "error",
}  # fmt: skip
CLAVES_EVENTO_CONVERSACION = {"numero", "last_read_timestamp", "event_type", "source"}


class Pantallas:
    """Dos pantallas de agente1 y una de agente2, con un chat de cada uno."""

    def __init__(self, agente1: Sesion, agente2: Sesion, escucha: Callable[..., Escucha]) -> None:
        self.app, self.sesion1, self.sesion2 = agente1.app, agente1, agente2
        recibir(self.app, CLIENTE, "soy de agente1")
        recibir(self.app, OTRO, "soy de agente2")
        self.una, self.otra = escucha(self.app, agente1), escucha(self.app, entrar(self.app, "agente1"))
        self.ajena = escucha(self.app, agente2)

    def llega_a_las_dos(self, evento: str, condicion: Callable[[Any], bool] | None = None) -> dict[str, Any]:
        """El evento llega igual a las dos de agente1; a la de agente2 no le llega ninguno. Devuelve el dato."""
        dato = self.una.uno(evento, condicion)
        assert self.otra.uno(evento, condicion) == dato
        for cualquiera in EVENTOS:
            self.ajena.ninguno(cualquiera, 0.1)
        return dict(dato)


@pytest.fixture
def pantallas(agente1: Sesion, agente2: Sesion, escucha: Callable[..., Escucha]) -> Pantallas:
    return Pantallas(agente1, agente2, escucha)


def _en_rest(sesion: Sesion, seq: int) -> dict[str, Any]:
    pagina = sesion.get(f"api/conversacion/{CLIENTE}").json()["twilio_messages"]
    return next(m for m in pagina if m["seq"] == seq)


def _igual_que_en_rest(dato: dict[str, Any], sesion: Sesion) -> None:
    guardado = _en_rest(sesion, dato["seq"])
    en_evento = {clave: dato[clave] for clave in guardado if clave != "chat_id"}
    assert en_evento == {clave: valor for clave, valor in guardado.items() if clave != "chat_id"}


# --- a todas las suyas y a nadie más


def test_un_entrante_llega_a_todas_las_pantallas_de_su_dueno_y_a_nadie_mas(pantallas: Pantallas) -> None:
    enviado = recibir(pantallas.app, CLIENTE, "hola")
    dato = pantallas.llega_a_las_dos("new_message")
    assert dato["message_id"] == enviado["id"]
    assert dato.keys() >= CLAVES_EVENTO_MENSAJE
    _igual_que_en_rest(dato, pantallas.sesion1)


def test_un_envio_y_sus_estados_llegan_a_todas_y_dicen_lo_mismo_que_rest(pantallas: Pantallas) -> None:
    datos = {"to": CLIENTE, "message": "Buenas", "client_id": "abc-1"}
    enviado = pantallas.sesion1.post("api/enviar-mensaje", json=datos).json()
    pendiente = pantallas.llega_a_las_dos("new_message", lambda d: d["status"] == "pending")
    assert (pendiente["message_id"], pendiente["client_id"]) == (f"local-{pendiente['seq']}", "abc-1")
    leido = pantallas.llega_a_las_dos("message_status", lambda d: d["status"] == "read")
    assert leido.keys() >= CLAVES_EVENTO_ESTADO
    assert (leido["message_id"], leido["seq"], leido["client_id"], leido["status_code"]) == (
        enviado["message_id"], pendiente["seq"], "abc-1", 4,
    )  # fmt: skip
    dato = pantallas.una.eventos("new_message")[-1]
    assert dato["message_id"] == enviado["message_id"] and dato["seq"] == pendiente["seq"]
    assert {d["seq"] for d in pantallas.una.eventos("new_message")} == {pendiente["seq"]}


def test_lo_que_se_escribe_desde_el_telefono_llega_como_saliente(pantallas: Pantallas, simulador: Simulador) -> None:
    simulador.desde_el_telefono(CLIENTE, "respondo desde el celular", esperar=True)
    dato = pantallas.llega_a_las_dos("new_message")
    assert (dato["direction"], dato["origin"], dato["agent"], dato["nombre"]) == (
        "outbound", "phone", None, "Cliente de Prueba",
    )  # fmt: skip
    _igual_que_en_rest(dato, pantallas.sesion1)


@pytest.mark.parametrize("media_url", [None, "https://example.com/foto.jpg"], ids=["texto", "imagen"])
def test_el_eco_adelantado_dice_en_el_evento_lo_mismo_que_en_rest(
    pantallas: Pantallas, simulador: Simulador, media_url: str | None
) -> None:
    recibir(pantallas.app, CLIENTE, "con el reloj del proveedor adelantado", en=time.time() + 60)
    simulador.fallar("eco_antes")
    datos = {"to": CLIENTE, "message": "pie de foto", "media_url": media_url}
    pantallas.sesion1.post("api/enviar-mensaje", json=datos)
    assert simulador.esperar_entregas()
    ecos = pantallas.una.esperar("new_message", condicion=lambda d: d["message_id"] == simulador.enviados[0].id)
    guardado = _en_rest(pantallas.sesion1, ecos[0]["seq"])
    for eco in ecos:
        for clave in ("id", "client_id", "body", "date_sent", "type", "agent", "agent_name", "origin", "media_url"):
            assert eco[clave] == guardado[clave], clave


def test_marcar_leido_llega_a_las_otras_pantallas_del_agente(pantallas: Pantallas) -> None:
    pantallas.sesion1.post(f"api/marcar-leido/{CLIENTE}")
    dato = pantallas.llega_a_las_dos("conversation_update")
    assert dato.keys() >= CLAVES_EVENTO_CONVERSACION
    assert (dato["event_type"], dato["unread_count"]) == ("message_read", 0)
    pantallas.sesion1.post(f"api/marcar-leido/{CLIENTE}")
    pantallas.una.ninguno("conversation_update", 0.2, lambda d: d != dato)


def test_un_chat_empezado_por_el_agente_aparece_en_todas_sus_pantallas(pantallas: Pantallas) -> None:
    pantallas.sesion1.post("api/conversaciones", json={"numero": "573009998877", "nombre": "Nueva"})
    dato = pantallas.llega_a_las_dos("conversation_update")
    assert (dato["event_type"], dato["numero"], dato["nombre"]) == ("assigned", "573009998877", "Nueva")


def test_reasignar_por_sql_se_lo_dice_a_todas_las_pantallas_de_los_dos(pantallas: Pantallas, limpio: BaseDatos) -> None:
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2' WHERE agente_asignado = 'agente1'")
    for pantalla, tipo in (
        (pantallas.una, "unassigned"),
        (pantallas.otra, "unassigned"),
        (pantallas.ajena, "assigned"),
    ):
        (dato,) = pantalla.esperar("conversation_update", condicion=lambda d: d["numero"] == CLIENTE)[:1]
        assert (dato["event_type"], dato["nombre"]) == (tipo, "Cliente de Prueba")


def test_un_aviso_ilegible_en_el_canal_de_la_base_no_deja_sordo_al_proceso(
    pantallas: Pantallas, limpio: BaseDatos
) -> None:
    con_numero_suelto = '{"numero": 573001234567, "antes": null, "ahora": "agente1"}'
    for ilegible in ("no es json", "[]", '{"numero": "+57"}', con_numero_suelto):
        limpio.ejecutar("SELECT pg_notify('chat_dueno', %s)", [ilegible])
    pantallas.app.esperar_en_registro("❌ Aviso de dueño: UndefinedFunction")
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2' WHERE agente_asignado = 'agente1'")
    pantallas.ajena.uno("conversation_update", lambda d: d["event_type"] == "assigned")


# --- cuándo y cuántas veces


def test_lo_avisado_ya_esta_guardado(pantallas: Pantallas) -> None:
    vistos: list[bool] = []
    for n in range(5):
        recibir(pantallas.app, CLIENTE, f"mensaje {n}")
        dato = pantallas.una.esperar("new_message", n + 1)[n]
        vistos.append(_en_rest(pantallas.sesion1, dato["seq"])["body"] == f"mensaje {n}")
    assert vistos == [True] * 5


def test_una_entrega_repetida_no_se_avisa_otra_vez(pantallas: Pantallas) -> None:
    cuerpo = entrega(mensaje_texto(CLIENTE, "una sola vez"))
    for _ in range(4):
        assert webhook(pantallas.app, cuerpo).status_code == 200
    pantallas.llega_a_las_dos("new_message")
    assert len(pantallas.una.eventos("new_message")) == len(pantallas.otra.eventos("new_message")) == 1


def test_un_lote_se_avisa_en_su_orden_y_a_cada_quien_lo_suyo(pantallas: Pantallas) -> None:
    lote = [mensaje_texto(CLIENTE if n % 2 else OTRO, f"n{n}") for n in range(6)]
    webhook(pantallas.app, entrega(*lote))
    assert [d["body"] for d in pantallas.una.esperar("new_message", 3)] == ["n1", "n3", "n5"]
    assert [d["body"] for d in pantallas.ajena.esperar("new_message", 3)] == ["n0", "n2", "n4"]


def test_un_estado_que_no_avanza_no_se_avisa(pantallas: Pantallas, simulador: Simulador) -> None:
    enviado = pantallas.sesion1.post("api/enviar-mensaje", json={"to": CLIENTE, "message": "x"}).json()["message_id"]
    pantallas.una.esperar("message_status", condicion=lambda d: d["status"] == "read")
    pantallas.una.olvidar()
    for atrasado in ("sent", "delivered", "read", "failed"):
        webhook(pantallas.app, {"statuses": [estado(enviado, atrasado)]})
    pantallas.una.ninguno("message_status", 0.2)


def test_avisar_con_una_transaccion_abierta_es_un_error_de_programa(
    monkeypatch: pytest.MonkeyPatch, limpio: BaseDatos
) -> None:
    with en_proceso(monkeypatch, limpio) as app:
        avisos, bd = app.servicios.avisos, app.servicios.bd
        for transaccion in (False, True):
            with pytest.raises(RuntimeError, match="después de confirmar"):
                bd.ejecutar(lambda _: avisos.avisar("new_message", {}, "agente1"), transaccion=transaccion)
        avisos.avisar("new_message", {}, "agente1")


def test_sin_dueno_no_se_avisa_a_nadie(monkeypatch: pytest.MonkeyPatch, limpio: BaseDatos) -> None:
    with en_proceso(monkeypatch, limpio) as app:
        pantalla = app.socket(app.entrar("agente1"))
        app.poner_agentes(agente1={"activo": False}, agente2={"activo": False})
        assert app.recibir(entrega(mensaje_texto(CLIENTE, "¿hay alguien?"))) == 200
        assert [evento["name"] for evento in pantalla.queue] == ["connection_status"]


# --- salir


def test_salir_cierra_los_sockets_de_esa_sesion_y_solo_esos(pantallas: Pantallas) -> None:
    pantallas.sesion1.post("api/logout")
    assert pantallas.una.uno("session_ended") == {"motivo": "Cerraste la sesión"}
    pantallas.una.uno("disconnect")
    recibir(pantallas.app, CLIENTE, "después de salir")
    assert pantallas.otra.uno("new_message")["body"] == "después de salir"
    assert pantallas.otra.conectada and pantallas.ajena.conectada
    assert pantallas.una.eventos("new_message") == []


def test_salir_sin_sesion_no_cierra_los_sockets_de_nadie(pantallas: Pantallas, app: AppEnMarcha) -> None:
    assert Sesion(app).post("api/logout").status_code == 200
    recibir(pantallas.app, CLIENTE, "siguen aquí")
    pantallas.llega_a_las_dos("new_message")


@pytest.mark.parametrize("transporte", ["websocket", "polling"])
def test_los_avisos_llegan_por_websocket_y_por_sondeo(
    agente1: Sesion, escucha: Callable[..., Escucha], transporte: str
) -> None:
    pantalla = escucha(agente1.app, agente1, transportes=(transporte,))
    enviado = recibir(agente1.app, CLIENTE, "hola")
    assert pantalla.uno("new_message")["message_id"] == enviado["id"]


def test_la_galleta_vieja_no_abre_sockets_tras_cerrar_la_sesion(
    agente1: Sesion, escucha: Callable[..., Escucha]
) -> None:
    agente1.post("api/logout")
    anonima = escucha(agente1.app, agente1, esperar=False)
    assert "Sesión requerida" in str(anonima.uno("connect_error", plazo=2))
