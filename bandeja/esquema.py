"""El esquema: qué tablas y columnas hacen falta, qué falta o sobra en la base, y cómo se crea. Solo añade.

La fuente es la carpeta `sql/`: de ahí se lee también qué columnas necesita cada tabla. Una tabla ajena con el mismo
nombre detiene todo con una frase y queda intacta (D1).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from bandeja.bd import Conexion, como_unidad, ejecutar_guion, filas
from bandeja.configuracion import RAIZ
from bandeja.errores import EsquemaIncompatible
from bandeja.registro import registro

CARPETA_SQL = RAIZ / "sql"
ARCHIVO_PRINCIPAL = CARPETA_SQL / "init_conversaciones_whatsapp.sql"
# El candado con que un solo proceso a la vez toca el esquema. Un número cualquiera, siempre el mismo.
_CANDADO = 573008021701
_CREAR = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)^\);", re.MULTILINE | re.DOTALL)
_ANADIR = re.compile(r"^ALTER TABLE (\w+) ADD COLUMN IF NOT EXISTS (\w+)", re.MULTILINE)
# Columnas por las que el sistema decide carreras: sin su clave única no hay garantía.
_UNICAS = (("conversaciones_whatsapp", "numero_telefono"), ("sistema_asignacion", "clave"))


def archivos_sql() -> list[Path]:
    """Los archivos del esquema, en el orden en que se aplican."""
    return [ARCHIVO_PRINCIPAL, *sorted(CARPETA_SQL.glob("chat_*.sql"))]


def columnas_necesarias() -> dict[str, list[str]]:
    """Por tabla, las columnas que los archivos SQL crean (una por línea, en minúscula inicial)."""
    tablas: dict[str, list[str]] = {}
    for archivo in archivos_sql():
        texto = archivo.read_text(encoding="utf-8")
        for tabla, cuerpo in _CREAR.findall(texto):
            tablas[tabla] = re.findall(r"^\s+([a-z]\w*) ", cuerpo, re.MULTILINE)
        for tabla, columna in _ANADIR.findall(texto):
            tablas[tabla].append(columna)
    return tablas


def columnas_anadidas() -> set[tuple[str, str]]:
    """Las (tabla, columna) que un archivo posterior sabe añadir: que falten no es un defecto."""
    return {par for archivo in archivos_sql() for par in _ANADIR.findall(archivo.read_text(encoding="utf-8"))}


def columnas_presentes(con: Conexion) -> dict[str, set[str]]:
    """Por tabla de las nuestras que exista en el esquema actual, sus columnas."""
    presentes: dict[str, set[str]] = {}
    for fila in filas(
        con,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ANY(%(tablas)s)",
        {"tablas": list(columnas_necesarias())},
    ):
        presentes.setdefault(fila["table_name"], set()).add(fila["column_name"])
    return presentes


def faltantes(presentes: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Por tabla que existe pero no sirve, las columnas que le faltan."""
    anadidas = columnas_anadidas()
    resultado = {}
    for tabla, columnas in columnas_necesarias().items():
        if tabla in presentes:
            falta = [c for c in columnas if c not in presentes[tabla] and (tabla, c) not in anadidas]
            if falta:
                resultado[tabla] = falta
    return resultado


def sin_clave_unica(con: Conexion, presentes: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """Las (tabla, columna) que existen sin la restricción UNIQUE de una sola columna que necesitan."""
    unicas = {
        (fila["tabla"], fila["columna"])
        for fila in filas(
            con,
            "SELECT t.relname AS tabla, a.attname AS columna FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
            " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]"
            " WHERE i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL"
            " AND t.relnamespace = current_schema()::regnamespace",
        )
    }
    return [par for par in _UNICAS if par[0] in presentes and par not in unicas]


def exigir_compatible(con: Conexion) -> dict[str, set[str]]:
    """Comprueba que ninguna tabla existente sea ajena. Devuelve lo presente; lanza EsquemaIncompatible."""
    presentes = columnas_presentes(con)
    quejas = [
        f"la tabla {tabla} existe pero no es la de esta aplicación: le faltan las columnas {', '.join(columnas)}"
        for tabla, columnas in faltantes(presentes).items()
    ]
    quejas += [
        f"la tabla {tabla} existe pero su columna {columna} no tiene restricción UNIQUE"
        for tabla, columna in sin_clave_unica(con, presentes)
        if tabla not in faltantes(presentes)
    ]
    if quejas:
        raise EsquemaIncompatible("No se cambió nada en la base: " + "; ".join(quejas) + ".")
    return presentes


def aplicar_esquema(con: Conexion) -> bool:
    """Crea o completa las tablas y funciones, todo o nada, un proceso a la vez. Devuelve si hubo algo que hacer.

    Lanza EsquemaIncompatible sin haber tocado nada si una tabla existente es de otro programa.
    """
    with como_unidad(con):
        # Una base grande tarda más que el plazo de una consulta normal: con él no terminaría nunca de arrancar.
        ejecutar_guion(con, "SET LOCAL statement_timeout = 0")
        filas(con, "SELECT pg_advisory_xact_lock(%(candado)s)", {"candado": _CANDADO})
        presentes = exigir_compatible(con)
        huella = _huella()
        completas = len(presentes) == len(columnas_necesarias())
        if completas and _huella_guardada(con) == huella and not _viene_de_otro_servidor(con):
            return False
        for archivo in archivos_sql():
            ejecutar_guion(con, archivo.read_text(encoding="utf-8"))
        filas(
            con,
            "INSERT INTO chat_esquema (clave, valor) VALUES ('huella', %(huella)s)"
            " ON CONFLICT (clave) DO UPDATE SET valor = EXCLUDED.valor",
            {"huella": huella},
        )
    registro.info("🗄️ Esquema de la base al día (%d archivos SQL)", len(archivos_sql()))
    return True


def _viene_de_otro_servidor(con: Conexion) -> bool:
    """Cierto si hay filas de transacciones que aquí no han ocurrido: los datos son un respaldo de otro servidor."""
    return bool(
        filas(
            con,
            # max(xid8) no existe antes de PostgreSQL 15.
            "SELECT 1 AS uno WHERE"
            " pg_current_xact_id() < (SELECT cambio FROM chat_mensajes ORDER BY cambio DESC LIMIT 1)"
            " OR pg_current_xact_id() < (SELECT cambio FROM chat_conversaciones ORDER BY cambio DESC LIMIT 1)",
        )
    )


def _huella() -> str:
    suma = hashlib.sha256()
    for archivo in archivos_sql():
        suma.update(archivo.read_bytes())
    return suma.hexdigest()


def _huella_guardada(con: Conexion) -> str | None:
    encontradas = filas(con, "SELECT valor FROM chat_esquema WHERE clave = 'huella'")
    return encontradas[0]["valor"] if encontradas else None
