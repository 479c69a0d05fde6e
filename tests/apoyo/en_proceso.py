"""La aplicación dentro del proceso de pruebas: para cambiar AGENTES en vivo o fingir de qué dirección llega alguien.

Lo demás se prueba con la aplicación en su propio proceso: esta va con hilos y sin servidor.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO, SocketIOTestClient

os.environ.setdefault("PYTHON_DOTENV_DISABLED", "1")  # el `.env` de quien corre las pruebas no decide nada aquí

import chat_whatsapp
from bandeja.configuracion import leer_configuracion
from descargar_bsl import create_app
from tests.apoyo.aplicacion import CLAVES, ENTORNO_DE_PRUEBA
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.escucha import ESPACIO

DE_ESTA_MAQUINA = "127.0.0.1"
DE_OTRA = "203.0.113.7"  # reservada para documentación: no es de nadie


def agentes(**cambios: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """AGENTES con las claves de prueba; `agentes(agente2={"activo": False})` cambia o añade entradas."""
    base = {
        usuario: {"password": clave, "nombre": f"Agente {usuario.removeprefix('agente')}", "activo": True}
        for usuario, clave in CLAVES.items()
    }
    for usuario, datos in cambios.items():
        base[usuario] = base.get(usuario, {}) | dict(datos)
    return base


class AppEnProceso:
    """Una aplicación armada con `create_app` y sus clientes de mentira (sin red)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
        self._monkeypatch = monkeypatch
        self.poner_agentes()
        self.app: Flask = create_app(leer_configuracion(variables))
        self.servicios: chat_whatsapp.Servicios = self.app.extensions["bandeja"]
        self.socketio: SocketIO = self.app.extensions["socketio"]

    def poner_agentes(self, **cambios: Mapping[str, Any]) -> None:
        """Lo que haría quien edita AGENTES en chat_whatsapp.py."""
        self._monkeypatch.setattr(chat_whatsapp, "AGENTES", agentes(**cambios))

    def cliente(self, direccion: str = DE_ESTA_MAQUINA) -> FlaskClient:
        cliente = self.app.test_client()
        cliente.environ_base["REMOTE_ADDR"] = direccion
        return cliente

    def probar_entrada(self, usuario: Any, clave: Any, direccion: str = DE_ESTA_MAQUINA, **opciones: Any) -> int:
        """El código con que contesta la puerta."""
        datos = json.dumps({"username": usuario, "password": clave})  # en ASCII: caben hasta los sustitutos sueltos
        return self.cliente(direccion).post("/twilio-chat/api/login", data=datos, **opciones).status_code

    def entrar(self, usuario: str, clave: str | None = None, direccion: str = DE_ESTA_MAQUINA) -> FlaskClient:
        cliente = self.cliente(direccion)
        datos = {"username": usuario, "password": CLAVES.get(usuario) if clave is None else clave}
        respuesta = cliente.post("/twilio-chat/api/login", json=datos)
        assert respuesta.status_code == 200, respuesta.text
        return cliente

    def socket(self, cliente: FlaskClient) -> SocketIOTestClient:
        return self.socketio.test_client(self.app, namespace=ESPACIO, flask_test_client=cliente)

    def recibir(self, cuerpo: Any) -> int:
        cabeceras = {"Authorization": f"Bearer {ENTORNO_DE_PRUEBA['WHAPI_WEBHOOK_TOKEN']}"}
        return self.cliente().post("/twilio-chat/webhook/whapi", json=cuerpo, headers=cabeceras).status_code


@contextmanager
def en_proceso(
    monkeypatch: pytest.MonkeyPatch, base: BaseDatos | None = None, **entorno: str
) -> Iterator[AppEnProceso]:
    """Una aplicación en este proceso; sin `base`, con una dirección donde no contesta nadie."""
    nadie = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1", "POSTGRES_USER": "x", "POSTGRES_DB": "x"}
    abierta = AppEnProceso(monkeypatch, ENTORNO_DE_PRUEBA | (base.entorno if base else nadie) | entorno)
    try:
        yield abierta
    finally:
        abierta.servicios.bd.cerrar()
