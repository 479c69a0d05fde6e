"""Con qué opciones se crean los datos y se arranca el servidor: privado, en UTF-8 y en hora universal."""

from __future__ import annotations

import sys
from pathlib import Path

SIN_DURABILIDAD = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def opciones_de_initdb(mayor: int, duradero: bool) -> list[str]:
    """`trust` no abre nada: se entra solo por un socket dentro de una carpeta privada."""
    opciones = ["--encoding=UTF8", "--auth=trust", "--no-instructions", *_idioma(mayor)]
    return opciones if duradero else [*opciones, "--no-sync"]


def opciones_de_postgres(sockets: Path, duradero: bool) -> list[str]:
    """Sin TCP: nadie de la red, ni otro usuario del equipo, llega a esta base."""
    carpeta = str(sockets).replace('"', '""')
    ajustes = [
        "listen_addresses=",
        f'unix_socket_directories="{carpeta}"',
        "unix_socket_permissions=0700",
        "max_connections=100",
        "timezone=UTC",
        "log_timezone=UTC",
        # Una sentencia que falla lleva dentro lo que escribió el cliente: su bitácora dice el error y no el texto.
        "log_min_error_statement=panic",
        "log_error_verbosity=terse",
        *(() if duradero else SIN_DURABILIDAD),
    ]
    return [parte for ajuste in ajustes for parte in ("-c", ajuste)]


def _idioma(mayor: int) -> list[str]:
    """C.UTF-8 en todas partes; desde la 17 lo trae PostgreSQL mismo, y macOS no lo trae."""
    sistema = "C.UTF-8" if sys.platform == "linux" else "C"
    propio = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if mayor >= 17 else []
    return [f"--locale={sistema}", "--lc-messages=C", *propio]
