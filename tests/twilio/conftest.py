"""Una aplicación con los dos canales, compartida por estas pruebas y vacía para cada una."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bandeja.postgres_local import PostgresLocal
from simulador import Simulador
from simulador.twilio import Twilio
from tests.apoyo.aplicacion import ENTORNO_DE_PRUEBA, LINEA, SECRETO_WEBHOOK, AppEnMarcha, puerto_libre
from tests.apoyo.base_datos import BaseDatos, crear_base
from tests.apoyo.sesiones import Sesion, entrar

CLIENTE = "573001234567"


@pytest.fixture(scope="session")
def linea_twilio() -> Iterator[Twilio]:
    with Twilio() as linea:
        yield linea


@pytest.fixture(scope="session")
def linea_whapi() -> Iterator[Simulador]:
    with Simulador(token=ENTORNO_DE_PRUEBA["WHAPI_TOKEN"], secreto=SECRETO_WEBHOOK, linea=LINEA) as linea:
        yield linea


@pytest.fixture(scope="session")
def base_dos_canales(cluster: PostgresLocal) -> BaseDatos:
    return crear_base(cluster, "dos_canales")


@pytest.fixture(scope="session")
def app_dos_canales(
    base_dos_canales: BaseDatos, linea_twilio: Twilio, linea_whapi: Simulador, carpeta_de_pruebas: Path
) -> Iterator[AppEnMarcha]:
    puerto = puerto_libre()
    linea_twilio.webhook = f"http://127.0.0.1:{puerto}/twilio-chat/webhook/twilio"
    variables = ENTORNO_DE_PRUEBA | base_dos_canales.entorno | entorno_de(linea_twilio)
    variables |= {"WHAPI_API_URL": linea_whapi.url, "TWILIO_WEBHOOK_URL": linea_twilio.webhook}
    app = AppEnMarcha(variables, carpeta_de_pruebas / "dos_canales", puerto)
    try:
        yield app.arrancar().esperar()
    finally:
        if app.viva():
            app.parar()


@pytest.fixture
def twilio(
    app_dos_canales: AppEnMarcha, base_dos_canales: BaseDatos, linea_twilio: Twilio, linea_whapi: Simulador
) -> Twilio:
    """La línea de Twilio, sin memoria, con la aplicación vacía."""
    linea_whapi.reiniciar()
    linea_whapi.webhook = app_dos_canales.webhook
    linea_twilio.reiniciar()
    base_dos_canales.vaciar()
    return linea_twilio


@pytest.fixture
def whapi(twilio: Twilio, linea_whapi: Simulador) -> Simulador:
    return linea_whapi


@pytest.fixture
def base(twilio: Twilio, base_dos_canales: BaseDatos) -> BaseDatos:
    return base_dos_canales


@pytest.fixture
def ana(app_dos_canales: AppEnMarcha, twilio: Twilio) -> Sesion:
    """agente1, a quien le toca el primer turno."""
    return entrar(app_dos_canales, "agente1")


def entorno_de(linea: Twilio) -> dict[str, str]:
    """Las variables con que la aplicación la encuentra."""
    return {
        "TWILIO_ACCOUNT_SID": linea.sid,
        "TWILIO_AUTH_TOKEN": linea.ficha,
        "TWILIO_WHATSAPP_NUMBER": f"whatsapp:+{linea.numero}",
        "TWILIO_API_URL": linea.url,
    }


def enviar(sesion: Sesion, texto: Any = "Buenas", **mas: Any) -> Any:
    return sesion.post("api/enviar-mensaje", json={"to": CLIENTE, "message": texto, **mas})


def mensajes(sesion: Sesion, numero: str = CLIENTE) -> list[dict[str, Any]]:
    return list(sesion.get(f"api/conversacion/{numero}").json()["twilio_messages"])


def envejecer(base: BaseDatos, horas: float) -> None:
    """Lo recibido pasa a ser de hace tanto."""
    base.ejecutar("UPDATE chat_mensajes SET enviado_en = now() - make_interval(secs => %s)", (horas * 3600,))
