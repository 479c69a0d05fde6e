"""Solo Twilio entra por su webhook: la firma cubre la dirección pública y todos los parámetros, conocidos o no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from simulador.twilio import Twilio
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.en_proceso import en_proceso
from tests.apoyo.sesiones import Sesion
from tests.twilio.conftest import CLIENTE, mensajes

RUTA = "/twilio-chat/webhook/twilio"
CUENTA = {
    "TWILIO_ACCOUNT_SID": "ACprueba", "TWILIO_AUTH_TOKEN": "fichaprueba",
    "TWILIO_WHATSAPP_NUMBER": "whatsapp:+573153369631",
}  # fmt: skip


def test_un_mensaje_firmado_se_guarda_y_contesta_sin_instrucciones(twilio: Twilio, ana: Sesion) -> None:
    respuesta = twilio.entregar(twilio.entrante(CLIENTE, "Hola ¿cómo están? ñ 😀"))
    assert (respuesta.status_code, respuesta.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert respuesta.text == '<?xml version="1.0" encoding="UTF-8"?><Response/>'
    assert [m["body"] for m in mensajes(ana)] == ["Hola ¿cómo están? ñ 😀"]


@pytest.mark.parametrize("firma", ["", "x", "A" * 28, "ñ"])
def test_sin_la_firma_no_entra_nada(twilio: Twilio, base: BaseDatos, firma: str) -> None:
    if firma == "ñ":
        firma = "ñ".encode().decode("latin-1")
    respuesta = twilio.entregar(twilio.entrante(CLIENTE, "falso"), firma=firma)
    assert (respuesta.status_code, respuesta.json()["success"]) == (403, False)
    assert base.valor("SELECT count(*) FROM chat_mensajes") == 0
    assert base.valor("SELECT count(*) FROM chat_ilegibles") == 0


def test_la_firma_de_otra_cuenta_u_otro_mensaje_no_sirve(twilio: Twilio, base: BaseDatos) -> None:
    parametros = twilio.entrante(CLIENTE, "uno")
    ajena = twilio.firmar(twilio.webhook, parametros, ficha="otra")
    assert twilio.entregar(parametros, firma=ajena).status_code == 403
    suya = twilio.firmar(twilio.webhook, parametros)
    assert twilio.entregar(parametros | {"Body": "otro"}, firma=suya).status_code == 403
    assert twilio.entregar(parametros | {"Nuevo": ""}, firma=suya).status_code == 403
    assert twilio.entregar(parametros, ruta="/estado", firma=suya).status_code == 403
    assert base.valor("SELECT count(*) FROM chat_mensajes") == 0


def test_parametros_que_nadie_conoce_tambien_cuentan_para_la_firma(twilio: Twilio, ana: Sesion) -> None:
    twilio.recibir(CLIENTE, "con novedades", ZzFuturo="{}", Vacio="", ExternalUserId="CO.123", AAntes=" espacios ")
    assert [m["body"] for m in mensajes(ana)] == ["con novedades"]


@pytest.fixture
def detras_de_proxy(monkeypatch: pytest.MonkeyPatch, base_datos: BaseDatos) -> Iterator[Any]:
    with en_proceso(monkeypatch, base_datos, **CUENTA, PROXIES_CONFIABLES="1") as app:
        yield app


@pytest.mark.parametrize(
    ("publica", "codigo"),
    [
        (f"https://bandeja.example.com{RUTA}", 200),
        (f"https://bandeja.example.com:443{RUTA}", 200),
        (f"http://bandeja.example.com{RUTA}", 403),
        (f"https://otra.example.com{RUTA}", 403),
        (f"https://bandeja.example.com{RUTA}?x=1", 403),
    ],
)
def test_detras_de_un_proxy_la_direccion_es_la_que_vio_twilio(
    detras_de_proxy: Any, publica: str, codigo: int
) -> None:
    assert _entregar(detras_de_proxy, publica, host="bandeja.example.com") == codigo


def test_un_puerto_propio_en_la_direccion_publica_tambien_vale(detras_de_proxy: Any) -> None:
    publica = f"https://bandeja.example.com:8443{RUTA}"
    assert _entregar(detras_de_proxy, publica, host="bandeja.example.com:8443") == 200


def test_la_consulta_es_parte_de_lo_firmado(detras_de_proxy: Any) -> None:
    publica = f"https://bandeja.example.com{RUTA}?a=%20b&c"
    assert _entregar(detras_de_proxy, publica, host="bandeja.example.com", ruta=f"{RUTA}?a=%20b&c") == 200


@pytest.mark.parametrize("host", ["bandeja.example.com:999999", "[", "a b", ""])
def test_un_nombre_de_sitio_torcido_es_un_rechazo(detras_de_proxy: Any, host: str) -> None:
    assert _entregar(detras_de_proxy, f"https://bandeja.example.com{RUTA}", host=host) in (400, 403)


def test_con_la_direccion_configurada_no_importa_lo_que_diga_el_proxy(
    monkeypatch: pytest.MonkeyPatch, base_datos: BaseDatos
) -> None:
    publica = f"https://bandeja.example.com{RUTA}"
    with en_proceso(monkeypatch, base_datos, **CUENTA, TWILIO_WEBHOOK_URL=publica) as app:
        assert _entregar(app, publica, host="interno:8080") == 200
        assert _entregar(app, f"http://interno:8080{RUTA}", host="interno:8080") == 403


def test_sin_cuenta_la_ruta_no_existe(monkeypatch: pytest.MonkeyPatch) -> None:
    with en_proceso(monkeypatch) as app:
        assert _entregar(app, f"http://localhost{RUTA}", host="localhost") == 404


def test_un_cuerpo_enorme_no_se_lee(twilio: Twilio) -> None:
    assert twilio.entregar(twilio.entrante(CLIENTE, "x" * 300_000)).status_code == 413


def test_sin_base_se_pide_que_insista(monkeypatch: pytest.MonkeyPatch) -> None:
    publica = f"https://bandeja.example.com{RUTA}"
    with en_proceso(monkeypatch, **CUENTA, TWILIO_WEBHOOK_URL=publica) as app:
        assert _entregar(app, publica, host="x") == 503


def _entregar(app: Any, publica: str, *, host: str, ruta: str = RUTA) -> int:
    linea = Twilio()
    parametros = linea.entrante(CLIENTE, "Hola")
    codigo: int = app.cliente().post(
        ruta,
        data=urlencode(parametros),
        content_type="application/x-www-form-urlencoded",
        headers={
            "X-Twilio-Signature": linea.firmar(publica, parametros), "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": host,
        },
    ).status_code  # fmt: skip
    return codigo
