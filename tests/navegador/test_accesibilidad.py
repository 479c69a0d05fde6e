"""axe no halla nada serio ni crítico en ningún estado de la pantalla, en los dos temas y también en el teléfono."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from preparacion.vendor import AXE
from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.escenas import ESCENAS, Escena, aislar
from tests.apoyo.muestrario import poblar
from tests.apoyo.navegador import contexto_de, contexto_nuevo

pytestmark = [
    pytest.mark.navegador,
    pytest.mark.skipif(AXE.falta(), reason="sin axe, que trae preparacion/vendor.py pruebas"),
]
GRAVES = ("serious", "critical")
TELEFONO: ViewportSize = {"width": 390, "height": 844}
AL_DOBLE: ViewportSize = {"width": 640, "height": 400}  # 1280 × 800 ampliados al 200 %
EN_EL_TELEFONO = (
    "lista",
    "chat",
    "de-todo",
    "de-todo-arriba",
    "texto-largo",
    "buscando-en-chat",
    "respuestas",
    "sin-permiso",
    "aviso",
)
REVISAR = """
  async (graves) => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    const explicar = (n) => `${n.html.slice(0, 160)} ← ${[...n.any, ...n.all, ...n.none][0]?.message ?? ''}`;
    const contar = (v) => `${v.id}: ${v.nodes.slice(0, 3).map(explicar).join(' | ')}`;
    return violations.filter((v) => graves.includes(v.impact)).map(contar);
  }
"""


@pytest.fixture(scope="module")
def poblada(app: AppEnMarcha, base_compartida: BaseDatos, simulador: Simulador) -> AppEnMarcha:
    """La bandeja con sus conversaciones de muestra, la misma para todas las revisiones."""
    simulador.reiniciar()
    simulador.webhook = app.webhook
    base_compartida.vaciar()
    poblar(app, base_compartida, simulador)
    return app


@pytest.fixture(scope="module")
def galletas(navegador: Browser, poblada: AppEnMarcha) -> dict[str | None, list[Any]]:
    """Se entra una vez por agente: la entrada tiene freno."""
    halladas: dict[str | None, list[Any]] = {None: []}
    for usuario in ("agente1", "agente2"):
        contexto = contexto_de(navegador, poblada, usuario)
        halladas[usuario] = contexto.cookies()
        contexto.close()
    return halladas


@pytest.fixture
def pagina(request: pytest.FixtureRequest, navegador: Browser, poblada: AppEnMarcha, galletas: Any) -> Iterator[Page]:
    """Sin la política de contenidos, que no deja entrar a axe; lo que se revisa es lo demás."""
    contexto = contexto_nuevo(navegador, poblada, bypass_csp=True, reduced_motion="reduce")
    aislar(contexto)
    contexto.add_cookies(galletas[request.getfixturevalue("escena").usuario])
    yield contexto.new_page()
    contexto.close()


def escenas(nombres: Iterable[str] = ()) -> list[Any]:
    """Las nombradas, o todas."""
    return [pytest.param(escena, id=escena.nombre) for escena in ESCENAS if not nombres or escena.nombre in nombres]


def revisar(pagina: Page) -> list[str]:
    if not pagina.evaluate("'axe' in globalThis"):
        pagina.evaluate(AXE.ruta.read_text())
    return [str(falla) for falla in pagina.evaluate(REVISAR, GRAVES)]


@pytest.mark.parametrize("escena", escenas())
def test_axe_no_halla_nada_grave_en_ningun_tema(pagina: Page, escena: Escena) -> None:
    pagina.emulate_media(color_scheme="light")
    if escena.ampliada:
        pagina.set_viewport_size(AL_DOBLE)
    escena.preparar(pagina)
    fallas = {"claro": revisar(pagina)}
    pagina.emulate_media(color_scheme="dark")
    fallas["oscuro"] = revisar(pagina)
    assert fallas == {"claro": [], "oscuro": []}


@pytest.mark.parametrize("escena", escenas(EN_EL_TELEFONO))
def test_axe_no_halla_nada_grave_en_el_telefono(pagina: Page, escena: Escena) -> None:
    pagina.set_viewport_size(TELEFONO)
    escena.preparar(pagina)
    assert revisar(pagina) == []
