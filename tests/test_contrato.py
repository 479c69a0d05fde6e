"""La especificación, sección por sección: cada ruta, clave, código, texto, evento, línea de registro, columna y receta.

Los casos están en `tests/contrato/`, ordenados como el documento; el nombre de cada prueba es su renglón.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.escucha import Escucha
from tests.contrato import acceso, base, chat, entorno, eventos, mantenimiento, webhooks
from tests.contrato.comun import CASOS, Caso, Mundo

SECCIONES = (base, entorno, acceso, chat, webhooks, eventos, mantenimiento)  # importarlas es lo que enuncia los casos


@pytest.mark.parametrize("renglon", CASOS, ids=[c.id for c in CASOS])
def test_la_especificacion_se_cumple(
    renglon: Caso,
    app: AppEnMarcha,
    limpio: BaseDatos,
    simulador: Simulador,
    escucha: Callable[..., Escucha],
    request: pytest.FixtureRequest,
) -> None:
    renglon.comprobar(Mundo(app, limpio, simulador, escucha, request.getfixturevalue))


def test_cada_renglon_del_contrato_se_enuncia_una_vez() -> None:
    assert len({c.id for c in CASOS}) == len(CASOS) > 60
