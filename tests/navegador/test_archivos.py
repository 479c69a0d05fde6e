"""Los archivos de la pantalla: cuánto pesan, qué no usan y que los módulos sigan siendo cortos. Sin navegador."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bandeja.web.estaticos import preparar

RAIZ = Path(__file__).resolve().parents[2]
ESTATICOS = RAIZ / "static" / "twilio"
PESO_MAXIMO = 150 * 1024
LINEAS_MAXIMAS = 300
PROHIBIDO = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser"
    r"|\beval\(|new Function|\balert\(|\bvar |setAttribute\('(on|style)"
)


def modulos() -> list[Path]:
    return sorted((ESTATICOS / "js").rglob("*.js"))


def test_js_y_css_nuestros_pesan_al_servirse_menos_de_150_kb_sin_comprimir() -> None:
    """Los fuentes, con sus comentarios, pesan más: se cuenta lo que recibe el navegador antes de comprimirlo."""
    archivos = [*modulos(), *(ESTATICOS / "css").glob("*.css")]
    assert sum(len(preparar(str(a), 0)[0]) for a in archivos) <= PESO_MAXIMO


@pytest.mark.parametrize("modulo", modulos(), ids=lambda m: m.name)
def test_ningun_modulo_arma_html_ni_se_alarga(modulo: Path) -> None:
    texto = modulo.read_text(encoding="utf-8")
    assert not PROHIBIDO.search(texto)
    assert len(texto.splitlines()) <= LINEAS_MAXIMAS
    assert texto.startswith("//"), "un módulo abre diciendo para qué es"


@pytest.mark.parametrize("plantilla", sorted((RAIZ / "templates" / "twilio").glob("*.html")), ids=lambda p: p.name)
def test_las_plantillas_no_llevan_guiones_ni_estilos_sueltos(plantilla: Path) -> None:
    texto = plantilla.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", texto)
    assert all("src=" in guion for guion in re.findall(r"<script[^>]*>", texto))
