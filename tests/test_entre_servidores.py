"""Lo que cruza procesos y servidores: salir en todas partes, un respaldo restaurado y permisos que faltan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg2 import sql

from bandeja.postgres_local import PostgresLocal
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import entrar
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
