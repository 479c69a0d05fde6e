"""Bases vacías en el PostgreSQL de las pruebas, una por quien la pida."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2 import sql
from psycopg2.extensions import connection as Conexion

from bandeja.postgres_local import PostgresLocal

INTENTOS_DE_VACIAR = 50
REPOSO_S = 1.0
# `chat_esquema` recuerda cómo se crearon las tablas, no datos de nadie.
TABLAS_QUE_SE_VACIAN = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'chat_esquema'
      AND (tablename LIKE 'chat\\_%' OR tablename = 'conversaciones_whatsapp')
"""


@dataclass(frozen=True, slots=True)
class BaseDatos:
    """Una base del cluster de pruebas: cómo llegar a ella desde fuera y cómo mirarla desde la prueba."""

    host: str
    puerto: int
    usuario: str
    nombre: str

    @property
    def entorno(self) -> dict[str, str]:
        """Las variables con que la aplicación la encuentra."""
        return {
            "POSTGRES_HOST": self.host,
            "POSTGRES_PORT": str(self.puerto),
            "POSTGRES_USER": self.usuario,
            "POSTGRES_PASSWORD": "sin-clave",
            "POSTGRES_DB": self.nombre,
            "POSTGRES_SSLMODE": "disable",
        }

    def conectar(self) -> Conexion:
        """Una conexión nueva en autocommit; la cierra quien la pide."""
        conexion = psycopg2.connect(host=self.host, port=self.puerto, user=self.usuario, dbname=self.nombre)
        conexion.autocommit = True
        return conexion

    def consultar(self, orden: str | sql.Composable, valores: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        conexion = self.conectar()
        try:
            with conexion.cursor() as cursor:
                cursor.execute(orden, valores or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            conexion.close()

    def valor(self, orden: str, valores: Sequence[Any] = ()) -> Any:
        """La primera columna de la primera fila."""
        return self.consultar(orden, valores)[0][0]

    def ejecutar(self, orden: str | sql.Composable, valores: Sequence[Any] = ()) -> None:
        self.consultar(orden, valores)

    def reposar(self) -> None:
        """Espera a que termine lo que la prueba anterior dejó saliendo: si no, le llegaría al proveedor en esta."""
        limite = time.monotonic() + REPOSO_S
        while self.consultar("SELECT 1 FROM chat_mensajes WHERE saliente AND estado = 'pending' LIMIT 1"):
            if time.monotonic() > limite:
                return  # alguna dejó uno a medias a propósito
            time.sleep(0.02)

    def vaciar(self) -> None:
        """Sin conversaciones ni mensajes y con el turno en cero, como recién creada."""
        tablas = [sql.Identifier(fila[0]) for fila in self.consultar(TABLAS_QUE_SE_VACIAN)]
        if tablas:
            self._truncar(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(tablas)))
            self.ejecutar("UPDATE sistema_asignacion SET valor = 0 WHERE clave = 'contador_round_robin'")

    def _truncar(self, orden: sql.Composable) -> None:
        """Si se cruza con una ronda de la aplicación cede él, antes del segundo en que PostgreSQL elige una víctima."""
        for intento in range(INTENTOS_DE_VACIAR):
            try:
                self.ejecutar(sql.SQL("SET lock_timeout = '300ms'; {}").format(orden))
                return
            except psycopg2.errors.LockNotAvailable:
                if intento == INTENTOS_DE_VACIAR - 1:
                    raise


def crear_base(cluster: PostgresLocal, prefijo: str = "prueba") -> BaseDatos:
    base = BaseDatos(cluster.host, cluster.puerto, cluster.usuario, f"{prefijo}_{secrets.token_hex(4)}")
    _mantenimiento(cluster).ejecutar(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(base.nombre)))
    return base


def borrar_base(cluster: PostgresLocal, base: BaseDatos) -> None:
    """La borra aunque alguien siga conectado."""
    orden = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(base.nombre))
    _mantenimiento(cluster).ejecutar(orden)


def _mantenimiento(cluster: PostgresLocal) -> BaseDatos:
    return BaseDatos(cluster.host, cluster.puerto, cluster.usuario, "postgres")
