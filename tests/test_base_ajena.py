"""Una tabla de otro programa con nuestro nombre lo detiene todo con una frase y queda intacta (D1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.apoyo.aplicacion import ENTORNO_DE_PRUEBA, RAIZ, AppEnMarcha, puerto_libre
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.ordenes import correr
from tests.apoyo.rafagas import a_la_vez, hasta
from tests.apoyo.retrato import retrato
from tests.apoyo.verdades import contador

ArrancarApp = Callable[..., AppEnMarcha]
INIT = (RAIZ / "sql" / "init_conversaciones_whatsapp.sql").read_text(encoding="utf-8")
SIN_UNICO = INIT.replace("VARCHAR(20) UNIQUE NOT NULL", "VARCHAR(20) NOT NULL")
FILA = "INSERT INTO conversaciones_whatsapp (numero_telefono) VALUES ('+573001234567')"
VISTA = "CREATE VIEW conversaciones_whatsapp AS SELECT * FROM antigua"

# (lo que hay en la base, lo que la frase debe nombrar)
AJENAS: Mapping[str, tuple[str, list[str]]] = {
    "conversaciones de otro programa": (
        "CREATE TABLE conversaciones_whatsapp (id SERIAL PRIMARY KEY, celular TEXT, agente TEXT);"
        " INSERT INTO conversaciones_whatsapp (celular) VALUES ('300')",
        ["conversaciones_whatsapp", "numero_telefono", "agente_asignado", "fecha_ultima_actividad"],
    ),
    "falta una sola columna": (
        INIT + "ALTER TABLE conversaciones_whatsapp DROP COLUMN notas;" + FILA,
        ["conversaciones_whatsapp", "notas"],
    ),
    "contador ajeno": (
        "CREATE TABLE sistema_asignacion (nombre TEXT, numero INT); INSERT INTO sistema_asignacion VALUES ('x', 1)",
        ["sistema_asignacion", "clave", "valor"],
    ),
    "mensajes de otro programa": (
        INIT + "CREATE TABLE chat_mensajes (id SERIAL PRIMARY KEY, texto TEXT)",
        ["chat_mensajes", "conversacion_id", "mensaje_id"],
    ),
    "sin clave única": (SIN_UNICO + FILA, ["conversaciones_whatsapp", "numero_telefono", "UNIQUE"]),
    "única pero junto a otra columna": (
        SIN_UNICO + "CREATE UNIQUE INDEX ON conversaciones_whatsapp (numero_telefono, estado)",
        ["conversaciones_whatsapp", "numero_telefono", "UNIQUE"],
    ),
    "una vista con nuestro nombre": (
        "CREATE TABLE otra (n TEXT); CREATE VIEW conversaciones_whatsapp AS SELECT n FROM otra",
        ["conversaciones_whatsapp"],
    ),
    "una vista con todas las columnas": (
        INIT.replace("conversaciones_whatsapp", "antigua") + VISTA,
        ["conversaciones_whatsapp"],
    ),
}


def _entorno(base: BaseDatos) -> dict[str, str]:
    return ENTORNO_DE_PRUEBA | base.entorno


def _arrancar_y_diagnosticar(entorno: dict[str, str], carpeta: Path) -> list[tuple[int, str]]:
    """La aplicación y el diagnóstico a la vez: ninguno de los dos debe llegar a nada."""
    guiones = ("descargar_bsl.py", "debug_db_init.py")
    return a_la_vez([lambda g=g: correr(g, entorno, carpeta / g) for g in guiones])


@pytest.mark.parametrize("caso", AJENAS)
def test_una_tabla_ajena_detiene_el_arranque_y_el_diagnostico_sin_cambiar_nada(
    base_datos: BaseDatos, tmp_path: Path, caso: str
) -> None:
    previo, nombrados = AJENAS[caso]
    base_datos.ejecutar(previo)
    antes = retrato(base_datos)
    for codigo, dicho in _arrancar_y_diagnosticar(_entorno(base_datos), tmp_path):
        assert codigo, dicho
        assert [n for n in nombrados if n not in dicho] == []
        assert "Traceback" not in dicho
    assert retrato(base_datos) == antes


def test_un_usuario_sin_permiso_para_crear_tablas_lo_lee_en_una_frase(base_datos: BaseDatos, tmp_path: Path) -> None:
    rol = f"limitado_{base_datos.nombre}"
    base_datos.ejecutar(f"CREATE ROLE {rol} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        antes = retrato(base_datos)
        for codigo, dicho in _arrancar_y_diagnosticar(_entorno(base_datos) | {"POSTGRES_USER": rol}, tmp_path):
            assert codigo, dicho
            assert "permiso" in dicho
            assert "Traceback" not in dicho
        assert retrato(base_datos) == antes
    finally:
        base_datos.ejecutar(f"DROP OWNED BY {rol}; DROP ROLE {rol}")


def test_si_la_base_vuelve_siendo_ajena_se_contesta_503_con_su_frase(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    base_datos.ejecutar("CREATE TABLE conversaciones_whatsapp (celular TEXT)")
    inexistente = {"POSTGRES_DB": "todavia_no"}
    app = arrancar_app(base_datos, inexistente, salud=503)
    assert app.viva()
    app.parar()
    app = arrancar_app(base_datos, esperar=False)
    hasta(lambda: not app.viva(), 20)
    assert "numero_telefono" in app.registro()


def test_dos_procesos_que_arrancan_a_la_vez_sobre_una_base_vacia_la_crean_una_vez(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    apps = [arrancar_app(base_datos, esperar=False) for _ in range(3)]
    for una in apps:
        una.esperar()
        assert "Traceback" not in una.registro()
    creado = retrato(base_datos)
    for n, una in enumerate(apps):
        recibir(una, f"57360000000{n}", "hola")
    assert contador(base_datos) == 3
    apps[0].reiniciar()
    despues = retrato(base_datos)
    assert {k: v for k, v in despues.items() if "filas" not in k} == {
        k: v for k, v in creado.items() if "filas" not in k
    }


def test_un_arranque_repetido_con_otra_version_del_esquema_no_estorba_a_quien_trabaja(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    app = arrancar_app(base_datos)
    recibir(app, "573600000010", "antes")
    base_datos.ejecutar("UPDATE chat_esquema SET valor = 'de otra versión' WHERE clave = 'huella'")
    otra = arrancar_app(base_datos)
    recibir(app, "573600000010", "la de antes sigue")
    recibir(otra, "573600000010", "la nueva también")
    assert base_datos.valor("SELECT total_mensajes FROM chat_conversaciones") == 3


# --- El diagnóstico


def test_el_diagnostico_crea_lo_que_falta_y_repetido_no_cambia_nada(base_datos: BaseDatos, tmp_path: Path) -> None:
    codigo, dicho = correr("debug_db_init.py", _entorno(base_datos), tmp_path)
    assert codigo == 0, dicho
    assert "no existe, se crea" in dicho
    assert "Todo está bien" in dicho
    base_datos.ejecutar(FILA)
    antes = retrato(base_datos)
    codigo, dicho = correr("debug_db_init.py", _entorno(base_datos), tmp_path)
    assert (codigo, "se crea" in dicho) == (0, False)
    assert retrato(base_datos) == antes


def test_el_diagnostico_repone_una_tabla_borrada_sin_tocar_las_demas(base_datos: BaseDatos, tmp_path: Path) -> None:
    correr("debug_db_init.py", _entorno(base_datos), tmp_path)
    base_datos.ejecutar(FILA)
    base_datos.ejecutar("DROP TABLE chat_acciones, sistema_asignacion")
    codigo, dicho = correr("debug_db_init.py", _entorno(base_datos), tmp_path)
    assert codigo == 0, dicho
    assert "🔧 Tabla chat_acciones" in dicho
    assert contador(base_datos) == 0
    assert base_datos.valor("SELECT count(*) FROM conversaciones_whatsapp") == 1


@pytest.mark.parametrize(
    ("cambios", "frase"),
    [
        ({"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(puerto_libre())}, "No se pudo conectar a PostgreSQL"),
        ({"POSTGRES_DB": "no_existe_esta_base"}, "No se pudo conectar a PostgreSQL"),
        ({"POSTGRES_USER": "nadie_se_llama_asi"}, "No se pudo conectar a PostgreSQL"),
        ({"POSTGRES_PORT": "cinco mil"}, "POSTGRES_PORT"),
        ({"POSTGRES_USER": ""}, "POSTGRES_USER"),
        ({"POSTGRES_DB": ""}, "POSTGRES_DB"),
        ({"POSTGRES_SSLMODE": "quizás"}, "POSTGRES_SSLMODE"),
        ({"DATABASE_URL": "mysql://a:b@c/d"}, "DATABASE_URL"),
    ],
    ids=range(8),
)
def test_el_diagnostico_sale_con_uno_y_dice_que_esta_mal(
    base_datos: BaseDatos, tmp_path: Path, cambios: dict[str, str], frase: str
) -> None:
    codigo, dicho = correr("debug_db_init.py", _entorno(base_datos) | cambios, tmp_path)
    assert codigo == 1, dicho
    assert "❌" in dicho
    assert frase in dicho
    assert "Traceback" not in dicho
