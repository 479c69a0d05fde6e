"""Los avisos del propio canal: su salud, el teléfono que se vincula o se suelta, el QR. No los aplica a nada."""

from __future__ import annotations

from datetime import datetime

from bandeja.estado_linea import BIEN, SenalLinea, obtener_estado
from bandeja.webhook.lectura import Contexto, Objeto, fecha, objeto, primero

_SIN_TELEFONO = "QR"


def leer_canal(cuerpo: Objeto, contexto: Contexto) -> tuple[SenalLinea, ...]:
    """Lo que una entrega dice de la línea, por las claves `health`, `user` y `qr`; casi siempre nada."""
    senales = []
    if isinstance(cuerpo.get("health"), dict):
        salud: Objeto = cuerpo["health"]
        if estado := obtener_estado(objeto(salud.get("status")).get("text")):
            senales.append(SenalLinea(estado, _hora_de(salud, contexto.ahora)))
    if isinstance(cuerpo.get("qr"), dict):
        senales.append(SenalLinea(_SIN_TELEFONO, contexto.ahora))
    if isinstance(cuerpo.get("user"), dict) and (estado := _de_usuario(cuerpo)):
        senales.append(SenalLinea(estado, contexto.ahora))
    return tuple(senales)


def _hora_de(salud: Objeto, ahora: datetime) -> datetime:
    """El aviso no trae hora, pero sí cuándo arrancó el canal y cuánto llevaba: así uno que llega tarde se reconoce."""
    arranque, lleva = salud.get("start_at"), salud.get("uptime")
    if not isinstance(arranque, int | float) or not isinstance(lleva, int | float):
        return ahora
    return min(ahora, fecha(arranque + lleva, ahora))


def _de_usuario(cuerpo: Objeto) -> str | None:
    """Según la versión, `event.event` o `event.method` dice si el teléfono se vinculó o se soltó."""
    evento = primero(objeto(cuerpo.get("event")), "event", "method").lower()
    return {"post": BIEN, "put": BIEN, "delete": _SIN_TELEFONO}.get(evento)
