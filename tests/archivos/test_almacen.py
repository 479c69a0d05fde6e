"""Dónde quedan los archivos: en la base o en S3 (un servidor S3 de verdad, por HTTP), y lo que pasa al cambiar."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha, puerto_libre
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.sesiones import entrar
from tests.archivos.conftest import CLIENTE, agotar, foto, hasta, intentado, llega, medio, quede

CUBO = "archivos-de-prueba"
GRANDE = bytes(range(256)) * 4000


class ServidorS3:
    """Un S3 en su propio proceso."""

    def __init__(self) -> None:
        self.puerto = puerto_libre()
        self.url = f"http://127.0.0.1:{self.puerto}"
        self._proceso: subprocess.Popen[bytes] | None = None
        self.arrancar()

    @property
    def entorno(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT": self.url, "S3_BUCKET": CUBO, "S3_ACCESS_KEY": "clave", "S3_SECRET_KEY": "secreto",
            "S3_REGION": "us-east-1",
        }  # fmt: skip

    @property
    def cliente(self) -> Any:
        return boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id="clave", aws_secret_access_key="secreto",
            region_name="us-east-1",
        )  # fmt: skip

    def claves(self) -> list[str]:
        return [objeto["Key"] for objeto in self.cliente.list_objects_v2(Bucket=CUBO).get("Contents", [])]

    def arrancar(self) -> None:
        orden = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.puerto)]
        self._proceso = subprocess.Popen(orden, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        hasta(self._contesta, 60)
        self.cliente.create_bucket(Bucket=CUBO)

    def parar(self) -> None:
        assert self._proceso is not None
        self._proceso.kill()
        self._proceso.wait(10)

    def _contesta(self) -> bool:
        try:
            return requests.get(self.url, timeout=5).status_code < 500
        except requests.RequestException:
            return False


@pytest.fixture(scope="module")
def servidor_s3() -> Iterator[ServidorS3]:
    servidor = ServidorS3()
    yield servidor
    servidor.parar()


@pytest.fixture
def s3(servidor_s3: ServidorS3) -> ServidorS3:
    for clave in servidor_s3.claves():
        servidor_s3.cliente.delete_object(Bucket=CUBO, Key=clave)
    return servidor_s3


Arrancar = Callable[..., AppEnMarcha]


def test_con_s3_los_bytes_van_alla_y_se_sirven_por_pedazos(
    arrancar_app: Arrancar, base_datos: BaseDatos, simulador_propio: Simulador, s3: ServidorS3
) -> None:
    agente = entrar(arrancar_app(base_datos, s3.entorno), "agente1")
    llega(simulador_propio, "document", GRANDE, contenido={"mime_type": "application/zip"})
    url = quede(agente, "ready")["url"]
    (clave,) = s3.claves()
    assert s3.cliente.get_object(Bucket=CUBO, Key=clave)["Body"].read() == GRANDE
    assert base_datos.valor("SELECT count(*) FROM chat_archivos_trozos") == 0
    assert agente.get(url).content == GRANDE
    pedazo = agente.get(url, headers={"Range": "bytes=1000-700000"})
    assert (pedazo.status_code, pedazo.content) == (206, GRANDE[1000:700_001])
    assert agente.head(url).headers["Content-Length"] == str(len(GRANDE))


def test_lo_que_sale_tambien_va_a_s3_y_se_manda_desde_alla(
    arrancar_app: Arrancar, base_datos: BaseDatos, simulador_propio: Simulador, s3: ServidorS3
) -> None:
    agente = entrar(arrancar_app(base_datos, s3.entorno), "agente1")
    simulador_propio.escribir(CLIENTE, "Hola", "Ana", esperar=True)
    simulador_propio.fallar(413)
    fallo = agente.post(f"api/enviar-archivo/{CLIENTE}", files={"file": ("a.zip", GRANDE, "application/zip")})
    assert fallo.status_code == 502 and len(s3.claves()) == 1
    seq = fallo.json()["message"]["seq"]
    assert agente.post("api/reintentar-mensaje", json={"seq": seq}).status_code == 200
    assert simulador_propio.enviados[-1].archivos["media"].datos == GRANDE


def test_cambiar_de_almacen_no_pierde_lo_anterior(
    arrancar_app: Arrancar, base_datos: BaseDatos, simulador_propio: Simulador, s3: ServidorS3
) -> None:
    app = arrancar_app(base_datos)
    agente = entrar(app, "agente1")
    viejo, nuevo = foto(color="red"), foto(color="blue")
    llega(simulador_propio, "image", viejo)
    url_vieja = quede(agente, "ready")["url"]
    app.parar()
    app.entorno.update(s3.entorno)
    app.arrancar().esperar()
    agente = entrar(app, "agente1")
    llega(simulador_propio, "image", nuevo)
    url_nueva = quede(agente, "ready")["url"]
    assert agente.get(url_vieja).content == viejo and agente.get(url_nueva).content == nuevo
    app.parar()
    for variable in s3.entorno:
        del app.entorno[variable]
    app.arrancar().esperar()
    agente = entrar(app, "agente1")
    assert agente.get(url_vieja).content == viejo
    sin_s3 = agente.get(url_nueva)
    assert sin_s3.status_code == 503 and "configurado" in sin_s3.json()["error"]


def test_con_s3_caido_se_reintenta_y_al_volver_se_guarda(
    arrancar_app: Arrancar, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    s3 = ServidorS3()
    try:
        agente = entrar(arrancar_app(base_datos, s3.entorno), "agente1")
        simulador_propio.escribir(CLIENTE, "Hola", "Ana", esperar=True)
        s3.parar()
        llega(simulador_propio, "image", foto())
        intentado(base_datos, 1)
        assert medio(agente)["status"] == "pending"
        subida = agente.post(f"api/enviar-archivo/{CLIENTE}", files={"file": ("a.jpg", foto())}, timeout=90)
        assert subida.status_code == 503 and simulador_propio.enviados == []
        assert base_datos.valor("SELECT count(*) FROM chat_archivos WHERE seq IS NULL") == 0
        s3.arrancar()
        agotar(base_datos, agente, "ready", 2)
    finally:
        s3.parar()


def test_s3_lento_no_detiene_a_los_demas(
    arrancar_app: Arrancar, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    """boto3 espera como todo lo demás: cediendo el turno."""
    mudo = socket.create_server(("127.0.0.1", 0))  # acepta y no contesta nunca
    entorno = {
        "S3_ENDPOINT": f"http://127.0.0.1:{mudo.getsockname()[1]}", "S3_BUCKET": CUBO, "S3_ACCESS_KEY": "a",
        "S3_SECRET_KEY": "b",
    }  # fmt: skip
    app = arrancar_app(base_datos, entorno)
    for _ in range(3):
        llega(simulador_propio, "image", foto())
    hasta(lambda: base_datos.valor("SELECT count(*) FROM chat_archivos WHERE reclamo > 0") == 3)
    time.sleep(1)
    for _ in range(5):
        antes = time.monotonic()
        assert app.salud() == 200 and time.monotonic() - antes < 2
    mudo.close()


def test_lo_borrado_se_quita_tambien_de_s3(
    arrancar_app: Arrancar, base_datos: BaseDatos, simulador_propio: Simulador, s3: ServidorS3
) -> None:
    app = arrancar_app(base_datos, s3.entorno)
    agente = entrar(app, "agente1")
    llega(simulador_propio, "image", foto())
    quede(agente, "ready")
    base_datos.ejecutar("DELETE FROM chat_archivos")
    assert base_datos.valor("SELECT count(*) FROM chat_objetos_sobrantes") == 1
    base_datos.ejecutar("UPDATE chat_objetos_sobrantes SET desde = now() - INTERVAL '1 hour'")
    app.reiniciar()
    hasta(lambda: s3.claves() == [])
    hasta(lambda: base_datos.valor("SELECT count(*) FROM chat_objetos_sobrantes") == 0)


def test_varios_a_la_vez_en_s3(
    arrancar_app: Arrancar, base_datos: BaseDatos, simulador_propio: Simulador, s3: ServidorS3
) -> None:
    app = arrancar_app(base_datos, s3.entorno)
    agente = entrar(app, "agente1")
    fotos = {llega(simulador_propio, "image", f): f for f in (foto(color=f"#00{n:02x}00") for n in range(8))}
    hasta(lambda: base_datos.valor("SELECT count(*) FROM chat_archivos WHERE estado = 'ready'") == 8, 60)
    malas: list[str] = []

    def bajar(identificador: str, datos: bytes) -> None:
        if entrar(app, "agente1").get(medio(agente, identificador)["url"]).content != datos:
            malas.append(identificador)

    hilos = [threading.Thread(target=bajar, args=par) for par in fotos.items()]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    assert malas == []
