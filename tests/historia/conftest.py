"""Una aplicación en este proceso contra una línea simulada cuyos avisos se pierden: solo queda su historia."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from bandeja import historia
from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.en_proceso import AppEnProceso, en_proceso

Abrir = Callable[[], AppEnProceso]


@pytest.fixture(autouse=True)
def sin_pausas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Las cortesías con el tráfico vivo se miden en `test_caidas`; aquí solo alargarían."""
    monkeypatch.setattr(historia, "PAUSA_S", 0.0)
    monkeypatch.setattr(historia, "GRACIA_S", 0.0)


@pytest.fixture
def abrir(monkeypatch: pytest.MonkeyPatch, base_datos: BaseDatos, simulador_propio: Simulador) -> Iterator[Abrir]:
    """`abrir()` da una aplicación sobre la base y la línea de la prueba; dos veces, dos procesos de la bandeja."""
    with ExitStack() as al_final:
        yield lambda: al_final.enter_context(en_proceso(monkeypatch, base_datos, WHAPI_API_URL=simulador_propio.url))


@pytest.fixture
def bandeja(abrir: Abrir) -> AppEnProceso:
    """La aplicación, con una primera comparación hecha: desde ahí cuenta lo que se pierda."""
    app = abrir()
    assert app.servicios.respaldo.historia.comparar("agente") == "hecha"
    return app
