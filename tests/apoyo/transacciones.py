"""Transacciones que la prueba deja abiertas y cierra cuando quiere: así una carrera ocurre siempre y no a veces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg2.extensions import connection as Conexion

from tests.apoyo.base_datos import BaseDatos


@contextmanager
def abierta(base: BaseDatos) -> Iterator[Conexion]:
    """Una conexión sin autocommit; lo que no se confirme se pierde."""
    conexion = base.conectar()
    conexion.autocommit = False
    try:
        yield conexion
    finally:
        conexion.close()


def ordenar(conexion: Conexion, orden: str, valores: Sequence[Any] = ()) -> None:
    with conexion.cursor() as cursor:
        cursor.execute(orden, valores)


def guardar(conexion: Conexion, mensaje_id: str, numero: str, *, saliente: bool = False) -> None:
    """Lo mismo que hace el webhook con un texto, en una transacción que queda abierta."""
    fila = {
        "id": mensaje_id, "fuente": "whapi", "numero": f"+{numero}", "chat_id": numero, "saliente": saliente,
        "tipo": "text", "cuerpo": mensaje_id, "estado": "sent" if saliente else "delivered",
        "enviado_en": "2026-01-07T10:30:00+00:00", "enviado_por": "phone" if saliente else "customer",
    }  # fmt: skip
    ordenar(conexion, "SELECT * FROM chat_recibir_mensajes(%s, %s)", (json.dumps([fila]), ["agente1", "agente2"]))


def esperan_candado(base: BaseDatos) -> bool:
    """Cierto si alguna conexión de esta base está detenida esperando a otra."""
    espera = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(base.valor(espera))
