"""Con qué usuario corre el servidor: PostgreSQL no acepta ser root, así que root se lo encarga a otro."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bandeja.postgres_local.errores import ErrorPostgresLocal

CONOCIDOS = ("postgres", "_postgres", "nobody")
HEREDADAS = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZDIR")

Antes = Callable[[], None] | None


@dataclass(frozen=True, slots=True)
class Usuario:
    """Quien corre el servidor. `uid` es None cuando es el mismo usuario de la aplicación."""

    nombre: str
    uid: int | None = None
    gid: int | None = None

    def ejecutar(self, orden: Sequence[str], antes: Antes = None) -> subprocess.CompletedProcess[str]:
        """Corre un programa hasta el final, como este usuario y sin la configuración de la aplicación."""
        return subprocess.run(
            orden, **self._como_yo(), preexec_fn=antes, capture_output=True, text=True, errors="replace"
        )

    def lanzar(self, orden: Sequence[str], salida: IO[bytes], antes: Antes) -> subprocess.Popen[bytes]:
        """Deja un programa corriendo en su propia sesión: el Ctrl-C de la terminal no le llega a él."""
        return subprocess.Popen(
            orden, **self._como_yo(), preexec_fn=antes, stdout=salida, stderr=salida, start_new_session=True
        )

    def puede_entrar(self, carpeta: Path) -> bool:
        return self._prueba('cd "$1"', str(carpeta))

    def puede_ejecutar(self, programa: str) -> bool:
        return self._prueba('"$1" --version', programa)

    def _prueba(self, guion: str, argumento: str) -> bool:
        """Se intenta de verdad, como ese usuario: los permisos no se adivinan leyendo bits."""
        return self.ejecutar(["/bin/sh", "-c", guion, "sh", argumento]).returncode == 0

    def _como_yo(self) -> dict[str, Any]:
        """Nada de PGDATA, PGOPTIONS ni secretos de la aplicación: solo lo que hace falta para ejecutar."""
        entorno = {clave: os.environ[clave] for clave in HEREDADAS if clave in os.environ} | {"LC_ALL": "C"}
        grupos: list[int] | None = None if self.uid is None else []
        quien = {"user": self.uid, "group": self.gid, "extra_groups": grupos}
        return quien | {"env": entorno, "cwd": "/", "stdin": subprocess.DEVNULL}


def usuario_para(datos: Path) -> Usuario:
    """El dueño de los datos que ya existen; si no los hay, nosotros mismos o, siendo root, alguien que no lo sea."""
    if os.geteuid() != 0:
        return Usuario(_nombre(os.geteuid()))
    if os.path.exists(datos) and (dueno := datos.stat()).st_uid != 0:
        return Usuario(_nombre(dueno.st_uid), dueno.st_uid, dueno.st_gid)
    for nombre in CONOCIDOS:
        try:
            ficha = pwd.getpwnam(nombre)
        except KeyError:
            continue
        return Usuario(nombre, ficha.pw_uid, ficha.pw_gid)
    raise ErrorPostgresLocal("PostgreSQL no puede correr como root y no hay un usuario «postgres» ni «nobody».")


def _nombre(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
