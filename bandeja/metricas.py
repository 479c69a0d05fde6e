"""Los contadores del proceso, en la forma de Prometheus. Son de este proceso: con varios, cada uno cuenta lo suyo.

Aquí no se pregunta nada a nadie: lo que hay que mirar (base, sockets) se lo pasan a `exponer` ya mirado.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bandeja.errores import BaseNoDisponible, EntradaInvalida

TIPO = "text/plain; version=0.0.4; charset=utf-8"
_REGISTRO = CollectorRegistry()
ProcessCollector(namespace="bandeja", registry=_REGISTRO)

# El tipo de un mensaje lo escribe otro: los que no son de estos se cuentan juntos.
_TIPOS = frozenset(
    {
        "text", "link_preview", "image", "video", "gif", "short", "audio", "voice", "document", "sticker", "location",
        "live_location", "contact", "contact_list", "poll", "interactive", "reply", "buttons", "list", "hsm", "order",
        "product", "event", "call", "system",
    }
)  # fmt: skip
_SEGUNDOS_PROPIOS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SEGUNDOS_AJENOS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

_recibidos = Counter("bandeja_mensajes_recibidos", "Mensajes nuevos", ["tipo", "fuente"], registry=_REGISTRO)
_rechazadas = Counter("bandeja_entregas_rechazadas", "Entregas que no se aceptaron", ["motivo"], registry=_REGISTRO)
_envios = Counter("bandeja_envios", "Envíos por cómo terminaron", ["resultado"], registry=_REGISTRO)
_webhook = Histogram(
    "bandeja_webhook_segundos", "Lo que se tarda en atender una entrega", registry=_REGISTRO, buckets=_SEGUNDOS_PROPIOS
)
_proveedor = Histogram(
    "bandeja_proveedor_segundos", "Lo que tarda el proveedor en contestar", ["fuente", "operacion"],
    registry=_REGISTRO, buckets=_SEGUNDOS_AJENOS,
)  # fmt: skip
_respuestas = Counter(
    "bandeja_proveedor_respuestas", "Respuestas del proveedor (0: no contestó)", ["fuente", "operacion", "codigo"],
    registry=_REGISTRO,
)  # fmt: skip


@dataclass(slots=True)
class Llamada:
    """Una llamada en curso. `codigo` 0 mientras no haya respuesta."""

    codigo: int = 0


def mensaje_recibido(tipo: str, fuente: str) -> None:
    """Llegó un mensaje que no se tenía."""
    _recibidos.labels(tipo if tipo in _TIPOS else "otro", fuente).inc()


def entrega_rechazada(motivo: str) -> None:
    """Una entrega no se aceptó. `motivo` = secreto | forma | tamano | base | error."""
    _rechazadas.labels(motivo).inc()


def envio(resultado: str) -> None:
    """Terminó un envío. `resultado` = sent | failed | unknown | refused (ni se intentó: la línea está caída)."""
    _envios.labels(resultado).inc()


@contextmanager
def entrega() -> Iterator[None]:
    """Mide lo que se tarda en atender una entrega y, si no se aceptó, cuenta por qué. El error sigue su camino."""
    with _webhook.time():
        try:
            yield
        except EntradaInvalida:
            entrega_rechazada("forma")
            raise
        except BaseNoDisponible:
            entrega_rechazada("base")
            raise
        except Exception as error:
            entrega_rechazada("tamano" if getattr(error, "code", None) == 413 else "error")
            raise


@contextmanager
def llamada(fuente: str, metodo: str, ruta: str) -> Iterator[Llamada]:
    """Mide una llamada al proveedor. De la ruta solo cuenta su primera parte: lo demás son identificadores."""
    operacion, en_curso, antes = f"{metodo} /{ruta.split('/')[1]}", Llamada(), time.perf_counter()
    try:
        yield en_curso
    finally:
        _proveedor.labels(fuente, operacion).observe(time.perf_counter() - antes)
        _respuestas.labels(fuente, operacion, str(en_curso.codigo)).inc()


def exponer(medidas: Mapping[str, float], estados: Mapping[str, bool]) -> bytes:
    """Todo en texto. `medidas`: nombre → valor ahora; `estados`: cada estado de la línea y si es el de ahora."""
    del_momento = CollectorRegistry()
    for nombre, valor in medidas.items():
        Gauge(f"bandeja_{nombre}", nombre.replace("_", " "), registry=del_momento).set(valor)
    linea = Gauge("bandeja_linea", "1 en el estado vigente de la línea", ["estado"], registry=del_momento)
    for estado, vigente in estados.items():
        linea.labels(estado).set(vigente)
    return generate_latest(_REGISTRO) + generate_latest(del_momento)
