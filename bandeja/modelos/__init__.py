"""Las formas que circulan entre pisos: dataclasses congeladas, sin comportamiento de red ni de base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bandeja.modelos.recibidos import (
    AccionRecibida,
    Cita,
    Entrega,
    EstadoRecibido,
    Ilegible,
    MensajeRecibido,
    NombreRecibido,
    Referencia,
)

__all__ = [
    "CODIGOS_ESTADO",
    "AccionRecibida",
    "Agente",
    "Archivo",
    "Cambios",
    "Cita",
    "Conteos",
    "Conversacion",
    "Entrega",
    "EstadoAplicado",
    "EstadoRecibido",
    "Guardado",
    "Ilegible",
    "Lectura",
    "Lineas",
    "Mensaje",
    "MensajeRecibido",
    "NombreAplicado",
    "NombreRecibido",
    "PaginaConversaciones",
    "PaginaMensajes",
    "PorEnviar",
    "Preparado",
    "Referencia",
    "Respuesta",
]

# El código que acompaña a cada estado en el evento `message_status` (4 = read, como en la especificación).
CODIGOS_ESTADO: Mapping[str, int] = {
    "failed": 0, "pending": 1, "sent": 2, "delivered": 3, "read": 4, "played": 5, "deleted": 6, "unknown": -1,
}


@dataclass(frozen=True, slots=True)
class Agente:
    """Una persona que atiende. `clave` es la contraseña en claro o un hash de werkzeug; None o "" = nadie entra."""

    username: str
    nombre: str
    clave: str | None
    activo: bool


@dataclass(frozen=True, slots=True)
class Lineas:
    """El número de la empresa en cada canal, en dígitos."""

    whapi: str
    twilio: str = ""

    def de(self, fuente: str) -> str:
        """El número por el que va un mensaje de esa fuente."""
        return self.twilio if fuente == "twilio" else self.whapi


@dataclass(frozen=True, slots=True)
class Archivo:
    """El archivo de un mensaje. `estado` = pending | ready | lost (el proveedor ya no lo tiene) | failed."""

    id: int
    estado: str
    error: str | None
    mime: str | None
    nombre: str | None
    tamano: int | None
    ancho: int | None
    alto: int | None
    segundos: float | None
    paginas: int | None
    onda: str | None
    miniatura: bool


@dataclass(frozen=True, slots=True)
class Mensaje:
    """Un mensaje guardado. `seq` es su clave estable; `id` es None mientras el proveedor no lo ha aceptado."""

    seq: int
    numero: str
    id: str | None
    client_id: str | None
    chat_id: str
    saliente: bool
    tipo: str
    cuerpo: str
    estado: str
    enviado_en: datetime
    origen: str
    agente: str | None
    fuente: str
    media_url: str | None
    error: str | None
    cita: Mapping[str, Any] | None = None
    pasos: Mapping[str, str] = field(default_factory=dict)
    datos: Mapping[str, Any] | None = None
    reacciones: tuple[Mapping[str, Any], ...] = ()
    editado_en: datetime | None = None
    borrado_en: datetime | None = None
    recuperado: bool = False
    archivo: Archivo | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Conversacion:
    """Una fila de la lista: con quién, su último mensaje y lo que falta por leer.

    `ventana_hasta`: hasta cuándo admite texto libre el canal por el que se le responde; None = siempre.
    """

    numero: str
    agente: str | None
    nombre: str | None
    foto: str | None
    fuente: str
    ultima_actividad: datetime
    total_mensajes: int
    no_leidos: int
    ultimo_cuerpo: str = ""
    ultimo_tipo: str | None = None
    ultimo_saliente: bool | None = None
    ultimo_estado: str | None = None
    ultimo_error: str | None = None
    fijada: bool = False
    silenciada: bool = False
    borrador: str = ""
    ultimo_seq: int | None = None
    fusion: int | None = None
    ventana_hasta: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conteos:
    """Cuántas conversaciones tiene un agente en cada filtro de la lista."""

    todos: int
    no_leidos: int
    sin_responder: int


@dataclass(frozen=True, slots=True)
class PaginaConversaciones:
    """`total` es el de su filtro."""

    conversaciones: tuple[Conversacion, ...]
    total: int
    cursor: str
    conteos: Conteos


@dataclass(frozen=True, slots=True)
class PaginaMensajes:
    """`historia_completa`: el proveedor tampoco tiene nada anterior a lo nuestro."""

    conversacion: Conversacion
    mensajes: tuple[Mensaje, ...]
    total: int
    hay_mas: bool
    hay_mas_nuevos: bool = False
    historia_completa: bool = False


@dataclass(frozen=True, slots=True)
class Cambios:
    """Lo que cambió para un agente desde un cursor. `reiniciar` = el cursor ya no sirve: hay que cargar todo."""

    cursor: str
    reiniciar: bool = False
    conversaciones: tuple[Conversacion, ...] = ()
    mensajes: tuple[Mensaje, ...] = ()
    quitadas: tuple[str, ...] = ()
    hay_mas: bool = False


@dataclass(frozen=True, slots=True)
class Guardado:
    """Qué pasó con un mensaje recibido, en el orden en que llegó.

    `resultado` = "nuevo" | "eco" (era nuestro y ya tenía fila) | "cambio" (ya estaba y trae algo más) | "repetido";
    `nueva` = estrenó conversación; `turno` = gastó un turno del round-robin; `reemplaza` = filas que este mensaje
    absorbió.
    """

    resultado: str
    mensaje: Mensaje | None
    conversacion: Conversacion | None
    nueva: bool = False
    turno: bool = False
    reemplaza: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class EstadoAplicado:
    """Un mensaje nuestro que avanzó, y el dueño a quien hay que avisar (None = nadie)."""

    seq: int
    id: str | None
    numero: str
    agente: str | None
    client_id: str | None
    estado: str
    error: str | None
    en: datetime
    fuente: str


@dataclass(frozen=True, slots=True)
class NombreAplicado:
    numero: str
    agente: str | None
    nombre: str | None
    fuente: str


@dataclass(frozen=True, slots=True)
class Preparado:
    """`resultado` = "nuevo" | "repetido" | "ajena" | "sin_cita" | "no_existe" | "no_procede"."""

    resultado: str
    seq: int | None
    dueno: str | None


@dataclass(frozen=True, slots=True)
class Lectura:
    """Lo que quedó tras marcar leído. `dueno` distinto del agente = no era suya y no se tocó."""

    dueno: str | None
    no_leidos: int
    leido_en: datetime | None
    cambio: bool
    nombre: str | None
    fuente: str


@dataclass(frozen=True, slots=True)
class Respuesta:
    """Una respuesta rápida. `agente` None = de todo el equipo."""

    id: int
    agente: str | None
    atajo: str
    texto: str


@dataclass(frozen=True, slots=True)
class PorEnviar:
    """Un envío ya comprobado.

    `citado` es el id del proveedor del mensaje al que responde; `fuente`, por dónde sale; `datos`, el contenido de lo
    que no es texto ni archivo, con la misma forma con que se recibe; `archivo`, el que ya está guardado y sale con él.
    """

    client_id: str
    tipo: str
    cuerpo: str
    media_url: str | None
    citado: str | None
    fuente: str
    datos: Mapping[str, Any] | None = None
    archivo: int | None = None
