"""«Endpoints API · Webhooks» y los tres modos en que Whapi entrega."""

from __future__ import annotations

from tests.apoyo.cargas import entrega, entrega_estados, estado, mensaje_imagen, mensaje_texto, webhook
from tests.contrato.comun import CLIENTE, Mundo, caso

IMPRESO = {
    "messages": [
        {
            "id": "msg_abc123",
            "chat_id": "573001234567@s.whatsapp.net",
            "from": "573001234567@s.whatsapp.net",
            "type": "text",
            "text": {"body": "Hola"},
            "timestamp": 1704624000,
            "from_me": False,
        }
    ]
}
MODOS = {
    "un cuerpo": ("POST", ""),
    "la ruta": ("POST", "/messages/post"),
    "el método": ("PATCH", "/messages"),
}


def _guardados(m: Mundo) -> list[str]:
    return [fila[0] for fila in m.base.consultar("SELECT cuerpo FROM chat_mensajes ORDER BY seq")]


@caso("POST /twilio-chat/webhook/whapi")
def el_ejemplo_impreso_se_guarda_se_asigna_y_responde_lo_impreso(m: Mundo) -> None:
    respuesta = webhook(m.app, IMPRESO)
    assert (respuesta.status_code, respuesta.json()) == (200, {"success": True})
    (mensaje,) = m.agente(1).get(f"api/conversacion/{CLIENTE}").json()["twilio_messages"]
    assert mensaje == mensaje | {
        "id": "msg_abc123", "body": "Hola", "from": CLIENTE, "to": "573008021701", "direction": "inbound",
        "date_sent": "2024-01-07T10:40:00+00:00",
    }  # fmt: skip


@caso("POST /twilio-chat/webhook/whapi")
def emite_el_evento_impreso(m: Mundo) -> None:
    pantalla = m.pantalla(1)
    webhook(m.app, IMPRESO)
    assert pantalla.uno("new_message")["message_id"] == "msg_abc123"
    m.registrado("INFO:chat_whatsapp:📡 Evento WebSocket enviado: new_message")


@caso("Webhook de Whapi · modos de entrega")
def los_tres_modos_de_whapi_llegan(m: Mundo) -> None:
    for modo, (metodo, ruta) in MODOS.items():
        respuesta = webhook(m.app, entrega(mensaje_texto(CLIENTE, modo)), metodo=metodo, ruta=ruta)
        assert (respuesta.status_code, respuesta.json()) == (200, {"success": True}), modo
    assert _guardados(m) == list(MODOS)


@caso("Webhook de Whapi · modos de entrega")
def el_proveedor_simulado_entrega_en_los_tres(m: Mundo) -> None:
    for modo in ("body", "path", "method"):
        m.simulador.poner_webhook(m.app.webhook, modo)
        m.simulador.escribir(CLIENTE, f"por {modo}", esperar=True)
    assert _guardados(m) == ["por body", "por path", "por method"]


@caso("Webhook de Whapi · modos de entrega")
def get_responde_200_porque_el_proveedor_comprueba(m: Mundo) -> None:
    for ruta in ("", "/messages", "/messages/post"):
        for metodo in ("GET", "HEAD"):
            respuesta = m.anonimo.request(metodo, f"webhook/whapi{ruta}")
            assert respuesta.status_code == 200, (metodo, ruta)


@caso("Webhook de Whapi · statuses")
def los_estados_llegan_por_los_tres_modos_y_avanzan(m: Mundo) -> None:
    m.simulador.fallar("sin_estados")
    m.escribe(CLIENTE)
    enviado = m.agente(1).post("api/enviar-mensaje", json={"to": CLIENTE, "message": "ya"}).json()["message_id"]
    for (metodo, ruta), nombre in zip(
        (("POST", ""), ("POST", "/statuses/post"), ("PATCH", "/statuses")), ("delivered", "read", "played"), strict=True
    ):
        assert webhook(m.app, entrega_estados(estado(enviado, nombre)), metodo=metodo, ruta=ruta).status_code == 200
        ultimo = m.agente(1).get(f"api/conversacion/{CLIENTE}").json()["twilio_messages"][-1]
        assert (ultimo["id"], ultimo["status"]) == (enviado, nombre)


@caso("Webhook de Whapi · chats")
def traen_el_nombre_y_la_foto_de_quien_ya_conversa(m: Mundo) -> None:
    m.escribe(CLIENTE, nombre=None)
    pantalla = m.pantalla(1)
    chat = {"id": f"{CLIENTE}@s.whatsapp.net", "name": "Nombre Nuevo", "chat_pic": "https://example.com/f.jpg"}
    desconocido = {"id": "573111111111@s.whatsapp.net", "name": "Nadie"}
    assert webhook(m.app, {"chats": [chat, desconocido]}, ruta="/chats/post").status_code == 200
    lista = m.agente(1).get("api/conversaciones").json()["conversaciones"]
    assert list(lista) == [CLIENTE]
    # La foto se copia aparte (tests/senales): al navegador nunca llega una dirección ajena.
    assert (lista[CLIENTE]["nombre"], lista[CLIENTE]["profile_picture"]) == ("Nombre Nuevo", None)
    aviso = pantalla.uno("conversation_update", lambda d: d["event_type"] == "name_changed")
    assert (aviso["numero"], aviso["nombre"]) == (CLIENTE, "Nombre Nuevo")


@caso("Webhook de Whapi · un lote")
def trae_mensajes_estados_y_nombres_a_la_vez(m: Mundo) -> None:
    cuerpo = entrega(mensaje_texto(CLIENTE, "uno"), mensaje_imagen(CLIENTE, "una foto")) | {
        "chats": [{"id": f"{CLIENTE}@s.whatsapp.net", "name": "Con Nombre"}],
        "statuses": [estado("no-existe", "read")],
    }
    assert webhook(m.app, cuerpo).status_code == 200
    pagina = m.agente(1).get(f"api/conversacion/{CLIENTE}").json()
    assert [(x["type"], x["body"], x["media_count"]) for x in pagina["twilio_messages"]] == [
        ("text", "uno", 0), ("image", "una foto", 1),
    ]  # fmt: skip
    assert pagina["nombre"] == "Con Nombre"


@caso("Webhook de Whapi · validación de payload")
def lo_que_no_es_una_entrega_es_400_y_no_guarda_nada(m: Mundo) -> None:
    for cuerpo in (b"", b"hola", b"[]", b'"x"', b'{"messages": 3}', b"\xff\xfe", b"[" * 100_000):
        respuesta = webhook(m.app, cuerpo)
        assert respuesta.status_code == 400, cuerpo[:20]
        assert respuesta.json().keys() == {"success", "error"}
    assert _guardados(m) == []


@caso("Webhook de Whapi · solo personas")
def grupos_estados_canales_y_la_propia_linea_no_abren_conversacion(m: Mundo) -> None:
    ajenos = ("120363043968066561@g.us", "status@broadcast", "120363171744447809@newsletter", "573008021701", "0@c.us")
    for chat in ajenos:
        assert webhook(m.app, entrega(mensaje_texto(chat, "no soy una persona"))).status_code == 200
    assert m.base.valor("SELECT count(*) FROM conversaciones_whatsapp") == 0
    assert m.base.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 0
