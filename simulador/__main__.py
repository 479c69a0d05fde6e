"""El simulador como proceso aparte, para la demostración: nunca sobrevive a quien lo lanzó."""

import argparse
import os
import signal
import threading
from types import FrameType

from .clientes import Clientes
from .entregas import AjustesEntrega
from .puerta import Simulador

_ENTRADA = 0


def leer_argumentos() -> argparse.Namespace:
    """Las opciones de la línea de órdenes."""
    lector = argparse.ArgumentParser(prog="python -m simulador", description="Puerta de Whapi.cloud simulada")
    lector.add_argument("--port", type=int, default=0, help="puerto en 127.0.0.1 (0: uno libre)")
    lector.add_argument("--webhook", help="dirección a la que van los webhooks")
    lector.add_argument("--webhook-secret", help="va como Authorization: Bearer en cada webhook")
    lector.add_argument("--token", default="ficha", help="la ficha que debe traer quien envía")
    lector.add_argument("--linea", default="573008021701", help="el número de la línea")
    lector.add_argument("--nombre-linea", default="Mi Empresa")
    lector.add_argument("--demo", action="store_true", help="hay clientes que escriben y contestan solos")
    lector.add_argument("--semilla", type=int, help="la misma semilla da la misma historia")
    lector.add_argument("--ritmo", type=float, default=1.0, help="2 va al doble de rápido")
    argumentos = lector.parse_args()
    if argumentos.ritmo <= 0:
        lector.error("--ritmo debe ser mayor que cero")
    return argumentos


def _vigilar_entrada(fin: threading.Event) -> None:
    """Espera a que se cierre la entrada; os.read no deja candados tomados al salir."""
    try:
        while os.read(_ENTRADA, 4096):
            pass
    except OSError:
        pass
    fin.set()


def _esperar_el_fin() -> None:
    """Vuelve cuando se cierra la entrada, muere el padre o llega una señal de terminar."""
    fin = threading.Event()

    def terminar(senal: int, marco: FrameType | None) -> None:
        fin.set()

    signal.signal(signal.SIGTERM, terminar)
    signal.signal(signal.SIGINT, terminar)
    threading.Thread(target=_vigilar_entrada, args=(fin,), daemon=True).start()
    padre = os.getppid()
    while not fin.wait(0.5):
        if os.getppid() != padre:
            return


def main() -> int:
    """Corre el simulador hasta que se cierre la entrada."""
    argumentos = leer_argumentos()
    sim = Simulador(
        argumentos.token,
        argumentos.webhook,
        argumentos.webhook_secret,
        argumentos.linea,
        argumentos.port,
        nombre_linea=argumentos.nombre_linea,
        # Si la aplicación se cae un rato, lo pendiente la espera: unos diez minutos de insistencia.
        ajustes=AjustesEntrega(espera_base=0.5, espera_maxima=15.0, max_intentos=60),
    )
    with sim:
        if argumentos.demo:
            clientes = Clientes(sim, semilla=argumentos.semilla, ritmo=argumentos.ritmo)
            threading.Thread(target=clientes.correr, name="simulador-clientes", daemon=True).start()
        print(f"listo en {sim.url}", flush=True)
        _esperar_el_fin()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
