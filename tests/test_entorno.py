"""Toda variable que el producto lee está explicada donde la persona la busca."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bandeja import configuracion

RAIZ = Path(__file__).resolve().parent.parent
FORMA = re.compile(r"[A-Z][A-Z0-9]+(_[A-Z0-9]+)*")
POR_AGENTE = ("PASSWORD_AGENTE", "NOMBRE_AGENTE", "ACTIVO_AGENTE")


def variables_leidas() -> set[str]:
    """Los textos con forma de variable que aparecen como argumento en la lectura de la configuración."""
    arbol = ast.parse(Path(configuracion.__file__).read_text())
    argumentos = [parte for nodo in ast.walk(arbol) if isinstance(nodo, ast.Call) for parte in nodo.args[:2]]
    indices = [nodo.slice for nodo in ast.walk(arbol) if isinstance(nodo, ast.Subscript)]
    textos = {nodo.value for nodo in [*argumentos, *indices] if isinstance(nodo, ast.Constant)}
    return {texto for texto in textos if isinstance(texto, str) and FORMA.fullmatch(texto) and len(texto) > 3}


def test_la_lista_de_variables_no_olvida_ninguna() -> None:
    assert variables_leidas() <= set(configuracion.VARIABLES)


@pytest.mark.parametrize("archivo", [".env.example", "README.md"])
@pytest.mark.parametrize("variable", [*configuracion.VARIABLES, *POR_AGENTE])
def test_cada_variable_esta_explicada(archivo: str, variable: str) -> None:
    assert variable in (RAIZ / archivo).read_text(), f"{variable} falta en {archivo}"


def test_el_ejemplo_no_ofrece_variables_que_nadie_lee() -> None:
    ofrecidas = re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", (RAIZ / ".env.example").read_text(), re.MULTILINE)
    desconocidas = {nombre for nombre in ofrecidas if not nombre.startswith(POR_AGENTE)} - set(configuracion.VARIABLES)
    assert not desconocidas


def test_no_se_usa_lo_que_no_tiene_postgresql_13() -> None:
    """max y min de xid8 son de la versión 15: con una anterior el segundo arranque fallaba."""
    fuentes = [*(RAIZ / "sql").rglob("*.sql"), *(RAIZ / "bandeja").rglob("*.py")]
    assert [f.name for f in fuentes if re.search(r"(max|min)\((\w+\.)?cambio\)", f.read_text(encoding="utf-8"))] == []
