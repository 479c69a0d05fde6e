"""Dos maneras de probar las puertas: `dentro`, para fingir direcciones y editar AGENTES, y `publica`, de verdad."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from werkzeug.security import generate_password_hash

from bandeja.postgres_local import PostgresLocal
from tests.apoyo.aplicacion import ENTORNO_DE_PRUEBA, AppEnMarcha
from tests.apoyo.base_datos import crear_base
from tests.apoyo.en_proceso import AppEnProceso, en_proceso
from tests.apoyo.sesiones import Sesion

PANEL = "https://panel.example.com"
DOMINIO = "bandeja.example.com"
CLAVES_PUBLICAS = {
    "agente1": "clave-uno-1",
    "agente2": "clave-con-hash",
    "agente3": "password3",  # de ejemplo: solo entra desde esta máquina
    "agente4": "",
    "agente5": "clave-cinco-5",
}
ENTORNO_PUBLICO = {
    "FLASK_SECRET_KEY": ENTORNO_DE_PRUEBA["FLASK_SECRET_KEY"],
    "PROXIES_CONFIABLES": "1",
    "CORS_ORIGINS": PANEL,
    "WHAPI_API_URL": "http://127.0.0.1:1",  # nada sale; además no hay WHAPI_TOKEN
} | {f"PASSWORD_{usuario.upper()}": clave for usuario, clave in CLAVES_PUBLICAS.items() if usuario != "agente2"}


@pytest.fixture
def dentro(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppEnProceso]:
    """Una aplicación en este proceso, sin base: las puertas se cierran antes de necesitarla."""
    with en_proceso(monkeypatch) as app:
        yield app


@pytest.fixture(scope="package")
def publica(cluster: PostgresLocal, carpeta_de_pruebas: Path) -> Iterator[AppEnMarcha]:
    """Una aplicación de verdad como la desplegada: detrás de un proxy con https y con un segundo origen permitido."""
    entorno = ENTORNO_PUBLICO | {"PASSWORD_AGENTE2": generate_password_hash(CLAVES_PUBLICAS["agente2"])}
    app = AppEnMarcha(entorno | crear_base(cluster, "publica").entorno, carpeta_de_pruebas / "publica")
    try:
        yield app.arrancar().esperar()
    finally:
        if app.viva():
            app.parar()


@pytest.fixture
def desde(publica: AppEnMarcha) -> Callable[[str], Sesion]:
    """`desde("203.0.113.7")`: una sesión que llega por el proxy desde esa dirección, con https."""

    def abrir(direccion: str) -> Sesion:
        sesion = Sesion(publica)
        sesion.headers.update({"X-Forwarded-For": direccion, "X-Forwarded-Proto": "https", "X-Forwarded-Host": DOMINIO})
        return sesion

    return abrir


def probar(sesion: requests.Session, usuario: str, clave: str) -> requests.Response:
    return sesion.post("api/login", json={"username": usuario, "password": clave})
