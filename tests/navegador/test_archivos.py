"""Los archivos de la pantalla: cuánto pesan, qué no usan y que los módulos sigan siendo cortos. Sin navegador."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bandeja.web.estaticos import preparar

RAIZ = Path(__file__).resolve().parents[2]
ESTATICOS = RAIZ / "static" / "twilio"
PESO_CON_UN_CHAT = 150 * 1024
PESO_TODO = 220 * 1024
PESO_PRIMERA_VISTA = 70 * 1024
LINEAS_MAXIMAS = 300
PROHIBIDO = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser"
    r"|\beval\(|new Function|\balert\(|\bvar |setAttribute\('(on|style)"
)


def modulos() -> list[Path]:
    return sorted((ESTATICOS / "js").rglob("*.js"))


def test_ver_la_lista_y_abrir_un_chat_baja_menos_de_150_kb_sin_comprimir() -> None:
    """Los fuentes, con sus comentarios, pesan más: se cuenta lo que recibe el navegador antes de comprimirlo."""
    hojas = [ESTATICOS / "css" / nombre for nombre in ("pantalla.css", "charla.css")]
    pedidos = {"tema.js"} | grafo("inicio.js") | grafo("chat.js")
    assert sum(peso(a) for a in [*hojas, *(ESTATICOS / "js" / m for m in pedidos)]) <= PESO_CON_UN_CHAT


def test_todo_lo_nuestro_con_lo_que_se_trae_al_usarlo_pesa_menos_de_220_kb_sin_comprimir() -> None:
    """Adjuntar, grabar, el visor, los paneles: quien no los usa no los baja, y aun así no crecen sin que se note."""
    juntan = {"pantalla.css", "charla.css"}  # llevan a las demás dentro
    hojas = [h for h in (ESTATICOS / "css").glob("*.css") if h.name not in juntan]
    assert sum(peso(a) for a in [*modulos(), *hojas]) <= PESO_TODO


def test_la_primera_vista_baja_menos_de_70_kb_en_pocas_peticiones() -> None:
    """Lo que se pide antes de enseñar la lista, sin comprimir: su hoja y los módulos que la página anuncia."""
    pagina = (RAIZ / "templates" / "twilio" / "chat.html").read_text(encoding="utf-8")
    lista_de_modulos = pagina.partition("for modulo in [")[2].partition("]")[0]
    anunciados = {f"{m}.js" for m in re.findall(r'"([a-z/-]+)"', lista_de_modulos)}
    pedidos = grafo("inicio.js")
    assert pedidos == anunciados | {"inicio.js"}, "lo que inicio.js importa se anuncia, y nada más"
    archivos = [ESTATICOS / "css" / "pantalla.css", *(ESTATICOS / "js" / m for m in [*pedidos, "tema.js"])]
    assert len(archivos) <= 20
    assert sum(peso(a) for a in archivos) <= PESO_PRIMERA_VISTA


def peso(archivo: Path) -> int:
    return len(preparar(str(archivo), "")[0])


def grafo(modulo: str) -> set[str]:
    """El módulo y todo lo que importa al cargarse; lo que trae `import()` no cuenta."""
    vistos: set[str] = set()
    por_ver = [modulo]
    while por_ver:
        actual = por_ver.pop()
        vistos.add(actual)
        archivo = ESTATICOS / "js" / actual
        for nombre in re.findall(r"^(?:import|export) .*from '(\..*)';$", archivo.read_text(encoding="utf-8"), re.M):
            otro = str((archivo.parent / nombre).resolve().relative_to(ESTATICOS / "js"))
            por_ver += [] if otro in vistos else [otro]
    return vistos


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
    assert all("src=" in guion or 'type="application/json"' in guion for guion in re.findall(r"<script[^>]*>", texto))
