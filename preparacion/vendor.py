"""Trae del registro de npm lo ajeno que servimos con la página: el cliente de Socket.IO y el selector de emojis.

Con `pruebas` trae además axe, que revisa la accesibilidad y nunca se sirve.

Cada archivo va con su versión y su huella, que decide si sirve. Repetirlo no hace daño, y sin red no detiene nada.
No hace falta tener npm; si el registro no contesta se le pide a él, que puede tener un espejo, y el de Socket.IO sale
también del paquete nicegui de PyPI, que lleva el mismo archivo. Sin emojis, su botón no se ve.
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
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

RAIZ = Path(__file__).resolve().parent.parent
CARPETA = RAIZ / "static" / "twilio" / "vendor"
PLAZO = 120
REGISTRO = "https://registry.npmjs.org"


@dataclass(frozen=True, slots=True)
class Ajeno:
    """Un archivo de un paquete de npm: de dónde sale, dónde queda y su huella."""

    paquete: str
    origen: str
    destino: str
    huella: str
    carpeta: Path = CARPETA

    @property
    def ruta(self) -> Path:
        return self.carpeta / self.destino

    def es_autentico(self, contenido: bytes) -> bool:
        return "sha384-" + base64.b64encode(hashlib.sha384(contenido).digest()).decode() == self.huella

    def falta(self) -> bool:
        return not (self.ruta.exists() and self.es_autentico(self.ruta.read_bytes()))


SOCKETIO = Ajeno(
    "socket.io-client@4.7.2",
    "dist/socket.io.min.js",
    "socket.io.min.js",
    "sha384-mZLF4UVrpi/QTWPA7BjNPEnkIfRFn4ZEO3Qt/HFklTJBj/gBOV8G3HcKn4NfQblz",
)
EMOJIS = (
    Ajeno(
        "emoji-picker-element@1.29.1",
        "picker.js",
        "emojis/picker.js",
        "sha384-4F+tMpJoNcY0S8fhtPC0wz0d33ruehvAEywzw0jc7RTcRT6PYWqHCZNekvXx0bnf",
    ),
    Ajeno(
        "emoji-picker-element@1.29.1",
        "database.js",
        "emojis/database.js",
        "sha384-AronXxVF7CKEa+fhPcF/7fyi4a4sWexJr9gHEQFlZ0KxadAmKCO9+gbFm6csyA1k",
    ),
    Ajeno(
        "emoji-picker-element@1.29.1",
        "i18n/es.js",
        "emojis/es.js",
        "sha384-6w19esAa7O1YdTLtpnvXkkqv97BYwe9DbcRx+1VDPsfUryEYAf8E78nKJzu1RIz+",
    ),
    Ajeno(
        "emoji-picker-element-data@1.8.0",
        "es/cldr/data.json",
        "emojis/datos.json",
        "sha384-fEc/DoSoweoHQ+SjS3EQ33bQ/FTJZlmr6V9pI1zDQjhBEET5pb8pwuiW27H7tkY3",
    ),
)
AXE = Ajeno(
    "axe-core@4.11.4",
    "axe.min.js",
    "axe.min.js",
    "sha384-JPn8kKVo7BLn9/zcbvarZHaq40amEwymg7J3Uhc7Lb4ds5KZ1kKLagxlEZX5iqWj",
    RAIZ / "tests" / "vendor",
)


def desde_registro(carpeta: Path, paquete: str) -> dict[str, bytes]:
    """Los archivos de un paquete de npm, por su ruta dentro de él."""
    nombre, version = paquete.split("@")
    with urlopen(f"{REGISTRO}/{nombre}/-/{nombre}-{version}.tgz", timeout=PLAZO) as respuesta:
        (carpeta / "paquete.tgz").write_bytes(respuesta.read())
    return _extraer(carpeta, paquete)


def desde_npm(carpeta: Path, paquete: str) -> dict[str, bytes]:
    """Lo mismo, con npm y su configuración."""
    npm = shutil.which("npm")
    if npm is None:
        return {}
    _ejecutar([npm, "pack", "--silent", paquete], carpeta)
    return _extraer(carpeta, paquete)


def _extraer(carpeta: Path, paquete: str) -> dict[str, bytes]:
    pedidos = {ajeno.origen for ajeno in (SOCKETIO, *EMOJIS, AXE) if ajeno.paquete == paquete}
    with tarfile.open(next(carpeta.glob("*.tgz"))) as comprimido:
        return {origen: _leer(comprimido, f"package/{origen}") for origen in pedidos}


def _leer(comprimido: tarfile.TarFile, nombre: str) -> bytes:
    archivo = comprimido.extractfile(nombre)
    return archivo.read() if archivo else b""


def desde_pypi(carpeta: Path, paquete: str) -> dict[str, bytes]:
    """Lo mismo, de donde también está: solo el cliente de Socket.IO."""
    if paquete != SOCKETIO.paquete:
        return {}
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    _ejecutar([*pip, "--no-deps", "--only-binary=:all:", "--dest=.", "nicegui==1.4.37"], carpeta)
    with zipfile.ZipFile(next(carpeta.glob("nicegui-*.whl"))) as rueda:
        return {SOCKETIO.origen: rueda.read("nicegui/static/socket.io.min.js")}


def traer(paquete: str, faltan: list[Ajeno]) -> bool:
    """Deja en su sitio los archivos de un paquete si alguna fuente los dio todos con su huella."""
    for fuente in (desde_registro, desde_npm, desde_pypi):
        with tempfile.TemporaryDirectory() as carpeta:
            try:
                hallados = fuente(Path(carpeta), paquete)
            except (OSError, subprocess.SubprocessError, StopIteration, KeyError, tarfile.TarError, zipfile.BadZipFile):
                continue
        if all(ajeno.es_autentico(hallados.get(ajeno.origen, b"")) for ajeno in faltan):
            for ajeno in faltan:
                _guardar(ajeno.ruta, hallados[ajeno.origen])
            return True
    return False


def _ejecutar(orden: list[str], carpeta: Path) -> None:
    subprocess.run(orden, cwd=carpeta, check=True, timeout=PLAZO, stdin=subprocess.DEVNULL, capture_output=True)


def _guardar(destino: Path, contenido: bytes) -> None:
    """Se escribe aparte y se renombra: la página nunca recibe medio archivo."""
    destino.parent.mkdir(parents=True, exist_ok=True)
    parcial = destino.with_suffix(".parcial")
    parcial.write_bytes(contenido)
    parcial.chmod(0o644)
    parcial.replace(destino)


def main() -> None:
    pedidos = (SOCKETIO, *EMOJIS, AXE) if "pruebas" in sys.argv[1:] else (SOCKETIO, *EMOJIS)
    for paquete in dict.fromkeys(ajeno.paquete for ajeno in pedidos):
        faltan = [ajeno for ajeno in pedidos if ajeno.paquete == paquete and ajeno.falta()]
        if not faltan:
            continue
        if traer(paquete, faltan):
            print(f"{paquete} listo.")
        elif paquete == SOCKETIO.paquete:
            print("No se pudo traer el cliente de Socket.IO: la página usará el de cdn.socket.io.")
        elif paquete == AXE.paquete:
            print(f"No se pudo traer {paquete}: se omiten las pruebas de accesibilidad.")
        else:
            print(f"No se pudo traer {paquete}: la página queda sin selector de emojis.")


if __name__ == "__main__":
    main()
