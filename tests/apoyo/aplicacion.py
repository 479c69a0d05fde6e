"""La aplicación bajo prueba en su propio proceso, con un entorno limpio y su registro a mano."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

RAIZ = Path(__file__).resolve().parent.parent.parent
SECRETO_WEBHOOK = "secreto-de-prueba"
CLAVES = {"agente1": "clave-uno-1", "agente2": "clave-dos-2"}
LINEA = "573008021701"

ENTORNO_DE_PRUEBA = {
    "PASSWORD_AGENTE1": CLAVES["agente1"],
    "PASSWORD_AGENTE2": CLAVES["agente2"],
    "FLASK_SECRET_KEY": "llave-solo-para-pruebas-0123456789abcdef0123456789abcdef01234567",
    "WHAPI_TOKEN": "ficha-de-prueba",
    "WHAPI_WEBHOOK_TOKEN": SECRETO_WEBHOOK,
    "WHAPI_NUMERO": LINEA,
    "HISTORIA_CADA_MIN": "0",  # quien la prueba la enciende: en las demás, la línea simulada solo oye lo suyo
}
HEREDADAS = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT")


def puerto_libre() -> int:
    with socket.socket() as prueba:
        prueba.bind(("127.0.0.1", 0))
        return int(prueba.getsockname()[1])


def entorno_limpio(variables: Mapping[str, str]) -> dict[str, str]:
    """Nada de lo que tenga configurado quien corre las pruebas, ni su `.env`: solo lo que la prueba pide."""
    heredado = {clave: os.environ[clave] for clave in HEREDADAS if clave in os.environ}
    fijo = {"PYTHONUNBUFFERED": "1", "PYTHON_DOTENV_DISABLED": "1", "HOST": "127.0.0.1"}
    return heredado | fijo | dict(variables)


class AppEnMarcha:
    """Un proceso de `descargar_bsl.py`. Se puede parar, matar y volver a arrancar en el mismo puerto."""

    def __init__(self, variables: Mapping[str, str], carpeta: Path, puerto: int | None = None) -> None:
        self.puerto = puerto or puerto_libre()
        self.url = f"http://127.0.0.1:{self.puerto}"
        self.webhook = f"{self.url}/twilio-chat/webhook/whapi"
        carpeta.mkdir(parents=True, exist_ok=True)
        propias = {"PORT": str(self.puerto), "DATOS_DIR": str(carpeta / "datos")}
        self.entorno = entorno_limpio(propias | dict(variables))
        self.archivo = carpeta / f"app-{self.puerto}.log"
        self._proceso: subprocess.Popen[bytes] | None = None

    @property
    def proceso(self) -> subprocess.Popen[bytes]:
        assert self._proceso is not None, "la aplicación no se ha arrancado"
        return self._proceso

    def arrancar(self) -> AppEnMarcha:
        """Lanza el proceso, en su propio grupo de señales, sin esperar a que atienda."""
        with self.archivo.open("ab") as salida:
            self._proceso = subprocess.Popen(
                [sys.executable, str(RAIZ / "descargar_bsl.py")],
                cwd=RAIZ,
                env=self.entorno,
                stdin=subprocess.DEVNULL,
                stdout=salida,
                stderr=salida,
                start_new_session=True,
            )
        return self

    def esperar(self, *, salud: int | None = 200, plazo: float = 40.0) -> AppEnMarcha:
        """Hasta que la salud conteste `salud` (None: cualquier código). Si muere antes, falla con su registro."""
        limite = time.monotonic() + plazo
        while time.monotonic() < limite:
            codigo = self.salud()
            if codigo is not None and (salud is None or codigo == salud):
                return self
            assert self.proceso.poll() is None, (
                f"la aplicación terminó con {self.proceso.returncode}:\n{self.registro()}"
            )
            time.sleep(0.05)
        raise AssertionError(f"la aplicación no atendió en {plazo} s:\n{self.registro()}")

    def salud(self) -> int | None:
        try:
            return requests.get(f"{self.url}/twilio-chat/health", timeout=5).status_code
        except requests.RequestException:
            return None

    def registro(self) -> str:
        return self.archivo.read_text(errors="replace") if self.archivo.exists() else ""

    def esperar_en_registro(self, texto: str, plazo: float = 5.0) -> str:
        """Las líneas del registro que contienen `texto`; espera a que haya alguna."""
        limite = time.monotonic() + plazo
        while texto not in self.registro():
            assert time.monotonic() < limite, f"el registro no llegó a decir {texto!r}:\n{self.registro()}"
            time.sleep(0.05)
        return "\n".join(linea for linea in self.registro().splitlines() if texto in linea)

    def memoria_mb(self) -> float:
        """La memoria residente del proceso (solo Linux)."""
        estado = Path(f"/proc/{self.proceso.pid}/status").read_text()
        return int(estado.split("VmRSS:")[1].split()[0]) / 1024

    def parar(self, plazo: float = 15.0) -> int:
        """SIGTERM y esperar; devuelve el código de salida."""
        return self._terminar(signal.SIGTERM, plazo)

    def matar(self) -> int:
        return self._terminar(signal.SIGKILL, 10.0)

    def reiniciar(self) -> AppEnMarcha:
        self.parar()
        return self.arrancar().esperar()

    def viva(self) -> bool:
        return self._proceso is not None and self._proceso.poll() is None

    def _terminar(self, senal: signal.Signals, plazo: float) -> int:
        if self.viva():
            self.proceso.send_signal(senal)
        try:
            return self.proceso.wait(plazo)
        except subprocess.TimeoutExpired:
            self.proceso.kill()
            raise AssertionError(f"la aplicación no terminó con {senal.name}:\n{self.registro()}") from None
