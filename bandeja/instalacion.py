"""Poner la línea en marcha desde la terminal: su webhook en Whapi, una entrega de prueba y el teléfono. No imprime.

Los ajustes del canal son de todos: se leen, se funde lo nuestro y se escriben de vuelta sin perder nada ajeno.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bandeja.errores import EntradaInvalida, ErrorBandeja, EstadoNoPermite, ProveedorIncierto, ProveedorRechazo
from bandeja.estado_linea import BIEN
from bandeja.whapi import Whapi
from bandeja.whapi.linea import (
    Codigo,
    cambiar_ajustes,
    consultar_salud,
    leer_ajustes,
    pedir_codigo,
    pedir_qr,
    probar_webhook,
)

RUTA_WEBHOOK = "/twilio-chat/webhook/whapi"
MAX_CABECERAS = 5  # del proveedor
_EVENTOS = (
    ("messages", ("post", "put", "patch", "delete")), ("statuses", ("post", "put")), ("chats", ("post", "patch")),
    ("contacts", ("post", "patch")), ("channel", ("post", "patch")), ("users", ("post", "delete")),
    ("calls", ("post",)), ("presences", ("post",)),
)  # fmt: skip
_DESCARGAS = ("image", "audio", "voice", "video", "document", "sticker")
_LOCALES = ("localhost", "127.0.0.1", "::1")
_PASO_S = 1.0
_ENTRE_QR_S = 3.0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Lo que se le va a escribir a Whapi. `cambios` vacío: ya está así. `url` es la de nuestro webhook."""

    url: str
    antes: list[Json]
    despues: list[Json]
    cambios: Json
    pide_reinicio: bool
    parecidos: tuple[str, ...]


class Instalacion:
    """Los casos de uso de quien administra la línea. `llego_prueba(marca)` dice si esa prueba ya llegó al webhook."""

    def __init__(self, whapi: Whapi, secreto: str | None, llego_prueba: Callable[[str], bool]) -> None:
        self._puerta = whapi.puerta
        self._secreto = secreto
        self._llego_prueba = llego_prueba

    def estado(self) -> str | None:
        """Cómo dice Whapi que está la línea, sin despertar el canal; None si dice algo que no se conoce."""
        return consultar_salud(self._puerta)

    def planear(self, url: str, *, quitar: bool = False) -> Plan:
        """Qué habría que escribir para que nuestro webhook quede puesto (o quitado). No escribe nada."""
        direccion, ajustes = exigir_direccion(url), leer_ajustes(self._puerta)
        antes = _webhooks_de(ajustes)
        ajenos = [uno for uno in antes if not _es(uno, direccion)]
        parecidos = tuple(str(uno["url"]) for uno in ajenos if _parece_nuestro(uno))
        if quitar:
            fuera: Json = {"webhooks": ajenos} if ajenos != antes else {}
            return Plan(direccion, antes, ajenos, fuera, False, parecidos)
        actual = next((uno for uno in antes if _es(uno, direccion)), {})
        nuestro = fundir(actual, direccion, self._exigir_secreto())
        # En su sitio, y una sola vez aunque estuviera repetido.
        despues = [nuestro if _es(u, direccion) else u for u in antes if u is actual or not _es(u, direccion)]
        despues += [] if actual else [nuestro]
        cambios: Json = {"webhooks": despues} if despues != antes else {}
        if ajustes.get("callback_persist") is not True:
            cambios["callback_persist"] = True
        if (medios := _con_descargas(ajustes.get("media"))) != ajustes.get("media"):
            cambios["media"] = medios
        return Plan(direccion, antes, despues, cambios, "callback_persist" in cambios, parecidos)

    def aplicar(self, plan: Plan) -> None:
        """Escribe un plan y vuelve a leer: lanza ErrorBandeja si lo guardado no es lo que se pidió."""
        if not plan.cambios:
            return
        if _webhooks_de(leer_ajustes(self._puerta)) != plan.antes:
            raise EstadoNoPermite("Alguien cambió los ajustes del canal mientras tanto: vuelve a intentarlo.")
        cambiar_ajustes(self._puerta, plan.cambios)
        ahora = _webhooks_de(leer_ajustes(self._puerta))
        faltan = [uno for uno in plan.despues if not any(_contiene(otro, uno) for otro in ahora)]
        if faltan or len(ahora) != len(plan.despues):
            raise ErrorBandeja("Whapi guardó algo distinto de lo pedido: revisa los webhooks del canal en su panel.")

    def probar(self, url: str | None, plazo_s: float) -> str:
        """Pide una entrega de prueba y espera que llegue. Devuelve la dirección; lanza ErrorBandeja si no llega.

        La prueba se reconoce por el final de su dirección: su contenido de muestra no entra a la bandeja.
        """
        direccion = exigir_direccion(url) if url else self._direccion_puesta()
        marca = secrets.token_hex(16)
        cabeceras = {"Authorization": f"Bearer {self._exigir_secreto()}"}
        probar_webhook(self._puerta, f"{direccion}/prueba/{marca}", cabeceras)
        limite = time.monotonic() + plazo_s
        while not self._llego_prueba(marca):
            if time.monotonic() > limite:
                raise ErrorBandeja(f"Whapi dice que entregó la prueba a {direccion}, pero a esta base no llegó.")
            time.sleep(_PASO_S / 4)
        return direccion

    def despertar(self) -> str | None:
        """Arranca el canal si estaba detenido y dice cómo está."""
        return consultar_salud(self._puerta, despertar=True)

    def vincular(self, plazo_s: float) -> Iterator[Codigo]:
        """Da un código QR cada vez que el anterior caduca, y termina cuando la línea queda vinculada.

        Lanza ErrorBandeja si nadie lo escanea en `plazo_s`.
        """
        limite = time.monotonic() + plazo_s
        while time.monotonic() < limite:
            try:
                codigo = pedir_qr(self._puerta)
            except EstadoNoPermite:  # se vinculó entre dos preguntas
                return
            if codigo is not None:
                yield codigo
            if self._se_vinculo(min(codigo.segundos if codigo else _ENTRE_QR_S, limite - time.monotonic())):
                return
        raise ErrorBandeja("Nadie vinculó el teléfono a tiempo. Vuelve a intentarlo.")

    def pedir_codigo(self, digitos: str) -> str:
        """El código de emparejamiento de un número. Lanza EstadoNoPermite si la línea ya está vinculada."""
        return pedir_codigo(self._puerta, digitos)

    def esperar_vinculo(self, plazo_s: float) -> None:
        """Vuelve cuando la línea está vinculada; lanza ErrorBandeja si no ocurre a tiempo."""
        if not self._se_vinculo(plazo_s):
            raise ErrorBandeja("Nadie vinculó el teléfono a tiempo. Vuelve a intentarlo.")

    def _se_vinculo(self, segundos: float) -> bool:
        limite = time.monotonic() + segundos
        while True:
            try:
                if self.estado() == BIEN:
                    return True
            except (ProveedorRechazo, ProveedorIncierto):
                pass  # un tropiezo no es un no: se vuelve a preguntar
            if time.monotonic() >= limite:
                return False
            time.sleep(_PASO_S)

    def _direccion_puesta(self) -> str:
        nuestras = [str(uno["url"]) for uno in _webhooks_de(leer_ajustes(self._puerta)) if _parece_nuestro(uno)]
        if len(nuestras) != 1:
            cuantas = "ninguno" if not nuestras else f"{len(nuestras)}"
            raise ErrorBandeja(f"Di cuál webhook con --url: de los del canal, {cuantas} termina en {RUTA_WEBHOOK}.")
        return nuestras[0].rstrip("/")

    def _exigir_secreto(self) -> str:
        if not self._secreto:
            raise ErrorBandeja("Define WHAPI_WEBHOOK_TOKEN primero: sin él cualquiera podría inventar mensajes.")
        return self._secreto


def exigir_direccion(url: str) -> str:
    """La dirección del webhook. Basta el sitio: la ruta se completa. Lanza EntradaInvalida si no es pública y https."""
    try:
        partes = urlsplit(url.strip())
        local = partes.hostname in _LOCALES
    except ValueError:
        raise EntradaInvalida("--url no es una dirección.") from None
    if not partes.hostname or not (partes.scheme == "https" or (partes.scheme == "http" and local)):
        raise EntradaInvalida("--url debe ser una dirección https:// que Whapi alcance desde internet.")
    if partes.query or partes.fragment or partes.username:
        raise EntradaInvalida("--url no lleva parámetros ni claves: el secreto va en un encabezado.")
    ruta = partes.path.rstrip("/") or RUTA_WEBHOOK
    return f"{partes.scheme}://{partes.netloc}{ruta}"


def fundir(actual: Json, url: str, secreto: str) -> Json:
    """Nuestro webhook sobre el que hubiera: lo que no es nuestro (otros encabezados, eventos y campos) se queda."""
    ajenas = {n: v for n, v in dict(actual.get("headers") or {}).items() if str(n).lower() != "authorization"}
    if len(ajenas) >= MAX_CABECERAS:
        raise EstadoNoPermite(f"Whapi admite {MAX_CABECERAS} encabezados por webhook y ese ya los tiene: quita uno.")
    eventos = [e for e in actual.get("events") or [] if isinstance(e, dict)]
    tiene = {(e.get("type"), e.get("method")) for e in eventos}
    faltan = [(tipo, m) for tipo, metodos in _EVENTOS for m in metodos if (tipo, m) not in tiene]
    return {
        **actual,
        "url": actual.get("url", url),
        "mode": "body",
        "headers": {**ajenas, "Authorization": f"Bearer {secreto}"},
        "events": [*eventos, *({"type": tipo, "method": metodo} for tipo, metodo in faltan)],
    }


def _webhooks_de(ajustes: Json) -> list[Json]:
    """Lanza ErrorBandeja si tienen otra forma: escribir encima los borraría."""
    webhooks = ajustes.get("webhooks") or []
    if not isinstance(webhooks, list) or not all(isinstance(uno, dict) for uno in webhooks):
        raise ErrorBandeja("No se entienden los webhooks que ya tiene el canal: no se tocó nada.")
    return webhooks


def _es(webhook: Json, direccion: str) -> bool:
    return str(webhook.get("url", "")).rstrip("/") == direccion


def _parece_nuestro(webhook: Json) -> bool:
    return str(webhook.get("url", "")).rstrip("/").endswith(RUTA_WEBHOOK)


def _con_descargas(medios: object) -> Json:
    propios = dict(medios) if isinstance(medios, dict) else {}
    puestas = [una for una in propios.get("auto_download") or [] if isinstance(una, str)]
    return {**propios, "auto_download": [*puestas, *(una for una in _DESCARGAS if una not in puestas)]}


def _contiene(guardado: Json, pedido: Json) -> bool:
    """Cierto si lo guardado trae todo lo pedido; el proveedor puede añadirle campos suyos."""
    return all(guardado.get(clave) == valor for clave, valor in pedido.items() if valor is not None)
