"""El libro de lo que entra, en la base: contadores de entregas, comparaciones, cartas ilegibles y su relectura."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bandeja.asientos import Carta, Comparacion, Contador, Libro
from bandeja.bd import Conexion, json_de
from bandeja.modelos import MensajeRecibido
from bandeja.repositorio.base import consultar
from bandeja.repositorio.recepcion import mensaje_para_sql

MAX_COMPARACIONES = 20
MAX_CARTAS = 50


@dataclass(frozen=True, slots=True)
class Crudo:
    """Algo guardado sin entender, para leerlo otra vez. `huella` o `seq` dicen qué es."""

    crudo: Any
    huella: str = ""
    clave: str | None = None
    fuente: str = "whapi"
    seq: int = 0


def anotar_entregas(con: Conexion, contadores: Sequence[Contador]) -> None:
    """Suma lo contado en memoria."""
    datos = [{"clave": c.clave, "veces": c.veces, "ultima_en": c.ultima_en.isoformat()} for c in contadores]
    consultar(con, "anotar_entregas", entregas=json_de(datos))


def leer_libro(con: Conexion) -> Libro:
    """El libro entero, lo último primero."""
    comparaciones = consultar(con, "listar_comparaciones", limite=MAX_COMPARACIONES)
    cartas = consultar(con, "listar_cartas", limite=MAX_CARTAS)
    return Libro(
        contadores=tuple(Contador(**f) for f in consultar(con, "listar_entregas")),
        comparaciones=tuple(
            Comparacion(
                motivo=f["motivo"], desde=f["desde"], empezo_en=f["empezo_en"], termino_en=f["termino_en"],
                revisados=f["revisados"], recuperados=f["recuperados"], error=f["error"],
            )
            for f in comparaciones
        ),
        recuperados=comparaciones[0]["total_recuperados"] if comparaciones else 0,
        cartas=tuple(
            Carta(
                huella=f["huella"], motivo=f["motivo"], clave=f["clave"], veces=f["veces"],
                recibida_en=f["recibido_en"], ultima_en=f["ultima_en"], intentada_en=f["intentada_en"],
                rechazo=f["rechazo"], bytes=f["bytes"] or 0,
            )
            for f in cartas if f["huella"]
        ),
        pendientes=cartas[0]["pendientes"],
        resueltas=cartas[0]["resueltas"],
    )  # fmt: skip


def tomar_cartas(con: Conexion, huella: str | None, limite: int) -> list[Crudo]:
    """Cartas pendientes por volver a leer: una, o las que más esperan."""
    return [
        Crudo(f["crudo"], huella=f["huella"], clave=f["clave"], fuente=f["fuente"])
        for f in consultar(con, "tomar_cartas", huella=huella, limite=limite)
    ]


def anotar_carta(con: Conexion, huella: str, rechazo: str | None) -> None:
    """Cómo le fue a una carta; sin `rechazo`, quedó resuelta."""
    consultar(con, "anotar_carta", huella=huella, rechazo=rechazo)


def mensajes_por_releer(con: Conexion, despues: int, limite: int) -> list[Crudo]:
    """Un lote de mensajes guardados sin entender, con lo que llegó."""
    encontrados = consultar(con, "mensajes_por_releer", despues=despues, limite=limite)
    return [Crudo(f["crudo"], seq=f["seq"]) for f in encontrados]


def releer_mensaje(con: Conexion, seq: int, leido: MensajeRecibido) -> bool:
    """Pone en su sitio lo que ahora se entiende de un mensaje. Falso si ya no hacía falta."""
    return bool(consultar(con, "releer_mensaje", seq=seq, leido=json_de(mensaje_para_sql(leido)))[0]["cambio"])


def leer_marca(con: Conexion, clave: str) -> str | None:
    """Un recuerdo del libro; None si nunca se anotó."""
    encontrados = consultar(con, "leer_marca", clave=clave)
    return encontrados[0]["valor"] if encontrados else None


def poner_marca(con: Conexion, clave: str, valor: str) -> None:
    """Anota un recuerdo del libro."""
    consultar(con, "poner_marca", clave=clave, valor=valor)
