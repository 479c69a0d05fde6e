"""La firma con que Twilio prueba que una petición es suya. El algoritmo y el tiempo constante son de su biblioteca."""

from __future__ import annotations

from typing import Any

from twilio.request_validator import RequestValidator


def es_de_twilio(ficha: str, url: str, parametros: Any, firma: str) -> bool:
    """Cierto si `firma` es la de `url` y TODOS los parámetros recibidos (un MultiDict) con la ficha de la cuenta."""
    try:
        return bool(RequestValidator(ficha).validate(url, parametros, firma))
    except ValueError:  # un puerto imposible en la cabecera Host
        return False
