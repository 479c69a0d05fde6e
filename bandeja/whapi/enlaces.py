"""Seguir el enlace de un archivo que dio el proveedor: solo a servidores permitidos y nunca hacia adentro de la red.

El nombre se resuelve una vez y se conecta a esa misma dirección: que el DNS cambie entre mirar y conectar no sirve de
nada. No se siguen redirecciones y la ficha del canal no sale de aquí.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3

from bandeja.asincronia import plazo
from bandeja.errores import MedioNoDisponible, MedioPerdido
from bandeja.registro import registro

PLAZO_DNS_S = 5.0
PLAZOS = urllib3.Timeout(connect=5.0, read=30.0)
# Quien manda de a gotas no se queda con un trabajador: lo más grande que se guarda cabe de sobra en este tiempo.
PLAZO_BAJADA_S = 600.0
PUERTO_HTTPS = 443
_TROZO = 256 * 1024


@dataclass(frozen=True, slots=True)
class Descarga:
    """La respuesta a quien pide un archivo, todavía sin leer. `trozos` lanza MedioNoDisponible si se corta."""

    codigo: int
    cabeceras: Mapping[str, str]
    trozos: Iterator[bytes]


def trozos_de(cuerpo: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Los bytes de una respuesta, según llegan. Lanza MedioNoDisponible si se corta o tarda más de `PLAZO_BAJADA_S`."""
    limite = time.monotonic() + PLAZO_BAJADA_S
    try:
        while trozo := cuerpo.read1(_TROZO, decode_content=True):
            time.sleep(0)  # en una red rápida siempre hay más que leer, y los demás también esperan
            yield trozo
            if time.monotonic() > limite:
                raise MedioNoDisponible("La descarga tarda demasiado.")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise MedioNoDisponible("La descarga se cortó.") from error


def _direcciones(host: str, puerto: int) -> list[str]:
    halladas = [str(hallada[4][0]) for hallada in socket.getaddrinfo(host, puerto, type=socket.SOCK_STREAM)]
    return sorted(halladas, key=lambda una: ":" in una)  # eventlet da antes las IPv6, haya o no por dónde salir


def es_publica(direccion: str) -> bool:
    """Cierto si esa dirección está en internet y no en esta máquina, su red o un servicio interno."""
    ip = ipaddress.ip_address(direccion)
    por_dentro = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)  # una IPv4 escrita como IPv6
    return (por_dentro or ip).is_global and not (por_dentro or ip).is_multicast


class Enlaces:
    """Los enlaces que se pueden seguir. `propia`: la dirección del proveedor, de confianza aunque sea de esta red."""

    def __init__(
        self,
        propia: str,
        hosts: Collection[str],
        *,
        resolver: Callable[[str, int], Iterable[str]] = _direcciones,
        permitida: Callable[[str], bool] = es_publica,
        certificados: str | None = None,
    ) -> None:
        self._propia = urlsplit(propia)
        self._hosts = frozenset(hosts)
        self._resolver = resolver
        self._permitida = permitida
        self._certificados = certificados or certifi.where()

    @contextmanager
    def abrir(self, enlace: str) -> Iterator[Descarga]:
        """Lo que hay en un enlace, sin leer. Lanza MedioPerdido si no se puede seguir, o MedioNoDisponible."""
        partes = _partir(enlace)
        conexion = self._conexion(partes)
        if conexion is None:
            registro.warning("⚠️ No se sigue un enlace a %s: no está permitido", partes.hostname)
            raise MedioPerdido
        ruta = partes._replace(scheme="", netloc="", fragment="").geturl() or "/"
        cabeceras = {"Host": partes.netloc, "Accept-Encoding": "identity"}
        with conexion:
            try:
                respuesta = conexion.urlopen(
                    "GET", ruta, headers=cabeceras, redirect=False, retries=False, preload_content=False
                )
            except (urllib3.exceptions.HTTPError, OSError) as error:
                registro.warning("⚠️ Un enlace del proveedor no responde: %s", type(error).__name__)
                raise MedioNoDisponible from error
            yield Descarga(respuesta.status, respuesta.headers, trozos_de(respuesta))

    def _conexion(self, p: SplitResult) -> urllib3.HTTPConnectionPool | None:
        """La conexión a la dirección ya comprobada de un enlace; None si no se debe seguir."""
        host = p.hostname or ""
        if (p.scheme, p.netloc) == (self._propia.scheme, self._propia.netloc):
            clase = urllib3.HTTPSConnectionPool if p.scheme == "https" else urllib3.HTTPConnectionPool
            return clase(host, self._propia.port, timeout=PLAZOS)
        if p.scheme != "https" or host not in self._hosts or "@" in p.netloc:
            return None
        puerto = p.port or PUERTO_HTTPS
        try:
            with plazo(PLAZO_DNS_S, TimeoutError("el DNS no contesta")):
                direcciones = list(self._resolver(host, puerto))
        except (OSError, UnicodeError) as error:
            raise MedioNoDisponible from error
        if not direcciones or not all(map(self._permitida, direcciones)):
            return None
        return urllib3.HTTPSConnectionPool(
            direcciones[0], puerto, timeout=PLAZOS, server_hostname=host, assert_hostname=host,
            ca_certs=self._certificados, cert_reqs="CERT_REQUIRED",
        )  # fmt: skip


def _partir(enlace: str) -> SplitResult:
    try:
        partes = urlsplit(enlace)
        _ = partes.port  # uno que no es un número lanza aquí y no más tarde
    except ValueError:
        return urlsplit("")
    return partes
