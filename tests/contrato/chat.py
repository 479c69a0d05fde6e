"""«Endpoints API · Chat»: conversaciones, conversacion y enviar-mensaje."""

from __future__ import annotations

from typing import Any

from tests.apoyo.cargas import entrega, mensaje_texto, webhook
from tests.contrato.comun import CLIENTE, OTRO, Mundo, caso, tiene_forma

CONVERSACIONES: dict[str, Any] = {
    "success": True,
    "conversaciones": {
        "573001234567": {
            "numero": "573001234567",
            "nombre": "Juan Pérez",
            "last_message": "Hola, necesito información",
            "last_message_time": "2026-01-07T10:30:00",
            "source": "whapi",
            "profile_picture": "https://...",
            "message_count": 5,
        }
    },
    "total": 10,
    "count": 1,
    "offset": 0,
    "limit": 30,
    "has_more": True,
    "agente": "agente1",
}
CONVERSACION: dict[str, Any] = {
    "success": True,
    "numero": "573001234567",
    "twilio_messages": [
        {
            "id": "msg_abc123",
            "chat_id": "573001234567",
            "from": "573001234567",
            "to": "573008021701",
            "body": "Hola, necesito información",
            "date_sent": "2026-01-07T10:30:00",
            "status": "delivered",
            "direction": "inbound",
            "media_count": 0,
            "source": "whapi",
        }
    ],
    "total": 25,
    "count": 25,
    "offset": 0,
    "limit": 50,
    "has_more": False,
    "source": "whapi",
}
ENVIADO = {"success": True, "message_id": "msg_xyz789", "source": "whapi", "timestamp": "2026-01-07T10:35:00"}
CLAVES_DE_UN_MENSAJE = set(CONVERSACION["twilio_messages"][0]) | {
    "seq", "client_id", "type", "media_url", "agent", "agent_name", "origin", "quoted", "error",
}  # fmt: skip
CLAVES_DE_LA_LISTA = set(CONVERSACIONES["conversaciones"]["573001234567"]) | {
    "unread_count", "last_type", "last_direction", "last_status", "last_error", "oculto",
}  # fmt: skip


def _lista(m: Mundo, **parametros: int) -> dict[str, Any]:
    respuesta = m.agente(1).get("api/conversaciones", params=parametros)
    assert respuesta.status_code == 200, respuesta.text
    return dict(respuesta.json())


def _pagina(m: Mundo, **parametros: int) -> dict[str, Any]:
    respuesta = m.agente(1).get(f"api/conversacion/{CLIENTE}", params=parametros)
    assert respuesta.status_code == 200, respuesta.text
    return dict(respuesta.json())


def _diez_mensajes(m: Mundo) -> None:
    todos = [mensaje_texto(CLIENTE, f"mensaje {n}", en=1767781800 + n) for n in range(10)]
    assert webhook(m.app, entrega(*todos)).status_code == 200


def _cuerpos(pagina: dict[str, Any]) -> list[str]:
    return [mensaje["body"] for mensaje in pagina["twilio_messages"]]


@caso("GET /twilio-chat/api/conversaciones")
def responde_el_ejemplo_impreso(m: Mundo) -> None:
    m.escribe(CLIENTE, "Hola, necesito información", nombre="Juan Pérez", en=1767781800)
    lista = _lista(m)
    tiene_forma(lista, CONVERSACIONES)
    una = lista["conversaciones"][CLIENTE]
    assert {**una} == una | {
        "numero": CLIENTE,
        "nombre": "Juan Pérez",
        "last_message": "Hola, necesito información",
        "last_message_time": "2026-01-07T10:30:00+00:00",
        "source": "whapi",
        "message_count": 1,
        "unread_count": 1,
        "last_direction": "inbound",
        "last_type": "text",
        "oculto": False,
    }
    assert una.keys() >= CLAVES_DE_LA_LISTA
    assert {c: lista[c] for c in ("success", "total", "count", "offset", "limit", "has_more", "agente")} == {
        "success": True, "total": 1, "count": 1, "offset": 0, "limit": 30, "has_more": False, "agente": "agente1",
    }  # fmt: skip


@caso("GET /twilio-chat/api/conversaciones")
def sin_conversaciones_la_lista_es_un_objeto_vacio(m: Mundo) -> None:
    lista = _lista(m)
    assert (lista["success"], lista["conversaciones"], lista["total"], lista["has_more"]) == (True, {}, 0, False)


@caso("GET /twilio-chat/api/conversaciones")
def va_de_la_mas_nueva_a_la_mas_vieja_y_por_paginas(m: Mundo) -> None:
    numeros = [f"5730000010{n:02d}" for n in range(10)]
    for orden, numero in enumerate(numeros):
        m.escribe(numero, en=1767781800 + orden)
    mios = numeros[0::2][::-1]  # el turno alterna: los pares son de agente1
    assert list(_lista(m)["conversaciones"]) == mios
    primera, segunda = _lista(m, limit=3), _lista(m, limit=3, offset=3)
    assert list(primera["conversaciones"]) == mios[:3] and list(segunda["conversaciones"]) == mios[3:]
    assert (primera["total"], primera["count"], primera["has_more"]) == (5, 3, True)
    assert (segunda["total"], segunda["count"], segunda["offset"], segunda["has_more"]) == (5, 2, 3, False)
    m.escribe(mios[-1], "el más viejo vuelve a escribir", en=1767782800)
    assert list(_lista(m)["conversaciones"]) == [mios[-1], *mios[:-1]]


@caso("GET /twilio-chat/api/conversaciones")
def sin_nombre_se_muestra_el_numero_escrito_y_un_oculto_no_lo_ensena(m: Mundo) -> None:
    m.escribe(CLIENTE, nombre=None)
    m.escribe(OTRO)
    m.escribe("123456789012345@lid", nombre=None)
    lista = _lista(m)["conversaciones"]
    assert lista[CLIENTE]["nombre"] == "+57 300 123 4567"
    oculta = lista["123456789012345@lid"]
    assert (oculta["nombre"], oculta["oculto"]) == ("Número oculto", True)


@caso("GET /twilio-chat/api/conversacion/<numero>")
def responde_el_ejemplo_impreso_del_chat(m: Mundo) -> None:
    enviado = m.escribe(CLIENTE, "Hola, necesito información", en=1767781800)
    pagina = _pagina(m)
    tiene_forma(pagina, CONVERSACION)
    (mensaje,) = pagina["twilio_messages"]
    impreso = CONVERSACION["twilio_messages"][0] | {"id": enviado["id"], "date_sent": "2026-01-07T10:30:00+00:00"}
    assert mensaje == mensaje | impreso | {"type": "text", "origin": "customer", "error": None, "media_url": None}
    assert mensaje.keys() >= CLAVES_DE_UN_MENSAJE
    assert (pagina["limit"], pagina["source"], pagina["has_more"]) == (50, "whapi", False)


@caso("GET /twilio-chat/api/conversacion/<numero>")
def acepta_el_numero_con_y_sin_mas(m: Mundo) -> None:
    m.escribe(CLIENTE)
    for escrito in (CLIENTE, f"%2B{CLIENTE}", "3001234567", f"{CLIENTE}@s.whatsapp.net"):
        respuesta = m.agente(1).get(f"api/conversacion/{escrito}")
        assert (respuesta.status_code, respuesta.json()["numero"]) == (200, CLIENTE), escrito


@caso("GET /twilio-chat/api/conversacion/<numero>")
def la_pagina_es_ascendente_y_offset_cuenta_desde_el_mas_nuevo(m: Mundo) -> None:
    _diez_mensajes(m)
    nueva, media, vieja = _pagina(m, limit=4), _pagina(m, limit=4, offset=4), _pagina(m, limit=4, offset=8)
    assert _cuerpos(nueva) == [f"mensaje {n}" for n in (6, 7, 8, 9)]
    assert _cuerpos(media) == [f"mensaje {n}" for n in (2, 3, 4, 5)]
    assert _cuerpos(vieja) == ["mensaje 0", "mensaje 1"]
    assert [(p["total"], p["count"], p["has_more"]) for p in (nueva, media, vieja)] == [
        (10, 4, True), (10, 4, True), (10, 2, False),
    ]  # fmt: skip


@caso("GET /twilio-chat/api/conversacion/<numero>")
def before_da_los_anteriores_a_un_mensaje_aunque_lleguen_nuevos(m: Mundo) -> None:
    _diez_mensajes(m)
    primera = _pagina(m, limit=4)
    m.escribe(CLIENTE, "llega mientras se lee")
    segunda = _pagina(m, limit=4, before=primera["twilio_messages"][0]["seq"])
    assert _cuerpos(segunda) == [f"mensaje {n}" for n in (2, 3, 4, 5)]
    assert segunda["has_more"] is True


@caso("POST /twilio-chat/api/enviar-mensaje")
def envia_y_responde_el_cuerpo_impreso(m: Mundo) -> None:
    m.escribe(CLIENTE)
    pedido = {"to": CLIENTE, "message": "Hola, ¿en qué puedo ayudarte?", "media_url": None}
    respuesta = m.agente(1).post("api/enviar-mensaje", json=pedido)
    assert respuesta.status_code == 200
    tiene_forma(respuesta.json(), ENVIADO)
    (enviado,) = m.simulador.enviados
    assert (enviado.ruta, enviado.cuerpo) == (
        "/messages/text", {"to": f"{CLIENTE}@s.whatsapp.net", "body": "Hola, ¿en qué puedo ayudarte?"},
    )  # fmt: skip
    assert respuesta.json()["message_id"] == enviado.id
    assert respuesta.json()["message"].keys() >= CLAVES_DE_UN_MENSAJE
    m.registrado(f"INFO:chat_whatsapp:🔔 Mensaje enviado {enviado.id}")


@caso("POST /twilio-chat/api/enviar-mensaje")
def a_la_conversacion_de_otro_es_403_con_el_cuerpo_impreso(m: Mundo) -> None:
    m.dos_chats()
    for numero in (OTRO, "573009999999"):
        respuesta = m.agente(1).post("api/enviar-mensaje", json={"to": numero, "message": "hola"})
        frase = "No tienes permiso para enviar mensajes a esta conversación"
        assert (respuesta.status_code, respuesta.json()) == (403, {"success": False, "error": frase})
    assert m.simulador.enviados == []


@caso("POST /twilio-chat/api/marcar-leido/<numero>")
def pone_en_cero_lo_que_falta_por_leer(m: Mundo) -> None:
    m.escribe(CLIENTE, "uno")
    hasta = _pagina(m)["twilio_messages"][0]["seq"]
    m.escribe(CLIENTE, "dos")
    respuesta = m.agente(1).post(f"api/marcar-leido/{CLIENTE}", json={"hasta": hasta})
    assert (respuesta.status_code, respuesta.json()) == (200, {"success": True, "unread_count": 1})
    assert m.agente(1).post(f"api/marcar-leido/{CLIENTE}").json() == {"success": True, "unread_count": 0}
    assert _lista(m)["conversaciones"][CLIENTE]["unread_count"] == 0


@caso("POST /twilio-chat/api/conversaciones")
def empieza_un_chat_propio_sin_gastar_turno(m: Mundo) -> None:
    pedido = {"numero": "+57 300 888 7766", "nombre": "Persona Nueva"}
    respuesta = m.agente(2).post("api/conversaciones", json=pedido)
    assert respuesta.status_code == 200
    assert respuesta.json()["conversacion"] == respuesta.json()["conversacion"] | {
        "numero": "573008887766", "nombre": "Persona Nueva", "message_count": 0,
    }  # fmt: skip
    assert m.agente(1).post("api/conversaciones", json=pedido).status_code == 403
    assert m.agente(1).post("api/conversaciones", json={"numero": "hola"}).status_code == 400
    assert m.base.valor("SELECT valor FROM sistema_asignacion") == 0


@caso("GET /twilio-chat/api/cambios")
def da_lo_que_paso_desde_un_cursor(m: Mundo) -> None:
    m.dos_chats()
    cursor = _lista(m)["cursor"]
    nuevo = m.escribe(CLIENTE, "mientras no estabas")
    m.escribe(OTRO, "esto no es tuyo")
    cambios = m.agente(1).get("api/cambios", params={"desde": cursor}).json()
    assert (cambios["success"], cambios["reset"], cambios["has_more"], cambios["quitadas"]) == (True, False, False, [])
    assert list(cambios["conversaciones"]) == [CLIENTE]
    assert [mensaje["id"] for mensaje in cambios["mensajes"]][-1] == nuevo["id"]
    assert {mensaje["numero"] for mensaje in cambios["mensajes"]} == {CLIENTE}
