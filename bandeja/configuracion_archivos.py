"""La parte de la configuración que habla de archivos: cuánto pueden pesar, de dónde se bajan y dónde se guardan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bandeja.errores import ConfiguracionInvalida

VARIABLES_DE_ARCHIVOS = (
    "MEDIA_MAX_MB", "MEDIA_MAX_MULTIMEDIA_MB", "MEDIA_HOSTS",
    "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_REGION",
)  # fmt: skip
# De aquí salen los enlaces del proveedor (referencia, «Media»).
HOST_DE_ENLACES = "s3.eu-central-1.wasabisys.com"
# Lo que WhatsApp admite en un documento de hoy; la referencia del proveedor no da un número.
MAX_MB = 100
# WhatsApp no pasa de 16 MB en fotos, videos y audios.
MAX_MULTIMEDIA_MB = 16
# Un sticker animado de WhatsApp pesa hasta 500 kB.
MAX_STICKER = 500 * 1024
_MB = 1024 * 1024

Textos = Callable[[Mapping[str, str], str], str | None]
Enteros = Callable[[Mapping[str, str], str, int, int, int], int]


@dataclass(frozen=True, slots=True)
class ConfiguracionS3:
    """Un cubo de S3 o compatible. `endpoint` None = el de AWS."""

    endpoint: str | None
    cubo: str
    clave: str
    secreto: str = field(repr=False)
    region: str


@dataclass(frozen=True, slots=True)
class ConfiguracionArchivos:
    """Los topes van en bytes: `maximo` para cualquier archivo, `multimedia` para lo que sale como foto, video o audio.

    `hosts`: de dónde se siguen enlaces del proveedor. `s3` None = los archivos quedan en la base.
    """

    maximo: int
    multimedia: int
    hosts: frozenset[str]
    s3: ConfiguracionS3 | None

    def tope_de(self, tipo: str) -> int:
        """Cuánto puede pesar un archivo que sale como ese tipo de mensaje."""
        if tipo == "sticker":
            return MAX_STICKER
        return self.maximo if tipo == "document" else min(self.multimedia, self.maximo)


def leer_archivos(entorno: Mapping[str, str], texto: Textos, entero: Enteros) -> ConfiguracionArchivos:
    """Lee y comprueba esas variables. Lanza ConfiguracionInvalida."""
    return ConfiguracionArchivos(
        maximo=entero(entorno, "MEDIA_MAX_MB", MAX_MB, 1, 2000) * _MB,
        multimedia=entero(entorno, "MEDIA_MAX_MULTIMEDIA_MB", MAX_MULTIMEDIA_MB, 1, 2000) * _MB,
        hosts=_hosts(entorno.get("MEDIA_HOSTS", HOST_DE_ENLACES)),
        s3=_s3(entorno, texto),
    )


def _hosts(lista: str) -> frozenset[str]:
    hosts = frozenset(host.strip().lower() for host in lista.split(",") if host.strip())
    for host in hosts:
        if urlsplit(f"//{host}").hostname != host:
            raise ConfiguracionInvalida(
                f"MEDIA_HOSTS={host!r} no sirve: se esperaban nombres de servidor, separados por comas."
            )
    return hosts


def _s3(entorno: Mapping[str, str], texto: Textos) -> ConfiguracionS3 | None:
    endpoint, cubo = texto(entorno, "S3_ENDPOINT"), texto(entorno, "S3_BUCKET")
    clave, secreto = texto(entorno, "S3_ACCESS_KEY"), texto(entorno, "S3_SECRET_KEY")
    if endpoint and (urlsplit(endpoint).scheme not in ("http", "https") or not urlsplit(endpoint).hostname):
        raise ConfiguracionInvalida("S3_ENDPOINT no sirve: se esperaba una dirección https://…")
    if not any((endpoint, cubo, clave, secreto)):
        return None
    if cubo is None or clave is None or secreto is None:
        nombres = {"S3_BUCKET": cubo, "S3_ACCESS_KEY": clave, "S3_SECRET_KEY": secreto}
        faltan = ", ".join(nombre for nombre, valor in nombres.items() if valor is None)
        raise ConfiguracionInvalida(f"Falta {faltan}: S3_BUCKET, S3_ACCESS_KEY y S3_SECRET_KEY van juntas.")
    return ConfiguracionS3(endpoint, cubo, clave, secreto, texto(entorno, "S3_REGION") or "us-east-1")
