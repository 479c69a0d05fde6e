"""Lecturas tolerantes de un JSON ya limpio: textos, ids, direcciones, fechas. Nada falla: lo inútil es None o ""."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bandeja.modelos import AccionRecibida, EstadoRecibido, Ilegible, MensajeRecibido, NombreRecibido
from bandeja.telefono import Telefono, desde_chat_id, desde_texto, obtener_motivo_ajeno
from bandeja.webhook.limpieza import REEMPLAZO, huella

Objeto = dict[str, Any]
# None = se entendió y no interesa: se cuenta como ignorado.
Pieza = MensajeRecibido | EstadoRecibido | NombreRecibido | AccionRecibida | Ilegible | None

LARGO_ID = 200
LARGO_NOMBRE = 200
LARGO_TIPO = 40
# Más del doble del tope de WhatsApp. Uno de un mega no cabe en el índice de búsqueda: su entrega fallaría para siempre.
LARGO_CUERPO = 150_000
LARGO_URL = 4096

# Antes de WhatsApp no hubo mensajes; un reloj adelantado más de una hora no ordena nada.
_PRIMER_DIA = datetime(2009, 1, 1, tzinfo=UTC)
_ADELANTO = timedelta(hours=1)
# Por encima de esto los segundos serían del año 5138: son milisegundos.
_UMBRAL_MILISEGUNDOS = 1e11
_NUMERO = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contexto:
    """Lo que hay que saber para leer una entrega: la línea propia, a quién no se atiende y la hora."""

    linea: Telefono | None
    excluidos: frozenset[str]
    ahora: datetime

    def omite(self, telefono: Telefono) -> bool:
        """Cierto si con esa persona no se conversa: es la propia línea o está excluida."""
        return telefono == self.linea or self.excluye(telefono)

    def excluye(self, telefono: Telefono) -> bool:
        """Cierto si está entre los excluidos, como sea que se haya escrito."""
        return not self.excluidos.isdisjoint((*telefono.variantes, telefono.chat_id))


def crear_contexto(linea: str, excluidos: frozenset[str], ahora: datetime) -> Contexto:
    """Arma el contexto con la línea en cualquiera de sus escrituras y la hora siempre en UTC."""
    en_utc = ahora.replace(tzinfo=UTC) if ahora.tzinfo is None else ahora.astimezone(UTC)
    return Contexto(desde_texto(linea), excluidos, en_utc)


def es_ajeno(chat_id: Any, contexto: Contexto) -> bool:
    """Cierto si ese chat no se atiende: un grupo, un estado, la propia línea o alguien excluido."""
    if obtener_motivo_ajeno(chat_id):
        return True
    telefono = desde_chat_id(chat_id)
    return telefono is not None and contexto.omite(telefono)


def es_saliente(crudo: Objeto, contexto: Contexto) -> bool:
    """Cierto si lo hizo la línea."""
    propio = crudo.get("from_me")
    if propio is True or propio == 1 or (isinstance(propio, str) and propio.strip().lower() == "true"):
        return True
    # Algunos ecos de los dispositivos vinculados llegan sin `from_me`; el chat de la propia línea ya se descartó.
    return contexto.linea is not None and desde_chat_id(crudo.get("from")) == contexto.linea


def ilegible(motivo: str, crudo: Any) -> Ilegible:
    """Lo que no se entendió, entero y con su huella."""
    return Ilegible(huella(crudo), motivo, crudo)


def objeto(valor: Any) -> Objeto:
    """El valor si es un objeto; si no, uno vacío."""
    return valor if isinstance(valor, dict) else {}


def lista(valor: Any) -> list[Any]:
    """El valor si es una lista; si no, una vacía."""
    return valor if isinstance(valor, list) else []


def texto(valor: Any) -> str:
    """Un texto tal cual, o un número escrito; cualquier otra cosa es ""."""
    if isinstance(valor, str):
        return valor
    es_numero = isinstance(valor, int | float) and not isinstance(valor, bool)
    return str(valor) if es_numero else ""


def primero(datos: Objeto, *claves: str) -> str:
    """El primer texto con algo que leer entre esas claves, sin espacios alrededor; "" si no hay."""
    return next((leido for clave in claves if (leido := texto(datos.get(clave)).strip())), "")


def obtener_id(valor: Any) -> str | None:
    """Un id que sirve de clave única, o None. Uno reparado por la limpieza pudo ser otro: no sirve.

    Tampoco uno con saltos de línea: va al registro, y allí inventaría líneas enteras.
    """
    if not isinstance(valor, str) or not valor.strip() or len(valor) > LARGO_ID or REEMPLAZO in valor:
        return None
    if not valor.isprintable():
        return None
    return valor


def obtener_tipo(valor: Any) -> str | None:
    """El nombre de un tipo, o None si no lo es o es absurdo de largo."""
    return valor if isinstance(valor, str) and 0 < len(valor) <= LARGO_TIPO else None


def obtener_url(datos: Objeto, *claves: str) -> str | None:
    """La primera dirección http(s) de largo razonable entre esas claves."""
    for clave in claves:
        direccion = texto(datos.get(clave)).strip()
        if direccion.lower().startswith(("https://", "http://")) and len(direccion) <= LARGO_URL:
            return direccion
    return None


def obtener_nombre(valor: Any, telefono: Telefono) -> str | None:
    """El nombre de una persona en una línea; None si está vacío o es su propio número."""
    if not isinstance(valor, str):
        return None
    nombre = " ".join(valor.split())[:LARGO_NOMBRE].strip()
    solo_digitos = telefono.digitos.removesuffix("@lid")
    es_su_numero = desde_texto(nombre) == telefono or nombre.lstrip("+~") == solo_digitos
    return None if not nombre or es_su_numero else nombre


def fecha(valor: Any, ahora: datetime) -> datetime:
    """El instante del proveedor en UTC (segundos o milisegundos, número o texto); si no tiene sentido, `ahora`."""
    if isinstance(valor, str):
        valor = float(valor) if _NUMERO.fullmatch(valor := valor.strip()) else None
    if not isinstance(valor, int | float):
        return ahora
    # Un booleano pasa por entero, pero 0 y 1 caen en 1970 y se descartan como cualquier otra fecha absurda.
    segundos = valor / 1000 if valor > _UMBRAL_MILISEGUNDOS else valor
    if not _PRIMER_DIA.timestamp() <= segundos <= (ahora + _ADELANTO).timestamp():
        return ahora
    # Segundos enteros, como los de lo que enviamos: dentro del mismo segundo decide el orden de llegada.
    return datetime.fromtimestamp(int(segundos), tz=UTC)
