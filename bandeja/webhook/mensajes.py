"""Un elemento de `messages`: de quién es, en qué sentido va y qué dice. No decide a qué agente le toca."""

from __future__ import annotations

from typing import Any

from bandeja.modelos import Cita, MensajeRecibido
from bandeja.telefono import Telefono, desde_chat_id, obtener_motivo_ajeno
from bandeja.webhook.acciones import leer_accion
from bandeja.webhook.contenido import leer_contenido, leer_palabras, normalizar_tipo
from bandeja.webhook.datos import leer_entorno
from bandeja.webhook.lectura import (
    LARGO_CUERPO,
    Contexto,
    Objeto,
    Pieza,
    es_saliente,
    fecha,
    ilegible,
    objeto,
    obtener_id,
    obtener_nombre,
    texto,
)
from bandeja.webhook.limpieza import huella

_ESTADOS_DE_ENVIO = frozenset({"failed", "pending", "sent", "delivered", "read", "played"})
_FUENTES_API = frozenset({"api", "business_api"})


def leer_mensaje(crudo: Any, contexto: Contexto) -> Pieza:
    """Entiende un elemento de `messages`; None si es de un grupo, un estado u otro chat que no se atiende."""
    if not isinstance(crudo, dict):
        return ilegible("El mensaje no es un objeto.", crudo)
    chat_id = crudo.get("chat_id")
    if crudo.get("type") == "story" or obtener_motivo_ajeno(chat_id):
        return None
    telefono = desde_chat_id(chat_id)
    if telefono is None:
        return ilegible("El mensaje no dice con qué persona es.", crudo)
    if contexto.omite(telefono):
        return None
    if crudo.get("type") == "action":
        return leer_accion(crudo, telefono, contexto)
    return _leer_linea(crudo, telefono, contexto)


def _leer_linea(crudo: Objeto, telefono: Telefono, contexto: Contexto) -> MensajeRecibido:
    contenido = leer_contenido(crudo)
    saliente = es_saliente(crudo, contexto)
    propio = objeto(crudo.get(texto(crudo.get("type"))))
    datos = {**contenido.datos, **leer_entorno(propio, objeto(crudo.get("context")))}
    return MensajeRecibido(
        id=_id_de(crudo),
        telefono=telefono,
        chat_id=crudo["chat_id"],
        saliente=saliente,
        tipo=contenido.tipo,
        cuerpo=contenido.cuerpo[:LARGO_CUERPO],
        enviado_en=fecha(crudo.get("timestamp"), contexto.ahora),
        enviado_por=_quien_envio(crudo, saliente),
        nombre=_nombre_de(crudo, telefono, saliente),
        estado=_estado_de(crudo, saliente),
        media_id=contenido.media_id,
        media_url=contenido.media_url,
        media_mime=contenido.media_mime,
        media_nombre=contenido.media_nombre,
        media_tamano=contenido.media_tamano,
        media_sha256=contenido.media_sha256,
        cita=_cita_de(crudo, telefono),
        crudo=None if contenido.completo and len(contenido.cuerpo) <= LARGO_CUERPO else crudo,
        datos=datos or None,
        incompleto=contenido.incompleto,
    )


def _id_de(crudo: Objeto) -> str:
    # Sin id propio, el contenido hace de clave: la misma entrega repetida sigue siendo un solo mensaje.
    return obtener_id(crudo.get("id")) or "sinid-" + huella(crudo)[:32]


def _quien_envio(crudo: Objeto, saliente: bool) -> str:
    if not saliente:
        return "customer"
    fuente = crudo.get("source")
    return "api" if isinstance(fuente, str) and fuente in _FUENTES_API else "phone"


def _nombre_de(crudo: Objeto, telefono: Telefono, saliente: bool) -> str | None:
    # En un saliente `from_name` es el nombre de la línea: nunca el del cliente.
    propio = None if saliente else obtener_nombre(crudo.get("from_name"), telefono)
    return propio or obtener_nombre(crudo.get("chat_name"), telefono)


def _estado_de(crudo: Objeto, saliente: bool) -> str | None:
    estado = crudo.get("status")
    if not saliente or not isinstance(estado, str):
        return None
    conocido = estado.strip().lower()
    return conocido if conocido in _ESTADOS_DE_ENVIO else None


def _cita_de(crudo: Objeto, telefono: Telefono) -> Cita | None:
    entorno = objeto(crudo.get("context"))
    citado = obtener_id(entorno.get("quoted_id"))
    if citado is None:
        return None
    tipo = normalizar_tipo(entorno.get("quoted_type"))
    autor = desde_chat_id(entorno.get("quoted_author"))
    # En un chat de dos, lo que no escribió la persona es nuestro.
    saliente = None if autor is None else autor != telefono
    return Cita(citado, leer_palabras(tipo, entorno.get("quoted_content")), tipo, saliente)
