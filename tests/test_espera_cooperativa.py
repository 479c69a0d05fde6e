"""Esperar a la base no detiene a nadie: el bucle sigue y la reserva de conexiones hace fila, con un plazo."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.apoyo.aplicacion import RAIZ, entorno_limpio
from tests.apoyo.base_datos import BaseDatos

# Corre en su propio proceso: el de las pruebas nunca se parchea.
GUION = """
import sys
from bandeja import asincronia
asincronia.parchear()
import eventlet, json, time
from bandeja import bd as modulo
from bandeja.bd import BaseDatos, filas
from bandeja.configuracion import leer_configuracion
from bandeja.errores import BaseNoDisponible
import os
destino = leer_configuracion(os.environ).base
cuantas, segundos, modulo.ESPERA_RESERVA_S = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
bd = BaseDatos(lambda: destino)
huecos, codigos, vivo = [], [], True

def latir():
    anterior = time.monotonic()
    while vivo:
        eventlet.sleep(0.005)
        huecos.append(time.monotonic() - anterior)
        anterior = time.monotonic()

def consultar():
    try:
        bd.ejecutar(lambda con: filas(con, "SELECT pg_sleep(%(s)s)", {"s": segundos}))
        codigos.append(200)
    except BaseNoDisponible:
        codigos.append(503)

bd.ejecutar(lambda con: filas(con, "SELECT 1"))
latido = eventlet.spawn(latir)
inicio = time.monotonic()
for hilo in [eventlet.spawn(consultar) for _ in range(cuantas)]:
    hilo.wait()
total = time.monotonic() - inicio
vivo = False
latido.wait()
print(json.dumps({"total": total, "hueco": max(huecos), "codigos": codigos}))
"""


# La consulta dura más de lo que se espera a un servidor mudo; la siguiente debe encontrar la reserva sana.
GUION_MUDO = """
from bandeja import asincronia
asincronia.parchear()
import os, time
from bandeja import bd
from bandeja.configuracion import leer_configuracion
from bandeja.errores import BaseNoDisponible
bd.PLAZO_CONSULTA_S = 0.5
destino = leer_configuracion(os.environ).base
base = bd.BaseDatos(lambda: destino)
inicio = time.monotonic()
try:
    base.ejecutar(lambda con: bd.filas(con, "SELECT pg_sleep(5)"))
except BaseNoDisponible:
    print("no contesta", time.monotonic() - inicio < 2)
print(base.ejecutar(lambda con: bd.filas(con, "SELECT 1 AS uno")))
"""


def _correr(base: BaseDatos, cuantas: int, segundos: float, espera: float) -> dict[str, object]:
    resultado: dict[str, object] = json.loads(_ejecutar(base, GUION, str(cuantas), str(segundos), str(espera))[-1])
    return resultado


def _ejecutar(base: BaseDatos, guion: str, *argumentos: str) -> list[str]:
    hecho = subprocess.run(
        [sys.executable, "-c", guion, *argumentos],
        cwd=RAIZ,
        env=entorno_limpio(base.entorno | {"PYTHONPATH": str(RAIZ)}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert hecho.returncode == 0, hecho.stderr
    return hecho.stdout.splitlines()


def test_un_servidor_que_deja_de_contestar_no_retiene_la_peticion_ni_ensucia_la_reserva(base_datos: BaseDatos) -> None:
    assert _ejecutar(base_datos, GUION_MUDO) == ["no contesta True", "[{'uno': 1}]"]


def test_veinte_consultas_lentas_a_la_vez_no_bloquean_el_bucle(base_datos: BaseDatos) -> None:
    medido = _correr(base_datos, 20, 0.5, 5)
    assert medido["codigos"] == [200] * 20
    assert 0.5 <= float(str(medido["total"])) <= 1.8
    assert float(str(medido["hueco"])) < 0.3


def test_con_la_reserva_agotada_se_espera_un_plazo_y_se_dice_que_no_hay_base(base_datos: BaseDatos) -> None:
    medido = _correr(base_datos, 14, 1.5, 0.7)
    assert sorted(medido["codigos"]) == [200] * 10 + [503] * 4  # type: ignore[call-overload]
    assert float(str(medido["total"])) < 3
