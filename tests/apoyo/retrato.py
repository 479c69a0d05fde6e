"""El retrato de una base: todo su catálogo y todas sus filas como texto, para comparar antes y después."""

from __future__ import annotations

from psycopg2 import sql

from tests.apoyo.base_datos import BaseDatos

CATALOGO = {
    "columnas": """
        SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable,
               column_default
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
    "relaciones": "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
    "restricciones": """
        SELECT conrelid::regclass::TEXT, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "indices": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "disparadores": "SELECT tgrelid::regclass::TEXT, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "funciones": "SELECT proname, md5(prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2",
}
TABLAS = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"


def filas_de(base: BaseDatos, tabla: str) -> list[str]:
    """Las filas de una tabla, cada una como la escribe PostgreSQL, en orden."""
    orden = sql.SQL("SELECT t::TEXT FROM {} t ORDER BY 1").format(sql.Identifier(tabla))
    return [fila[0] for fila in base.consultar(orden)]


def retrato(base: BaseDatos) -> dict[str, list[object]]:
    """Nada queda fuera: dos retratos iguales son la misma base."""
    vistas: dict[str, list[object]] = {nombre: list(base.consultar(orden)) for nombre, orden in CATALOGO.items()}
    for (tabla,) in base.consultar(TABLAS):
        vistas[f"filas de {tabla}"] = list(filas_de(base, tabla))
    return vistas
