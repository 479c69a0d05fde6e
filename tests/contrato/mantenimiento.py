"""«Mantenimiento»: agregar un agente, desactivarlo un tiempo, y las funciones que la especificación nombra."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import chat_whatsapp
from bandeja.errores import BaseNoDisponible, EntradaInvalida
from bandeja.tareas import Tareas
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import entrega, mensaje_texto, recibir
from tests.apoyo.en_proceso import AppEnProceso, en_proceso
from tests.apoyo.escucha import ESPACIO
from tests.apoyo.sesiones import entrar
from tests.contrato.comun import CLIENTE, OTRO, Mundo, caso

TERCERO = {"password": "password3-cambiada", "nombre": "Agente 3", "activo": True}


def _duenos(m: Mundo) -> list[str | None]:
    return [fila[0] for fila in m.base.consultar("SELECT agente_asignado FROM conversaciones_whatsapp ORDER BY id")]


def _ronda(app: AppEnProceso) -> Tareas:
    s = app.servicios
    return Tareas(s.bd, s.plantel, s.avisos, s.asignacion, s.envio, s.lectura, s.escritorio, app.socketio.sleep)


@caso("Mantenimiento · Agregar un Nuevo Agente")
def editar_agentes_lo_mete_en_el_turno_y_lo_deja_entrar(m: Mundo) -> None:
    with en_proceso(m.pedir("monkeypatch"), m.base) as app:
        app.poner_agentes(agente3=TERCERO)
        for n in range(50):
            assert app.recibir(entrega(mensaje_texto(f"5730000010{n:02d}", "hola"))) == 200
        assert app.entrar("agente3", "password3-cambiada").get("/twilio-chat/api/conversaciones").json["total"] == 16
    assert _duenos(m) == [f"agente{n % 3 + 1}" for n in range(50)]


@caso("Mantenimiento · Agregar un Nuevo Agente")
def la_variable_password_agente3_basta_sin_tocar_codigo(m: Mundo) -> None:
    arrancar: Callable[..., AppEnMarcha] = m.pedir("arrancar_app")
    app = arrancar(m.pedir("base_datos"), {"PASSWORD_AGENTE3": "clave-tres", "ACTIVO_AGENTE2": "0"})
    sesion = entrar(app, "agente3", "clave-tres")
    assert sesion.get("api/session").json()["nombre"] == "Agente 3"
    for numero in (CLIENTE, OTRO, "573009876543"):
        recibir(app, numero, "hola")
    assert list(sesion.get("api/conversaciones").json()["conversaciones"]) == [OTRO]  # agente2 no recibe


@caso("Mantenimiento · Desactivar un Agente Temporalmente")
def no_puede_hacer_login_ni_recibe_nuevas_y_mantiene_las_suyas(m: Mundo) -> None:
    with en_proceso(m.pedir("monkeypatch"), m.base) as app:
        for numero in (CLIENTE, OTRO):
            app.recibir(entrega(mensaje_texto(numero, "hola")))
        app.poner_agentes(agente2={"activo": False})
        respuesta = app.cliente().post(
            "/twilio-chat/api/login", json={"username": "agente2", "password": "clave-dos-2"}
        )
        assert (respuesta.status_code, respuesta.json["error"]) == (401, "Credenciales inválidas")
        for numero in ("573009876543", "573005555555"):
            app.recibir(entrega(mensaje_texto(numero, "hola")))
        app.recibir(entrega(mensaje_texto(OTRO, "sigo siendo de agente2")))
        assert _duenos(m) == ["agente1", "agente2", "agente1", "agente1"]
        app.poner_agentes()
        assert list(app.entrar("agente2").get("/twilio-chat/api/conversaciones").json["conversaciones"]) == [OTRO]


@caso("Mantenimiento · Desactivar un Agente Temporalmente")
def su_sesion_abierta_y_sus_sockets_terminan(m: Mundo) -> None:
    with en_proceso(m.pedir("monkeypatch"), m.base) as app:
        suya, ajena = app.entrar("agente2"), app.entrar("agente1")
        pantalla, otra = app.socket(suya), app.socket(ajena)
        app.poner_agentes(agente2={"activo": False})
        assert suya.get("/twilio-chat/api/conversaciones").status_code == 401
        _ronda(app).cerrar_inactivos()
        ultimo = pantalla.queue[-1]
        assert (ultimo["name"], ultimo["args"]) == ("session_ended", [{"motivo": "Tu usuario fue desactivado"}])
        assert not pantalla.is_connected(ESPACIO) and otra.is_connected(ESPACIO)
        assert not app.socket(suya).is_connected(ESPACIO)


@caso("Mantenimiento · Desactivar un Agente Temporalmente")
def sin_nadie_activo_la_conversacion_espera_y_luego_se_reparte(m: Mundo) -> None:
    with en_proceso(m.pedir("monkeypatch"), m.base) as app:
        app.poner_agentes(agente1={"activo": False}, agente2={"activo": False})
        assert app.recibir(entrega(mensaje_texto(CLIENTE, "¿hay alguien?"))) == 200
        assert _duenos(m) == [None]
        app.poner_agentes(agente1={"activo": False})
        _ronda(app).repartir()
        assert _duenos(m) == ["agente2"]


@caso("Flujo de Asignación · 1. Mensaje Entrante Nuevo")
def las_funciones_impresas_existen_y_hacen_lo_impreso(m: Mundo) -> None:
    numero_telefono = "+573001234567"
    with en_proceso(m.pedir("monkeypatch"), m.base) as app, app.app.app_context():
        assert chat_whatsapp.obtener_agente_asignado(numero_telefono) is None
        assert chat_whatsapp.asignar_conversacion_round_robin(numero_telefono) == "agente1"
        assert chat_whatsapp.asignar_conversacion_round_robin(numero_telefono) == "agente1"
        assert chat_whatsapp.obtener_agente_asignado("573001234567") == "agente1"
        m.base.ejecutar("UPDATE conversaciones_whatsapp SET fecha_ultima_actividad = '2020-01-01'")
        chat_whatsapp.actualizar_actividad_conversacion(numero_telefono)
        assert m.base.valor("SELECT fecha_ultima_actividad > '2020-01-02' FROM conversaciones_whatsapp")
        with pytest.raises(EntradaInvalida):
            chat_whatsapp.obtener_agente_asignado("no es un número")
    assert m.base.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 1


@caso("Flujo de Asignación · 1. Mensaje Entrante Nuevo")
def si_no_se_puede_mirar_el_dueno_es_un_fallo_y_nunca_none(m: Mundo) -> None:
    with en_proceso(m.pedir("monkeypatch")) as app, app.app.app_context():
        with pytest.raises(BaseNoDisponible):
            chat_whatsapp.obtener_agente_asignado("+573001234567")
        assert app.recibir(entrega(mensaje_texto(CLIENTE, "hola"))) == 503
