"""Lo que llega del proveedor, ya entendido y todavía sin guardar: mensajes, estados, nombres, acciones, lo ilegible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bandeja.estado_linea import SenalLinea
from bandeja.telefono import Telefono


@dataclass(frozen=True, slots=True)
class Cita:
    """El mensaje al que otro responde, tal como lo trae el proveedor. `saliente` None: no se sabe de quién es."""

    id: str
    cuerpo: str
    tipo: str
    saliente: bool | None = None

    def como_datos(self) -> dict[str, str | bool | None]:
        """Como se guarda y como sale: el `quoted` de un mensaje."""
        return {"id": self.id, "body": self.cuerpo, "type": self.tipo, "from_me": self.saliente}


@dataclass(frozen=True, slots=True)
class MensajeRecibido:
    """Un mensaje del proveedor ya entendido: una línea del chat, de una persona.

    Parámetros: `id` del proveedor; `telefono` con quien se conversa; `chat_id` como lo escribió el proveedor;
    `saliente` si lo envió la línea; `enviado_en` con zona UTC; `enviado_por` = "customer" | "phone" | "api";
    `datos`, el contenido con forma propia de su tipo; `crudo`, lo que llegó, si algo no cabe en lo demás;
    `fuente` = "whapi" | "twilio"; `recuperado` si vino de la historia del proveedor y no de un aviso; `incompleto` si
    llegó sin su contenido y hay que volver a pedirlo.
    """

    id: str
    telefono: Telefono
    chat_id: str
    saliente: bool
    tipo: str
    cuerpo: str
    enviado_en: datetime
    enviado_por: str
    nombre: str | None = None
    estado: str | None = None
    media_id: str | None = None
    media_url: str | None = None
    media_mime: str | None = None
    media_nombre: str | None = None
    media_tamano: int | None = None
    media_sha256: str | None = None
    cita: Cita | None = None
    crudo: Mapping[str, Any] | None = None
    datos: Mapping[str, Any] | None = None
    fuente: str = "whapi"
    recuperado: bool = False
    incompleto: bool = False


@dataclass(frozen=True, slots=True)
class Referencia:
    """Nuestro nombre para un intento de envío: la fila y la hora con que salió, que cambia en cada reintento."""

    seq: int
    en: datetime


@dataclass(frozen=True, slots=True)
class EstadoRecibido:
    """Un paso de un mensaje nuestro: enviado, entregado, leído… `en` con zona UTC.

    `envio`: de qué intento nuestro es, si el proveedor nos lo devuelve; con él aparece lo que no sabíamos si salió.
    """

    id: str
    estado: str
    en: datetime
    error: str | None = None
    fuente: str = "whapi"
    envio: Referencia | None = None


@dataclass(frozen=True, slots=True)
class NombreRecibido:
    """Nombre o foto de un contacto, de los avisos `chats` del proveedor."""

    telefono: Telefono
    nombre: str | None
    foto: str | None


@dataclass(frozen=True, slots=True)
class AccionRecibida:
    """Reacción, edición, borrado o voto sobre otro mensaje: no es una línea del chat.

    `saliente`: la hizo la línea (None = no se sabe quién); `datos`, lo que deja en su mensaje (None = nada).
    """

    id: str
    tipo: str
    objetivo: str
    telefono: Telefono | None
    en: datetime
    crudo: Mapping[str, Any]
    saliente: bool | None = None
    datos: Mapping[str, Any] | None = None
    fuente: str = "whapi"


@dataclass(frozen=True, slots=True)
class Ilegible:
    """Lo que no se pudo entender: se guarda entero con su motivo y no estorba a sus vecinos.

    `huella` es el SHA-256 en hexadecimal del contenido: la misma entrega dos veces se guarda una. `clave`: en qué lista
    de la entrega venía, para volver a leerlo; None si el crudo ya es una entrega o no se sabe.
    """

    huella: str
    motivo: str
    crudo: Any
    fuente: str = "whapi"
    clave: str | None = None


@dataclass(frozen=True, slots=True)
class Entrega:
    """Todo lo que traía una llamada del proveedor, ya separado y en su orden."""

    mensajes: tuple[MensajeRecibido, ...] = ()
    estados: tuple[EstadoRecibido, ...] = ()
    nombres: tuple[NombreRecibido, ...] = ()
    acciones: tuple[AccionRecibida, ...] = ()
    ilegibles: tuple[Ilegible, ...] = ()
    linea: tuple[SenalLinea, ...] = ()
    ignorados: int = 0

    @property
    def vacia(self) -> bool:
        """Cierto si no hay nada que guardar."""
        return not (self.mensajes or self.estados or self.nombres or self.acciones or self.ilegibles or self.linea)
