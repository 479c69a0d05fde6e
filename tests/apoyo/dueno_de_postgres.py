"""Un proceso que tiene un PostgresLocal: guarda una fila, dice cuántas hay y espera a que lo terminen.

Se usa como `python -m tests.apoyo.dueno_de_postgres CARPETA [eventlet]`; cuando está listo escribe una línea de JSON.
"""

import json
import signal
import sys
import time

if "eventlet" in sys.argv:
    import eventlet

    eventlet.monkey_patch()

from pathlib import Path

import psycopg2

from bandeja.postgres_local import PostgresLocal


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # en segundo plano se hereda sin atender
    with PostgresLocal(Path(sys.argv[1]), duradero=False) as servidor:
        conexion = psycopg2.connect(
            host=servidor.host, port=servidor.puerto, user=servidor.usuario, dbname=servidor.base
        )
        conexion.autocommit = True
        with conexion.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(1)")  # CREATE TABLE IF NOT EXISTS no admite dos a la vez
            cursor.execute("CREATE TABLE IF NOT EXISTS filas (n INT); INSERT INTO filas VALUES (1)")
            cursor.execute("SELECT pg_advisory_unlock(1)")
            cursor.execute(
                "SELECT count(*), (SELECT setting FROM pg_settings WHERE name = 'data_directory') FROM filas"
            )
            filas, datos = cursor.fetchone() or (0, "")
        print(
            json.dumps({"filas": filas, "datos": datos, "host": servidor.host, "usa_otro": servidor.usa_otro}),
            flush=True,
        )
        while True:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
