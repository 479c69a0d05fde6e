"""El límite de la base: la misma sentencia de la aplicación, repetida por pgbench (o por psycopg2 si no lo hay)."""

from __future__ import annotations

import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from bandeja.postgres_local.binarios import buscar_binarios
from bench.conductor import Resultado
from bench.escenario import PUERTO_POSTGRES, RAIZ, Escenario

CONSULTAS = RAIZ / "sql" / "consultas"
_VARIABLE = re.compile(r"^\\set (\w+) random\(1, (\d+)\)$", re.MULTILINE)
# El mismo mensaje que arma la aplicación, con la conversación y el id al azar.
_MENSAJE = (
    "jsonb_build_array(jsonb_build_object('id', 'pgb-' || :id1 || '-' || :id2, 'fuente', 'whapi',"
    " 'numero', '+57300' || lpad((:n - 1)::TEXT, 7, '0'),"
    " 'chat_id', '57300' || lpad((:n - 1)::TEXT, 7, '0') || '@s.whatsapp.net',"
    " 'saliente', FALSE, 'tipo', 'text', 'cuerpo', repeat('buenos días ', 8), 'estado', 'delivered',"
    " 'enviado_en', now(), 'enviado_por', 'customer', 'nombre', 'Cliente ' || :n))"
)


@dataclass(frozen=True, slots=True)
class Base:
    """Por dónde se llega a PostgreSQL: la carpeta del socket, o esta máquina y el puerto del intermediario."""

    host: str
    puerto: int


def base_directa(escenario: Escenario) -> Base:
    """PostgreSQL sin nada en medio."""
    return Base(escenario.postgres.host, PUERTO_POSTGRES)


def guion_recibir(escenario: Escenario, conversaciones: int) -> str:
    """Recibir un mensaje de una conversación que ya existe."""
    lista = "ARRAY[" + ", ".join(f"'{a}'" for a in escenario.agentes) + "]"
    azar = "\\set n random(1, {})\n\\set id1 random(1, 1000000000)\n\\set id2 random(1, 1000000000)\n"
    return azar.format(conversaciones) + _consulta("recibir_mensajes", mensajes=_MENSAJE, agentes=lista)


def guion_lista(escenario: Escenario) -> str:
    """La página de 40 conversaciones de un agente al azar."""
    azar = f"\\set a random(1, {len(escenario.agentes)})\n"
    valores = {"limite": "40", "desde": "0", "filtro": "'todos'", "orden": "'reciente'"}
    return azar + _consulta("listar_conversaciones", agente="('agente' || :a)", **valores)


def guion_pagina(largas: list[tuple[str, str]]) -> str:
    """La página de 50 mensajes de una conversación larga al azar. `largas`: pares (número con +, dueño)."""
    numeros = "(ARRAY[" + ", ".join(f"'{n}'" for n, _ in largas) + "])[:i]"
    duenos = "(ARRAY[" + ", ".join(f"'{d}'" for _, d in largas) + "])[:i]"
    azar = f"\\set i random(1, {len(largas)})\n"
    return azar + _consulta("pagina_mensajes", numero=numeros, agente=duenos, limite="50", desde="0", antes="NULL")


def _consulta(nombre: str, **valores: str) -> str:
    lineas = (CONSULTAS / f"{nombre}.sql").read_text(encoding="utf-8").splitlines()
    sin_comentarios = " ".join(linea.strip() for linea in lineas if not linea.startswith("--"))
    return sin_comentarios % valores + ";\n"


def nombre_del_medidor() -> str:
    """Con qué se mide la base en este equipo."""
    return "pgbench" if _pgbench() is not None else "psycopg2"


def _pgbench() -> Path | None:
    ruta = Path(buscar_binarios().ruta("pgbench"))
    return ruta if ruta.exists() else None


def repetir(
    escenario: Escenario, base: Base, guion: str, clientes: int, segundos: float, ritmo: float | None = None
) -> Resultado:
    """Repite un guion con tantos clientes durante unos segundos."""
    pgbench = _pgbench()
    if pgbench is None:
        return _con_psycopg2(escenario, base, guion, clientes, segundos, ritmo)
    with tempfile.TemporaryDirectory() as carpeta:
        archivo = Path(carpeta) / "guion.sql"
        archivo.write_text(guion, encoding="utf-8")
        orden = [
            str(pgbench), "--no-vacuum", "--log", "--protocol=simple", f"--client={clientes}", f"--file={archivo}",
            f"--time={max(1, round(segundos))}", f"--host={base.host}", f"--port={base.puerto}",
            f"--username={escenario.postgres.usuario}", *([f"--rate={ritmo:g}"] if ritmo else []),
            escenario.postgres.base,
        ]  # fmt: skip
        hecho = subprocess.run(orden, cwd=carpeta, capture_output=True, text=True)
        if hecho.returncode != 0:
            raise RuntimeError(f"pgbench falló: {hecho.stderr.strip()[-2000:]}")
        return _leer_pgbench(hecho.stdout, Path(carpeta), con_ritmo=ritmo is not None)


def _leer_pgbench(resumen: str, carpeta: Path, *, con_ritmo: bool) -> Resultado:
    """El registro trae una línea por transacción: cliente, número, microsegundos… y, con ritmo, lo que esperó."""
    resultado = Resultado()
    for archivo in carpeta.glob("pgbench_log.*"):
        for linea in archivo.read_text().splitlines():
            campos = linea.split()
            espera = int(campos[6]) if con_ritmo else 0
            resultado.latencias.append((int(campos[2]) - espera) / 1000)
    tps = re.search(r"tps = ([0-9.]+)", resumen)
    resultado.ritmo_medido = float(tps.group(1)) if tps else float("nan")
    return resultado


def _con_psycopg2(
    escenario: Escenario, base: Base, guion: str, clientes: int, segundos: float, ritmo: float | None
) -> Resultado:
    """Lo mismo con hilos y psycopg2: da un límite más bajo que pgbench, pero sirve donde no lo hay."""
    azares = {nombre: int(tope) for nombre, tope in _VARIABLE.findall(guion)}
    sin_azares = _VARIABLE.sub("", guion)
    consulta = re.sub(r"(?<!:):(\w+)", lambda v: f"(1 + floor(random() * {azares[v[1]]}))::BIGINT", sin_azares)
    resultado = Resultado(segundos=segundos)
    limite = time.monotonic() + segundos

    def repetir_hasta_el_limite() -> None:
        con = psycopg2.connect(
            host=base.host, port=base.puerto, user=escenario.postgres.usuario, dbname=escenario.postgres.base
        )
        con.autocommit = True
        with con.cursor() as cursor:
            while time.monotonic() < limite:
                salida = time.monotonic()
                cursor.execute(consulta)
                resultado.latencias.append((time.monotonic() - salida) * 1000)
                time.sleep(1 / ritmo if ritmo else 0)
        con.close()

    hilos = [threading.Thread(target=repetir_hasta_el_limite) for _ in range(clientes)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    return resultado
