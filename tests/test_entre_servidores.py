"""Lo que cruza procesos y servidores: salir en todas partes, un respaldo restaurado y permisos que faltan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg2 import sql

from bandeja.errores import BaseNoDisponible
from bandeja.postgres_local import PostgresLocal
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.en_proceso import en_proceso
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion, entrar
from tests.conftest import ArrancarApp


def test_salir_en_un_proceso_cierra_los_sockets_de_esa_sesion_en_los_demas(
    app: AppEnMarcha, limpio: BaseDatos, arrancar_app: ArrancarApp, escucha: Callable[..., Escucha]
) -> None:
    otra = arrancar_app(entorno={**app.entorno, "PORT": None})
    sesion, ajena = entrar(app, "agente1"), entrar(app, "agente1")
    en_la_otra, de_otra_sesion = escucha(otra, sesion), escucha(otra, ajena)

    sesion.post("/twilio-chat/api/logout")

    en_la_otra.uno("session_ended")
    de_otra_sesion.ninguno("session_ended")
    assert de_otra_sesion.conectada


def test_un_respaldo_de_otro_servidor_no_deja_filas_venidas_del_futuro(
    base_datos: BaseDatos, arrancar_app: ArrancarApp
) -> None:
    primera = arrancar_app(base_datos)
    base_datos.ejecutar(
        "INSERT INTO conversaciones_whatsapp (numero_telefono, agente_asignado) VALUES (%s, 'agente1')",
        ("+573001112233",),
    )
    primera.parar()
    base_datos.ejecutar("UPDATE chat_conversaciones SET cambio = '900000000'")

    arrancar_app(base_datos)

    assert base_datos.valor("SELECT count(*) FROM chat_conversaciones WHERE cambio > pg_current_xact_id()") == 0


@pytest.mark.parametrize("tablas_ajenas", (False, True), ids=("sin crear tablas", "con tablas de otro dueño"))
def test_un_usuario_sin_permisos_detiene_el_arranque_con_una_frase(
    cluster: PostgresLocal, base_datos: BaseDatos, arrancar_app: ArrancarApp, tablas_ajenas: bool
) -> None:
    usuario = f"{base_datos.nombre}_pobre"
    base_datos.ejecutar(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(usuario)))
    try:
        if tablas_ajenas:
            base_datos.ejecutar(Path("sql/init_conversaciones_whatsapp.sql").read_text(encoding="utf-8"))
        app = arrancar_app(base_datos, {"POSTGRES_USER": usuario}, salud=None, esperar=False)
        assert app.proceso.wait(20) != 0
        assert "no tiene permisos suficientes" in app.registro()
        assert "Traceback" not in app.registro()
    finally:
        base_datos.ejecutar(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(usuario)))


def test_una_copia_de_la_galleta_no_vale_despues_de_salir_en_ningun_proceso_ni_tras_reiniciar(
    app: AppEnMarcha, limpio: BaseDatos, arrancar_app: ArrancarApp, escucha: Callable[..., Escucha]
) -> None:
    otra = arrancar_app(entorno={**app.entorno, "PORT": None})
    sesion = entrar(app, "agente1")
    copias = [_copia(sesion, app), _copia(sesion, otra)]
    assert [copia.get("api/session").status_code for copia in copias] == [200, 200]

    sesion.post("api/logout")

    hasta(lambda: [copia.get("api/session").status_code for copia in copias] == [401, 401])
    assert "Sesión requerida" in str(escucha(otra, copias[1], esperar=False).uno("connect_error", plazo=2))
    nueva = arrancar_app(entorno={**app.entorno, "PORT": None})
    assert _copia(copias[0], nueva).get("api/session").status_code == 401
    assert entrar(nueva, "agente1").get("api/session").status_code == 200


def test_si_no_hay_base_al_salir_se_guarda_cuando_vuelve(
    base_datos: BaseDatos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sin_base(*_a: object, **_k: object) -> None:
        raise BaseNoDisponible

    with en_proceso(monkeypatch, base_datos) as app:
        cliente = app.entrar("agente1")
        ejecutar = app.servicios.bd.ejecutar
        monkeypatch.setattr(app.servicios.bd, "ejecutar", sin_base)
        assert cliente.post("/twilio-chat/api/logout").status_code == 200
        monkeypatch.setattr(app.servicios.bd, "ejecutar", ejecutar)
        app.servicios.escritorio.guardar_cerradas()
    assert base_datos.valor("SELECT count(*) FROM chat_sesiones_cerradas WHERE vence > now()") == 1


def _copia(sesion: Sesion, app: AppEnMarcha) -> Sesion:
    copia = Sesion(app)
    copia.cookies.update(sesion.cookies)
    return copia
