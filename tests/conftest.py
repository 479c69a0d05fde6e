"""Las piezas de verdad que comparten las pruebas. Una prueba pide lo que usa; lo costoso se arranca una sola vez.

Lo común: `app` y `limpio` (una aplicación compartida y sus tablas vacías), `agente1` y `agente2` (sesiones),
`escucha` (sockets) y `pagina_de` (navegador). Para una base o un proceso propios: `base_datos` y `arrancar_app`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Browser, Page

from bandeja.postgres_local import PostgresLocal
from simulador import Simulador
from tests.apoyo.aplicacion import ENTORNO_DE_PRUEBA, LINEA, SECRETO_WEBHOOK, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos, borrar_base, crear_base
from tests.apoyo.escucha import Escucha
from tests.apoyo.navegador import abrir_chat, abrir_navegador, contexto_de
from tests.apoyo.sesiones import Sesion, entrar

LINEAS_DEL_REGISTRO = 150

hypothesis.settings.register_profile("bandeja", deadline=None, max_examples=60, print_blob=True)
hypothesis.settings.load_profile("bandeja")

_en_marcha: list[AppEnMarcha] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Si una prueba falla, se ve el final del registro de cada aplicación que estaba en marcha."""
    informe = yield
    if informe.failed:
        for app in _en_marcha:
            final = "\n".join(app.registro().splitlines()[-LINEAS_DEL_REGISTRO:])
            informe.sections.append((f"registro de la aplicación en {app.url}", final))
    return informe


def pytest_xdist_auto_num_workers() -> int:
    """Uno más que los procesadores, porque casi todo es esperar; cada proceso trae su PostgreSQL y su navegador."""
    return min((os.cpu_count() or 1) + 1, 6)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Con los nombres en español sin escapar (pyproject), lo que no se puede imprimir se muestra escapado.

    De un archivo, su comienzo y su tamaño: entero no se lee, y lo que varía entre procesos impide repartir las pruebas.
    """
    if isinstance(val, bytes) and len(val) > 64:
        return f"{ascii(val[:8])}…{len(val)}"
    if isinstance(val, bytes) or (isinstance(val, str) and not val.isprintable()):
        return ascii(val)
    return None


# --- Base de datos


@pytest.fixture(scope="session")
def carpeta_de_pruebas() -> Iterator[Path]:
    """Temporal y transitable: siendo root, PostgreSQL corre con otro usuario y debe llegar a ella."""
    carpeta = Path(tempfile.mkdtemp(prefix="bandeja-pruebas-"))
    carpeta.chmod(0o755)
    yield carpeta
    shutil.rmtree(carpeta, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(carpeta_de_pruebas: Path) -> Iterator[PostgresLocal]:
    """Un PostgreSQL de verdad para toda la corrida, sin durabilidad porque se tira al final."""
    with PostgresLocal(carpeta_de_pruebas / "cluster", duradero=False) as servidor:
        yield servidor


@pytest.fixture
def base_datos(cluster: PostgresLocal) -> Iterator[BaseDatos]:
    """Una base vacía, solo para esta prueba."""
    base = crear_base(cluster)
    yield base
    borrar_base(cluster, base)


# --- La aplicación

ArrancarApp = Callable[..., AppEnMarcha]


@pytest.fixture
def arrancar_app(carpeta_de_pruebas: Path, simulador_propio: Simulador) -> Iterator[ArrancarApp]:
    """Fábrica de aplicaciones propias de la prueba, con un simulador propio que entrega a la primera de ellas.

    `arrancar_app(base)` usa el entorno común sobre esa base; `entorno` añade o cambia variables, y None las quita;
    `comun=False` parte de un entorno vacío (demostración, si tampoco hay base). `salud=None` acepta cualquier código.
    """
    mias: list[AppEnMarcha] = []

    def arrancar(
        base: BaseDatos | None = None,
        entorno: Mapping[str, str | None] | None = None,
        *,
        comun: bool = True,
        salud: int | None = 200,
        esperar: bool = True,
        puerto: int | None = None,
    ) -> AppEnMarcha:
        variables: dict[str, str | None] = {**(_entorno_comun(simulador_propio) if comun else {})}
        variables |= (base.entorno if base else {}) | dict(entorno or {})
        propias = {clave: valor for clave, valor in variables.items() if valor is not None}
        app = AppEnMarcha(propias, _carpeta_nueva(carpeta_de_pruebas), puerto)
        simulador_propio.webhook = simulador_propio.webhook or app.webhook
        mias.append(app)
        _en_marcha.append(app)
        app.arrancar()
        return app.esperar(salud=salud) if esperar else app

    yield arrancar
    for app in mias:
        _en_marcha.remove(app)
        if app.viva():
            app.matar()


@pytest.fixture(scope="session")
def base_compartida(cluster: PostgresLocal) -> BaseDatos:
    """La base de la aplicación compartida; `limpio` la vacía antes de cada prueba."""
    return crear_base(cluster, "compartida")


@pytest.fixture(scope="session")
def app(base_compartida: BaseDatos, simulador: Simulador, carpeta_de_pruebas: Path) -> Iterator[AppEnMarcha]:
    """La aplicación compartida, contra el simulador y la base compartida."""
    compartida = AppEnMarcha(_entorno_comun(simulador) | base_compartida.entorno, carpeta_de_pruebas / "app")
    _en_marcha.append(compartida)
    try:
        yield compartida.arrancar().esperar()
    finally:
        _en_marcha.remove(compartida)
        if compartida.viva():
            compartida.parar()


@pytest.fixture
def limpio(app: AppEnMarcha, base_compartida: BaseDatos, simulador: Simulador) -> BaseDatos:
    """Ni conversaciones ni mensajes, el turno en cero y el simulador sin memoria. Devuelve la base compartida."""
    base_compartida.reposar()
    simulador.reiniciar()
    simulador.webhook = app.webhook
    base_compartida.vaciar()
    return base_compartida


def _entorno_comun(simulador: Simulador) -> dict[str, str]:
    return ENTORNO_DE_PRUEBA | {"WHAPI_API_URL": simulador.url}


def _carpeta_nueva(dentro_de: Path) -> Path:
    carpeta = Path(tempfile.mkdtemp(prefix="app-", dir=dentro_de))
    carpeta.chmod(0o755)
    return carpeta


# --- El proveedor


@pytest.fixture(scope="session")
def simulador() -> Iterator[Simulador]:
    """La línea simulada de la aplicación compartida: HTTP de verdad, con fallas a pedido."""
    with _linea_simulada() as linea:
        yield linea


@pytest.fixture
def simulador_propio() -> Iterator[Simulador]:
    """La línea simulada de las aplicaciones que arranca esta prueba."""
    with _linea_simulada() as linea:
        yield linea


def _linea_simulada() -> Simulador:
    return Simulador(token=ENTORNO_DE_PRUEBA["WHAPI_TOKEN"], secreto=SECRETO_WEBHOOK, linea=LINEA)


# --- Quien usa la bandeja


@pytest.fixture
def agente1(app: AppEnMarcha, limpio: BaseDatos) -> Sesion:
    return entrar(app, "agente1")


@pytest.fixture
def agente2(app: AppEnMarcha, limpio: BaseDatos) -> Sesion:
    return entrar(app, "agente2")


@pytest.fixture
def escucha() -> Iterator[Callable[..., Escucha]]:
    """`escucha(app, sesion)` abre un socket de verdad y lo cierra al final; `esperar=False` si se espera un rechazo."""
    abiertas: list[Escucha] = []

    def abrir(app: AppEnMarcha, sesion: Sesion | None = None, *, esperar: bool = True, **opciones: Any) -> Escucha:
        nueva = Escucha(app, sesion, **opciones)
        abiertas.append(nueva)
        return nueva.conectar(esperar=esperar)

    yield abrir
    for una in abiertas:
        una.cerrar()


@pytest.fixture(scope="session")
def navegador() -> Iterator[Browser]:
    with abrir_navegador() as abierto:
        yield abierto


@pytest.fixture
def pagina_de(navegador: Browser) -> Iterator[Callable[..., Page]]:
    """`pagina_de(app, "agente1")` da el chat abierto, con su sesión, en un contexto propio."""
    with ExitStack() as al_final:

        def abrir(app: AppEnMarcha, usuario: str = "agente1", clave: str | None = None, **opciones: Any) -> Page:
            contexto = contexto_de(navegador, app, usuario, clave, **opciones)
            al_final.callback(contexto.close)
            return abrir_chat(contexto)

        yield abrir
