"""El almacén compatible con S3 (DigitalOcean Spaces y parecidos), con boto3. Un objeto por archivo."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO

from bandeja.almacen.comun import TROZO, Latir, Sitio
from bandeja.configuracion_archivos import ConfiguracionS3
from bandeja.errores import AlmacenNoDisponible
from bandeja.registro import registro

PLAZO_CONEXION_S = 5
PLAZO_RESPUESTA_S = 30
INTENTOS = 3


class AlmacenS3:
    """Un cubo. El cliente se arma al usarse: cargar boto3 cuesta medio segundo y 25 MB que sin S3 no hacen falta."""

    nombre = "s3"

    def __init__(self, config: ConfiguracionS3) -> None:
        self._config = config

    @cached_property
    def _cliente(self) -> Any:
        import boto3
        from botocore.config import Config

        c = self._config
        opciones = Config(
            connect_timeout=PLAZO_CONEXION_S,
            read_timeout=PLAZO_RESPUESTA_S,
            retries={"total_max_attempts": INTENTOS, "mode": "standard"},
            # Las sumas que boto3 añade por su cuenta desde 2025 no las entienden todos los compatibles.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if c.endpoint else "auto"},
        )
        sesion = boto3.session.Session(
            aws_access_key_id=c.clave, aws_secret_access_key=c.secreto, region_name=c.region
        )
        return sesion.client("s3", endpoint_url=c.endpoint, config=opciones)

    def guardar(self, sitio: Sitio, fuente: BinaryIO, latir: Latir) -> bool:
        """Un solo PUT: o queda entero o no queda."""
        fuente.seek(0)
        self._pedir("put_object", Key=sitio.clave, Body=_ConLatido(fuente, latir), ContentLength=sitio.tamano)
        return latir()

    def leer(self, sitio: Sitio, desde: int, hasta: int) -> Iterator[bytes]:
        """El pedazo, por la misma conexión hasta el final."""
        respuesta = self._pedir("get_object", Key=sitio.clave, Range=f"bytes={desde}-{hasta - 1}")
        return self._trozos(respuesta["Body"])

    def borrar(self, clave: str) -> None:
        """S3 contesta bien aunque no exista."""
        self._pedir("delete_object", Key=clave)

    def _trozos(self, cuerpo: Any) -> Iterator[bytes]:
        from botocore.exceptions import BotoCoreError

        try:
            yield from cuerpo.iter_chunks(TROZO)
        except (BotoCoreError, OSError) as error:
            registro.warning("⚠️ S3 se cortó: %s", type(error).__name__)
            raise AlmacenNoDisponible from error
        finally:
            cuerpo.close()

    def _pedir(self, operacion: str, **mas: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._cliente, operacion)(Bucket=self._config.cubo, **mas)
        except ClientError as error:
            codigo = error.response.get("Error", {}).get("Code", "")
            registro.warning("⚠️ S3 rechazó %s: %s", operacion, codigo)
            raise AlmacenNoDisponible from error
        except (BotoCoreError, OSError) as error:
            registro.warning("⚠️ S3 no responde (%s): %s", operacion, type(error).__name__)
            raise AlmacenNoDisponible from error


class _ConLatido:
    """Un archivo que, mientras boto3 lo firma y lo manda, deja pasar a los demás y mantiene el arriendo."""

    def __init__(self, fuente: BinaryIO, latir: Latir) -> None:
        self._fuente = fuente
        self._latir = latir

    def read(self, cuantos: int = -1) -> bytes:
        time.sleep(0)
        self._latir()
        return self._fuente.read(cuantos)

    def seek(self, donde: int, desde: int = 0) -> int:
        return self._fuente.seek(donde, desde)

    def tell(self) -> int:
        return self._fuente.tell()
