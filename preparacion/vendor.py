"""Trae el cliente de Socket.IO 4.7.2 para servirlo nosotros. Repetirlo no hace daño, y sin red no detiene nada.

Viene de npm o, si no hay npm, del paquete nicegui de PyPI, que lleva el mismo archivo. La huella decide si sirve.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

DESTINO = Path(__file__).resolve().parent.parent / "static" / "twilio" / "vendor" / "socket.io.min.js"
HUELLA = "sha384-mZLF4UVrpi/QTWPA7BjNPEnkIfRFn4ZEO3Qt/HFklTJBj/gBOV8G3HcKn4NfQblz"
PLAZO = 120


def es_autentico(contenido: bytes) -> bool:
    return "sha384-" + base64.b64encode(hashlib.sha384(contenido).digest()).decode() == HUELLA


def desde_npm(carpeta: Path) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        return b""
    _ejecutar([npm, "pack", "--silent", "socket.io-client@4.7.2"], carpeta)
    with tarfile.open(next(carpeta.glob("*.tgz"))) as paquete:
        archivo = paquete.extractfile("package/dist/socket.io.min.js")
        return archivo.read() if archivo else b""


def desde_pypi(carpeta: Path) -> bytes:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    _ejecutar([*pip, "--no-deps", "--only-binary=:all:", "--dest=.", "nicegui==1.4.37"], carpeta)
    with zipfile.ZipFile(next(carpeta.glob("nicegui-*.whl"))) as paquete:
        return paquete.read("nicegui/static/socket.io.min.js")


def traer() -> bool:
    """Deja el archivo en su sitio si alguna fuente lo dio con la huella esperada."""
    fuentes: list[Callable[[Path], bytes]] = [desde_npm, desde_pypi]
    for fuente in fuentes:
        with tempfile.TemporaryDirectory() as carpeta:
            try:
                contenido = fuente(Path(carpeta))
            except (OSError, subprocess.SubprocessError, StopIteration, KeyError, tarfile.TarError, zipfile.BadZipFile):
                continue
        if es_autentico(contenido):
            _guardar(contenido)
            return True
    return False


def _ejecutar(orden: list[str], carpeta: Path) -> None:
    subprocess.run(orden, cwd=carpeta, check=True, timeout=PLAZO, stdin=subprocess.DEVNULL, capture_output=True)


def _guardar(contenido: bytes) -> None:
    """Se escribe aparte y se renombra: la página nunca recibe medio archivo."""
    DESTINO.parent.mkdir(parents=True, exist_ok=True)
    parcial = DESTINO.with_suffix(".parcial")
    parcial.write_bytes(contenido)
    parcial.chmod(0o644)
    parcial.replace(DESTINO)


def main() -> None:
    if DESTINO.exists() and es_autentico(DESTINO.read_bytes()):
        return
    if traer():
        print("Cliente de Socket.IO 4.7.2 listo.")
    else:
        print("No se pudo traer el cliente de Socket.IO: la página usará el de cdn.socket.io.")


if __name__ == "__main__":
    main()
