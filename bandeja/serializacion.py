"""Las formas que salen por REST y por el socket: las mismas para los dos. Puro, sin red ni base.

Los nombres de las claves impresas en la especificación son contrato; las demás son añadidos.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bandeja.estado_linea import EstadoLinea
from bandeja.modelos import CODIGOS_ESTADO, Archivo, Conversacion, EstadoAplicado, Lineas, Mensaje
from bandeja.telefono import Telefono, desde_texto

RUTA_FOTO = "/twilio-chat/api/foto"
RUTA_ARCHIVO = "/twilio-chat/api/archivo"
# Pasado esto WhatsApp ya no edita (referencia del proveedor) ni elimina para los dos lados (lo hace su aplicación).
PLAZO_EDITAR = timedelta(minutes=15)
PLAZO_BORRAR = timedelta(days=2)
TIPOS_EDITABLES = frozenset({"text", "link_preview", "image", "video", "gif", "document"})

Json = dict[str, Any]
Nombrar = Callable[[str | None], str | None]


def iso(momento: datetime) -> str:
    """Un momento en ISO 8601 con desplazamiento: 2026-01-07T10:30:00+00:00 (sin fracciones)."""
    return momento.astimezone(UTC).isoformat(timespec="seconds")


def ahora_iso() -> str:
    """El momento actual, en la misma forma."""
    return iso(datetime.now(UTC))


def digitos(numero: str) -> str:
    """El número como viaja fuera: solo dígitos, o la identidad oculta tal cual."""
    return Telefono(numero).digitos


def nombre_visible(nombre: str | None, numero: str) -> str:
    """El nombre de la persona o, sin él, su número escrito para leerlo."""
    if nombre:
        return nombre
    telefono = desde_texto(numero)
    return telefono.legible if telefono else numero


def conversacion_json(c: Conversacion) -> Json:
    """Un elemento de la lista de conversaciones."""
    return {
        "numero": digitos(c.numero),
        "nombre": nombre_visible(c.nombre, c.numero),
        "last_message": c.ultimo_cuerpo,
        "last_message_time": iso(c.ultima_actividad),
        "source": c.fuente,
        "profile_picture": foto_url(c.numero, c.foto),
        "message_count": c.total_mensajes,
        "unread_count": c.no_leidos,
        "last_type": c.ultimo_tipo,
        "last_direction": None if c.ultimo_saliente is None else _direccion(c.ultimo_saliente),
        "last_status": c.ultimo_estado,
        "last_error": c.ultimo_error,
        "last_seq": c.ultimo_seq,
        "oculto": c.numero.endswith("@lid"),
        "pinned": c.fijada,
        "muted": c.silenciada,
        "draft": c.borrador,
        "agente": c.agente,
        "window_until": iso(c.ventana_hasta) if c.ventana_hasta else None,
    }


def foto_url(numero: str, version: str | None) -> str | None:
    """La dirección propia de la foto de una persona, con su versión; None si no la hay."""
    return f"{RUTA_FOTO}/{quote(digitos(numero), safe='@')}?v={version}" if version else None


def mensaje_json(m: Mensaje, lineas: Lineas, nombrar: Nombrar) -> Json:
    """Un elemento de `twilio_messages`. `nombrar` da el nombre de un agente."""
    persona, linea = digitos(m.numero), lineas.de(m.fuente)
    return {
        "id": m.id or f"local-{m.seq}",
        "seq": m.seq,
        "client_id": m.client_id,
        "chat_id": persona,
        "from": linea if m.saliente else persona,
        "to": persona if m.saliente else linea,
        "body": m.cuerpo,
        "date_sent": iso(m.enviado_en),
        "status": m.estado,
        "direction": _direccion(m.saliente),
        "media_count": 1 if m.tipo in TIPOS_CON_MEDIA and not m.borrado_en else 0,
        "source": m.fuente,
        "type": m.tipo,
        # La dirección del proveedor no llega al navegador: el archivo se sirve desde aquí, a su dueño.
        "media_url": f"{RUTA_ARCHIVO}/{m.archivo.id}" if m.archivo else m.media_url,
        "agent": m.agente,
        "agent_name": nombrar(m.agente),
        "origin": m.origen,
        "quoted": m.cita,
        "error": m.error,
        "steps": {paso: iso(datetime.fromisoformat(en)) for paso, en in m.pasos.items()},
        "data": m.datos,
        **_despues_json(m),
        "recovered": m.recuperado,
        "version": m.version,
        "media": archivo_json(m.archivo) if m.archivo else None,
    }


def _despues_json(m: Mensaje) -> Json:
    """Lo que le pasó a un mensaje después de salir, y lo que todavía se le puede hacer."""
    limite = editable_hasta(m)
    return {
        "reactions": list(m.reacciones),
        "edited_at": iso(m.editado_en) if m.editado_en else None,
        "deleted_at": iso(m.borrado_en) if m.borrado_en else None,
        "can_edit_until": iso(limite) if limite else None,
        "can_delete": es_borrable(m, datetime.now(UTC)),
    }


def editable_hasta(m: Mensaje) -> datetime | None:
    """Hasta cuándo se puede cambiar el texto de un mensaje nuestro; None si no es de los que se cambian."""
    return m.enviado_en + PLAZO_EDITAR if _salio(m) and m.tipo in TIPOS_EDITABLES else None


def es_borrable(m: Mensaje, ahora: datetime) -> bool:
    """Cierto si WhatsApp todavía lo elimina también para el cliente."""
    return _salio(m) and m.tipo != "call" and ahora < m.enviado_en + PLAZO_BORRAR


def _salio(m: Mensaje) -> bool:
    """Un mensaje nuestro que el proveedor tiene y nadie ha borrado. Por Twilio no se edita ni se borra."""
    enviado = m.saliente and m.id is not None and m.estado not in ("failed", "pending", "unknown")
    return enviado and m.borrado_en is None and m.fuente == "whapi"


def archivo_json(a: Archivo) -> Json:
    """El archivo de un mensaje. `url` y `thumb` son direcciones de esta aplicación, solo para el dueño del chat."""
    url = f"{RUTA_ARCHIVO}/{a.id}"
    return {
        "id": a.id,
        "status": a.estado,
        "error": a.error,
        "mime": a.mime,
        "name": a.nombre,
        "size": a.tamano,
        "width": a.ancho,
        "height": a.alto,
        "seconds": a.segundos,
        "pages": a.paginas,
        "waveform": a.onda,
        "url": url,
        "thumb": f"{url}/miniatura" if a.miniatura else None,
    }


def evento_mensaje(
    m: Mensaje, c: Conversacion, lineas: Lineas, nombrar: Nombrar, reemplaza: tuple[int, ...] = ()
) -> Json:
    """El evento `new_message`: el mensaje de REST más las claves impresas del evento."""
    return {
        **mensaje_json(m, lineas, nombrar),
        "numero": digitos(m.numero),
        "message_id": m.id or f"local-{m.seq}",
        "chat_id": m.chat_id,
        "timestamp": iso(m.enviado_en),
        "nombre": nombre_visible(c.nombre, c.numero),
        "unread_count": c.no_leidos,
        "message_count": c.total_mensajes,
        "pinned": c.fijada,
        "muted": c.silenciada,
        "window_until": iso(c.ventana_hasta) if c.ventana_hasta else None,
        "replaces": list(reemplaza),
    }


def evento_actualizado(m: Mensaje, lineas: Lineas, nombrar: Nombrar) -> Json:
    """El evento `message_update`: un mensaje que cambió después de llegar (su archivo, una reacción, una edición)."""
    return {**mensaje_json(m, lineas, nombrar), "numero": digitos(m.numero)}


def evento_estado(e: EstadoAplicado) -> Json:
    """El evento `message_status`."""
    return {
        "message_id": e.id or f"local-{e.seq}",
        "numero": digitos(e.numero),
        "status": e.estado,
        "status_code": CODIGOS_ESTADO.get(e.estado, -1),
        "timestamp": iso(e.en),
        "source": e.fuente,
        "seq": e.seq,
        "client_id": e.client_id,
        "error": e.error,
    }


def evento_conversacion(numero: str, tipo: str, fuente: str, datos: Mapping[str, object] | None = None) -> Json:
    """El evento `conversation_update`. `tipo` = message_read | name_changed | assigned | unassigned |
    draft | preferences."""
    return {
        "numero": digitos(numero),
        "last_read_timestamp": None,
        "event_type": tipo,
        "source": fuente,
        **(datos or {}),
    }


def linea_json(e: EstadoLinea) -> Json:
    """El estado de la línea: el evento `line_status` y la clave `line` de REST. `state` null: no se sabe."""
    return {
        "state": e.estado,
        "ok": e.deja_enviar,
        "text": e.frase,
        "since": iso(e.desde) if e.desde and e.estado else None,
    }


TIPOS_CON_MEDIA = frozenset({"image", "video", "gif", "short", "audio", "voice", "document", "sticker"})


def _direccion(saliente: bool) -> str:
    return "outbound" if saliente else "inbound"
