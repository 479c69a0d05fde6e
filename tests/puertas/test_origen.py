"""De dónde viene la petición: otros sitios, CORS, cabeceras, tamaños y sockets de fuera (S1, S3)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import requests

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion
from tests.puertas.conftest import CLAVES_PUBLICAS, PANEL, probar

AJENOS = [
    {"Origin": "https://malo.example.com"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://[::1"},
    {"Origin": "https://malo.example.com", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
]
QUE_ESCRIBEN = [
    "api/login", "api/logout", "api/conversaciones", "api/enviar-mensaje", "api/reintentar-mensaje",
    "api/marcar-leido/573001234567",
]  # fmt: skip
CABECERAS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


# --- peticiones de otro sitio


@pytest.mark.parametrize("cabeceras", AJENOS, ids=str)
def test_un_post_de_otro_sitio_es_403_aunque_lleve_la_sesion(agente1: Sesion, cabeceras: dict[str, str]) -> None:
    for ruta in QUE_ESCRIBEN:
        respuesta = agente1.post(ruta, json={}, headers=cabeceras)
        assert respuesta.status_code == 403, (ruta, respuesta.text)
        assert respuesta.json()["success"] is False


def test_un_logout_de_otro_sitio_no_cierra_la_sesion(agente1: Sesion) -> None:
    agente1.post("api/logout", headers={"Origin": "https://malo.example.com"})
    assert agente1.get("api/session").status_code == 200


def test_el_propio_origen_y_el_configurado_si_escriben(agente1: Sesion, desde: Callable[[str], Sesion]) -> None:
    assert agente1.post("api/logout", headers={"Origin": agente1.app.url}).status_code == 200
    assert agente1.post("api/logout", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert desde("198.51.100.20").post("api/logout", headers={"Origin": PANEL}).status_code == 200


def test_cors_solo_nombra_los_origenes_configurados(desde: Callable[[str], Sesion], agente1: Sesion) -> None:
    sesion = desde("198.51.100.21")
    permitida = sesion.get("api/session", headers={"Origin": PANEL})
    assert permitida.headers["Access-Control-Allow-Origin"] == PANEL
    assert permitida.headers["Access-Control-Allow-Credentials"] == "true"
    previa = {
        "Origin": PANEL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert sesion.options("api/enviar-mensaje", headers=previa).headers["Access-Control-Allow-Origin"] == PANEL
    for ajeno in ("https://malo.example.com", "null", "https://panel.example.com.malo.com", "http://panel.example.com"):
        assert "Access-Control-Allow-Origin" not in sesion.get("api/session", headers={"Origin": ajeno}).headers
    assert "Access-Control-Allow-Origin" not in agente1.get("api/session", headers={"Origin": PANEL}).headers


# --- el webhook


@pytest.mark.parametrize("secreto", [None, "", "otro", "SECRETO-DE-PRUEBA", "secreto-de-prueb"])
def test_sin_el_secreto_el_webhook_es_401_y_no_guarda(app: AppEnMarcha, limpio: BaseDatos, secreto: str | None) -> None:
    respuesta = webhook(app, entrega(mensaje_texto("573001234567", "falso")), secreto=secreto)
    assert respuesta.status_code == 401
    assert limpio.valor("SELECT count(*) FROM chat_mensajes") == 0


def test_el_secreto_va_entero_en_authorization_bearer(app: AppEnMarcha, limpio: BaseDatos) -> None:
    cuerpo = entrega(mensaje_texto("573001234567", "falso"))
    for valor in ("secreto-de-prueba", "Basic secreto-de-prueba", "Bearer  secreto-de-prueba", "Bearer ñandú"):
        cabeceras = {"Authorization": valor.encode()}
        assert requests.post(app.webhook, json=cuerpo, headers=cabeceras, timeout=5).status_code == 401
    assert requests.post(f"{app.webhook}?token=secreto-de-prueba", json=cuerpo, timeout=5).status_code == 401


def test_sin_secreto_configurado_se_atiende_y_el_arranque_lo_advierte(publica: AppEnMarcha) -> None:
    assert webhook(publica, entrega(mensaje_texto("573001234567", "hola")), secreto=None).status_code == 200
    assert publica.esperar_en_registro("WHAPI_WEBHOOK_TOKEN no está definido").startswith("WARNING:chat_whatsapp:")


# --- cabeceras de toda respuesta


@pytest.mark.parametrize(
    ("metodo", "ruta", "codigo"),
    [
        ("GET", "login", 200),
        ("GET", "/twilio-chat", 302),
        ("GET", "/", 302),
        ("GET", "health", 200),
        ("GET", "api/session", 401),
        ("GET", "api/conversaciones", 401),
        ("GET", "no-existe", 404),
        ("GET", "/no-existe", 404),
        ("PUT", "api/login", 405),
        ("POST", "api/login", 400),
        ("POST", "webhook/whapi", 401),
        ("GET", "/static/twilio/css/chat.css", 200),
    ],
)
def test_toda_respuesta_lleva_sus_cabeceras(app: AppEnMarcha, metodo: str, ruta: str, codigo: int) -> None:
    respuesta = Sesion(app).request(metodo, ruta, allow_redirects=False, data=b"{" if metodo == "POST" else None)
    assert respuesta.status_code == codigo
    assert {c: respuesta.headers.get(c) for c in CABECERAS} == CABECERAS
    politica = {d.split()[0]: d.split()[1:] for d in respuesta.headers["Content-Security-Policy"].split(";")}
    assert politica["default-src"] == ["'self'"] and politica["frame-ancestors"] == ["'none'"]
    assert politica["object-src"] == ["'none'"] and politica["base-uri"] == ["'none'"]
    for directiva in ("script-src", "default-src"):
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"} & set(politica[directiva])
    if codigo >= 400:
        assert respuesta.json().keys() >= {"success", "error"} or respuesta.json() == {"logged_in": False}


def test_las_respuestas_con_datos_no_se_guardan_en_cache(agente1: Sesion) -> None:
    for ruta in ("api/session", "api/conversaciones", "/twilio-chat"):
        assert agente1.get(ruta).headers["Cache-Control"] == "no-store"


# --- tamaños


def test_un_cuerpo_enorme_es_413_en_la_api_y_el_webhook_admite_lotes(agente1: Sesion) -> None:
    enorme = b'{"to": "573001234567", "message": "' + b"x" * 1_100_000 + b'"}'
    respuesta = agente1.post("api/enviar-mensaje", data=enorme)
    assert (respuesta.status_code, respuesta.json()["success"]) == (413, False)
    lote = entrega(*(mensaje_texto("573001234567", "y" * 60_000) for _ in range(20)))
    assert webhook(agente1.app, lote).status_code == 200
    assert webhook(agente1.app, b" " * 21_000_000).status_code == 413


# --- sockets de fuera: se rechazan enseguida y con motivo


def test_un_socket_anonimo_se_rechaza_enseguida_con_su_motivo(
    app: AppEnMarcha, limpio: BaseDatos, escucha: Callable[..., Escucha]
) -> None:
    comienzo = time.monotonic()
    anonima = escucha(app, None, esperar=False)
    motivo = anonima.uno("connect_error", plazo=2)
    assert time.monotonic() - comienzo < 2
    assert "Sesión requerida" in str(motivo)
    assert not anonima.conectada


@pytest.mark.parametrize("transporte", ["websocket", "polling"])
@pytest.mark.parametrize("origen", ["https://malo.example.com", "null"])
def test_un_socket_de_otro_origen_se_rechaza_enseguida_aunque_lleve_la_sesion(
    agente1: Sesion, escucha: Callable[..., Escucha], origen: str, transporte: str
) -> None:
    comienzo = time.monotonic()
    ajena = escucha(agente1.app, agente1, esperar=False, origen=origen, transportes=(transporte,))
    ajena.uno("connect_error", plazo=2)
    assert time.monotonic() - comienzo < 2
    assert not ajena.conectada
    url = f"{agente1.app.url}/socket.io/?EIO=4&transport=polling"
    respuesta = requests.get(url, headers={"Origin": origen}, timeout=2)
    assert respuesta.status_code == 400 and "origin" in respuesta.text


@pytest.mark.parametrize("origen", [None, PANEL], ids=["el propio", "el configurado"])
def test_con_cors_configurado_entran_los_sockets_propios_y_los_del_origen_permitido(
    publica: AppEnMarcha, escucha: Callable[..., Escucha], origen: str | None
) -> None:
    sesion = Sesion(publica)
    assert probar(sesion, "agente1", CLAVES_PUBLICAS["agente1"]).status_code == 200
    assert escucha(publica, sesion, origen=origen).conectada
    with pytest.raises(AssertionError):
        escucha(publica, sesion, origen="https://malo.example.com", esperar=False).esperar("connection_status", plazo=1)
