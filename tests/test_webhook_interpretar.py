"""Lo que manda el proveedor, entendido sin tocar nada. Las letras son las de «lecciones»."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandeja.errores import EntradaInvalida
from bandeja.modelos import Cita, Entrega, EstadoRecibido, MensajeRecibido, NombreRecibido
from bandeja.telefono import Telefono
from bandeja.webhook import interpretar, limpiar, limpiar_texto

LINEA = "573009876543"
AHORA = datetime(2026, 1, 7, 10, 30, tzinfo=UTC)
ANA = Telefono("+573001234567")
CHAT = "573001234567@s.whatsapp.net"
ID = "p.w30M7fgwWD4XwHu.g4CA-gBgTwl0rVw"
SOBRE = {"event": {"type": "messages", "event": "post"}, "channel_id": "MANTIS-M72HC"}


def leer(cuerpo: object, excluidos: frozenset[str] = frozenset()) -> Entrega:
    return interpretar(cuerpo, linea=LINEA, excluidos=excluidos, ahora=AHORA)


def aviso(**cambios: Any) -> dict[str, Any]:
    """Un texto entrante de Ana como el del manual; `cambios` pisa claves y None quita la clave."""
    base = {
        "id": ID, "from_me": False, "type": "text", "chat_id": CHAT, "timestamp": 1712995245, "source": "mobile",
        "text": {"body": "Hola"}, "from": "573001234567", "from_name": "Ana",
    }
    return {clave: valor for clave, valor in {**base, **cambios}.items() if valor is not None}


def uno(**cambios: Any) -> MensajeRecibido:
    entrega = leer({"messages": [aviso(**cambios)], **SOBRE})
    assert len(entrega.mensajes) == 1, entrega
    return entrega.mensajes[0]


def de_tipo(tipo: str, contenido: Any, **cambios: Any) -> MensajeRecibido:
    return uno(type=tipo, text=None, **{tipo: contenido}, **cambios)


# --- Mensajes de texto y sentido ------------------------------------------------------------------------------------

def test_un_texto_entrante_se_entiende_entero() -> None:
    entrega = leer({"messages": [aviso()], **SOBRE})
    assert entrega == Entrega(mensajes=(MensajeRecibido(
        id=ID, telefono=ANA, chat_id=CHAT, saliente=False, tipo="text", cuerpo="Hola",
        enviado_en=datetime.fromtimestamp(1712995245, tz=UTC), enviado_por="customer", nombre="Ana",
    ),))
    assert not entrega.vacia


def test_el_ejemplo_de_la_especificacion_con_sufijo_en_from() -> None:
    mensaje = leer({"messages": [{
        "id": "msg_abc123", "chat_id": CHAT, "from": CHAT, "type": "text", "text": {"body": "Hola"},
        "timestamp": 1704624000, "from_me": False,
    }]}).mensajes[0]
    assert (mensaje.id, mensaje.telefono, mensaje.cuerpo, mensaje.saliente) == ("msg_abc123", ANA, "Hola", False)


def test_lo_escrito_en_el_telefono_de_la_linea_sale_sin_dar_nombre_al_cliente() -> None:
    mensaje = uno(from_me=True, **{"from": LINEA}, from_name="Mi Empresa", status="sent")
    assert (mensaje.saliente, mensaje.enviado_por, mensaje.nombre, mensaje.estado) == (True, "phone", None, "sent")


@pytest.mark.parametrize("fuente", ["api", "business_api"])
def test_el_eco_de_un_envio_por_api_se_reconoce(fuente: str) -> None:
    mensaje = uno(from_me=True, source=fuente, status="pending", from_name=None)
    assert (mensaje.saliente, mensaje.enviado_por, mensaje.estado) == (True, "api", "pending")


@pytest.mark.parametrize("de", [LINEA, LINEA + "@s.whatsapp.net"])
def test_un_eco_sin_from_me_se_conoce_por_el_numero_de_la_linea(de: str) -> None:
    assert uno(from_me=None, **{"from": de}).saliente
    assert uno(from_me=False, **{"from": de}).saliente


@pytest.mark.parametrize(("valor", "saliente"), [
    (True, True), ("true", True), ("True", True), (1, True),
    (False, False), ("false", False), (0, False), ("sí", False), ([1], False), ({}, False), (2, False),
])
def test_el_sentido_solo_sale_de_un_booleano_claro(valor: object, saliente: bool) -> None:
    assert uno(from_me=valor).saliente is saliente


def test_un_campo_to_no_decide_el_sentido() -> None:
    assert not uno(to=LINEA).saliente


def test_el_nombre_del_chat_sirve_en_los_dos_sentidos_y_el_propio_gana_en_los_entrantes() -> None:
    assert uno(from_me=True, from_name="Mi Empresa", chat_name="Ana María").nombre == "Ana María"
    assert uno(chat_name="Ana María").nombre == "Ana"
    assert uno(from_name=" \n ", chat_name="  Ana\n María ").nombre == "Ana María"


@pytest.mark.parametrize("nombre", ["573001234567", "+57 300 123 4567", "3001234567", "", "  ", 7, ["Ana"], {}])
def test_el_propio_numero_no_es_un_nombre(nombre: object) -> None:
    assert uno(from_name=nombre, chat_name=nombre).nombre is None


def test_un_nombre_enorme_se_recorta() -> None:
    assert uno(from_name="x" * 5000).nombre == "x" * 200


def test_el_estado_es_solo_de_los_salientes_y_conocido() -> None:
    assert uno(status="read").estado is None
    assert uno(from_me=True, status="READ").estado == "read"
    assert uno(from_me=True, status="volando").estado is None
    assert uno(from_me=True, status=3).estado is None


# --- Fechas (D14: horas locales y UTC mezcladas) ------------------------------------------------------------------

@pytest.mark.parametrize("valor", [
    1712995245, 1712995245.0, "1712995245", " 1712995245 ", 1712995245000, "1712995245000", 1712995245671, 1712995245.9,
])
def test_la_hora_del_proveedor_se_entiende_en_segundos_o_milisegundos(valor: object) -> None:
    assert uno(timestamp=valor).enviado_en == datetime(2024, 4, 13, 8, 0, 45, tzinfo=UTC)


@pytest.mark.parametrize("valor", [
    True, False, float("nan"), float("inf"), -1, 0, 1, 10**30, "hola", "", "١٧١٢٩٩٥٢٤٥", "1e9", [], {}, None,
    1230767999, int((AHORA + timedelta(days=1)).timestamp()) + 1, 18446744073709552000,
])
def test_una_hora_absurda_es_la_de_ahora(valor: object) -> None:
    assert uno(timestamp=valor).enviado_en == AHORA


def test_una_hora_un_poco_adelantada_se_respeta_y_siempre_es_utc() -> None:
    bogota = datetime(2026, 1, 7, 5, 30, tzinfo=timezone(timedelta(hours=-5)))
    entrega = interpretar({"messages": [aviso(timestamp=None)]}, linea=LINEA, excluidos=frozenset(), ahora=bogota)
    assert entrega.mensajes[0].enviado_en.utcoffset() == timedelta(0)
    assert entrega.mensajes[0].enviado_en == AHORA
    assert uno(timestamp=int(AHORA.timestamp()) + 3600).enviado_en == AHORA + timedelta(hours=1)


# --- Contenidos ----------------------------------------------------------------------------------------------------

# D13: un texto con enlace llega como link_preview y perdía su texto.
def test_una_vista_previa_de_enlace_conserva_lo_escrito() -> None:
    previa = {"body": "mira https://x.co", "title": "X", "url": "https://x.co"}
    assert (de_tipo("link_preview", previa).tipo, de_tipo("link_preview", previa).cuerpo) == (
        "link_preview", "mira https://x.co")
    assert de_tipo("link_preview", {"body": "", "url": "https://x.co"}).cuerpo == "https://x.co"
    assert de_tipo("link_preview", {"title": "X"}).cuerpo == "X"
    assert uno(type="link_preview").cuerpo == "Hola"


# D13: los pies de foto se perdían.
def test_una_imagen_trae_su_pie_y_su_archivo() -> None:
    mensaje = de_tipo("image", {
        "id": "jpeg-3a32c2b5-80e5d1", "mime_type": "image/jpeg", "file_size": 183200, "sha256": "…",
        "link": "https://s3.eu-central-1.wasabisys.com/in-files/573009876543/jpeg-3a32c2b5-80e5d1.jpeg",
        "caption": "la factura", "preview": "data:image/jpeg;base64,/9j/4AAQ…", "width": 960, "height": 1280,
    }, context={"forwarded": True, "forwarding_score": 3})
    assert (mensaje.tipo, mensaje.cuerpo, mensaje.media_id) == ("image", "la factura", "jpeg-3a32c2b5-80e5d1")
    assert mensaje.media_url and mensaje.media_url.endswith("jpeg-3a32c2b5-80e5d1.jpeg")
    assert (mensaje.media_mime, mensaje.media_nombre, mensaje.crudo, mensaje.cita) == ("image/jpeg", None, None, None)


def test_una_nota_de_voz_llega_con_su_nombre_nuevo_o_antiguo() -> None:
    voz = {"id": "oga-3b20-61aa", "mime_type": "audio/ogg; codecs=opus", "file_size": 7031, "seconds": 3}
    for mensaje in (de_tipo("voice", voz), de_tipo("ptt", voz), uno(type="ptt", text=None, voice=voz)):
        assert (mensaje.tipo, mensaje.cuerpo, mensaje.media_id, mensaje.media_url) == (
            "voice", "", "oga-3b20-61aa", None)


@pytest.mark.parametrize("clave", ["file_name", "filename"])
def test_un_documento_trae_su_nombre_en_cualquiera_de_las_dos_claves(clave: str) -> None:
    documento = {"id": "pdf-9c11-77de", "mime_type": "application/pdf", clave: "orden.pdf", "caption": "Adjunto"}
    mensaje = de_tipo("document", documento)
    assert (mensaje.cuerpo, mensaje.media_nombre, mensaje.media_mime) == ("Adjunto", "orden.pdf", "application/pdf")
    assert uno(type="documentWithCaption", text=None, document=documento).tipo == "document"


# F10: un cuerpo nulo rompía la pantalla.
@pytest.mark.parametrize("tipo", ["image", "video", "gif", "short", "audio", "voice", "document", "sticker"])
@pytest.mark.parametrize("vacio", [
    None, {}, [], "x", 3, {"id": None, "link": 5, "caption": None}, {"id": "media_init"},
])
def test_un_archivo_sin_contenido_conserva_su_tipo_y_el_crudo(tipo: str, vacio: object) -> None:
    mensaje = leer({"messages": [{**aviso(type=tipo, text=None), tipo: vacio}]}).mensajes[0]
    assert (mensaje.tipo, mensaje.cuerpo, mensaje.media_id, mensaje.media_url) == (tipo, "", None, None)
    assert mensaje.crudo is not None and mensaje.crudo["id"] == ID


@pytest.mark.parametrize("enlace", ["javascript:alert(1)", "file:///etc/passwd", "//x", "https://x/" + "a" * 5000, 7])
def test_solo_una_direccion_web_es_enlace_de_archivo(enlace: object) -> None:
    assert de_tipo("image", {"id": "jpeg-1-2", "link": enlace}).media_url is None


@pytest.mark.parametrize(("tipo", "contenido", "cuerpo"), [
    ("location", {"latitude": 4.711, "longitude": -74.0721, "name": "BSL", "address": "Calle 10"},
     "BSL, Calle 10 (4.711, -74.0721)"),
    ("location", {"latitude": 4.711, "longitude": -74.0721}, "Ubicación (4.711, -74.0721)"),
    ("live_location", {"latitude": 4.7, "longitude": -74, "caption": "voy"}, "Ubicación en vivo (4.7, -74)\nvoy"),
    ("contact", {"name": "Luis", "vcard": "BEGIN:VCARD"}, "Luis"),
    ("contact", {"vcard": "BEGIN:VCARD\nVERSION:3.0\nFN;CHARSET=UTF-8:Luis Gil\nEND:VCARD"}, "Luis Gil"),
    ("contact_list", {"list": [{"name": "Luis"}, None, {"name": "Eva"}]}, "Luis, Eva"),
    ("poll", {"title": "¿Mañana?", "options": ["sí", "no"]}, "¿Mañana?"),
    ("reply", {"type": "buttons_reply", "buttons_reply": {"id": "1", "title": "Confirmar"}}, "Confirmar"),
    ("reply", {"type": "list_reply", "list_reply": {"id": "1", "title": "8 a. m.", "description": "d"}}, "8 a. m."),
    ("interactive", {"header": {"text": "Cita"}, "body": {"text": "¿Confirma?"}, "footer": "BSL"},
     "Cita\n¿Confirma?\nBSL"),
    ("hsm", {"header": "Cita", "body": "Mañana a las 8", "footer": None}, "Cita\nMañana a las 8"),
    ("buttons", {"text": "¿Confirma?", "buttons": []}, "¿Confirma?"),
    ("order", {"order_id": "9", "title": "Examen", "item_count": 2}, "Pedido: Examen · 2 artículos"),
    ("order", {"item_count": 1}, "Pedido: 1 artículo"),
    ("order", {"order_id": "9"}, "Pedido 9"),
    ("product", {"catalog_id": "c", "product_id": "p"}, "Producto: p"),
    ("event", {"name": "Jornada", "description": "8 a. m.", "is_canceled": True}, "Jornada (cancelado)\n8 a. m."),
    ("group_invite", {"body": "Únase", "invite_code": "x"}, "Únase"),
    ("system", {"body": "Cambió su código de seguridad"}, "Cambió su código de seguridad"),
    ("call", {"status": "missed"}, "Llamada perdida"),
    ("call", {}, "Llamada de WhatsApp"),
])
def test_cada_tipo_se_lee_con_palabras(tipo: str, contenido: object, cuerpo: str) -> None:
    mensaje = de_tipo(tipo, contenido)
    assert (mensaje.tipo, mensaje.cuerpo) == (tipo, cuerpo)


def test_lo_que_el_cuerpo_no_dice_queda_en_el_crudo() -> None:
    tarjeta = de_tipo("contact", {"name": "Luis", "vcard": "TEL:+573009998877"})
    assert tarjeta.crudo is not None and tarjeta.crudo["contact"]["vcard"] == "TEL:+573009998877"
    assert uno().crudo is None


@pytest.mark.parametrize("tipo", [
    "text", "location", "contact", "contact_list", "poll", "reply", "interactive", "hsm", "order",
    "product", "event", "system", "buttons", "list", "group_invite",
])
@pytest.mark.parametrize("roto", [None, {}, [], "x", 3, {"body": None, "list": 3, "name": [], "title": {}}])
def test_un_tipo_conocido_con_el_contenido_roto_no_se_pierde(tipo: str, roto: object) -> None:
    mensaje = leer({"messages": [{**aviso(type=tipo, text=None), tipo: roto}]}).mensajes[0]
    assert (mensaje.tipo, mensaje.cuerpo) == ("unsupported", "")
    assert mensaje.crudo is not None and mensaje.crudo["type"] == tipo


@pytest.mark.parametrize("tipo", ["carousel", "pin", "unknown", "album", "x" * 41, "", 5, [], {}, None, True])
def test_un_tipo_desconocido_se_guarda_como_no_soportado_con_su_crudo(tipo: object) -> None:
    mensaje = uno(type=tipo, text=None)
    assert (mensaje.id, mensaje.tipo, mensaje.cuerpo) == (ID, "unsupported", "")
    assert mensaje.crudo is not None and mensaje.crudo["chat_id"] == CHAT


def test_un_tipo_nuevo_con_texto_deja_leerlo() -> None:
    assert (de_tipo("quiz", {"body": "¿Capital?"}).tipo, de_tipo("quiz", {"body": "¿Capital?"}).cuerpo) == (
        "unsupported", "¿Capital?")


def test_un_texto_vacio_y_uno_enorme_se_guardan_tal_cual() -> None:
    assert uno(text={"body": ""}).tipo == "text"
    assert uno(text={"body": " a\n\nb "}).cuerpo == " a\n\nb "  # F9: los saltos de línea se conservan
    assert len(uno(text={"body": "ñ" * 150_000}).cuerpo) == 150_000


def test_un_texto_que_no_cabria_en_el_indice_se_corta_y_queda_entero_en_el_crudo() -> None:
    gigante = " ".join(f"palabra{n}" for n in range(100_000))
    mensaje = uno(text={"body": gigante})
    assert gigante.startswith(mensaje.cuerpo) and len(mensaje.cuerpo) == 150_000
    assert mensaje.crudo is not None and mensaje.crudo["text"]["body"] == gigante


def test_la_respuesta_trae_lo_citado() -> None:
    contexto = {"quoted_id": "<id>", "quoted_type": "text", "quoted_content": {"body": "¿A qué hora?"},
                "quoted_author": "573009876543", "mentions": ["573001112233"], "forwarded": True,
                "ad": {"title": "Promo", "source": {}}}
    assert uno(context=contexto).cita == Cita("<id>", "¿A qué hora?", "text", True)
    de_la_persona = {**contexto, "quoted_author": "573001234567@s.whatsapp.net"}
    assert uno(context=de_la_persona).cita == Cita("<id>", "¿A qué hora?", "text", False)
    imagen = {"quoted_id": "q", "quoted_type": "image", "quoted_content": {"caption": "la factura"}}
    assert uno(context=imagen).cita == Cita("q", "la factura", "image")
    assert uno(context={"quoted_id": "q", "quoted_content": None}).cita == Cita("q", "", "unsupported")


@pytest.mark.parametrize("contexto", [None, [], "x", {}, {"quoted_id": 5}, {"quoted_id": ""}, {"quoted_content": {}}])
def test_un_contexto_sin_id_no_cita_nada(contexto: object) -> None:
    assert uno(context=contexto).cita is None


# --- De quién es (D6) -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("chat_id", [
    "120363194050948049@g.us", "573001234567-1600000000@g.us", "120363171743427809@newsletter", "status@broadcast",
    "stories", "1234567890@broadcast", "0@s.whatsapp.net", "0@c.us", LINEA + "@s.whatsapp.net", LINEA, LINEA + "@c.us",
])
def test_lo_que_no_es_una_conversacion_con_una_persona_se_deja_en_paz(chat_id: str) -> None:
    for tipo in ("text", "action", "carousel"):
        entrega = leer({"messages": [aviso(chat_id=chat_id, type=tipo)]})
        assert entrega.vacia and entrega.ignorados == 1


@pytest.mark.parametrize("chat_id", [CHAT, "stories", "basura", 5])
def test_una_historia_se_ignora_venga_de_donde_venga(chat_id: object) -> None:
    entrega = leer({"messages": [aviso(type="story", chat_id=chat_id)]})
    assert entrega.vacia and entrega.ignorados == 1


@pytest.mark.parametrize("escrito", ["573001234567", "+573001234567", "3001234567", CHAT])
def test_un_numero_excluido_se_ignora_como_sea_que_se_haya_escrito(escrito: str) -> None:
    cuerpo = {
        "messages": [aviso()], "chats": [{"id": CHAT, "name": "Ana"}],
        "statuses": [{"id": "x", "status": "read", "recipient_id": CHAT}],
        "messages_updates": [{"id": "x", "after_update": {"chat_id": CHAT}}],
    }
    entrega = leer(cuerpo, frozenset({escrito}))
    assert entrega.vacia and entrega.ignorados == 4


def test_una_identidad_oculta_es_una_persona() -> None:
    mensaje = uno(chat_id="123456789012345@lid", **{"from": "123456789012345@lid"})
    assert (mensaje.telefono, mensaje.chat_id) == (Telefono("123456789012345@lid"), "123456789012345@lid")


def test_el_sufijo_antiguo_es_la_misma_persona_y_el_chat_id_queda_como_vino() -> None:
    mensaje = uno(chat_id="573001234567@c.us")
    assert (mensaje.telefono, mensaje.chat_id) == (ANA, "573001234567@c.us")


@pytest.mark.parametrize("basura", [None, "", " ", "hola", 573001234567, True, [], {}, "123@s.whatsapp.net", "@lid"])
def test_un_mensaje_sin_persona_es_ilegible_y_no_estorba_a_sus_vecinos(basura: object) -> None:
    entrega = leer({"messages": [aviso(id="a"), {**aviso(), "chat_id": basura}, aviso(id="b")]})
    assert [mensaje.id for mensaje in entrega.mensajes] == ["a", "b"]
    assert len(entrega.ilegibles) == 1 and entrega.ilegibles[0].crudo["id"] == ID
    assert entrega.ilegibles[0].motivo == "El mensaje no dice con qué persona es."


@pytest.mark.parametrize("basura", [None, 5, "hola", [], [aviso()], True, 1.5])
def test_lo_que_no_es_un_objeto_es_ilegible_con_su_huella(basura: object) -> None:
    claves = ("messages", "statuses", "chats", "chats_updates", "messages_updates")
    entrega = leer({clave: [basura] for clave in claves})
    assert len(entrega.ilegibles) == 5
    canonico = json.dumps(basura, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert {uno.huella for uno in entrega.ilegibles} == {hashlib.sha256(canonico.encode()).hexdigest()}


@pytest.mark.parametrize("malo", [None, "", "  ", 5, [], {}, True, "x" * 201, "a\x00b", "\ud800", "a\nINFO:b"])
def test_sin_id_util_el_contenido_hace_de_clave(malo: object) -> None:
    # D10: la misma entrega repetida tiene que dar la misma clave, en cualquier orden de sus claves.
    roto = {**aviso(), "id": malo}
    primero = leer({"messages": [roto]}).mensajes[0]
    otra_vez = leer({"messages": [dict(reversed(roto.items()))]}).mensajes[0]
    assert primero.id == otra_vez.id and primero.id.startswith("sinid-") and len(primero.id) == 38
    assert (primero.tipo, primero.cuerpo) == ("text", "Hola")
    assert leer({"messages": [{**roto, "text": {"body": "Otro"}}]}).mensajes[0].id != primero.id


def test_un_id_de_doscientas_letras_todavia_sirve() -> None:
    assert uno(id="x" * 200).id == "x" * 200


# --- Acciones -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("accion", [
    {"type": "reaction", "target": ID, "emoji": "👍"},
    {"type": "edit", "target": ID, "edited_type": "text", "edited_content": {"body": "texto nuevo"}},
    {"type": "delete", "target": ID},
    {"type": "vote", "target": ID, "votes": ["1"]},
    {"type": "media_notify", "target": ID},
])
def test_una_accion_no_es_una_linea_del_chat(accion: dict[str, Any]) -> None:
    entrega = leer({"messages": [aviso(id="acc", type="action", text=None, action=accion)]})
    assert entrega.mensajes == () and len(entrega.acciones) == 1
    leida = entrega.acciones[0]
    assert (leida.id, leida.tipo, leida.objetivo, leida.telefono) == ("acc", accion["type"], ID, ANA)
    assert leida.crudo["action"] == accion and leida.en == datetime.fromtimestamp(1712995245, tz=UTC)


@pytest.mark.parametrize("accion", [None, [], "x", {}, {"type": "reaction"}, {"target": ID}, {"type": 5, "target": ID},
                                    {"type": "x" * 41, "target": ID}, {"type": "edit", "target": {}}])
def test_una_accion_rota_es_ilegible(accion: object) -> None:
    entrega = leer({"messages": [aviso(type="action", text=None, action=accion)]})
    assert len(entrega.ilegibles) == 1 and not entrega.acciones and not entrega.mensajes


def test_una_edicion_por_patch_se_guarda_como_accion_con_clave_estable() -> None:
    cambio = {"id": ID, "trigger": {"id": "acc", "type": "action", "timestamp": 1712995400},
              "before_update": aviso(), "after_update": aviso(text={"body": "Hola de nuevo"}), "changes": ["text"]}
    cuerpo = {"messages_updates": [cambio], "event": {"type": "messages", "event": "patch"}}
    accion = leer(cuerpo).acciones[0]
    assert (accion.tipo, accion.objetivo, accion.telefono) == ("edit", ID, ANA)
    assert accion.en == datetime.fromtimestamp(1712995400, tz=UTC)
    assert accion.id.startswith("edit-") and accion.id == leer(cuerpo).acciones[0].id
    assert accion.crudo["after_update"]["text"]["body"] == "Hola de nuevo"
    otro = {"messages_updates": [{**cambio, "changes": ["x"]}]}
    assert leer(otro).acciones[0].id != accion.id


def test_una_edicion_en_un_grupo_se_ignora_y_una_sin_id_es_ilegible() -> None:
    grupo = {"id": ID, "after_update": {"chat_id": "120363194050948049@g.us"}}
    entrega = leer({"messages_updates": [grupo, {"trigger": {"id": "acc"}}]})
    assert (entrega.ignorados, len(entrega.ilegibles), entrega.acciones) == (1, 1, ())


def test_un_borrado_se_guarda_como_accion_y_repetido_es_el_mismo() -> None:
    entrega = leer({"messages_removed": [ID, ID, {"id": "otro"}, None, "", 5]})
    assert [accion.objetivo for accion in entrega.acciones] == [ID, ID, "otro"]
    assert {accion.tipo for accion in entrega.acciones} == {"delete"}
    assert entrega.acciones[0].id == entrega.acciones[1].id != entrega.acciones[2].id
    assert len(entrega.ilegibles) == 3


def test_un_chat_vaciado_se_guarda_como_accion() -> None:
    accion = leer({"messages_removed_all": CHAT}).acciones[0]
    assert (accion.tipo, accion.objetivo, accion.telefono) == ("delete_all", CHAT, ANA)
    assert leer({"messages_removed_all": "120363194050948049@g.us"}).ignorados == 1
    assert len(leer({"messages_removed_all": [5]}).ilegibles) == 1


# --- Estados (D12: `statuses` se ignoraban y todo decía «entregado») ------------------------------------------------

def estado(**cambios: Any) -> dict[str, Any]:
    return {"id": "PsqE6ETiHE3YB.sIbIvqSQ-gBgTwl0rVw", "code": 3, "status": "delivered", "recipient_id": CHAT,
            "timestamp": "1712995378", **cambios}


def test_un_estado_trae_su_hora_como_texto() -> None:
    entrega = leer({"statuses": [estado()], "event": {"type": "statuses", "event": "post"}})
    assert entrega == Entrega(estados=(EstadoRecibido(
        "PsqE6ETiHE3YB.sIbIvqSQ-gBgTwl0rVw", "delivered", datetime.fromtimestamp(1712995378, tz=UTC)),))


@pytest.mark.parametrize("nombre", ["failed", "pending", "sent", "delivered", "read", "played", "deleted"])
def test_cada_estado_conocido_se_entiende_por_su_nombre_y_no_por_su_codigo(nombre: str) -> None:
    assert leer({"statuses": [estado(status=nombre, code=99)]}).estados[0].estado == nombre


@pytest.mark.parametrize(("codigo", "nombre"), [
    (0, "failed"), (1, "pending"), (2, "sent"), (3, "delivered"), (4, "read"), (5, "played"), (6, "deleted"),
    ("4", "read"),
])
def test_sin_nombre_vale_el_codigo(codigo: object, nombre: str) -> None:
    vacios: tuple[object, ...] = (None, "", [])
    for vacio in vacios:
        assert leer({"statuses": [estado(code=codigo, status=vacio)]}).estados[0].estado == nombre


@pytest.mark.parametrize("cambios", [
    {"status": "volando"}, {"status": None, "code": 77}, {"status": None, "code": True}, {"status": None, "code": None},
    {"recipient_id": "120363194050948049@g.us"},
])
def test_un_estado_desconocido_o_de_grupo_se_ignora_y_se_cuenta(cambios: dict[str, Any]) -> None:
    entrega = leer({"statuses": [estado(**cambios), estado()]})
    assert (len(entrega.estados), entrega.ignorados, entrega.ilegibles) == (1, 1, ())


@pytest.mark.parametrize("malo", [None, "", 5, {}, "x" * 201])
def test_un_estado_sin_mensaje_es_ilegible(malo: object) -> None:
    assert len(leer({"statuses": [estado(id=malo)]}).ilegibles) == 1


@pytest.mark.parametrize(("errores", "frase"), [
    ([{"code": 403, "message": "Recipient not on WhatsApp."}],
     "WhatsApp no pudo entregar el mensaje: Recipient not on WhatsApp."),
    (["blocked"], "WhatsApp no pudo entregar el mensaje: blocked."),
    ([None, {}, {"details": "sin ruta"}], "WhatsApp no pudo entregar el mensaje: sin ruta."),
    (None, "WhatsApp no pudo entregar el mensaje."),
    ("x", "WhatsApp no pudo entregar el mensaje."),
])
def test_un_fallo_explica_su_motivo_en_una_frase(errores: object, frase: str) -> None:
    assert leer({"statuses": [estado(status="failed", errors=errores)]}).estados[0].error == frase


# --- Nombres y fotos ------------------------------------------------------------------------------------------------

def test_un_chat_con_nombre_o_foto_da_el_contacto() -> None:
    entrega = leer({"chats": [
        {"id": CHAT, "name": " Ana ", "type": "contact", "timestamp": 1712995378, "chat_pic": "https://x/y.jpg"},
        {"id": CHAT, "type": "contact", "timestamp": 1747660332, "unread": 1, "not_spam": True},
        {"id": CHAT, "name": "573001234567"},
        {"id": "120363194050948049@g.us", "name": "Ventas", "type": "group"},
        {"id": LINEA + "@s.whatsapp.net", "name": "Mi Empresa"},
    ]})
    assert entrega.nombres == (NombreRecibido(ANA, "Ana", "https://x/y.jpg"),)
    assert (entrega.ignorados, entrega.ilegibles) == (4, ())


def test_un_cambio_de_chat_cuenta_lo_que_quedo() -> None:
    entrega = leer({"chats_updates": [
        {"before_update": {"id": CHAT, "name": "Antes"}, "after_update": {"name": "Ana"}, "changes": ["name"]},
        {"after_update": {"id": CHAT, "chat_pic": "javascript:x"}},
        {"after_update": {"name": "Nadie"}},
    ]})
    assert entrega.nombres == (NombreRecibido(ANA, "Ana", None),)
    assert (entrega.ignorados, len(entrega.ilegibles)) == (1, 1)


# --- El sobre -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cuerpo", [None, [], "x", 5, True, 1.5, [aviso()], b"{}"])
def test_un_cuerpo_que_no_es_un_objeto_se_rechaza_con_una_frase(cuerpo: object) -> None:
    with pytest.raises(EntradaInvalida, match="objeto JSON"):
        leer(cuerpo)


@pytest.mark.parametrize("clave", [
    "messages", "statuses", "chats", "chats_updates", "messages_updates", "messages_removed",
])
@pytest.mark.parametrize("valor", [{}, "x", 5, 0, False, True, ""])
def test_una_lista_conocida_que_no_es_lista_se_rechaza_con_su_nombre(clave: str, valor: object) -> None:
    with pytest.raises(EntradaInvalida, match=f"«{clave}» debe ser una lista"):
        leer({clave: valor})
    assert leer({clave: None}).vacia


def test_se_despacha_por_las_claves_presentes_y_no_por_el_evento() -> None:
    entrega = leer({"messages": [aviso()], "statuses": [estado()], "chats": [{"id": CHAT, "name": "Ana"}],
                    "event": {"type": "presences", "method": "patch"}})
    assert (len(entrega.mensajes), len(entrega.estados), len(entrega.nombres)) == (1, 1, 1)
    assert len(leer({"messages": [aviso()], "event": "basura", "channel_id": 5}).mensajes) == 1


@pytest.mark.parametrize("cuerpo", [
    {"calls": [{"id": "…", "chat_id": "120363194050948049@g.us", "from": CHAT, "group_call": True}]},
    {"groups": [{"id": "1203@g.us"}]}, {"presences": [{"contact_id": "573001234567", "status": "typing"}]},
])
def test_los_avisos_que_no_interesan_se_cuentan(cuerpo: dict[str, Any]) -> None:
    entrega = leer(cuerpo)
    assert entrega.vacia and entrega.ignorados == 1


@pytest.mark.parametrize("cuerpo", [{}, {"health": {"status": {"code": 99, "text": "OTRO"}}}, {"user": {"id": LINEA}}])
def test_un_aviso_sin_listas_no_trae_nada(cuerpo: dict[str, Any]) -> None:
    assert leer(cuerpo) == Entrega()


def test_los_mensajes_conservan_el_orden_en_que_vinieron() -> None:
    entrega = leer({"messages": [aviso(id=f"m{n}", timestamp=1712995245 - n) for n in range(20)]})
    assert [mensaje.id for mensaje in entrega.mensajes] == [f"m{n}" for n in range(20)]


# --- Limpieza: lo que PostgreSQL no acepta --------------------------------------------------------------------------

def test_limpiar_cambia_lo_que_la_base_no_acepta_tambien_en_las_claves() -> None:
    sucio = {"a\x00": ["\ud800x", float("nan"), float("-inf"), 2**63, -(2**70), 7, 1.5, True, None], "b": ("\udfff",)}
    assert limpiar(sucio) == {
        "a\ufffd": ["\ufffdx", None, None, str(2**63), str(-(2**70)), 7, 1.5, True, None], "b": ["\ufffd"]}
    assert limpiar_texto("a\x00😀ñ") == "a\ufffd😀ñ"
    assert limpiar(2**63 - 1) == 2**63 - 1


def test_limpiar_no_se_ahoga_con_lo_hondo_ni_con_lo_enorme() -> None:
    hondo: Any = "fondo"
    for _ in range(50_000):
        hondo = [hondo]
    assert "demasiado anidado" in json.dumps(limpiar(hondo))
    assert limpiar(10**10_000) == "[entero de 33220 bits]"
    assert limpiar({None: 1, 5: object}) == {"None": 1, "5": "[type]"}


def test_un_mensaje_sucio_se_guarda_limpio() -> None:
    mensaje = uno(text={"body": "ho\x00la \ud83d"}, from_name="A\x00na", type="text", chat_name="\udc00")
    assert (mensaje.cuerpo, mensaje.nombre) == ("ho\ufffdla \ufffd", "A\ufffdna")
    crudo = de_tipo("carousel", {"\x00k": "\ud800", "n": float("nan"), "g": 10**25}).crudo
    assert crudo is not None and crudo["carousel"] == {"\ufffdk": "\ufffd", "n": None, "g": str(10**25)}


# --- Propiedades ----------------------------------------------------------------------------------------------------

_HOJAS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.integers(min_value=2**62, max_value=2**80), st.text(st.characters(categories=["Cs", "Cc"]), max_size=4),
    st.sampled_from([CHAT, ID, LINEA, "stories", "120363194050948049@g.us", "123456789012345@lid", "1712995245",
                     "text", "image", "action", "contact_list", "reply", "buttons_reply", "failed", "true"]),
)
_CLAVES = st.one_of(st.sampled_from([
    "id", "type", "chat_id", "from", "from_me", "body", "caption", "text", "image", "link", "list", "name", "vcard",
    "title", "target", "action", "status", "code", "errors", "message", "quoted_id", "quoted_content", "reply",
]), st.text(max_size=5))
_JSON = st.recursive(_HOJAS, lambda hijos: st.lists(hijos, max_size=4) | st.dictionaries(_CLAVES, hijos, max_size=5),
                     max_leaves=12)
_TIPOS = st.sampled_from([
    "text", "link_preview", "image", "voice", "ptt", "document", "location", "contact", "contact_list", "poll", "reply",
    "interactive", "hsm", "order", "product", "event", "call", "system", "action", "story", "carousel",
])


@st.composite
def _mensajes(draw: st.DrawFn) -> dict[str, Any]:
    tipo = draw(_TIPOS)
    sueltas = draw(st.dictionaries(st.sampled_from(
        ["id", "from", "from_me", "timestamp", "source", "status", "from_name", "chat_name", "context"]), _JSON))
    chat_id = draw(st.sampled_from([CHAT, "123456789012345@lid"]))
    return {"id": ID, "chat_id": chat_id, "type": tipo, tipo: draw(_JSON), **sueltas}


_ELEMENTOS = st.one_of(_JSON, _mensajes(), st.dictionaries(_CLAVES, _JSON, max_size=6))
_CUERPOS = st.one_of(_JSON, st.dictionaries(st.one_of(st.sampled_from([
    "messages", "statuses", "chats", "chats_updates", "messages_updates", "messages_removed", "messages_removed_all",
    "calls", "event",
]), st.text(max_size=4)), st.one_of(st.lists(_ELEMENTOS, max_size=3), st.lists(_ELEMENTOS, max_size=3), _JSON)))


def _se_puede_guardar(entrega: Entrega) -> bool:
    escrito = json.dumps(asdict(entrega), ensure_ascii=False, allow_nan=False, default=datetime.isoformat)
    escrito.encode("utf-8")
    return "\\u0000" not in escrito.replace("\\\\", "")


@settings(max_examples=500, deadline=None)
@given(_CUERPOS)
def test_interpretar_solo_rechaza_con_una_frase_y_lo_demas_se_puede_guardar(cuerpo: object) -> None:
    try:
        entrega = leer(cuerpo)
    except EntradaInvalida as error:
        assert str(error).endswith(".")
        return
    assert _se_puede_guardar(entrega)
    for mensaje in entrega.mensajes:
        assert mensaje.enviado_en.utcoffset() == timedelta(0)
        assert 0 < len(mensaje.id) <= 200 and 0 < len(mensaje.tipo) <= 40
        assert mensaje.enviado_por == "customer" or mensaje.saliente


@settings(max_examples=200, deadline=None)
@given(st.lists(_ELEMENTOS, max_size=5))
def test_cada_elemento_acaba_en_exactamente_un_sitio(elementos: list[Any]) -> None:
    entrega = leer({"messages": elementos})
    contados = len(entrega.mensajes) + len(entrega.acciones) + len(entrega.ilegibles) + entrega.ignorados
    assert contados == len(elementos) and not entrega.estados and not entrega.nombres


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_limpiar_dos_veces_es_limpiar_una(valor: Any) -> None:
    assert limpiar(limpiar(valor)) == limpiar(valor)


@settings(max_examples=100, deadline=None)
@given(_CUERPOS)
def test_la_misma_entrega_da_siempre_lo_mismo(cuerpo: Any) -> None:
    try:
        assert leer(cuerpo) == leer(cuerpo)
    except EntradaInvalida:
        with pytest.raises(EntradaInvalida):
            leer(cuerpo)
