"""Órdenes sueltas del proyecto, como las escribe quien lo opera: terminan solas y dejan su código y sus frases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.apoyo.aplicacion import RAIZ, entorno_limpio, puerto_libre


def correr(guion: str, variables: Mapping[str, str], carpeta: Path, plazo: float = 60) -> tuple[int, str]:
    """Corre un guion de la raíz hasta que termine. Devuelve (código de salida, todo lo que dijo)."""
    propias = {"PORT": str(puerto_libre()), "DATOS_DIR": str(carpeta / "datos")}
    hecho = subprocess.run(
        [sys.executable, str(RAIZ / guion)],
        cwd=RAIZ,
        env=entorno_limpio(propias | dict(variables)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=plazo,
    )
    return hecho.returncode, hecho.stdout + hecho.stderr
