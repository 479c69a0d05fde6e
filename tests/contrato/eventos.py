"""«WebSocket Events»: lo que se dicen la pantalla y el servidor en el espacio /twilio-chat."""

from __future__ import annotations

from tests.apoyo.cargas import entrega, webhook
from tests.contrato.comun import CLIENTE, OTRO, Mundo, caso, tiene_forma

CONEXION = {"status": "connected", "timestamp": "2026-01-07T10:30:00"}
UNIDA = {"numero": "573001234567", "timestamp": "2026-01-07T10:30:00"}
NUEVO_MENSAJE = {
    "numero": "573001234567",
    "from": "573001234567",
    "to": "573008021701",
    "body": "Hola",
    "message_id": "msg_abc123",
    "chat_id": "573001234567@s.whatsapp.net",
    "type": "text",
    "timestamp": "2026-01-07T10:30:00",
    "direction": "inbound",
    "source": "whapi",
}
ESTADO = {
    "message_id": "msg_abc123",
    "numero": "573001234567",
    "status": "read",
    "status_code": 4,
    "timestamp": "2026-01-07T10:31:00",
    "source": "whapi",
}
ACTUALIZACION = {
    "numero": "573001234567",
    "last_read_timestamp": "2026-01-07T10:31:00",
    "event_type": "message_read",
    "source": "whapi",
}
CODIGOS = {"sent": 2, "delivered": 3, "read": 4}


@caso("WebSocket · connect")
def responde_connection_status(m: Mundo) -> None:
    dato = m.pantalla(1).uno("connection_status")
    tiene_forma(dato, CONEXION)
    assert dato.keys() == CONEXION.keys() and dato["status"] == "connected"


@caso("WebSocket · join_conversation")
def responde_joined_conversation_con_objeto_o_con_texto(m: Mundo) -> None:
    m.escribe(CLIENTE)
    pantalla = m.pantalla(1)
    for pedido in ({"numero": CLIENTE}, CLIENTE, f"+{CLIENTE}"):
        pantalla.olvidar()
        pantalla.emitir("join_conversation", pedido)
        dato = pantalla.uno("joined_conversation")
        tiene_forma(dato, UNIDA)
        assert (dato.keys(), dato["numero"]) == (UNIDA.keys(), CLIENTE)


@caso("WebSocket · join_conversation")
def a_la_de_otro_responde_error_con_la_frase_impresa(m: Mundo) -> None:
    m.dos_chats()
    pantalla = m.pantalla(1)
    for pedido in ({"numero": OTRO}, OTRO, {"numero": "573009999999"}, {"numero": None}, {"numero": [1]}, {}, None, 7):
        pantalla.olvidar()
        pantalla.emitir("join_conversation", pedido)
        assert pantalla.uno("error") == {"error": "No tienes permiso para ver esta conversación"}, pedido
        assert pantalla.eventos("joined_conversation") == []
    m.registrado("WARNING:chat_whatsapp:⚠️ Agente agente1 intentó acceder a conversación de agente2")


@caso("WebSocket · leave_conversation")
def responde_left_conversation(m: Mundo) -> None:
    pantalla = m.pantalla(1)
    pantalla.emitir("leave_conversation", {"numero": CLIENTE})
    assert pantalla.uno("left_conversation")["numero"] == CLIENTE


@caso("WebSocket · new_message")
def un_entrante_lleva_las_claves_impresas(m: Mundo) -> None:
    pantalla = m.pantalla(1)
    enviado = m.escribe(CLIENTE, "Hola", en=1767781800)
    dato = pantalla.uno("new_message")
    tiene_forma(dato, NUEVO_MENSAJE)
    impreso = NUEVO_MENSAJE | {"message_id": enviado["id"], "timestamp": "2026-01-07T10:30:00+00:00"}
    assert dato == dato | impreso
    assert dato["replaces"] == [] and (dato["unread_count"], dato["message_count"]) == (1, 1)


@caso("WebSocket · new_message")
def el_chat_id_va_como_lo_escribio_el_proveedor(m: Mundo) -> None:
    pantalla = m.pantalla(1)
    webhook(m.app, entrega({"id": "m1", "chat_id": f"{CLIENTE}@c.us", "type": "text", "text": {"body": "x"}}))
    dato = pantalla.uno("new_message")
    assert (dato["chat_id"], dato["numero"], dato["from"]) == (f"{CLIENTE}@c.us", CLIENTE, CLIENTE)


@caso("WebSocket · new_message")
def un_saliente_lleva_direction_outbound_y_el_id_de_la_respuesta(m: Mundo) -> None:
    m.escribe(CLIENTE)
    pantalla = m.pantalla(1)
    enviado = m.agente(1).post("api/enviar-mensaje", json={"to": CLIENTE, "message": "Buenas"}).json()
    dato = pantalla.uno("new_message", lambda d: d["message_id"] == enviado["message_id"])
    tiene_forma(dato, NUEVO_MENSAJE)
    assert dato == dato | {
        "direction": "outbound", "from": "573008021701", "to": CLIENTE, "numero": CLIENTE, "body": "Buenas",
        "agent": "agente1", "agent_name": "Agente 1", "origin": "agent", "chat_id": f"{CLIENTE}@s.whatsapp.net",
    }  # fmt: skip


@caso("WebSocket · new_message")
def dice_tambien_si_el_chat_esta_fijado_o_en_silencio(m: Mundo) -> None:
    m.escribe(CLIENTE)
    agente = m.agente(1)
    agente.request("PATCH", f"api/conversacion/{CLIENTE}", json={"pinned": True, "muted": True})
    pantalla = m.pantalla(1)
    m.escribe(CLIENTE, "Hola")
    dato = pantalla.uno("new_message", lambda d: d["direction"] == "inbound")
    assert (dato["pinned"], dato["muted"]) == (True, True)
    agente.post("api/enviar-mensaje", json={"to": CLIENTE, "message": "Buenas"})
    dato = pantalla.uno("new_message", lambda d: d["direction"] == "outbound")
    assert (dato["pinned"], dato["muted"]) == (True, True)


@caso("WebSocket · message_status")
def lleva_las_claves_impresas_y_su_codigo(m: Mundo) -> None:
    m.escribe(CLIENTE)
    pantalla = m.pantalla(1)
    enviado = m.agente(1).post("api/enviar-mensaje", json={"to": CLIENTE, "message": "Buenas"}).json()
    dato = pantalla.uno("message_status", lambda d: d["status"] == "read")
    tiene_forma(dato, ESTADO)
    esperado = {"message_id": enviado["message_id"], "numero": CLIENTE, "status_code": 4, "source": "whapi"}
    assert dato == dato | esperado | {"seq": enviado["message"]["seq"], "error": None}
    for otro in pantalla.eventos("message_status"):
        assert otro["status_code"] == CODIGOS[otro["status"]]


@caso("WebSocket · conversation_update")
def al_marcar_leido_lleva_las_claves_impresas(m: Mundo) -> None:
    m.escribe(CLIENTE)
    pantalla = m.pantalla(1)
    m.agente(1).post(f"api/marcar-leido/{CLIENTE}")
    dato = pantalla.uno("conversation_update", lambda d: d["event_type"] == "message_read")
    tiene_forma(dato, ACTUALIZACION)
    assert dato == dato | {"numero": CLIENTE, "source": "whapi", "unread_count": 0}
    m.registrado("INFO:chat_whatsapp:📡 Evento WebSocket enviado: conversation_update")
