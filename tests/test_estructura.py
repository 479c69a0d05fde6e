"""El plano de pisos: quién puede importar a quién, y quién conoce la base, la red, el socket y la web.

Se leen los archivos, no se ejecutan: un import escondido en una función también cuenta.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

RAIZ = Path(__file__).resolve().parent.parent

PISOS: tuple[frozenset[str], ...] = (
    frozenset({"asientos", "errores", "modelos", "estado_linea", "telefono", "configuracion", "configuracion_archivos"})
    | {"registro", "asincronia", "metricas"},
    frozenset({"bd", "webhook", "serializacion", "plantel", "servidor", "segundo_plano", "postgres_local", "taller"}),
    frozenset({"repositorio", "esquema", "whapi", "twilio", "tiempo_real", "almacen"}),
    frozenset({"asignacion", "autenticacion", "canales", "contenidos"}),
    frozenset({"recepcion", "envio", "acciones", "pendientes", "lectura", "busqueda", "escritorio", "historia"})
    | {"anteriores", "libro", "relectura", "linea", "instalacion", "plantillas", "archivos", "identidad", "senales"}
    | {"fotos"},
    frozenset({"eventos", "tareas", "web"}),
    frozenset({"chat_whatsapp"}),
    frozenset({"descargar_bsl", "debug_db_init"}),
)
# Módulos del piso 0 que se apoyan en los más básicos de él.
CIMIENTOS = frozenset({"errores", "modelos", "estado_linea", "telefono", "asincronia", "configuracion_archivos"})

SOLO_ELLOS = {
    "psycopg2": {"bd", "repositorio"},
    "sqlalchemy": {"bd", "repositorio"},
    "requests": {"whapi", "twilio"},
    "urllib3": {"whapi", "twilio"},
    "twilio": {"twilio"},
    "boto3": {"almacen"},
    "PIL": {"taller"},
    "av": {"taller"},
    "flask_socketio": {"tiempo_real", "eventos", "descargar_bsl"},
    "flask": {"chat_whatsapp", "web", "autenticacion", "eventos", "descargar_bsl"},  # `web` es la cara por dentro
}
LINEAS_POR_MODULO = 350  # la regla es «cerca de 300»
LINEAS_POR_FUNCION = 30  # unas 25: la regla es «cerca de»


def archivos() -> list[Path]:
    sueltos = [RAIZ / f"{nombre}.py" for nombre in ("chat_whatsapp", "descargar_bsl", "debug_db_init")]
    return [*sorted((RAIZ / "bandeja").rglob("*.py")), *(archivo for archivo in sueltos if archivo.exists())]


def unidad(archivo: Path) -> str:
    """El módulo del plano al que pertenece un archivo: `bandeja/webhook/lectura.py` es `webhook`."""
    partes = archivo.relative_to(RAIZ).with_suffix("").parts
    return partes[1] if partes[0] == "bandeja" else partes[0]


def importados(archivo: Path) -> Iterator[str]:
    """Nombres completos de lo que importa, también dentro de funciones."""
    for nodo in ast.walk(ast.parse(archivo.read_text())):
        if isinstance(nodo, ast.Import):
            yield from (alias.name for alias in nodo.names)
        elif isinstance(nodo, ast.ImportFrom) and nodo.level == 0:
            yield from (f"{nodo.module}.{alias.name}" for alias in nodo.names)


def unidades_importadas(archivo: Path) -> set[str]:
    todas = {nombre.split(".")[1] for nombre in importados(archivo) if nombre.startswith("bandeja.")}
    sueltos = {nombre.split(".")[0] for nombre in importados(archivo)} & (PISOS[6] | PISOS[7])
    return (todas | sueltos) - {unidad(archivo)}


def piso(nombre: str) -> int:
    (hallado,) = [n for n, nombres in enumerate(PISOS) if nombre in nombres] or [None]
    assert hallado is not None, f"«{nombre}» no está en el plano: dale un piso en PISOS"
    return hallado


def relativo(archivo: Path) -> str:
    return str(archivo.relative_to(RAIZ))


@pytest.mark.parametrize("archivo", archivos(), ids=relativo)
def test_los_imports_se_escriben_completos(archivo: Path) -> None:
    """Con nombres relativos, el plano de pisos no se podría leer."""
    nodos = [nodo for nodo in ast.walk(ast.parse(archivo.read_text())) if isinstance(nodo, ast.ImportFrom)]
    assert all(nodo.level == 0 for nodo in nodos)


@pytest.mark.parametrize("archivo", archivos(), ids=relativo)
def test_solo_se_importa_hacia_abajo(archivo: Path) -> None:
    propio = unidad(archivo)
    if propio == "__init__":
        assert not unidades_importadas(archivo), "el paquete no importa nada al cargarse"
        return
    for otro in unidades_importadas(archivo):
        mas_abajo = piso(otro) < piso(propio)
        cimiento = piso(propio) == 0 and otro in CIMIENTOS
        assert mas_abajo or cimiento, f"{propio} (piso {piso(propio)}) no puede importar {otro} (piso {piso(otro)})"


def test_no_hay_ciclos_entre_modulos() -> None:
    grafo = {modulo(archivo): _modulos_importados(archivo) for archivo in archivos()}
    visitados: dict[str, bool] = {}

    def recorrer(nombre: str, camino: tuple[str, ...]) -> None:
        assert nombre not in camino, f"ciclo: {' → '.join([*camino, nombre])}"
        if nombre not in visitados:
            for otro in grafo.get(nombre, ()):
                recorrer(otro, (*camino, nombre))
            visitados[nombre] = True

    for nombre in grafo:
        recorrer(nombre, ())


def modulo(archivo: Path) -> str:
    return ".".join(archivo.relative_to(RAIZ).with_suffix("").parts).removesuffix(".__init__")


def _modulos_importados(archivo: Path) -> set[str]:
    existentes = {modulo(otro) for otro in archivos()}
    hallados = set()
    for nombre in importados(archivo):
        hallados |= {nombre, nombre.rpartition(".")[0]} & existentes
    return hallados - {modulo(archivo)}


@pytest.mark.parametrize("libreria", SOLO_ELLOS)
def test_cada_libreria_tiene_sus_unicos_conocedores(libreria: str) -> None:
    conocedores = {
        unidad(archivo)
        for archivo in archivos()
        if any(nombre.split(".")[0] == libreria for nombre in importados(archivo))
    }
    assert conocedores <= SOLO_ELLOS[libreria]


@pytest.mark.parametrize("archivo", archivos(), ids=relativo)
def test_el_sql_no_se_arma_con_textos(archivo: Path) -> None:
    """Ni f-strings, ni %, ni + ni format: el SQL vive en `sql/` y los valores van aparte."""
    palabras = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "TRUNCATE ", "CREATE TABLE", "ALTER TABLE")
    for nodo in ast.walk(ast.parse(archivo.read_text())):
        armado = isinstance(nodo, ast.JoinedStr) or (isinstance(nodo, ast.BinOp) and _une_textos(nodo))
        if armado:
            textos = [parte.value for parte in ast.walk(nodo) if isinstance(parte, ast.Constant)]
            assert not any(isinstance(texto, str) and texto.lstrip().startswith(palabras) for texto in textos), (
                f"{relativo(archivo)}:{nodo.lineno} arma SQL con textos"
            )


def _une_textos(nodo: ast.BinOp) -> bool:
    return isinstance(nodo.op, (ast.Mod, ast.Add))


def test_el_simulador_y_el_producto_no_se_conocen() -> None:
    for archivo in sorted((RAIZ / "simulador").rglob("*.py")):
        raices = {nombre.split(".")[0] for nombre in importados(archivo)}
        assert not raices & {"bandeja", "chat_whatsapp", "descargar_bsl"}, relativo(archivo)
    for archivo in archivos():
        assert not any(nombre.split(".")[0] in ("simulador", "tests", "preparacion") for nombre in importados(archivo))


@pytest.mark.parametrize("archivo", archivos(), ids=relativo)
def test_los_modulos_y_las_funciones_son_cortos(archivo: Path) -> None:
    texto = archivo.read_text()
    assert len(texto.splitlines()) <= LINEAS_POR_MODULO
    assert texto.lstrip().startswith('"""'), "un módulo abre diciendo para qué es"
    for nodo in ast.walk(ast.parse(texto)):
        if isinstance(nodo, ast.FunctionDef):
            assert lineas_propias(nodo) <= LINEAS_POR_FUNCION, f"«{nodo.name}» es demasiado larga"


def lineas_propias(funcion: ast.FunctionDef) -> int:
    """Las de su cuerpo, sin la descripción ni las funciones que define dentro."""
    cuerpo = funcion.body[1:] if ast.get_docstring(funcion) else funcion.body
    total = sum(_lineas(nodo) for nodo in cuerpo)
    return total - sum(_lineas(nodo) for nodo in ast.walk(funcion) if nodo is not funcion and _es_funcion(nodo))


def _es_funcion(nodo: ast.AST) -> bool:
    return isinstance(nodo, ast.FunctionDef)


def _lineas(nodo: Any) -> int:
    return int(nodo.end_lineno - nodo.lineno + 1)
