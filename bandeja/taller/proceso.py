"""Encargarle un archivo al proceso que los abre (`oficio.py`), con plazo. Si no puede, quien llama sigue sin eso."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bandeja.configuracion import RAIZ
from bandeja.errores import EntradaInvalida
from bandeja.registro import registro

PLAZO_S = 45.0
# Cada uno ocupa un procesador: más a la vez solo le quitarían tiempo a quien atiende.
_A_LA_VEZ = 2
_OFICIOS = {"image": "imagen", "video": "video", "audio": "audio"}
_IMAGENES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_turno = threading.BoundedSemaphore(_A_LA_VEZ)


@dataclass(frozen=True, slots=True)
class Medidas:
    """Lo que se supo de un archivo al abrirlo; None, lo que no se supo. `miniatura` es un WebP o un JPEG."""

    ancho: int | None = None
    alto: int | None = None
    segundos: float | None = None
    onda: str | None = None
    miniatura: bytes | None = None


def mirar(ruta: str, mime: str) -> Medidas:
    """Miniatura, medidas, duración y onda de lo que se sepa abrir; vacías si no se puede."""
    oficio = _OFICIOS.get(mime.split("/", maxsplit=1)[0])
    if oficio is None or (oficio == "imagen" and mime not in _IMAGENES):
        return Medidas()
    with tempfile.NamedTemporaryFile() as salida:
        medidas = _encargar(oficio, mime, ruta, salida.name)
        miniatura = salida.read() if medidas is not None and oficio != "audio" else b""
    return Medidas(**(medidas or {}), miniatura=miniatura or None)


def a_nota_de_voz(ruta: str, mime: str, salida: str) -> Medidas:
    """Convierte una grabación en nota de voz (OGG/Opus, un canal) en `salida`. Lanza EntradaInvalida si no suena."""
    medidas = _encargar("nota", mime, ruta, salida)
    if not medidas or not medidas.get("segundos") or not Path(salida).stat().st_size:
        raise EntradaInvalida("La grabación no se pudo convertir en nota de voz: graba de nuevo.")
    return Medidas(**medidas)


def _encargar(oficio: str, mime: str, entrada: str, salida: str) -> dict[str, Any] | None:
    orden = [sys.executable, "-m", "bandeja.taller.oficio", oficio, mime, entrada, salida]
    # Sin el entorno de la aplicación: ahí están sus contraseñas y este proceso abre archivos de desconocidos.
    entorno = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": tempfile.gettempdir()}
    with _turno:
        try:
            hecho = subprocess.run(
                orden, cwd=RAIZ, env=entorno, stdin=subprocess.DEVNULL, capture_output=True, timeout=PLAZO_S
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            registro.warning("⚠️ No se pudo abrir un archivo (%s): %s", oficio, type(error).__name__)
            return None
    if hecho.returncode != 0:
        razon = hecho.stderr.decode(errors="replace").strip().splitlines()[-1:]
        registro.warning("⚠️ No se pudo abrir un archivo (%s): %s", oficio, *(razon or [str(hecho.returncode)]))
        return None
    medidas: dict[str, Any] = json.loads(hecho.stdout)
    return medidas
