"""Los casos de uso ya armados de una aplicación, y cómo los encuentra una ruta."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from bandeja.acciones import Acciones
from bandeja.anteriores import Anteriores
from bandeja.archivos import Archivos, EnvioDeArchivos, Traida
from bandeja.asignacion import Asignacion
from bandeja.autenticacion import SesionesCerradas
from bandeja.bd import BaseDatos
from bandeja.busqueda import Busqueda
from bandeja.canales import Canales
from bandeja.configuracion import Configuracion
from bandeja.envio import Envio
from bandeja.escritorio import Escritorio
from bandeja.fotos import Fotos
from bandeja.historia import Historia
from bandeja.identidad import Identidad
from bandeja.instalacion import Instalacion
from bandeja.lectura import Lectura
from bandeja.libro import LibroDeEntregas
from bandeja.linea import Linea
from bandeja.pendientes import Pendientes
from bandeja.plantel import Plantel
from bandeja.plantillas import EnvioDePlantillas
from bandeja.recepcion import Recepcion
from bandeja.relectura import Relector
from bandeja.senales import Senales
from bandeja.tiempo_real import Avisos
from bandeja.twilio import Twilio


@dataclass(frozen=True, slots=True)
class Respaldo:
    """Lo que cuida de que nada se pierda."""

    historia: Historia
    anteriores: Anteriores
    libro: LibroDeEntregas
    relector: Relector


@dataclass(frozen=True, slots=True)
class Servicios:
    """Los casos de uso de una aplicación."""

    config: Configuracion
    plantel: Plantel
    cerradas: SesionesCerradas
    asignacion: Asignacion
    recepcion: Recepcion
    envio: Envio
    acciones: Acciones
    pendientes: Pendientes
    lectura: Lectura
    busqueda: Busqueda
    escritorio: Escritorio
    respaldo: Respaldo
    archivos: Archivos
    salida: EnvioDeArchivos
    traida: Traida
    linea: Linea
    instalacion: Instalacion
    plantillas: EnvioDePlantillas
    identidad: Identidad
    senales: Senales
    fotos: Fotos
    twilio: Twilio
    canales: Canales
    avisos: Avisos
    bd: BaseDatos


_ultimos: list[Servicios] = []


def guardar_servicios(app: Flask, servicios: Servicios) -> None:
    """Deja los casos de uso al alcance de las rutas de una aplicación."""
    app.extensions["bandeja"] = servicios
    _ultimos[:] = [servicios]


def servicios() -> Servicios:
    """Los de la petición en curso o, fuera de una, los de la última aplicación creada."""
    if current_app:
        propios: Servicios = current_app.extensions["bandeja"]
        return propios
    if not _ultimos:
        raise RuntimeError("Primero crea la aplicación: descargar_bsl.create_app()")
    return _ultimos[0]
