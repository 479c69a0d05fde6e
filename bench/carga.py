"""Llena la bandeja por su propio webhook y deja la base como quedaría en reposo. Lo ya cargado no se repite."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.conductor import Conductor, Orden
from bench.cuerpos import conversaciones_largas, entregas_de_carga, numero
from bench.escenario import Escenario

CONEXIONES = 4
MENSAJES_POR_PAGINA = 50


@dataclass(frozen=True, slots=True)
class Tamano:
    """Cuánto se carga."""

    agentes: int
    conversaciones: int
    mensajes: int


def cargar(escenario: Escenario, conductor: Conductor, tamano: Tamano) -> str:
    """Carga la historia, o reconoce la de una corrida anterior. Devuelve una frase con lo que hizo."""
    marca = escenario.carpeta / "cargado.json"
    if marca.exists():
        if json.loads(marca.read_text()) != asdict(tamano):
            raise SystemExit(f"La carpeta {escenario.carpeta} tiene otra carga: usa otra, o bórrala.")
        return f"{_contar(escenario)} de una corrida anterior"
    inicio = time.monotonic()
    argumentos = ("CARGA", tamano.conversaciones, tamano.mensajes)
    conductor.cumplir(Orden(escenario.app.puerto, CONEXIONES, entregas_de_carga, argumentos, escritas=False))
    demora = time.monotonic() - inicio
    _poner_en_reposo(escenario)
    marca.write_text(json.dumps(asdict(tamano)))
    ritmo = tamano.mensajes / demora
    return f"{_contar(escenario)}, cargados por el webhook en {demora:.0f} s ({ritmo:,.0f} mensajes/s)"


def _contar(escenario: Escenario) -> str:
    con = escenario.conexion()
    with con.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM chat_conversaciones), (SELECT count(*) FROM chat_mensajes)")
        conversaciones, mensajes = cursor.fetchone() or (0, 0)
    con.close()
    return f"{len(escenario.agentes)} agentes, {conversaciones:,} conversaciones, {mensajes:,} mensajes"


def _poner_en_reposo(escenario: Escenario) -> None:
    """Lo que el mantenimiento automático haría a su hora, para que no ocurra en mitad de una medida."""
    con = escenario.conexion()
    with con.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    con.close()


def obtener_largas(escenario: Escenario, tamano: Tamano, cuantas: int = 200) -> list[tuple[str, str]]:
    """Conversaciones con al menos una página entera: pares (número con +, dueño)."""
    candidatas = [f"+{numero(i)}" for i in range(conversaciones_largas(tamano.conversaciones))]
    con = escenario.conexion()
    with con.cursor() as cursor:
        cursor.execute(
            "SELECT numero, agente FROM chat_conversaciones"
            " WHERE numero = ANY (%s) AND total_mensajes >= %s ORDER BY md5(numero) LIMIT %s",
            (candidatas, MENSAJES_POR_PAGINA, cuantas),
        )
        largas: list[tuple[str, str]] = cursor.fetchall()
    con.close()
    if not largas:
        raise RuntimeError("La carga es tan pequeña que ninguna conversación llena una página de 50 mensajes")
    return largas


def obtener_duenos(escenario: Escenario, prefijo: str) -> dict[str, str]:
    """Quién atiende cada mensaje recibido cuyo id empieza así."""
    con = escenario.conexion()
    with con.cursor() as cursor:
        cursor.execute(
            "SELECT m.mensaje_id, c.agente FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id"
            " WHERE starts_with(m.mensaje_id, %s)",
            (prefijo,),
        )
        duenos = dict(cursor.fetchall())
    con.close()
    return duenos


def espacio_de(carpeta: Path) -> Path:
    """La carpeta, creada si falta."""
    carpeta.mkdir(parents=True, exist_ok=True)
    carpeta.chmod(0o755)
    return carpeta
