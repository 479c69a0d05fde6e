"""Los avisos que no son mensajes: estados de envío, contactos, ediciones y borrados. No los aplica a nada."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bandeja.modelos import AccionRecibida, EstadoRecibido, NombreRecibido
from bandeja.telefono import Telefono, desde_chat_id, obtener_motivo_ajeno
from bandeja.webhook.lectura import (
    Contexto,
    Objeto,
    Pieza,
    fecha,
    ilegible,
    lista,
    objeto,
    obtener_id,
    obtener_nombre,
    obtener_url,
    primero,
    texto,
)
from bandeja.webhook.limpieza import huella

_CODIGOS: Mapping[str, str] = {
    "0": "failed", "1": "pending", "2": "sent", "3": "delivered", "4": "read", "5": "played", "6": "deleted",
}
_ESTADOS = frozenset(_CODIGOS.values())
_FRASE_FALLO = "WhatsApp no pudo entregar el mensaje"
_LARGO_ERROR = 500


def leer_estado(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `statuses`; None si su estado no se conoce o es de un chat que no se atiende."""
    if not isinstance(crudo, dict):
        return ilegible("El estado no es un objeto.", crudo)
    destino = crudo.get("recipient_id")
    telefono = desde_chat_id(destino)
    if obtener_motivo_ajeno(destino) or (telefono and contexto.excluye(telefono)):
        return None
    mensaje = obtener_id(crudo.get("id"))
    if mensaje is None:
        return ilegible("El estado no dice de qué mensaje es.", crudo)
    # El nombre manda; el código solo está documentado a medias y se usa cuando no hay nombre.
    nombre = primero(crudo, "status").lower() or _CODIGOS.get(primero(crudo, "code"), "")
    if nombre not in _ESTADOS:
        return None
    error = _frase_de_error(crudo) if nombre == "failed" else None
    return EstadoRecibido(mensaje, nombre, fecha(crudo.get("timestamp"), contexto.ahora), error)


def leer_chat(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `chats`: nombre o foto de una persona; None si no trae ninguno de los dos."""
    if not isinstance(crudo, dict):
        return ilegible("El chat no es un objeto.", crudo)
    chat_id = crudo.get("id")
    if _es_ajeno(chat_id, contexto):
        return None
    telefono = desde_chat_id(chat_id)
    if telefono is None:
        return ilegible("El chat no dice de qué persona es.", crudo)
    nombre = obtener_nombre(crudo.get("name"), telefono)
    foto = obtener_url(crudo, "chat_pic", "chat_pic_full")
    return NombreRecibido(telefono, nombre, foto) if nombre or foto else None


def leer_contacto(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `contacts`: como un chat, con el nombre de la agenda o, si no, el del perfil."""
    if not isinstance(crudo, dict):
        return ilegible("El contacto no es un objeto.", crudo)
    telefono = desde_chat_id(crudo.get("id"))
    if telefono is None or _es_ajeno(crudo.get("id"), contexto):
        return None  # la agenda también trae grupos y lo que no conversa
    nombre = obtener_nombre(crudo.get("name"), telefono) or obtener_nombre(crudo.get("pushname"), telefono)
    foto = obtener_url(crudo, "profile_pic", "profile_pic_full")
    return NombreRecibido(telefono, nombre, foto) if nombre or foto else None


def leer_cambio_de_contacto(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `contacts_updates`."""
    partes = [objeto(objeto(crudo).get(clave)) for clave in ("after_update", "before_update")]
    contacto = partes[0].get("id") or objeto(crudo).get("id") or partes[1].get("id")
    return leer_contacto({**partes[0], "id": contacto}, contexto)


def leer_cambio_de_chat(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `chats_updates`: cuenta lo que quedó, con el id de donde venga."""
    if not isinstance(crudo, dict):
        return ilegible("El cambio de chat no es un objeto.", crudo)
    despues, antes = objeto(crudo.get("after_update")), objeto(crudo.get("before_update"))
    chat_id = despues.get("id") or crudo.get("id") or antes.get("id")
    leido = leer_chat({**despues, "id": chat_id}, contexto)
    if leido is None or isinstance(leido, NombreRecibido):
        return leido
    return ilegible("El cambio de chat no dice de qué persona es.", crudo)


def leer_cambio_de_mensaje(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `messages_updates`: una edición, guardada entera como acción sobre su mensaje."""
    if not isinstance(crudo, dict):
        return ilegible("El cambio de mensaje no es un objeto.", crudo)
    partes = [objeto(crudo.get(clave)) for clave in ("after_update", "before_update", "trigger")]
    chat_id = next((parte["chat_id"] for parte in partes if parte.get("chat_id")), None)
    if _es_ajeno(chat_id, contexto):
        return None
    # El disparador es otro mensaje: su id no es el del que cambió.
    ids = (obtener_id(parte.get("id")) for parte in (crudo, *partes[:2]))
    objetivo = next((uno for uno in ids if uno), None)
    if objetivo is None:
        return ilegible("El cambio no dice de qué mensaje es.", crudo)
    en = fecha(partes[2].get("timestamp"), contexto.ahora)
    return _accion("edit", crudo, objetivo, desde_chat_id(chat_id), en=en)


def leer_borrado(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `messages_removed`: el id de un mensaje borrado."""
    datos = {"id": crudo} if isinstance(crudo, str) else objeto(crudo)
    objetivo = obtener_id(datos.get("id"))
    if objetivo is None:
        return ilegible("El borrado no dice de qué mensaje es.", crudo)
    if _es_ajeno(datos.get("chat_id"), contexto):
        return None
    return _accion("delete", datos, objetivo, desde_chat_id(datos.get("chat_id")), en=contexto.ahora)


def leer_chat_vaciado(chat_id: Any, contexto: Contexto) -> Pieza:
    """El valor de `messages_removed_all`: el chat cuyos mensajes se borraron todos."""
    if _es_ajeno(chat_id, contexto):
        return None
    telefono = desde_chat_id(chat_id)
    if telefono is None:
        return ilegible("El vaciado no dice de qué persona es el chat.", {"messages_removed_all": chat_id})
    return _accion("delete_all", {"chat_id": chat_id}, str(chat_id), telefono, en=contexto.ahora)


def _accion(tipo: str, crudo: Objeto, objetivo: str, telefono: Telefono | None, *, en: Any) -> AccionRecibida:
    # Estos avisos no traen id propio: el contenido lo da, y una entrega repetida no se aplica dos veces.
    return AccionRecibida(f"{tipo}-{huella(crudo)[:32]}", tipo, objetivo, telefono, en, crudo)


def _es_ajeno(chat_id: Any, contexto: Contexto) -> bool:
    if obtener_motivo_ajeno(chat_id):
        return True
    telefono = desde_chat_id(chat_id)
    return telefono is not None and contexto.omite(telefono)


def _frase_de_error(crudo: Objeto) -> str:
    errores = [*lista(crudo.get("errors")), crudo.get("error")]
    detalles = (texto(uno).strip() or primero(objeto(uno), "message", "title", "details") for uno in errores)
    detalle = next((uno for uno in detalles if uno), "").rstrip(".")[:_LARGO_ERROR]
    return f"{_FRASE_FALLO}: {detalle}." if detalle else f"{_FRASE_FALLO}."
