"""El estado de la línea en la base: lo que se anota, quién pregunta, y las cuentas que solo la base sabe."""

from __future__ import annotations

from datetime import datetime

from bandeja.bd import Conexion
from bandeja.estado_linea import CambioLinea, EstadoLinea, SenalLinea
from bandeja.repositorio.base import consultar


def anotar_linea(
    con: Conexion, fuente: str, senal: SenalLinea, origen: str, credito_s: int
) -> tuple[str, EstadoLinea]:
    """Anota una noticia. Devuelve qué pasó ("viejo" | "igual" | "cambio") y el estado que quedó."""
    f = consultar(
        con, "anotar_linea", fuente=fuente, estado=senal.estado, en=senal.en, origen=origen, credito_s=credito_s
    )[0]
    return f["resultado"], EstadoLinea(f["r_estado"], f["r_desde"])


def reclamar_comprobacion(con: Conexion, fuente: str, *, ya: bool, bien_s: int, mal_s: int) -> bool:
    """Cierto si a este proceso le toca preguntarle al proveedor. `ya` no espera el turno."""
    return bool(consultar(con, "reclamar_comprobacion", fuente=fuente, ya=ya, bien_s=bien_s, mal_s=mal_s)[0]["toca"])


def obtener_estado_linea(con: Conexion, fuente: str, vigencia_s: float) -> EstadoLinea:
    """Lo último que se sabe; sin estado si no se sabe nada o hace más de `vigencia_s`."""
    encontradas = consultar(con, "estado_linea", fuente=fuente)
    if not encontradas or encontradas[0]["hace"] is None or encontradas[0]["hace"] > vigencia_s:
        return EstadoLinea()
    return EstadoLinea(encontradas[0]["estado"], encontradas[0]["desde"])


def cambios_linea(con: Conexion, fuente: str, limite: int) -> list[CambioLinea]:
    """Por qué estados pasó, del más nuevo al más viejo."""
    return [CambioLinea(f["estado"], _momento(f["en"]), f["origen"]) for f in consultar(
        con, "cambios_linea", fuente=fuente, limite=limite
    )]  # fmt: skip


def anotar_prueba(con: Conexion, fuente: str, marca: str) -> None:
    """Llegó una entrega de prueba."""
    consultar(con, "anotar_prueba", fuente=fuente, marca=marca)


def obtener_prueba(con: Conexion, fuente: str) -> str | None:
    """La marca de la última entrega de prueba que llegó."""
    encontradas = consultar(con, "estado_linea", fuente=fuente)
    return encontradas[0]["prueba"] if encontradas else None


def medidas(con: Conexion, tope: int) -> dict[str, float]:
    """Cuántos hay, hasta `tope`, de lo que espera o no se entendió."""
    return {nombre: float(cuantos) for nombre, cuantos in consultar(con, "medidas", tope=tope)[0].items()}


def _momento(valor: object) -> datetime:
    assert isinstance(valor, datetime)
    return valor
