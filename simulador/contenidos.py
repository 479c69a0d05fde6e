"""Un contenido de ejemplo por cada tipo de mensaje de la referencia, para que una prueba lo cambie. Datos puros."""

import copy
from typing import Any, Final

from .formas import Json

TIPOS_CON_MEDIO: Final = frozenset({"image", "video", "gif", "short", "audio", "voice", "document", "sticker"})

_VCARD: Final = "BEGIN:VCARD\nVERSION:3.0\nFN:Contacto de Ejemplo\nTEL;waid=573005559999:+57 300 555 9999\nEND:VCARD"

# Tipos que llegan con otro nombre de contenido que el suyo propio.
_CLAVES: Final = {"ptt": "voice", "documentWithCaption": "document", "story": "text"}

_EJEMPLOS: Final[dict[str, Json]] = {
    "text": {"body": "Hola"},
    "image": {"caption": "la foto", "width": 800, "height": 600},
    "video": {"caption": "el video", "seconds": 3, "width": 480, "height": 360},
    "gif": {"seconds": 3, "autoplay": True},
    "short": {"seconds": 3},
    "audio": {"seconds": 1},
    "voice": {"seconds": 2},
    "document": {"file_name": "orden.pdf", "filename": "orden.pdf", "caption": "Adjunto", "page_count": 1},
    "sticker": {"animated": False, "width": 512, "height": 512},
    "location": {"latitude": 4.6097, "longitude": -74.0817, "name": "Sede de ejemplo", "address": "Calle 1 # 2-3"},
    "live_location": {"latitude": 4.6097, "longitude": -74.0817, "accuracy": 10, "sequence_number": 1},
    "contact": {"name": "Contacto de Ejemplo", "vcard": _VCARD},
    "contact_list": {"list": [{"name": "Contacto de Ejemplo", "vcard": _VCARD}]},
    "link_preview": {
        "body": "Miren https://example.com/sede",
        "title": "Nuestra sede",
        "url": "https://example.com/sede",
        "description": "Cómo llegar",
    },
    "group_invite": {"body": "Únase al grupo", "title": "Grupo de ejemplo", "invite_code": "AbCdEf"},
    "newsletter_invite": {
        "body": "Siga el canal",
        "title": "Canal de ejemplo",
        "newsletter_id": "120363000000@newsletter",
    },
    "catalog": {"body": "Nuestro catálogo", "title": "Catálogo", "catalog_id": "1"},
    "admin_invite": {
        "body": "Sea administrador",
        "newsletter_id": "120363000000@newsletter",
        "newsletter_name": "Canal",
    },
    "interactive": {
        "type": "button",
        "body": {"text": "¿Confirma?"},
        "action": {"buttons": [{"type": "quick_reply", "title": "Sí", "id": "si"}]},
    },
    "reply": {"type": "buttons_reply", "buttons_reply": {"id": "si", "title": "Sí"}},
    "buttons": {"text": "¿Confirma?", "buttons": [{"id": "si", "text": "Sí"}]},
    "list": {"body": "Elija", "label": "Ver opciones", "sections": [{"title": "Sedes", "rows": []}]},
    "poll": {
        "title": "¿Mañana o tarde?",
        "options": ["Mañana", "Tarde"],
        "vote_limit": 1,
        "total": 0,
        "results": [
            {"id": "op1", "name": "Mañana", "count": 0, "voters": []},
            {"id": "op2", "name": "Tarde", "count": 0, "voters": []},
        ],
    },
    "hsm": {"body": "Su código es 1234", "footer": "No lo comparta"},
    "order": {
        "order_id": "1",
        "title": "Pedido",
        "item_count": 2,
        "currency": "COP",
        "total_price": 50000,
        "status": "new",
    },
    "product": {"catalog_id": "1", "product_id": "2"},
    "event": {"name": "Charla", "start": 1767225600, "is_canceled": False, "responses": []},
    "system": {"body": "El cliente cambió de número"},
    "call": {},
    "unknown": {},
}

_ACCIONES: Final[dict[str, Json]] = {
    "reaction": {"emoji": "👍"},
    "edit": {"edited_type": "text", "edited_content": {"body": "texto nuevo"}},
    "delete": {},
    "vote": {"votes": ["op1"]},
}

TIPOS: Final = (*_EJEMPLOS, *_CLAVES, *_ACCIONES)


def tipo_y_contenido(tipo: str, cambios: Json) -> tuple[str, str, Json]:
    """El tipo que va en el mensaje, la clave de su contenido y el contenido, con los cambios que pida la prueba.

    Un tipo que no está en la lista también vale: así se prueba lo que el proveedor invente mañana.
    """
    if tipo in _ACCIONES:
        accion: Json = {"type": tipo, "target": "", **_ACCIONES[tipo], **cambios}
        return "action", "action", accion
    clave = _CLAVES.get(tipo, tipo)
    contenido: dict[str, Any] = copy.deepcopy(_EJEMPLOS.get(clave, {}))
    return tipo, clave, {**contenido, **cambios}
