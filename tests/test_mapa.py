"""El mapa del README lleva a donde dice: cada archivo existe y cada nombre está en el suyo."""

from __future__ import annotations

import re

import pytest

from tests.apoyo.aplicacion import RAIZ

CARPETAS = ("", "templates/twilio/", "static/twilio/", "static/twilio/js/", "bandeja/", "bandeja/almacen/")
# `ruta` y, si siguen, los nombres que se dice que tiene: `ruta` → `uno`, `otro`
SITIO = re.compile(r"`([\w./*-]+(?:/|\.(?:py|js|css|sql|html)))`(?: → ((?:`[\w.*]+`(?:, |\b)?)+))?")


def sitios() -> list[tuple[str, str]]:
    """Los pares (ruta, nombres) de la tabla «¿Dónde cambio…?»."""
    texto = (RAIZ / "README.md").read_text(encoding="utf-8")
    tabla = texto.partition("## ¿Dónde cambio…?")[2].partition("\n\nUn módulo importa")[0]
    return [(ruta, nombres) for fila in tabla.splitlines() for ruta, nombres in SITIO.findall(fila)]


@pytest.mark.parametrize(("ruta", "nombres"), sitios())
def test_el_mapa_lleva_a_donde_dice(ruta: str, nombres: str) -> None:
    hallados = [uno for carpeta in CARPETAS for uno in RAIZ.glob(carpeta + ruta)]
    assert hallados, f"{ruta} no está"
    contenido = "".join(uno.read_text(encoding="utf-8") for uno in hallados if uno.is_file())
    for nombre in re.findall(r"[\w.]+", nombres):
        assert re.search(rf"\b{nombre.rpartition('.')[2]}", contenido), f"{ruta} no tiene {nombre}"


def test_el_mapa_se_entendio() -> None:
    assert len(sitios()) > 80
    assert sum(bool(nombres) for _, nombres in sitios()) > 30
