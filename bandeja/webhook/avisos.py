"""Los avisos que no son mensajes: estados de envío, contactos y llamadas. No los aplica a nada."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bandeja.modelos import EstadoRecibido, MensajeRecibido, NombreRecibido
from bandeja.telefono import desde_chat_id, obtener_motivo_ajeno
from bandeja.webhook.contenido import llamada_en_palabras
from bandeja.webhook.datos import leer_datos
from bandeja.webhook.lectura import (
    Contexto,
    Objeto,
    Pieza,
    es_ajeno,
    es_saliente,
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
    if es_ajeno(chat_id, contexto):
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
    if telefono is None or es_ajeno(crudo.get("id"), contexto):
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


def leer_llamada(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `calls`: una línea del chat que va cambiando con el mismo id."""
    if not isinstance(crudo, dict):
        return ilegible("La llamada no es un objeto.", crudo)
    chat_id = crudo.get("chat_id") or crudo.get("from")
    telefono = desde_chat_id(chat_id)
    if crudo.get("group_call") is True or es_ajeno(chat_id, contexto):
        return None
    if telefono is None:
        return ilegible("La llamada no dice con qué persona es.", crudo)
    datos, saliente = leer_datos("call", crudo), es_saliente(crudo, contexto)
    estado = datos.get("status", "")
    return MensajeRecibido(
        id=obtener_id(crudo.get("id")) or "sinid-" + huella(crudo)[:32],
        telefono=telefono,
        chat_id=str(chat_id),
        saliente=saliente,
        tipo="call",
        cuerpo=llamada_en_palabras(estado, video=datos["video"], saliente=saliente),
        enviado_en=fecha(crudo.get("timestamp"), contexto.ahora),
        enviado_por="phone" if saliente else "customer",
        datos=datos,
        crudo=None if estado else crudo,
    )


def _frase_de_error(crudo: Objeto) -> str:
    errores = [*lista(crudo.get("errors")), crudo.get("error")]
    detalles = (texto(uno).strip() or primero(objeto(uno), "message", "title", "details") for uno in errores)
    detalle = next((uno for uno in detalles if uno), "").rstrip(".")[:_LARGO_ERROR]
    return f"{_FRASE_FALLO}: {detalle}." if detalle else f"{_FRASE_FALLO}."
