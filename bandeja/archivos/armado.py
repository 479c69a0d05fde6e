"""Arma las piezas de los archivos según la configuración. No guarda ni trae nada."""

from __future__ import annotations

from bandeja import repositorio
from bandeja.almacen import AlmacenBase, Almacenes, AlmacenS3
from bandeja.archivos.descarga import Bajar, de_twilio, de_whapi
from bandeja.archivos.traida import ARRIENDO_S, Traida
from bandeja.bd import BaseDatos
from bandeja.configuracion import Configuracion
from bandeja.plantel import Plantel
from bandeja.tiempo_real import Avisos
from bandeja.twilio import Twilio
from bandeja.whapi import Whapi
from bandeja.whapi.enlaces import Enlaces


def armar_almacenes(bd: BaseDatos, config: Configuracion) -> Almacenes:
    """El de la base, y el de S3 si está configurado: entonces lo nuevo va allá y lo viejo se sigue leyendo."""

    def escribir(identificador: int, reclamo: int, n: int, datos: bytes) -> bool:
        return bd.ejecutar(
            lambda con: repositorio.escribir_trozo(con, identificador, reclamo, n, datos, ARRIENDO_S)
        )

    def leer(identificador: int, n: int) -> bytes | None:
        return bd.ejecutar(lambda con: repositorio.leer_trozo(con, identificador, n))

    base = AlmacenBase(escribir, leer)
    return Almacenes(base, AlmacenS3(config.archivos.s3)) if config.archivos.s3 else Almacenes(base)


def armar_traida(
    bd: BaseDatos, almacenes: Almacenes, whapi: Whapi, twilio: Twilio, avisos: Avisos, plantel: Plantel,
    config: Configuracion,
) -> Traida:  # fmt: skip
    """Quien trae los archivos de los canales que están configurados."""
    bajadores: dict[str, Bajar] = {}
    if whapi.configurado:
        bajadores["whapi"] = de_whapi(whapi.puerta, Enlaces(config.whapi_url, config.archivos.hosts))
    if twilio.configurado:
        bajadores["twilio"] = de_twilio(twilio)
    return Traida(bd, almacenes, bajadores, avisos, plantel, config.lineas, config.archivos.maximo)
