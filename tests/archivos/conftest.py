"""Lo que usan las pruebas de archivos: un chat con un archivo, esperar a que cambie y adelantar los reintentos."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.sesiones import Sesion

CLIENTE = "573001234567"
Json = dict[str, Any]
PLAZO_S = 30.0


def foto(ancho: int = 640, alto: int = 480, color: str = "teal", formato: str = "JPEG") -> bytes:
    memoria = io.BytesIO()
    Image.new("RGB", (ancho, alto), color).save(memoria, formato)
    return memoria.getvalue()


def llega(simulador: Simulador, tipo: str, datos: bytes | None = None, **mas: Any) -> str:
    """Un cliente manda un archivo; vuelve cuando el aviso quedó contestado."""
    return simulador.recibir(simulador.mensaje(tipo, CLIENTE, "Ana", datos=datos, **mas), esperar=True)


def mensajes(sesion: Sesion) -> list[Json]:
    respuesta = sesion.get(f"api/conversacion/{CLIENTE}")
    assert respuesta.status_code == 200, respuesta.text
    return list(respuesta.json()["twilio_messages"])


def medio(sesion: Sesion, identificador: str | None = None) -> Json:
    """El archivo de un mensaje (del último, si no se dice cuál)."""
    todos = mensajes(sesion)
    uno = todos[-1] if identificador is None else next(m for m in todos if m["id"] == identificador)
    return dict(uno["media"])


def hasta(condicion: Callable[[], Any], plazo: float = PLAZO_S) -> Any:
    """El primer valor cierto de una condición; si no llega a tiempo, falla con el último."""
    limite = time.monotonic() + plazo
    while not (valor := condicion()):
        assert time.monotonic() < limite, f"no se cumplió a tiempo: {valor!r}"
        time.sleep(0.05)
    return valor


def quede(sesion: Sesion, estado: str, identificador: str | None = None) -> Json:
    """El archivo cuando llega a ese estado."""
    return dict(hasta(lambda: (m := medio(sesion, identificador))["status"] == estado and m))


def intentado(base: BaseDatos, veces: int) -> None:
    """Hasta que el archivo haya fallado esas veces y espere la siguiente."""
    hasta(lambda: base.valor("SELECT max(intentos) FROM chat_archivos") >= veces)


def apurar(base: BaseDatos) -> None:
    """Como si ya hubiera pasado la espera de todo lo pendiente."""
    base.ejecutar("UPDATE chat_archivos SET proximo_en = now() WHERE estado = 'pending'")
    base.ejecutar("NOTIFY chat_archivo")


def agotar(base: BaseDatos, sesion: Sesion, final: str, veces: int) -> Json:
    """Gasta los reintentos sin esperar el retroceso, hasta el estado final."""
    for n in range(1, veces):
        intentado(base, n)
        apurar(base)
    return quede(sesion, final)


def pedidos(simulador: Simulador, prefijo: str = "/media/") -> int:
    return sum(1 for p in simulador.peticiones if p.ruta.startswith(prefijo))


@pytest.fixture
def con_chat(agente1: Sesion, simulador: Simulador) -> Sesion:
    """agente1 con un chat abierto con el cliente."""
    simulador.escribir(CLIENTE, "Hola", "Ana", esperar=True)
    return agente1
