"""Qué dice un mensaje según su tipo: el texto que una persona debe leer y su archivo. No sabe de quién es."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bandeja.webhook.datos import leer_datos, nombre_en_tarjeta
from bandeja.webhook.lectura import LARGO_ID, Objeto, lista, objeto, obtener_tipo, obtener_url, primero, texto

NO_SOPORTADO = "unsupported"
MEDIOS = frozenset({"image", "video", "gif", "short", "audio", "voice", "document", "sticker"})

# El mismo contenido con otro nombre: nota de voz de las versiones antiguas, documento con pie.
_ALIAS: Mapping[str, str] = {"ptt": "voice", "documentWithCaption": "document"}
_LARGO_MIME = 127
_LARGO_ARCHIVO = 255
_LARGO_SUMA = 100
_MAX_TAMANO = 10**13
# Un archivo que el proveedor todavía no tiene: pedirlo por ese id no da nada.
_MEDIA_PENDIENTE = "media_init"
_ENLACE_POR_LLEGAR = "Mensaje con enlace"
# WhatsApp no entrega esos archivos a los dispositivos vinculados: solo se sabe que existieron.
_UNA_SOLA_VEZ: Mapping[str, str] = {
    "image": "Foto para ver una sola vez",
    "video": "Video para ver una sola vez",
    "short": "Video para ver una sola vez",
    "audio": "Audio para oír una sola vez",
    "voice": "Nota de voz para oír una sola vez",
}


@dataclass(frozen=True, slots=True)
class Contenido:
    """Lo leído de un mensaje.

    `completo` = todo lo que traía está en estos campos; si no, hay que guardar el crudo. `incompleto` = llegó sin su
    contenido y el proveedor puede tenerlo: hay que volver a pedirlo.
    """

    tipo: str
    cuerpo: str = ""
    completo: bool = False
    media_id: str | None = None
    media_url: str | None = None
    media_mime: str | None = None
    media_nombre: str | None = None
    media_tamano: int | None = None
    media_sha256: str | None = None
    datos: Objeto = field(default_factory=dict)
    incompleto: bool = False


def leer_contenido(mensaje: Objeto) -> Contenido:
    """El contenido de un mensaje del proveedor. Un tipo desconocido o sin contenido útil es "unsupported"."""
    escrito = obtener_tipo(mensaje.get("type")) or NO_SOPORTADO
    tipo = normalizar_tipo(escrito)
    datos = objeto(mensaje.get(escrito)) or objeto(mensaje.get(tipo))
    if tipo in MEDIOS:
        return _leer_medio(tipo, datos)
    if tipo == "link_preview" and not datos:
        # El proveedor a menudo omite la vista previa y deja, con suerte, el texto.
        return Contenido(tipo, _enlace(objeto(mensaje.get("text"))) or _ENLACE_POR_LLEGAR, incompleto=True)
    cuerpo = _LECTORES[tipo](datos) if tipo in _LECTORES else None
    if cuerpo is None:
        sin_contenido = tipo != NO_SOPORTADO and not datos
        return Contenido(NO_SOPORTADO, _cualquier_texto(datos), datos={"type": escrito}, incompleto=sin_contenido)
    return Contenido(tipo, cuerpo, completo=tipo in _ENTEROS, datos=leer_datos(tipo, datos))


def normalizar_tipo(escrito: Any) -> str:
    """El tipo con el que se guarda: el del proveedor sin alias, o "unsupported" si no se conoce."""
    if not isinstance(escrito, str):
        return NO_SOPORTADO
    tipo = _ALIAS.get(escrito, escrito)
    return tipo if tipo in MEDIOS or tipo in _LECTORES else NO_SOPORTADO


def leer_palabras(tipo: str, datos: Any) -> str:
    """El texto legible de un contenido suelto, como el de un mensaje citado; "" si no tiene."""
    if isinstance(datos, str):
        return datos
    contenido = objeto(datos)
    leido = _LECTORES[tipo](contenido) if contenido and tipo in _LECTORES else None
    return leido if leido is not None else _cualquier_texto(contenido)


def _leer_medio(tipo: str, datos: Objeto) -> Contenido:
    media_id = primero(datos, "id")
    util = media_id if media_id != _MEDIA_PENDIENTE and len(media_id) <= LARGO_ID else ""
    direccion = obtener_url(datos, "link")
    hay, una_vez = bool(util or direccion), datos.get("view_once") is True
    pie = texto(datos.get("caption"))
    return Contenido(
        tipo,
        _UNA_SOLA_VEZ.get(tipo, "") if una_vez and not hay and not pie.strip() else pie,
        completo=hay,
        media_id=util or None,
        media_url=direccion,
        media_mime=primero(datos, "mime_type")[:_LARGO_MIME] or None,
        media_nombre=primero(datos, "file_name", "filename")[:_LARGO_ARCHIVO] or None,
        media_tamano=_tamano(datos.get("file_size")),
        media_sha256=primero(datos, "sha256")[:_LARGO_SUMA] or None,
        datos=leer_datos(tipo, datos),
        incompleto=not hay and not una_vez,
    )


def _tamano(valor: Any) -> int | None:
    escrito = texto(valor).strip()
    return int(escrito) if escrito.isascii() and escrito.isdigit() and 0 < int(escrito[:19]) < _MAX_TAMANO else None


def _cualquier_texto(datos: Objeto) -> str:
    return primero(datos, "body", "caption", "text", "title", "name")


def _texto(datos: Objeto) -> str | None:
    # Un texto vacío sigue siendo un texto; uno ausente o que no es texto, no.
    cuerpo = datos.get("body")
    return cuerpo if isinstance(cuerpo, str) else texto(cuerpo) or None


def _enlace(datos: Objeto) -> str | None:
    cuerpo = texto(datos.get("body"))
    return cuerpo if cuerpo.strip() else primero(datos, "url", "canonical", "link", "title", "description") or None


def _ubicacion(datos: Objeto, que: str = "Ubicación") -> str | None:
    lugar = ", ".join(parte for clave in ("name", "address") if (parte := primero(datos, clave)))
    latitud, longitud = primero(datos, "latitude"), primero(datos, "longitude")
    donde = f"{lugar or que} ({latitud}, {longitud})" if latitud and longitud else lugar
    nota = primero(datos, "comment", "caption")
    return "\n".join(parte for parte in (donde, nota) if parte) if donde else None


def _contacto(datos: Objeto) -> str | None:
    return primero(datos, "name") or nombre_en_tarjeta(texto(datos.get("vcard"))) or None


def _contactos(datos: Objeto) -> str | None:
    nombres = [nombre for uno in lista(datos.get("list")) if (nombre := _contacto(objeto(uno)))]
    return ", ".join(nombres) or None


def _respuesta(datos: Objeto) -> str | None:
    elegida = objeto(datos.get(texto(datos.get("type")))) or objeto(datos.get("buttons_reply"))
    elegida = elegida or objeto(datos.get("list_reply"))
    return primero(elegida, "title", "description", "id") or _cualquier_texto(datos) or None


def _secciones(datos: Objeto) -> str | None:
    # Cada parte llega como texto o como objeto {"text": …} según quién armó la plantilla.
    partes = (primero(datos, clave) or _cualquier_texto(objeto(datos.get(clave)))
              for clave in ("header", "text", "body", "footer"))
    return "\n".join(parte for parte in partes if parte) or None


def _pedido(datos: Objeto) -> str | None:
    cantidad = primero(datos, "item_count")
    articulos = f"{cantidad} artículo" if cantidad == "1" else f"{cantidad} artículos" if cantidad else ""
    detalle = " · ".join(parte for parte in (primero(datos, "title"), primero(datos, "text"), articulos) if parte)
    if detalle:
        return f"Pedido: {detalle}"
    pedido = primero(datos, "order_id")
    return f"Pedido {pedido}" if pedido else None


def _producto(datos: Objeto) -> str | None:
    nombre = primero(datos, "title", "name", "body", "description", "product_id")
    return f"Producto: {nombre}" if nombre else None


def _evento(datos: Objeto) -> str | None:
    nombre = primero(datos, "name")
    if not nombre:
        return None
    cancelado = " (cancelado)" if datos.get("is_canceled") is True else ""
    descripcion = primero(datos, "description")
    return f"{nombre}{cancelado}\n{descripcion}" if descripcion else nombre + cancelado


def llamada_en_palabras(estado: str, *, video: bool, saliente: bool) -> str:
    """Una llamada como se lee en el chat: «Videollamada perdida»."""
    nombre = "Videollamada" if video else "Llamada"
    if saliente and estado in ("missed", "canceled"):
        return f"{nombre} sin respuesta"
    en_curso = "saliente" if saliente else "entrante"
    fin = {"missed": "perdida", "answered": "contestada", "canceled": "cancelada"}.get(estado, en_curso)
    return f"{nombre} {fin}"


def _llamada(datos: Objeto) -> str | None:
    leida = leer_datos("call", datos)
    if "status" in leida:
        return llamada_en_palabras(leida["status"], video=leida["video"], saliente=False)
    return primero(datos, "body", "title") or "Llamada de WhatsApp"


def _encuesta(datos: Objeto) -> str | None:
    return primero(datos, "title", "name") or None


def _sistema(datos: Objeto) -> str | None:
    return primero(datos, "body") or None


_LECTORES: Mapping[str, Callable[[Objeto], str | None]] = {
    "text": _texto,
    "link_preview": _enlace,
    "group_invite": _enlace,
    "newsletter_invite": _enlace,
    "admin_invite": _enlace,
    "catalog": _enlace,
    "location": _ubicacion,
    "live_location": lambda datos: _ubicacion(datos, "Ubicación en vivo"),
    "contact": _contacto,
    "contact_list": _contactos,
    "poll": _encuesta,
    "reply": _respuesta,
    "interactive": _secciones,
    "buttons": _secciones,
    "list": _secciones,
    "hsm": _secciones,
    "order": _pedido,
    "product": _producto,
    "event": _evento,
    "system": _sistema,
    "call": _llamada,
}

# Tipos cuyo cuerpo lo dice todo; de los demás queda algo (tarjetas, opciones, coordenadas) que solo está en el crudo.
_ENTEROS = frozenset({"text", "link_preview", "system"})
