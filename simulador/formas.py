"""Las formas del proveedor: identificadores, patrones, sobres de webhook y estados. No guarda ni envía nada."""

import re
import secrets
import string
import time
from typing import Any, Final

Json = dict[str, Any]

CANAL: Final = "MANTIS-SIMUL"
SUFIJO_PERSONA: Final = "@s.whatsapp.net"

CODIGOS_ESTADO: Final = {"failed": 0, "pending": 1, "sent": 2, "delivered": 3, "read": 4, "played": 5, "deleted": 6}
CODIGOS_LINEA: Final = {
    "NOT_INIT": 0, "INIT": 1, "LAUNCH": 2, "QR": 3, "AUTH": 4, "ERROR": 5, "SYNC_ERROR": 6, "STOP": 7,
}  # fmt: skip

_PATRON_DESTINO: Final = re.compile(r"[\d-]{9,31}(@[\w.]+)?", re.ASCII)
_PATRON_CHAT: Final = re.compile(r"[\d-]{10,31}@[\w.]+", re.ASCII)
_PATRON_MEDIO: Final = re.compile(r"[a-zA-Z0-9]+-[0-9a-fA-F-]+", re.ASCII)
_ALFABETO: Final = string.ascii_letters + string.digits

_CLAVES: Final = {
    ("messages", "patch"): "messages_updates",
    ("messages", "delete"): "messages_removed",
    ("chats", "patch"): "chats_updates",
    ("chats", "delete"): "chats_removed",
    ("contacts", "patch"): "contacts_updates",
    ("channel", "post"): "health",
    ("channel", "patch"): "qr",
    ("users", "post"): "user",
    ("users", "delete"): "user",
}


def es_destino(valor: object) -> bool:
    """Dice si sirve como `to`: dígitos sin `+`, con sufijo o sin él. `@c.us` ya no lo atiende el proveedor."""
    return isinstance(valor, str) and bool(_PATRON_DESTINO.fullmatch(valor)) and not valor.endswith("@c.us")


def es_chat(valor: str) -> bool:
    """Dice si sirve como identificador de chat, donde el sufijo es obligatorio."""
    return bool(_PATRON_CHAT.fullmatch(valor))


def es_medio(valor: str) -> bool:
    """Dice si tiene la forma de un identificador de archivo, como `jpeg-3a32c2b5-80e5d1`."""
    return bool(_PATRON_MEDIO.fullmatch(valor))


def chat_de(numero: str) -> str:
    """Completa el sufijo de persona a un número pelado; deja igual `@g.us`, `@lid` y los demás."""
    return numero if "@" in numero else f"{numero}{SUFIJO_PERSONA}"


def remitente_de(chat: str) -> str:
    """Lo que el proveedor pone en `from`: dígitos pelados, salvo en las identidades ocultas."""
    return chat if chat.endswith("@lid") else chat.split("@", 1)[0]


def nuevo_id() -> str:
    """Un identificador de mensaje siempre al azar, para que dos arranques nunca repitan uno."""
    return f"{_letras(22)}-{_letras(11)}"


def nuevo_id_medio(extension: str) -> str:
    """Un identificador de archivo; su prefijo es la extensión, como en el proveedor."""
    return f"{extension}-{secrets.token_hex(4)}-{secrets.token_hex(3)}"


def _letras(cuantas: int) -> str:
    return "".join(secrets.choice(_ALFABETO) for _ in range(cuantas))


def ahora() -> int:
    """La hora del proveedor: segundos enteros."""
    return int(time.time())


def sobre(tipo: str, evento: str, contenido: Any) -> Json:
    """Envuelve un contenido en el sobre de webhook, con la clave que ese evento lleva."""
    clave = _CLAVES.get((tipo, evento), tipo)
    return {clave: contenido, "event": {"type": tipo, "event": evento}, "channel_id": CANAL}


def estado(id_mensaje: str, nombre: str, chat: str, *, timestamp: int | None = None) -> Json:
    """Un estado de mensaje. Ojo: aquí la hora es TEXTO de segundos, al revés que en los mensajes."""
    hora = ahora() if timestamp is None else timestamp
    cuerpo: Json = {
        "id": id_mensaje,
        "code": CODIGOS_ESTADO[nombre],
        "status": nombre,
        "recipient_id": chat,
        "timestamp": str(hora),
    }
    if nombre == "failed":
        cuerpo["errors"] = [{"code": 400, "message": "Recipient is unavailable"}]
    return cuerpo


def parche(antes: Json, despues: Json, cambios: list[str], disparador: Json | None = None) -> Json:
    """Un elemento de `messages_updates`: el mensaje antes y después del cambio."""
    cuerpo: Json = {"id": antes["id"], "before_update": antes, "after_update": despues, "changes": cambios}
    if disparador is not None:
        cuerpo["trigger"] = disparador
    return cuerpo


def llamada(numero: str, estado_llamada: str = "missed") -> Json:
    """Una llamada: su hora va en MILISEGUNDOS y su `from` lleva sufijo, al revés que en los mensajes."""
    chat = chat_de(numero)
    return {
        "id": nuevo_id(),
        "chat_id": chat,
        "from": chat,
        "status": estado_llamada,
        "timestamp": int(time.time() * 1000),
        "group_call": False,
        "video_call": False,
        "offline_call": False,
    }


def error(codigo: int, mensaje: str, detalles: str | None = None) -> Json:
    """El cuerpo de error del proveedor."""
    cuerpo: Json = {"code": codigo, "message": mensaje}
    if detalles is not None:
        cuerpo["details"] = detalles
    return {"error": cuerpo}
