"""Contra una base como la de la empresa: por red, con contraseña y solo con TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import recibir
from tests.apoyo.ordenes import correr
from tests.apoyo.postgres_con_tls import postgres_con_tls
from tests.apoyo.sesiones import entrar


@pytest.fixture(scope="module")
def base_con_tls(carpeta_de_pruebas: Path) -> Iterator[dict[str, str]]:
    carpeta = carpeta_de_pruebas / "tls"
    carpeta.mkdir()
    with postgres_con_tls(carpeta) as entorno:
        yield entorno


def test_con_tls_exigido_la_aplicacion_trabaja_cifrada(
    base_con_tls: dict[str, str], arrancar_app: Callable[..., AppEnMarcha]
) -> None:
    app = arrancar_app(entorno=base_con_tls | {"POSTGRES_SSLMODE": "require"})
    recibir(app, "573001234567", "Hola")

    assert entrar(app, "agente1").get("api/conversaciones").json()["total"] == 1
    assert sesiones_cifradas(base_con_tls) == {True}


def test_sin_tls_esa_base_no_se_abre_y_se_dice(
    base_con_tls: dict[str, str], arrancar_app: Callable[..., AppEnMarcha]
) -> None:
    app = arrancar_app(entorno=base_con_tls | {"POSTGRES_SSLMODE": "disable"}, salud=503)
    assert app.salud() == 503
    app.esperar_en_registro("no pg_hba.conf entry")


def test_el_diagnostico_dice_si_la_conexion_va_cifrada_y_por_que_no_se_pudo(
    base_con_tls: dict[str, str], tmp_path: Path
) -> None:
    codigo, dicho = correr("debug_db_init.py", base_con_tls | {"POSTGRES_SSLMODE": "require"}, tmp_path)
    assert (codigo, "cifrada" in dicho, "sin cifrar" in dicho) == (0, True, False), dicho
    codigo, dicho = correr("debug_db_init.py", base_con_tls | {"POSTGRES_SSLMODE": "disable"}, tmp_path)
    assert (codigo, "No se pudo conectar a PostgreSQL" in dicho, "Traceback" in dicho) == (1, True, False), dicho


def sesiones_cifradas(entorno: dict[str, str]) -> set[bool]:
    """Si van cifradas las sesiones que la base tiene abiertas con clientes."""
    conexion = psycopg2.connect(
        host=entorno["POSTGRES_HOST"],
        port=entorno["POSTGRES_PORT"],
        user=entorno["POSTGRES_USER"],
        password=entorno["POSTGRES_PASSWORD"],
        dbname=entorno["POSTGRES_DB"],
        sslmode="require",
    )
    try:
        with conexion.cursor() as cursor:
            cursor.execute(
                "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL"
            )
            return {fila[0] for fila in cursor.fetchall()}
    finally:
        conexion.close()
