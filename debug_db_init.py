"""Diagnóstico de la base: revisa archivo, variables, conexión, tablas y columnas, y crea lo que falte.

Uso: `python debug_db_init.py`. Sale con 0 solo si al final todo está bien; si no, con 1 y una frase que dice qué hacer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dotenv import load_dotenv

RAIZ = Path(__file__).resolve().parent
load_dotenv(RAIZ / ".env")

from bandeja.bd import BaseDatos, Conexion, filas
from bandeja.configuracion import BasePostgres, leer_configuracion
from bandeja.errores import BaseNoDisponible, ErrorBandeja
from bandeja.esquema import (
    ARCHIVO_PRINCIPAL,
    aplicar_esquema,
    columnas_necesarias,
    columnas_presentes,
    exigir_compatible,
)
from bandeja.postgres_local import PostgresLocal
from bandeja.registro import registro


def revisar_archivo() -> None:
    """El archivo SQL existe y crea las dos tablas de la especificación."""
    if not ARCHIVO_PRINCIPAL.is_file():
        raise ErrorBandeja(f"Falta el archivo sql/{ARCHIVO_PRINCIPAL.name}: vuelve a descargar la aplicación.")
    print(f"✅ Archivo SQL: sql/{ARCHIVO_PRINCIPAL.name}")


def revisar_variables() -> tuple[BasePostgres | None, Path]:
    """Las variables de PostgreSQL se entienden. None = se usará el PostgreSQL propio de la carpeta de datos."""
    config = leer_configuracion(os.environ)
    if config.base is None:
        print("✅ Variables de entorno: sin POSTGRES_HOST; se usa el PostgreSQL propio de la carpeta de datos")
    else:
        b = config.base
        print(f"✅ Variables de entorno: {b.usuario}@{b.host}:{b.puerto}/{b.base} (sslmode={b.sslmode})")
        if not b.clave:
            print("⚠️  POSTGRES_PASSWORD está vacía: solo sirve si el servidor no pide contraseña")
    return config.base, config.datos


def revisar_conexion(con: Conexion) -> None:
    """La conexión sirve, y a qué servidor llegó."""
    fila = filas(
        con,
        "SELECT current_setting('server_version') AS version, current_database() AS base,"
        " COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE) AS cifrada",
    )[0]
    cifrado = "cifrada" if fila["cifrada"] else "sin cifrar"
    print(f"✅ Conexión: PostgreSQL {fila['version']}, base {fila['base']}, {cifrado}")


def revisar_tablas(con: Conexion) -> None:
    """Las tablas y sus columnas; crea lo que falta. Lanza EsquemaIncompatible si una tabla es de otro programa."""
    antes = columnas_presentes(con)
    for tabla in columnas_necesarias():
        print(f"✅ Tabla {tabla}" if tabla in antes else f"🔧 Tabla {tabla}: no existe, se crea")
    exigir_compatible(con)
    aplicar_esquema(con)
    presentes = columnas_presentes(con)
    necesarias = [(tabla, columna) for tabla, columnas in columnas_necesarias().items() for columna in columnas]
    faltan = [f"{tabla}.{columna}" for tabla, columna in necesarias if columna not in presentes.get(tabla, ())]
    if faltan:
        raise ErrorBandeja("Después de crear el esquema siguen faltando: " + ", ".join(faltan))
    print(f"✅ Columnas: {len(necesarias)} en {len(presentes)} tablas")


def mostrar_reparto(con: Conexion) -> None:
    """Lo que suele preguntarse después: cuántas conversaciones tiene cada quien y por dónde va el turno."""
    for fila in filas(con, "SELECT agente_asignado, count(*) AS n FROM conversaciones_whatsapp GROUP BY 1 ORDER BY 1"):
        print(f"   {fila['agente_asignado'] or 'sin agente'}: {fila['n']} conversaciones")
    contador = filas(con, "SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'")
    print(f"   contador_round_robin = {contador[0]['valor'] if contador else 'no existe (se repone solo)'}")


def revisar_todo() -> None:
    """Todas las revisiones, en orden. Lanza ErrorBandeja con la frase de la primera que no pasa."""
    revisar_archivo()
    destino, datos = revisar_variables()
    propio = PostgresLocal(datos) if destino is None else None
    try:
        if propio is not None:
            propio.iniciar()
            destino = BasePostgres(propio.host, propio.puerto, propio.usuario, "", propio.base, "disable")
        assert destino is not None
        elegido = destino
        bd = BaseDatos(lambda: elegido)
        for revisar in (revisar_conexion, revisar_tablas, mostrar_reparto):
            bd.ejecutar(revisar)
    except BaseNoDisponible as error:
        causa = str(error.__cause__ or error).strip().splitlines()
        raise ErrorBandeja(f"No se pudo conectar a PostgreSQL: {causa[0] if causa else error}") from error
    finally:
        if propio is not None:
            propio.parar()


def main() -> int:
    """Devuelve el código de salida: 0 si todo está bien, 1 si algo no."""
    registro.setLevel("CRITICAL")  # aquí se habla por la pantalla
    try:
        revisar_todo()
    except ErrorBandeja as error:
        print(f"❌ {error}")
        return 1
    print("✅ Todo está bien.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
