"""Entrar como un agente y pedir lo que pide la pantalla."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import requests

from tests.apoyo.aplicacion import CLAVES, AppEnMarcha


class Sesion(requests.Session):
    """Una sesión de requests con la dirección de la aplicación puesta: se piden rutas, no direcciones enteras."""

    def __init__(self, app: AppEnMarcha) -> None:
        super().__init__()
        self.app = app

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 20)
        return super().request(method, urljoin(f"{self.app.url}/twilio-chat/", str(url)), *args, **kwargs)

    def galletas(self) -> str:
        """La cabecera Cookie, para el socket y el navegador."""
        return "; ".join(f"{galleta.name}={galleta.value}" for galleta in self.cookies)


def entrar(app: AppEnMarcha, usuario: str, clave: str | None = None) -> Sesion:
    """Una sesión iniciada de verdad por la puerta de siempre."""
    sesion = Sesion(app)
    datos = {"username": usuario, "password": CLAVES[usuario] if clave is None else clave}
    respuesta = sesion.post("api/login", json=datos)
    assert respuesta.status_code == 200, f"{usuario} no pudo entrar: {respuesta.status_code} {respuesta.text}"
    return sesion
