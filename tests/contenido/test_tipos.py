"""Cada tipo de mensaje de la referencia, con su aviso literal: qué se lee en la lista y qué llega a la pantalla."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeja.webhook.contenido import leer_contenido
from bandeja.webhook.datos import LARGO_PREVIA, leer_datos, leer_entorno
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, mensaje
from tests.apoyo.sesiones import Sesion
from tests.contenido.conftest import CLIENTE, en_lista, entregar, ver

PREVIA = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ=="
VCARD = (
    "BEGIN:VCARD\nVERSION:3.0\nN:;Contacto de Ejemplo;;;\nFN:Contacto de Ejemplo\n"
    "item1.TEL;waid=573005559999:+57 300 555 9999\nitem1.X-ABLabel:Móvil\n"
    "EMAIL;type=INTERNET:ejemplo@example.com\nEND:VCARD"
)
LUIS = {"name": "Contacto de Ejemplo", "phones": ["+573005559999"], "emails": ["ejemplo@example.com"]}
IMAGEN = {
    "id": "jpeg-3a32c2b5-80e5d1",
    "mime_type": "image/jpeg",
    "file_size": 183200,
    "sha256": "…",
    "link": "https://s3.eu-central-1.wasabisys.com/in-files/573009876543/jpeg-3a32c2b5-80e5d1.jpeg",
    "caption": "la factura",
    "preview": PREVIA,
    "width": 960,
    "height": 1280,
}
VOZ = {
    "id": "oga-3b20-61aa",
    "mime_type": "audio/ogg; codecs=opus",
    "file_size": 7031,
    "sha256": "…",
    "link": "https://x.example/oga.oga",
    "seconds": 3,
    "waveform": "AAECAwQ=",
}
DOCUMENTO = {
    "id": "pdf-9c11-77de",
    "mime_type": "application/pdf",
    "file_size": 48210,
    "file_name": "orden.pdf",
    "filename": "orden.pdf",
    "link": "https://x.example/p.pdf",
    "caption": "Adjunto",
    "page_count": 2,
    "preview": PREVIA,
}
VIDEO = {"id": "mp4-9c11-77de", "mime_type": "video/mp4", "file_size": 9, "seconds": 4, "width": 64, "height": 48}
ENLACE = {
    "body": "Miren https://example.com/sede",
    "title": "Nuestra sede",
    "url": "https://example.com/sede",
    "description": "Cómo llegar",
    "preview": PREVIA,
}
DE_ENLACE = {
    "title": "Nuestra sede",
    "description": "Cómo llegar",
    "url": "https://example.com/sede",
    "preview": PREVIA,
}
ENCUESTA = {
    "title": "¿Mañana o tarde?",
    "options": ["Mañana", "Tarde"],
    "vote_limit": 1,
    "total": 1,
    "results": [
        {"id": "op1", "name": "Mañana", "count": 1, "voters": ["573001234567@s.whatsapp.net"]},
        {"id": "op2", "name": "Tarde", "count": 0, "voters": []},
    ],
}
DE_ENCUESTA = {
    "title": "¿Mañana o tarde?",
    "multiple": False,
    "total": 1,
    "options": [
        {"id": "op1", "name": "Mañana", "count": 1, "voters": ["573001234567"]},
        {"id": "op2", "name": "Tarde", "count": 0, "voters": []},
    ],
}
LUGAR = {"latitude": 4.6097, "longitude": -74.0817, "name": "Sede", "address": "Calle 1 # 2-3"}
BOTONES = {
    "header": {"text": "Cita"},
    "body": {"text": "¿Confirma?"},
    "footer": {"text": "BSL"},
    "type": "button",
    "action": {
        "buttons": [
            {"type": "quick_reply", "title": "Sí", "id": "si"},
            {"type": "url", "title": "Ver", "url": "https://x.co"},
        ]
    },
}
LISTA = {
    "header": "Sedes",
    "body": "Elija",
    "label": "Ver opciones",
    "footer": "BSL",
    "sections": [{"title": "Bogotá", "rows": [{"id": "1", "title": "Norte", "description": "Calle 100"}]}],
}

# (tipo escrito, contenido, tipo guardado, lo que se lee, los datos)
CASOS: list[tuple[str, Any, str, str, Any]] = [
    ("text", {"body": "Hola"}, "text", "Hola", None),
    ("link_preview", ENLACE, "link_preview", "Miren https://example.com/sede", DE_ENLACE),
    (
        "group_invite",
        {"body": "Únase", "title": "Grupo", "invite_code": "AbC"},
        "group_invite",
        "Únase",
        {"title": "Grupo"},
    ),
    (
        "newsletter_invite",
        {"body": "Siga", "title": "Canal", "newsletter_id": "1@newsletter"},
        "newsletter_invite",
        "Siga",
        {"title": "Canal"},
    ),
    (
        "admin_invite",
        {"body": "Sea administrador", "newsletter_name": "Canal"},
        "admin_invite",
        "Sea administrador",
        {"title": "Canal"},
    ),
    (
        "catalog",
        {"body": "Nuestro catálogo", "title": "Catálogo", "catalog_id": "1"},
        "catalog",
        "Nuestro catálogo",
        {"title": "Catálogo"},
    ),
    ("image", IMAGEN, "image", "la factura", {"width": 960, "height": 1280, "preview": PREVIA}),
    ("video", {**VIDEO, "caption": "mire"}, "video", "mire", {"seconds": 4, "width": 64, "height": 48}),
    ("gif", VIDEO, "gif", "", {"seconds": 4, "width": 64, "height": 48}),
    ("short", VIDEO, "short", "", {"seconds": 4, "width": 64, "height": 48}),
    ("audio", VOZ, "audio", "", {"seconds": 3, "waveform": "AAECAwQ="}),
    ("voice", VOZ, "voice", "", {"seconds": 3, "waveform": "AAECAwQ="}),
    ("ptt", VOZ, "voice", "", {"seconds": 3, "waveform": "AAECAwQ="}),
    ("document", DOCUMENTO, "document", "Adjunto", {"pages": 2, "preview": PREVIA}),
    ("documentWithCaption", DOCUMENTO, "document", "Adjunto", {"pages": 2, "preview": PREVIA}),
    (
        "sticker",
        {"id": "webp-1-2", "mime_type": "image/webp", "animated": True, "width": 512, "height": 512},
        "sticker",
        "",
        {"width": 512, "height": 512, "animated": True},
    ),
    ("location", LUGAR, "location", "Sede, Calle 1 # 2-3 (4.6097, -74.0817)", LUGAR),
    (
        "live_location",
        {"latitude": 4.6, "longitude": -74.1, "accuracy": 10, "sequence_number": 1, "caption": "voy"},
        "live_location",
        "Ubicación en vivo (4.6, -74.1)\nvoy",
        {"latitude": 4.6, "longitude": -74.1, "accuracy": 10, "comment": "voy", "live": True},
    ),
    (
        "contact",
        {"name": "Contacto de Ejemplo", "vcard": VCARD},
        "contact",
        "Contacto de Ejemplo",
        {"contacts": [LUIS]},
    ),
    (
        "contact_list",
        {"list": [{"name": "Eva"}, {"name": "Contacto de Ejemplo", "vcard": VCARD}]},
        "contact_list",
        "Eva, Contacto de Ejemplo",
        {"contacts": [{"name": "Eva", "phones": [], "emails": []}, LUIS]},
    ),
    ("poll", ENCUESTA, "poll", "¿Mañana o tarde?", DE_ENCUESTA),
    (
        "reply",
        {"type": "buttons_reply", "buttons_reply": {"id": "si", "title": "Sí"}},
        "reply",
        "Sí",
        {"title": "Sí", "id": "si"},
    ),
    (
        "reply",
        {"type": "list_reply", "list_reply": {"id": "1", "title": "Norte", "description": "Calle 100"}},
        "reply",
        "Norte",
        {"title": "Norte", "description": "Calle 100", "id": "1"},
    ),
    (
        "interactive",
        BOTONES,
        "interactive",
        "Cita\n¿Confirma?\nBSL",
        {
            "header": "Cita",
            "text": "¿Confirma?",
            "footer": "BSL",
            "buttons": [{"title": "Sí"}, {"title": "Ver", "url": "https://x.co"}],
        },
    ),
    (
        "buttons",
        {"text": "¿Confirma?", "buttons": [{"id": "si", "text": "Sí"}]},
        "buttons",
        "¿Confirma?",
        {"text": "¿Confirma?", "buttons": [{"title": "Sí"}]},
    ),
    (
        "list",
        LISTA,
        "list",
        "Sedes\nElija\nBSL",
        {
            "header": "Sedes",
            "text": "Elija",
            "footer": "BSL",
            "buttons": [{"title": "Ver opciones"}],
            "sections": [{"title": "Bogotá", "rows": [{"title": "Norte", "description": "Calle 100"}]}],
        },
    ),
    (
        "hsm",
        {"header": "Cita", "body": "Mañana a las 8", "footer": "BSL"},
        "hsm",
        "Cita\nMañana a las 8\nBSL",
        {"header": "Cita", "text": "Mañana a las 8", "footer": "BSL"},
    ),
    (
        "order",
        {"order_id": "9", "title": "Examen", "item_count": 2, "currency": "COP", "total_price": 50000, "status": "new"},
        "order",
        "Pedido: Examen · 2 artículos",
        {"id": "9", "title": "Examen", "items": 2, "currency": "COP", "total": 50000, "status": "new"},
    ),
    ("product", {"catalog_id": "1", "product_id": "2"}, "product", "Producto: 2", {"id": "2"}),
    (
        "event",
        {
            "name": "Charla",
            "description": "8 a. m.",
            "start": 1767225600,
            "join_link": "https://x.co",
            "is_canceled": False,
        },
        "event",
        "Charla\n8 a. m.",
        {
            "name": "Charla",
            "description": "8 a. m.",
            "start": "2026-01-01T00:00:00+00:00",
            "link": "https://x.co",
            "canceled": False,
        },
    ),
    ("system", {"body": "El cliente cambió de número"}, "system", "El cliente cambió de número", None),
    ("call", {"status": "missed"}, "call", "Llamada perdida", {"status": "missed", "video": False, "group": False}),
    ("carousel", {"cards": []}, "unsupported", "", {"type": "carousel"}),
    ("unknown", {}, "unsupported", "", {"type": "unknown"}),
    ("image", {"view_once": True}, "image", "Foto para ver una sola vez", {"view_once": True}),
    ("voice", {"view_once": True}, "voice", "Nota de voz para oír una sola vez", {"view_once": True}),
]
NOMBRES = [f"{caso[0]}-{n}" for n, caso in enumerate(CASOS)]


@pytest.mark.parametrize(("escrito", "contenido", "tipo", "cuerpo", "datos"), CASOS, ids=NOMBRES)
@pytest.mark.parametrize("propio", [False, True], ids=["entrante", "saliente"])
def test_cada_tipo_llega_con_sus_palabras_y_su_contenido(
    con_chat: Sesion, escrito: str, contenido: Any, tipo: str, cuerpo: str, datos: Any, propio: bool
) -> None:
    clave = {"ptt": "voice", "documentWithCaption": "document"}.get(escrito, escrito)
    nuevo = mensaje(CLIENTE, escrito, None, from_me=propio, **({clave: contenido} if clave != escrito else {}))
    nuevo[clave] = contenido
    entregar(con_chat.app, nuevo)
    visto = ver(con_chat, nuevo["id"])
    assert (visto["type"], visto["body"], visto["data"]) == (tipo, cuerpo, datos)
    assert en_lista(con_chat)["last_message"] == cuerpo


def test_lo_no_soportado_conserva_lo_que_llego(con_chat: Sesion, limpio: BaseDatos) -> None:
    nuevo = mensaje(CLIENTE, "carousel", {"cards": [{"x": 1}]})
    entregar(con_chat.app, nuevo)
    assert limpio.valor("SELECT crudo -> 'carousel' FROM chat_mensajes WHERE tipo = 'unsupported'") == {
        "cards": [{"x": 1}]
    }


ENTORNO = {
    "mentions": ["573001112233", "57300@s.whatsapp.net", "123456789012345@lid"],
    "forwarded": True,
    "forwarding_score": 3,
    "ad": {
        "title": "Promo",
        "body": "Ven ya",
        "media_url": "https://m.example/a.jpg",
        "source": {"url": "https://fb.me/x"},
        "ctwa": "…",
        "ref": "…",
    },
}


def test_lo_que_rodea_al_mensaje_tambien_llega(con_chat: Sesion) -> None:
    nuevo = mensaje(CLIENTE, "text", {"body": "Hola"}, context=ENTORNO)
    entregar(con_chat.app, nuevo)
    assert ver(con_chat, nuevo["id"])["data"] == {
        "forwarded": 3,
        "mentions": ["573001112233", "123456789012345@lid"],
        "ad": {"title": "Promo", "body": "Ven ya", "url": "https://fb.me/x"},
    }


@pytest.mark.parametrize(
    ("entorno", "forwarded"),
    [
        ({"forwarded": True}, 1),
        ({"forwarding_score": 4}, 4),
        ({"forwarded": False}, None),
        ({"forwarded": "sí"}, None),
    ],
)
def test_el_reenvio_dice_cuanto(entorno: Json, forwarded: int | None) -> None:
    assert leer_entorno({}, entorno).get("forwarded") == forwarded


@pytest.mark.parametrize(
    "previa",
    [
        "data:image/jpeg;base64," + "A" * LARGO_PREVIA,
        "data:image/svg+xml;base64,PHN2Zz4=",
        "https://x/y.jpg",
        "AAAA",
        5,
        None,
        "data:text/html;base64,AAAA",
        "data:image/jpeg;base64,<script>",
    ],
)
def test_una_miniatura_enorme_o_que_no_es_una_imagen_no_viaja(previa: object) -> None:
    assert "preview" not in leer_datos("image", {"preview": previa})


def test_las_listas_y_los_textos_tienen_tope() -> None:
    enorme = {"title": "x" * 10_000, "options": [f"o{n}" for n in range(500)], "vote_limit": 0}
    leida = leer_datos("poll", enorme)
    assert (len(leida["title"]), len(leida["options"]), leida["multiple"]) == (500, 30, True)
    assert len(leer_datos("contact_list", {"list": [{"name": "x"}] * 5_000})["contacts"]) == 100


@pytest.mark.parametrize(
    "lugar", [{"latitude": 91, "longitude": 0}, {"latitude": "x", "longitude": 1}, {"latitude": 1}]
)
def test_unas_coordenadas_imposibles_no_salen_en_el_mapa(lugar: Json) -> None:
    assert "latitude" not in leer_datos("location", lugar) and "longitude" not in leer_datos("location", lugar)


@pytest.mark.parametrize(
    ("vcard", "leido"),
    [
        ("TEL:+57 300 999 8877", {"name": None, "phones": ["+573009998877"]}),
        (
            "BEGIN:VCARD\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Jos=C3=A9\r\nTEL;CELL:555\r\nEND:VCARD",
            {"name": "José", "phones": ["555"]},
        ),
        (
            "BEGIN:VCARD\nFN:Ana\\, la de\n  siempre\n"
            "TEL;TYPE=CELL;waid=5491134567890:+54 9 11 3456-7890\nTEL:5491134567890",
            {"name": "Ana, la de siempre", "phones": ["+5491134567890"]},
        ),
    ],
)
def test_una_tarjeta_cortada_vieja_o_doblada_se_lee(vcard: str, leido: Json) -> None:
    (contacto,) = leer_datos("contact", {"vcard": vcard})["contacts"]
    assert (contacto.get("name"), contacto["phones"]) == (leido["name"], leido["phones"])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30) | st.just(VCARD),
    lambda hijos: (
        st.lists(hijos, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "vcard",
                    "list",
                    "title",
                    "options",
                    "results",
                    "voters",
                    "count",
                    "buttons",
                    "sections",
                    "rows",
                    "action",
                    "header",
                    "latitude",
                    "longitude",
                    "start",
                    "preview",
                    "waveform",
                    "status",
                    "url",
                    "id",
                ]
            ),
            hijos,
            max_size=6,
        )
    ),
    max_leaves=15,
)


@given(tipo=st.sampled_from(sorted({caso[0] for caso in CASOS})), contenido=_JSON)
def test_con_basura_dentro_nunca_falla_y_lo_leido_se_puede_guardar(tipo: str, contenido: Any) -> None:
    leido = leer_contenido({"type": tipo, tipo: contenido})
    escrito = json.dumps(leido.datos, allow_nan=False)
    assert len(escrito) < 200_000 and isinstance(leido.cuerpo, str)
    assert None not in leido.datos.values()
