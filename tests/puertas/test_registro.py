"""El registro cuenta qué pasó sin repetir lo que se dijo: se habla de salud (S6). Nadie recibe str(e) (S7)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import CLAVES, ENTORNO_DE_PRUEBA, SECRETO_WEBHOOK, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, entrega_estados, estado, mensaje, mensaje_imagen, recibir, webhook
from tests.apoyo.en_proceso import AppEnProceso, en_proceso
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion, entrar

CLIENTE = "573001234567"
AGUJA = "AGUJA-dolor-de-cabeza"
SECRETOS = (
    AGUJA,
    SECRETO_WEBHOOK,
    ENTORNO_DE_PRUEBA["WHAPI_TOKEN"],
    ENTORNO_DE_PRUEBA["FLASK_SECRET_KEY"],
    *CLAVES.values(),
)


def _nada_se_filtra(app: AppEnMarcha, *mas: str) -> None:
    dicho = app.registro()
    for secreto in (*SECRETOS, *mas):
        lineas = [linea for linea in dicho.splitlines() if secreto in linea]
        assert not lineas, f"el registro repite {secreto!r}: {lineas[:3]}"


def test_lo_que_llega_por_el_webhook_no_queda_en_el_registro(app: AppEnMarcha, limpio: BaseDatos) -> None:
    recibir(app, CLIENTE, AGUJA, nombre=AGUJA)
    partes = [
        mensaje_imagen(CLIENTE, AGUJA),
        mensaje(CLIENTE, "location", {"name": AGUJA, "latitude": 1, "longitude": 2}),
        mensaje(CLIENTE, "inventado", {"body": AGUJA}),
        mensaje(CLIENTE, "text", {"body": AGUJA}, context={"quoted_id": "x", "quoted_content": {"body": AGUJA}}),
        {"type": AGUJA},
        {"id": "m", "chat_id": AGUJA, "text": {"body": AGUJA}},
        AGUJA,
    ]
    fallo = estado("x", "failed", errors=[{"message": AGUJA}])
    chats = {"chats": [{"id": f"{CLIENTE}@s.whatsapp.net", "name": AGUJA}, {"id": AGUJA}]}
    for cuerpo in (entrega(*partes), entrega_estados(fallo, {"id": "y", "status": AGUJA}), chats, {"messages": AGUJA}):
        webhook(app, cuerpo)
    webhook(app, f'{{"messages": [{{"text": "{AGUJA}"'.encode())
    webhook(app, entrega(mensaje(CLIENTE, "text", AGUJA)), secreto=AGUJA)
    _nada_se_filtra(app)


@pytest.mark.parametrize("falla", [None, 502, 401, 413, "html", "cortar", "sin_id", "vacio"])
def test_lo_que_se_envia_no_queda_en_el_registro_salga_o_no(
    agente1: Sesion, simulador: Simulador, falla: int | str | None
) -> None:
    recibir(agente1.app, CLIENTE, "hola")
    if falla is not None:
        simulador.fallar(falla)
    url = f"https://example.com/{AGUJA}.jpg?firma={AGUJA}"
    agente1.post("api/enviar-mensaje", json={"to": CLIENTE, "message": AGUJA, "media_url": url})
    agente1.post(
        "api/enviar-mensaje", json={"to": AGUJA, "message": AGUJA, "media_url": AGUJA, "client_id": f"{AGUJA} "}
    )
    agente1.put(f"api/borrador/{CLIENTE}", json={"texto": AGUJA})
    agente1.post("api/conversaciones", json={"numero": AGUJA, "nombre": AGUJA})
    agente1.get("api/buscar", params={"q": AGUJA})
    agente1.get(f"api/conversacion/{AGUJA}")
    _nada_se_filtra(agente1.app)


def test_ni_contrasenas_ni_cookies_ni_usuarios_inventados_quedan_en_el_registro(
    app: AppEnMarcha, limpio: BaseDatos, escucha: Callable[..., Escucha]
) -> None:
    sesion = entrar(app, "agente1")
    Sesion(app).post("api/login", json={"username": AGUJA, "password": AGUJA})
    Sesion(app).post(f"api/login?password={AGUJA}", data=AGUJA)
    pantalla = escucha(app, sesion)
    pantalla.emitir("join_conversation", AGUJA)
    pantalla.emitir("join_conversation", {"numero": [AGUJA]})
    pantalla.emitir("no-existe", AGUJA)
    pantalla.esperar("error", 2)
    galleta = sesion.cookies["session"]
    sesion.post("api/logout")
    _nada_se_filtra(app, galleta)


def test_al_quedarse_sin_base_el_registro_no_cuenta_la_consulta_ni_la_clave(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with en_proceso(monkeypatch, POSTGRES_PASSWORD=AGUJA) as app:
        assert app.recibir(entrega(mensaje(CLIENTE, "text", {"body": AGUJA}))) == 503
        respuesta = app.entrar("agente1").get("/twilio-chat/api/conversaciones")
    assert respuesta.status_code == 503
    assert respuesta.json == {
        "success": False,
        "error": "No hay conexión con la base de datos. Intenta de nuevo en unos segundos.",
    }
    assert "Base de datos no disponible" in caplog.text and AGUJA not in caplog.text
    assert "Traceback" not in caplog.text


# --- lo que nadie previó


def test_un_error_inesperado_da_un_error_id_y_no_cuenta_nada_de_dentro(
    dentro: AppEnProceso, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explota(*_: object, **__: object) -> None:
        raise ZeroDivisionError(f"secreto de dentro {AGUJA}")

    sesion = dentro.entrar("agente1")
    monkeypatch.setattr(type(dentro.servicios.lectura), "listar_conversaciones", explota)
    respuesta = sesion.get("/twilio-chat/api/conversaciones")
    datos = respuesta.json
    assert respuesta.status_code == 500
    assert datos.keys() == {"success", "error", "error_id"} and datos["success"] is False
    assert "ZeroDivision" not in json.dumps(datos) and AGUJA not in respuesta.text
    assert datos["error_id"] in caplog.text, "con el número se encuentra la traza"
    assert "ZeroDivisionError" in caplog.text and "in explota" in caplog.text
    assert AGUJA not in caplog.text


def test_un_rechazo_de_postgresql_no_pone_la_fila_en_el_registro(app: AppEnMarcha, limpio: BaseDatos) -> None:
    limpio.ejecutar("ALTER TABLE chat_mensajes ADD CONSTRAINT de_prueba CHECK (cuerpo NOT LIKE 'AGUJA%')")
    try:
        respuesta = webhook(app, entrega(mensaje(CLIENTE, "text", {"body": AGUJA})))
    finally:
        limpio.ejecutar("ALTER TABLE chat_mensajes DROP CONSTRAINT de_prueba")
    assert respuesta.status_code == 500
    assert "CheckViolation 23514" in app.esperar_en_registro(respuesta.json()["error_id"])
    _nada_se_filtra(app)


def test_un_error_inesperado_al_guardar_es_5xx_para_que_el_proveedor_insista(
    dentro: AppEnProceso, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(dentro.servicios.bd), "ejecutar", lambda *_, **__: 1 / 0)
    assert dentro.recibir(entrega(mensaje(CLIENTE, "text", {"body": "x"}))) == 500
