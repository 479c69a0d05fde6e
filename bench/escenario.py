"""Todo lo que hay que poner en marcha para medir: PostgreSQL duradero, la aplicación, el Flask mínimo y la demora."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg2
import psycopg2.extensions

from bandeja.postgres_local import PostgresLocal
from bench.cuerpos import LINEA, SECRETO

RAIZ = Path(__file__).resolve().parent.parent
PUERTO_POSTGRES = 5432
ARRANQUE_S = 60.0


def puerto_libre() -> int:
    """Un puerto libre de esta máquina."""
    with socket.socket() as prueba:
        prueba.bind(("127.0.0.1", 0))
        return int(prueba.getsockname()[1])


def agentes(cuantos: int) -> list[str]:
    """Los usuarios del banco, en el orden del turno."""
    return [f"agente{n}" for n in range(1, cuantos + 1)]


def clave(agente: str) -> str:
    """La contraseña de un usuario del banco."""
    return f"clave-del-banco-{agente}"


class Proceso:
    """Un servidor de Python en su propio proceso, con un entorno limpio y su registro en un archivo."""

    def __init__(self, orden: list[str], entorno: Mapping[str, str], puerto: int, registro: Path, salud: str) -> None:
        heredado = {v: os.environ[v] for v in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if v in os.environ}
        self.puerto = puerto
        self._registro = registro
        with registro.open("ab") as salida:
            self._proceso = subprocess.Popen(
                [sys.executable, *orden], cwd=RAIZ, env=heredado | dict(entorno),
                stdin=subprocess.DEVNULL, stdout=salida, stderr=salida, start_new_session=True,
            )  # fmt: skip
        self._esperar(salud)

    def _esperar(self, salud: str) -> None:
        limite = time.monotonic() + ARRANQUE_S
        while time.monotonic() < limite and self._proceso.poll() is None:
            try:
                if pedir(self.puerto, "GET", salud)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.parar()
        final = self._registro.read_text(errors="replace")[-3000:]
        raise RuntimeError(f"No atendió en el puerto {self.puerto}:\n{final}")

    @property
    def pid(self) -> int:
        return self._proceso.pid

    def memoria_mb(self) -> float:
        """La memoria residente, en MB."""
        estado = Path(f"/proc/{self.pid}/status")
        if estado.exists():
            return int(estado.read_text().split("VmRSS:")[1].split()[0]) / 1024
        ps = subprocess.run(["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, text=True)
        return int(ps.stdout) / 1024

    def cpu_s(self) -> float:
        """Los segundos de procesador que lleva gastados: dependen menos de los vecinos que el reloj. Solo Linux."""
        cuenta = Path(f"/proc/{self.pid}/schedstat")
        return int(cuenta.read_text().split()[0]) / 1e9 if cuenta.exists() else float("nan")

    def parar(self) -> None:
        if self._proceso.poll() is None:
            self._proceso.send_signal(signal.SIGTERM)
            try:
                self._proceso.wait(20)
            except subprocess.TimeoutExpired:
                self._proceso.kill()


def pedir(puerto: int, metodo: str, ruta: str, cuerpo: object = None) -> tuple[int, str, bytes]:
    """Una petición suelta. Devuelve código, galleta de sesión y cuerpo."""
    conexion = http.client.HTTPConnection("127.0.0.1", puerto, timeout=20)
    try:
        datos = None if cuerpo is None else json.dumps(cuerpo)
        conexion.request(metodo, ruta, datos, {"Content-Type": "application/json"})
        respuesta = conexion.getresponse()
        galleta = (respuesta.getheader("Set-Cookie") or "").split(";")[0]
        return respuesta.status, galleta, respuesta.read()
    finally:
        conexion.close()


class Escenario:
    """Los procesos de una medición. `app` es la aplicación de verdad; `minimo`, el Flask que solo devuelve {}."""

    def __init__(self, carpeta: Path, cuantos_agentes: int) -> None:
        self.carpeta = carpeta
        self.agentes = agentes(cuantos_agentes)
        self.postgres = PostgresLocal(carpeta / "postgres", duradero=True)
        self.postgres.iniciar()
        self._procesos: list[Proceso] = []
        self.app = self.lanzar_app({"POSTGRES_HOST": self.postgres.host, "POSTGRES_PORT": str(PUERTO_POSTGRES)}, "app")
        puerto = puerto_libre()
        self.minimo = self._anotar(
            Proceso(["-m", "bench.servidor_minimo", str(puerto)], {}, puerto, carpeta / "minimo.log", "/")
        )

    def lanzar_app(self, base: Mapping[str, str], nombre: str) -> Proceso:
        """Otro proceso de la aplicación contra la base que diga `base`."""
        puerto = puerto_libre()
        entorno = {
            "PYTHON_DOTENV_DISABLED": "1", "HOST": "127.0.0.1", "PORT": str(puerto), "POSTGRES_SSLMODE": "disable",
            "POSTGRES_USER": self.postgres.usuario, "POSTGRES_DB": self.postgres.base, "FLASK_SECRET_KEY": "banco" * 8,
            "WHAPI_TOKEN": "ficha-del-banco", "WHAPI_API_URL": "http://127.0.0.1:9", "WHAPI_WEBHOOK_TOKEN": SECRETO,
            "WHAPI_NUMERO": LINEA, "DATOS_DIR": str(self.carpeta),
            **{f"PASSWORD_{a.upper()}": clave(a) for a in self.agentes}, **base,
        }  # fmt: skip
        registro = self.carpeta / f"{nombre}.log"
        return self._anotar(Proceso(["descargar_bsl.py"], entorno, puerto, registro, "/twilio-chat/health"))

    def _anotar(self, proceso: Proceso) -> Proceso:
        self._procesos.append(proceso)
        return proceso

    @property
    def socket_de_postgres(self) -> str:
        return f"{self.postgres.host}/.s.PGSQL.{PUERTO_POSTGRES}"

    def conexion(self) -> psycopg2.extensions.connection:
        """Una conexión directa a la base, en autoconfirmación."""
        con = psycopg2.connect(
            host=self.postgres.host, port=PUERTO_POSTGRES, user=self.postgres.usuario, dbname=self.postgres.base
        )
        con.autocommit = True
        return con

    def entrar(self, agente: str) -> str:
        """Abre la sesión de un agente y devuelve su galleta. Lanza RuntimeError si no lo dejan entrar."""
        datos = {"username": agente, "password": clave(agente)}
        codigo, galleta, cuerpo = pedir(self.app.puerto, "POST", "/twilio-chat/api/login", datos)
        if codigo != 200:
            raise RuntimeError(f"{agente} no pudo entrar: {codigo} {cuerpo!r}")
        return galleta

    def cerrar(self) -> None:
        for proceso in self._procesos:
            proceso.parar()
        self.postgres.parar()
