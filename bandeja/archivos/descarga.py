"""Bajar los bytes de un archivo de su canal a uno local, con tope y sin quedarse a medias. No reintenta ni guarda."""

from __future__ import annotations

import email.utils
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from bandeja.almacen import TROZO
from bandeja.errores import ArchivoMuyGrande, MedioNoDisponible, MedioPerdido, ProveedorIncierto, ProveedorRechazo
from bandeja.repositorio.archivos import PorTraer
from bandeja.twilio import Twilio
from bandeja.whapi import Puerta, medios
from bandeja.whapi.enlaces import Enlaces, trozos_de


@dataclass(frozen=True, slots=True)
class Destino:
    """Dónde caen los bytes, cuántos se aceptan y a quién avisar de que siguen llegando."""

    archivo: BinaryIO
    tope: int
    latir: Callable[[], object]


# De un archivo a sus bytes. Lanza MedioPerdido, MedioNoDisponible o ArchivoMuyGrande.
Bajar = Callable[[PorTraer, Destino], None]
Bajadores = Mapping[str, Bajar]
# Un almacén contesta 403 por lo que ya borró; y una redirección llevaría a donde no se miró.
_PERDIDO_EN_ENLACE = frozenset({301, 302, 303, 307, 308, 403})


def de_whapi(puerta: Puerta, enlaces: Enlaces) -> Bajar:
    """Primero por su id; si el canal ya no lo tiene, por el enlace que vino con el mensaje."""

    def bajar(a: PorTraer, destino: Destino) -> None:
        try:
            if a.media_id is None:
                raise MedioPerdido
            with medios.abrir(puerta, a.media_id) as d:
                _volcar(d.codigo, d.cabeceras, d.trozos, destino)
        except MedioPerdido:
            if a.media_url is None:
                raise
            with enlaces.abrir(a.media_url) as d:
                codigo = 404 if d.codigo in _PERDIDO_EN_ENLACE else d.codigo
                _volcar(codigo, d.cabeceras, d.trozos, destino)

    return bajar


def de_twilio(twilio: Twilio) -> Bajar:
    """Por la dirección que vino con el mensaje."""

    def bajar(a: PorTraer, destino: Destino) -> None:
        if a.media_url is None:
            raise MedioPerdido
        try:
            with twilio.descargar(a.media_url) as r:
                _volcar(r.status_code, r.headers, trozos_de(r.raw), destino)
        except ProveedorRechazo as error:
            raise MedioPerdido from error
        except ProveedorIncierto as error:
            raise MedioNoDisponible from error

    return bajar


def _volcar(codigo: int, cabeceras: Mapping[str, str], trozos: Iterable[bytes], destino: Destino) -> None:
    _exigir(codigo, cabeceras)
    anunciado = cabeceras.get("Content-Length", "")
    if anunciado.isascii() and anunciado.isdigit() and int(anunciado) > destino.tope:
        raise ArchivoMuyGrande
    destino.archivo.seek(0)
    destino.archivo.truncate()
    for trozo in trozos:
        destino.archivo.write(trozo)
        if destino.archivo.tell() > destino.tope:
            raise ArchivoMuyGrande
        destino.latir()
    destino.archivo.flush()


def _exigir(codigo: int, cabeceras: Mapping[str, str]) -> None:
    if codigo in (404, 410):
        raise MedioPerdido
    if codigo != 200:
        raise MedioNoDisponible(f"WhatsApp no entregó el archivo (código {codigo}).", _espera(cabeceras))


def _espera(cabeceras: Mapping[str, str]) -> float | None:
    """Los segundos de Retry-After, venga como número o como fecha; None si no viene o no se entiende."""
    texto = cabeceras.get("Retry-After", "")
    if texto.isascii() and texto.isdigit():
        return float(texto[:9])
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(texto) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def medir(archivo: BinaryIO) -> tuple[int, str]:
    """Cuánto pesa un archivo local y su SHA-256. Lo deja al principio."""
    archivo.seek(0)
    suma = hashlib.sha256()
    while trozo := archivo.read(TROZO):
        suma.update(trozo)
        time.sleep(0)
    tamano = archivo.tell()
    archivo.seek(0)
    return tamano, suma.hexdigest()
