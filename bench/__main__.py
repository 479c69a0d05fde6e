"""`python -m bench`: carga, mide en rondas intercaladas e imprime una tabla."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bandeja.postgres_local.binarios import buscar_binarios
from bench.carga import Tamano, cargar, espacio_de
from bench.conductor import Conductor, Resultado
from bench.escenario import Escenario
from bench.limites import nombre_del_medidor
from bench.medidas import Medidas
from bench.navegador import hay_navegador
from bench.tabla import LINEAS, MEMORIA, NOMBRES, escribir, fila, fila_memoria

NORMAL = Tamano(agentes=20, conversaciones=5_000, mensajes=200_000)
RAPIDO = Tamano(agentes=4, conversaciones=60, mensajes=1_500)


def leer_opciones(argumentos: Sequence[str] | None = None) -> argparse.Namespace:
    """Las opciones de la línea de órdenes."""
    opciones = argparse.ArgumentParser(prog="python -m bench", description="Mide la velocidad de la bandeja.")
    opciones.add_argument(
        "--rapido", action="store_true", help="versión pequeña, de menos de 30 s: no sirve para comparar"
    )
    opciones.add_argument("--mensajes", type=int, metavar="N", help="cuántos mensajes cargar (por defecto 200000)")
    opciones.add_argument("--rondas", type=int, metavar="N", help="cuántas rondas intercaladas (por defecto 3)")
    opciones.add_argument(
        "--solo", choices=NOMBRES, metavar="LÍNEA", action="append", help=f"solo esta: {', '.join(NOMBRES)}"
    )
    opciones.add_argument(
        "--datos", type=Path, metavar="CARPETA", help="guarda aquí lo cargado y lo reutiliza la próxima vez"
    )
    return opciones.parse_args(argumentos)


def main(argumentos: Sequence[str] | None = None) -> int:
    """Corre el banco entero. Devuelve 0 si terminó, se cumplan o no las metas."""
    opciones = leer_opciones(argumentos)
    base = RAPIDO if opciones.rapido else NORMAL
    tamano = Tamano(base.agentes, base.conversaciones, opciones.mensajes or base.mensajes)
    carpeta = espacio_de(opciones.datos.resolve() if opciones.datos else Path(tempfile.mkdtemp(prefix="bench-")))
    try:
        _correr(opciones, tamano, carpeta)
    finally:
        if opciones.datos is None:
            shutil.rmtree(carpeta, ignore_errors=True)
    return 0


def _correr(opciones: argparse.Namespace, tamano: Tamano, carpeta: Path) -> None:
    print(_maquina(), flush=True)
    conductor = Conductor()
    escenario = Escenario(carpeta, tamano.agentes)
    medidas = Medidas(escenario, conductor, tamano, segundos=0.1 if opciones.rapido else 1.0)
    try:
        print(f"Datos: {cargar(escenario, conductor, tamano)}", flush=True)
        rondas = opciones.rondas or (1 if opciones.rapido else 3)
        print(_medir(medidas, escenario, opciones.solo or NOMBRES, rondas), flush=True)
    finally:
        medidas.cerrar()
        escenario.cerrar()
        conductor.cerrar()


def _medir(medidas: Medidas, escenario: Escenario, pedidas: Sequence[str], rondas: int) -> str:
    lineas = [linea for linea in LINEAS if linea.nombre in pedidas and (hay_navegador() or not linea.en_pantalla)]
    claves = list(dict.fromkeys(clave for linea in lineas for clave in linea.claves))
    medido: dict[str, list[Resultado]] = {clave: [] for clave in claves}
    for ronda in range(rondas):
        for clave in claves:
            print(f"\r\033[K  ronda {ronda + 1} de {rondas}: {clave}", end="", file=sys.stderr, flush=True)
            medido[clave].append(medidas.medir(clave))
    print("\r\033[K", end="", file=sys.stderr, flush=True)
    filas = [fila(linea, medido) for linea in lineas]
    if MEMORIA in pedidas:
        filas.append(fila_memoria(escenario.app.memoria_mb()))
    return f"\n{escribir(filas)}\n\n{_notas(medidas, rondas)}"


def _notas(medidas: Medidas, rondas: int) -> str:
    return (
        f"Tiempos en ms; «cpu» = procesador del servidor por petición; medianas de {rondas} rondas intercaladas.\n"
        f"Límites: «Flask» = una ruta que devuelve {{}} "
        f"en el mismo servidor; «base» = la misma sentencia con {nombre_del_medidor()}.\n"
        f"Avisos perdidos: {medidas.perdidos}; vistos por otro agente: {medidas.ajenos}. "
        f"Quien enviaba usó a lo sumo el {100 * medidas.cpu_del_conductor:.0f} % de un núcleo. {_ocupacion()}"
        + ("" if hay_navegador() else "\nSin Chromium en este equipo, las líneas de la pantalla no se midieron.")
    )


def _maquina() -> str:
    return (
        f"Máquina: {os.cpu_count()} núcleos, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, "
        f"PostgreSQL {buscar_binarios().version} duradero (fsync). {_ocupacion()}"
    )


def _ocupacion() -> str:
    return f"Carga del equipo: {os.getloadavg()[0]:.1f} (último minuto)."


if __name__ == "__main__":
    sys.exit(main())
