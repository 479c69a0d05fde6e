"""«Endpoints API · Autenticación», «Frontend», «Control de Acceso» y «Monitoreo · Health Check»."""

from __future__ import annotations

from tests.apoyo.aplicacion import CLAVES
from tests.contrato.comun import CLIENTE, ISO, OTRO, Mundo, caso


@caso("GET /twilio-chat/login")
def renderiza_la_pagina_de_login(m: Mundo) -> None:
    respuesta = m.anonimo.get("login")
    assert respuesta.status_code == 200
    assert respuesta.headers["Content-Type"].startswith("text/html")
    assert 'type="password"' in respuesta.text


@caso("POST /twilio-chat/api/login")
def con_credenciales_buenas_responde_el_cuerpo_impreso(m: Mundo) -> None:
    respuesta = m.anonimo.post("api/login", json={"username": "agente1", "password": CLAVES["agente1"]})
    assert respuesta.status_code == 200
    assert respuesta.json() == {"success": True, "username": "agente1", "nombre": "Agente 1"}
    m.registrado("INFO:chat_whatsapp:✅ Login exitoso: agente1")


@caso("POST /twilio-chat/api/login")
def con_credenciales_malas_es_401_con_el_cuerpo_impreso(m: Mundo) -> None:
    respuesta = m.anonimo.post("api/login", json={"username": "agente2", "password": "no-es-esta"})
    assert respuesta.status_code == 401
    assert respuesta.json() == {"success": False, "error": "Credenciales inválidas"}
    m.registrado("WARNING:chat_whatsapp:❌ Login fallido…")


@caso("POST /twilio-chat/api/logout")
def cierra_la_sesion_y_responde_el_cuerpo_impreso(m: Mundo) -> None:
    sesion = m.agente(1)
    respuesta = sesion.post("api/logout")
    assert (respuesta.status_code, respuesta.json()) == (200, {"success": True})
    assert sesion.get("api/session").status_code == 401


@caso("GET /twilio-chat/api/session")
def con_sesion_dice_quien_es(m: Mundo) -> None:
    respuesta = m.agente(1).get("api/session")
    impreso = {"logged_in": True, "username": "agente1", "nombre": "Agente 1"}
    assert respuesta.status_code == 200
    assert respuesta.json() == impreso | {"demo": False, "linea": "573008021701"}


@caso("GET /twilio-chat/api/session")
def sin_sesion_es_401_con_el_cuerpo_impreso(m: Mundo) -> None:
    respuesta = m.anonimo.get("api/session")
    assert (respuesta.status_code, respuesta.json()) == (401, {"logged_in": False})


@caso("GET /twilio-chat")
def renderiza_el_chat_del_agente(m: Mundo) -> None:
    for ruta in ("/twilio-chat", "/twilio-chat/"):
        respuesta = m.agente(1).get(ruta)
        assert respuesta.status_code == 200
        assert 'data-agente="agente1"' in respuesta.text
        assert 'data-nombre="Agente 1"' in respuesta.text


@caso("GET /twilio-chat")
def sin_sesion_redirige_al_login(m: Mundo) -> None:
    for ruta in ("/twilio-chat", "/twilio-chat/"):
        respuesta = m.anonimo.get(ruta, allow_redirects=False)
        assert respuesta.status_code == 302
        assert respuesta.headers["Location"].endswith("/twilio-chat/login")


@caso("GET /")
def lleva_al_chat(m: Mundo) -> None:
    respuesta = m.anonimo.get("/", allow_redirects=False)
    assert (respuesta.status_code, respuesta.headers["Location"]) == (302, "/twilio-chat")


@caso("Seguridad · @require_auth en todos los endpoints protegidos")
def sin_sesion_la_api_es_401_en_json(m: Mundo) -> None:
    protegidas = [
        ("GET", "api/conversaciones"),
        ("POST", "api/conversaciones"),
        ("GET", f"api/conversacion/{CLIENTE}"),
        ("GET", "api/cambios?desde=1"),
        ("POST", "api/enviar-mensaje"),
        ("POST", "api/reintentar-mensaje"),
        ("POST", f"api/marcar-leido/{CLIENTE}"),
    ]
    for metodo, ruta in protegidas:
        respuesta = m.anonimo.request(metodo, ruta, json={} if metodo == "POST" else None)
        assert respuesta.status_code == 401, ruta
        assert respuesta.json() == {"success": False, "error": "Sesión requerida"}, ruta


@caso("Seguridad · Control de Acceso")
def ver_la_conversacion_de_otro_es_403_y_queda_en_el_registro(m: Mundo) -> None:
    m.dos_chats()
    respuesta = m.agente(1).get(f"api/conversacion/{OTRO}")
    assert respuesta.status_code == 403
    assert respuesta.json() == {"success": False, "error": "No tienes permiso para ver esta conversación"}
    m.registrado("WARNING:chat_whatsapp:⚠️ Agente agente1 intentó acceder a conversación de agente2")


@caso("Seguridad · Control de Acceso")
def cada_agente_solo_lista_lo_suyo(m: Mundo) -> None:
    m.dos_chats()
    assert list(m.agente(1).get("api/conversaciones").json()["conversaciones"]) == [CLIENTE]
    assert list(m.agente(2).get("api/conversaciones").json()["conversaciones"]) == [OTRO]


@caso("Monitoreo · Health Check")
def responde_las_claves_impresas(m: Mundo) -> None:
    respuesta = m.anonimo.get("health")
    salud = respuesta.json()
    assert respuesta.status_code == 200
    assert ISO.fullmatch(salud.pop("timestamp"))
    impreso = {"status": "healthy", "service": "twilio-bsl", "twilio_configured": False}
    assert set(salud.pop("linea")) == {"state", "ok", "text", "since"}
    assert salud == impreso | {"database": "ok"}


@caso("Troubleshooting · WebSocket no conecta")
def el_registro_dice_que_socketio_quedo_listo(m: Mundo) -> None:
    m.registrado("INFO:chat_whatsapp:✅ Instancia de Socket.IO configurada en chat_whatsapp", al_arrancar=True)
    m.registrado("INFO:chat_whatsapp:📡 Socket.IO handlers registrados para /twilio-chat", al_arrancar=True)


@caso("Troubleshooting · WebSocket no conecta")
def la_pagina_carga_socketio_local_o_del_cdn_4_7_2(m: Mundo) -> None:
    pagina = m.agente(1).get("/twilio-chat").text
    assert "vendor/socket.io.min.js" in pagina or "https://cdn.socket.io/4.7.2/socket.io.min.js" in pagina
