"""Los archivos de los mensajes: traerlos del proveedor, servirlos a su dueño y guardar los que un agente envía."""

from __future__ import annotations

from bandeja.archivos.armado import armar_almacenes, armar_traida
from bandeja.archivos.guarda import Archivos, Pedazo
from bandeja.archivos.salida import EnvioDeArchivos, Pedido
from bandeja.archivos.traida import CANAL, TRABAJADORES, Traida

__all__ = [
    "CANAL",
    "TRABAJADORES",
    "Archivos",
    "EnvioDeArchivos",
    "Pedazo",
    "Pedido",
    "Traida",
    "armar_almacenes",
    "armar_traida",
]
