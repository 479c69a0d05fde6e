"""Para las pruebas: un navegador y un PostgreSQL con TLS, si se pueden instalar. Nunca detiene nada si no.

Solo instala siendo root y con apt; en otro caso dice cómo hacerlo, y esas pruebas se omiten con su razón.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAVEGADORES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLAZO = 600


@dataclass(frozen=True, slots=True)
class Herramienta:
    """Algo que las pruebas aprovechan, el paquete de Debian que lo trae y si ya está."""

    nombre: str
    paquete: str
    presente: bool


def buscar_navegador() -> str | None:
    """La ruta de un navegador de la familia Chromium, o None si no hay ninguno."""
    return next((ruta for nombre in NAVEGADORES if (ruta := shutil.which(nombre))), None)


def buscar_postgres_con_tls() -> Path | None:
    """La carpeta `bin` más nueva de los paquetes de Debian, que traen TLS; el de PyPI no lo trae."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: bin_.parent.name.zfill(3), default=None)


def faltantes() -> list[Herramienta]:
    herramientas = [
        Herramienta("un navegador", "chromium", buscar_navegador() is not None),
        Herramienta("un PostgreSQL con TLS", "postgresql", buscar_postgres_con_tls() is not None),
    ]
    return [herramienta for herramienta in herramientas if not herramienta.presente]


def instalar(paquetes: list[str]) -> None:
    """Con `--no-install-recommends`; lo que falle se verá en `faltantes`."""
    entorno = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for orden in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *paquetes]):
        try:
            subprocess.run(orden, env=entorno, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=PLAZO)
        except subprocess.SubprocessError:
            return


def main() -> None:
    pendientes = faltantes()
    if not pendientes:
        return
    paquetes = [herramienta.paquete for herramienta in pendientes]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Instalando para las pruebas: {', '.join(paquetes)}…", flush=True)
        instalar(paquetes)
    for herramienta in faltantes():
        print(f"Sin {herramienta.nombre}: sus pruebas se omiten. En Debian: sudo apt-get install {herramienta.paquete}")


if __name__ == "__main__":
    main()
