"""Un PostgreSQL como el de producción: por red, con contraseña y solo con TLS. Usa los paquetes de Debian."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bandeja.postgres_local.procesos import detener_hijo, morir_con_el_padre
from bandeja.postgres_local.usuarios import Usuario, usuario_para
from preparacion.navegador import buscar_postgres_con_tls
from tests.apoyo.aplicacion import puerto_libre

CLAVE = "clave-de-la-base"
SOLO_TLS = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


@contextmanager
def postgres_con_tls(carpeta: Path) -> Iterator[dict[str, str]]:
    """Lo pone en marcha dentro de `carpeta` y da las variables POSTGRES_* para llegar a él."""
    binarios = buscar_postgres_con_tls()
    if binarios is None or shutil.which("openssl") is None:
        pytest.skip("no hay un PostgreSQL con TLS en este equipo (en Debian: sudo apt-get install postgresql)")
    usuario = usuario_para(carpeta / "datos")
    datos, puerto = carpeta / "datos", puerto_libre()
    _crear(usuario, binarios, carpeta, datos)
    orden = [
        str(binarios / "postgres"),
        "-D",
        str(datos),
        "-p",
        str(puerto),
        "-c",
        "ssl=on",
        "-c",
        "fsync=off",
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        f"unix_socket_directories={carpeta}",
    ]
    with (carpeta / "servidor.log").open("wb") as salida:
        servidor = usuario.lanzar(orden, salida, morir_con_el_padre(signal.SIGINT))
    try:
        _esperar(usuario, binarios, puerto)
        yield {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(puerto),
            "POSTGRES_USER": "bsl",
            "POSTGRES_PASSWORD": CLAVE,
            "POSTGRES_DB": "postgres",
        }
    finally:
        detener_hijo(servidor)


def _crear(usuario: Usuario, binarios: Path, carpeta: Path, datos: Path) -> None:
    clave = carpeta / "clave.txt"
    clave.write_text(CLAVE)
    if usuario.uid is not None:
        shutil.chown(carpeta, usuario.uid)
        shutil.chown(clave, usuario.uid)
    initdb = [
        str(binarios / "initdb"),
        "-D",
        str(datos),
        "-U",
        "bsl",
        "--auth=scram-sha-256",
        f"--pwfile={clave}",
        "--no-sync",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]
    certificado = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-keyout",
        str(datos / "server.key"),
        "-out",
        str(datos / "server.crt"),
    ]
    for orden in (initdb, certificado):
        hecho = usuario.ejecutar(orden)
        assert hecho.returncode == 0, hecho.stderr
    (datos / "pg_hba.conf").write_text(SOLO_TLS)


def _esperar(usuario: Usuario, binarios: Path, puerto: int) -> None:
    consulta = [str(binarios / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(puerto), "-t", "1"]
    for _ in range(200):
        if usuario.ejecutar(consulta).returncode == 0:
            return
        subprocess.run(["sleep", "0.05"])
    raise AssertionError("el PostgreSQL con TLS no llegó a atender")
