"""El ciclo de vida: preparar los datos, arrancar el servidor como hijo nuestro, esperarlo y detenerlo.

Quien tiene el candado de la carpeta es el dueño del servidor. Un segundo proceso usa el del primero,
y se queda sin base cuando el primero termina. El núcleo suelta el candado aunque al dueño lo maten.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Self

from bandeja.postgres_local.binarios import Binarios, al_alcance_de, buscar_binarios
from bandeja.postgres_local.errores import ErrorPostgresLocal
from bandeja.postgres_local.lugar import PUERTO, Lugar, preparar_lugar, ruta_del_socket
from bandeja.postgres_local.opciones import opciones_de_initdb, opciones_de_postgres
from bandeja.postgres_local.procesos import (
    desde_un_hilo_duradero,
    detener_hijo,
    detener_huerfano,
    es_servidor_de,
    morir_con_el_padre,
)
from bandeja.postgres_local.saludo import LISTO, NO_EXISTE_LA_BASE, hablar

log = logging.getLogger(__name__)

PAUSA = 0.01
INTENTOS = 5
BITACORA_MAXIMA = 5_000_000


class PostgresLocal:
    """Un servidor por carpeta. `iniciar` se puede repetir tras `parar`, o si el servidor se cayó."""

    def __init__(self, carpeta: Path, *, duradero: bool = True) -> None:
        self.usuario = "bsl"
        self.base = "bsl"
        self.puerto = PUERTO
        self.host = ""
        self.usa_otro = False
        self._carpeta = carpeta
        self._duradero = duradero
        self._proceso: subprocess.Popen[bytes] | None = None
        self._candado: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self.iniciar()
        return self

    def __exit__(self, *_: object) -> None:
        self.parar()

    def iniciar(self) -> None:
        """Deja la base lista para conectar, propia o ajena. Una recuperación larga se espera sin plazo."""
        if self._proceso is not None and self._hablar() == LISTO:
            return
        self.parar()
        binarios = buscar_binarios()
        try:
            lugar = preparar_lugar(self._carpeta, binarios.mayor)
            self.host = str(lugar.sockets)
            self._tomar_o_compartir(al_alcance_de(lugar.usuario, binarios, lugar.carpeta), lugar)
        except (OSError, subprocess.SubprocessError) as error:
            self.parar()
            raise ErrorPostgresLocal(f"No se pudo arrancar la base de datos local: {error}") from error
        except BaseException:
            self.parar()
            raise

    def parar(self) -> None:
        """Detiene el servidor si es nuestro; el de otro proceso se deja como está."""
        if self._proceso is not None:
            detener_hijo(self._proceso)
        if self._candado is not None:
            self._candado.close()
        self._proceso = self._candado = None
        self.usa_otro = False

    def _tomar_o_compartir(self, binarios: Binarios, lugar: Lugar) -> None:
        while not self._tomar_candado(lugar):
            if self._hablar() == LISTO:
                self.usa_otro = True
                log.info("La base de datos local ya estaba en marcha: se comparte con el otro proceso")
                return
            time.sleep(PAUSA)
        _crear_datos(binarios, lugar, self.usuario, duradero=self._duradero)
        for _ in range(INTENTOS):
            self._lanzar(binarios, lugar)
            if self._esperar():
                return
            motivo = _ultima_linea(lugar.bitacora)
            if "shared memory" not in motivo and "lock file" not in motivo:
                break
            time.sleep(1.0)  # los hijos de un servidor muerto aún no sueltan lo suyo
        raise ErrorPostgresLocal(f"PostgreSQL se detuvo al arrancar: {motivo} Detalle en {lugar.bitacora}")

    def _tomar_candado(self, lugar: Lugar) -> bool:
        candado = lugar.candado.open("ab")
        try:
            fcntl.flock(candado, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            candado.close()
            return False
        self._candado = candado
        return True

    def _lanzar(self, binarios: Binarios, lugar: Lugar) -> None:
        _retirar_anterior(lugar)
        if lugar.bitacora.exists() and lugar.bitacora.stat().st_size > BITACORA_MAXIMA:
            lugar.bitacora.unlink()
        opciones = opciones_de_postgres(lugar.sockets, self._duradero)
        orden = [binarios.ruta("postgres"), "-D", str(lugar.datos), *opciones]
        with lugar.bitacora.open("ab") as salida:
            al_nacer = morir_con_el_padre(signal.SIGINT)
            self._proceso = desde_un_hilo_duradero(lambda: lugar.usuario.lanzar(orden, salida, al_nacer))

    def _esperar(self) -> bool:
        """Verdadero cuando la base atiende; falso si el servidor se detuvo antes."""
        aviso = time.monotonic() + 10
        while self._proceso is not None and self._proceso.poll() is None:
            estado = self._hablar()
            if estado == LISTO:
                return True
            if estado == NO_EXISTE_LA_BASE:
                self._hablar("postgres", "CREATE DATABASE bsl")
                continue
            if time.monotonic() > aviso:
                log.info("PostgreSQL todavía se está recuperando…")
                aviso += 10
            time.sleep(PAUSA)
        return False

    def _hablar(self, base: str = "", orden: str = "") -> str:
        return hablar(ruta_del_socket(Path(self.host)), self.usuario, base or self.base, orden)


def _crear_datos(binarios: Binarios, lugar: Lugar, usuario: str, *, duradero: bool) -> None:
    """Con otro nombre y al final se renombra: un `initdb` interrumpido nunca se toma por datos buenos."""
    if lugar.datos.exists():
        return
    parcial = lugar.datos.with_name("datos.parcial")
    shutil.rmtree(parcial, ignore_errors=True)
    orden = [binarios.ruta("initdb"), "-D", str(parcial), "-U", usuario, *opciones_de_initdb(binarios.mayor, duradero)]
    hecho = lugar.usuario.ejecutar(orden, morir_con_el_padre(signal.SIGTERM))
    if hecho.returncode != 0:
        raise ErrorPostgresLocal(f"No se pudo crear la base de datos local: {hecho.stderr.strip()}")
    parcial.rename(lugar.datos)


def _retirar_anterior(lugar: Lugar) -> None:
    """Tenemos el candado: si hay un servidor de estos datos, se quedó sin dueño. Un número viejo se borra."""
    archivo = lugar.datos / "postmaster.pid"
    try:
        pid = int(archivo.read_text(errors="replace").split("\n")[0])
    except (FileNotFoundError, ValueError):
        return
    if es_servidor_de(pid, lugar.datos):
        log.warning("Había un PostgreSQL sin dueño (proceso %s): se detiene", pid)
        detener_huerfano(pid, lugar.datos)
    if not es_servidor_de(pid, lugar.datos):
        archivo.unlink(missing_ok=True)


def _ultima_linea(bitacora: Path) -> str:
    with bitacora.open("rb") as archivo:
        archivo.seek(-min(4096, os.fstat(archivo.fileno()).st_size), os.SEEK_END)
        lineas = archivo.read().decode(errors="replace").strip().splitlines()
    utiles = [linea for linea in lineas if "FATAL" in linea or "PANIC" in linea] or lineas
    return utiles[-1] if utiles else "no dijo por qué."
