"""El cliente de Whapi, sin nadie al otro lado: qué se pide y en qué error se convierte cada respuesta."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
import requests
import responses

from bandeja import bd
from bandeja.errores import ErrorBandeja, ProveedorIncierto, ProveedorNoResponde, ProveedorRechazo, SinProveedor
from bandeja.modelos import Mensaje
from bandeja.serializacion import ahora_iso
from bandeja.whapi import Whapi, tipo_de_media

URL = "https://gate.example.com"
CHAT = "573001234567@s.whatsapp.net"
FICHA = "ficha-que-no-se-cuenta"
BUENA = {"sent": True, "message": {"id": "id-del-proveedor"}}


def _mensaje(**cambios: Any) -> Mensaje:
    datos: dict[str, Any] = {
        "seq": 1, "numero": "+573001234567", "id": None, "client_id": "c", "chat_id": CHAT, "saliente": True,
        "tipo": "text", "cuerpo": "hola", "estado": "pending", "enviado_en": datetime.fromisoformat(ahora_iso()),
        "origen": "agent", "agente": "agente1", "fuente": "whapi", "media_url": None, "error": None,
    }  # fmt: skip
    return Mensaje(**(datos | cambios))


def _enviar(**cambios: Any) -> str:
    return Whapi(URL, FICHA, plazo_s=0.2).enviar(_mensaje(**cambios))


@pytest.fixture
def puerta() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as simulada:
        yield simulada


def test_un_texto_es_un_post_con_la_ficha_y_devuelve_el_id(puerta: responses.RequestsMock) -> None:
    puerta.post(f"{URL}/messages/text", json=BUENA)
    assert _enviar() == "id-del-proveedor"
    (llamada,) = puerta.calls
    assert json.loads(llamada.request.body) == {"to": CHAT, "body": "hola"}
    assert llamada.request.headers["Authorization"] == f"Bearer {FICHA}"


def test_una_respuesta_citada_lleva_quoted(puerta: responses.RequestsMock) -> None:
    puerta.post(f"{URL}/messages/text", json=BUENA)
    _enviar(cita={"id": "citado", "body": "x", "type": "text"})
    assert json.loads(puerta.calls[0].request.body)["quoted"] == "citado"


@pytest.mark.parametrize("codigo", [400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 301, 302])
@pytest.mark.parametrize("cuerpo", [b"", b"<html>", b'{"error": {"code": 1, "message": "secreto de dentro"}}', b"[]"])
def test_un_codigo_que_dice_que_no_es_un_rechazo_con_frase_propia(
    puerta: responses.RequestsMock, codigo: int, cuerpo: bytes
) -> None:
    puerta.post(f"{URL}/messages/text", status=codigo, body=cuerpo, headers={"Location": f"{URL}/otra"})
    with pytest.raises(ProveedorRechazo) as rechazo:
        _enviar()
    assert "secreto" not in str(rechazo.value) and str(rechazo.value).endswith(".")
    assert len(puerta.calls) == 1


@pytest.mark.parametrize("codigo", [201, 202])
def test_otro_2xx_tambien_lo_acepto(puerta: responses.RequestsMock, codigo: int) -> None:
    puerta.post(f"{URL}/messages/text", status=codigo, json=BUENA)
    assert _enviar() == "id-del-proveedor"


@pytest.mark.parametrize("codigo", [500, 502, 503, 504, 520])
def test_un_5xx_no_se_sabe_y_no_se_repite(puerta: responses.RequestsMock, codigo: int) -> None:
    puerta.post(f"{URL}/messages/text", status=codigo, json=BUENA)
    with pytest.raises(ProveedorIncierto, match="puede que el mensaje haya salido"):
        _enviar()
    assert len(puerta.calls) == 1


@pytest.mark.parametrize(
    "cuerpo",
    [b"", b"null", b"[]", b"3", b"<html>", b'{"sent": true}', b'{"sent": true, "message": null}', b"\xff",
     b'{"sent": true, "message": {}}', b'{"sent": true, "message": {"id": ""}}', b'{"message": {"id": 7}}',
     b'{"sent": true, "message": "id"}', b"[" * 100_000],
    ids=lambda cuerpo: repr(cuerpo)[2:30],
)  # fmt: skip
def test_un_200_sin_id_no_se_sabe(puerta: responses.RequestsMock, cuerpo: bytes) -> None:
    puerta.post(f"{URL}/messages/text", body=cuerpo)
    with pytest.raises(ProveedorIncierto):
        _enviar()


@pytest.mark.parametrize("cuerpo", [{"sent": False}, {"sent": False, "message": {"id": "x"}}])
def test_sent_false_es_un_rechazo_aunque_el_codigo_sea_200(puerta: responses.RequestsMock, cuerpo: Any) -> None:
    puerta.post(f"{URL}/messages/text", json=cuerpo)
    with pytest.raises(ProveedorRechazo):
        _enviar()


@pytest.mark.parametrize(
    ("fallo", "clase"),
    [
        (requests.ReadTimeout("tarde"), ProveedorNoResponde),
        (requests.ConnectTimeout("nunca"), ProveedorRechazo),
        (requests.ConnectionError("cortada"), ProveedorIncierto),
        (requests.exceptions.ChunkedEncodingError("a medias"), ProveedorIncierto),
        (requests.exceptions.SSLError("certificado"), ProveedorIncierto),
        (requests.exceptions.ContentDecodingError("gzip roto"), ProveedorIncierto),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else v.__name__,
)
def test_cada_fallo_de_red_dice_si_pudo_salir(
    puerta: responses.RequestsMock, fallo: Exception, clase: type[ErrorBandeja], caplog: pytest.LogCaptureFixture
) -> None:
    puerta.post(f"{URL}/messages/text", body=fallo)
    with pytest.raises(ErrorBandeja) as traducido:
        _enviar(cuerpo="texto que no se cuenta")
    assert type(traducido.value) is clase
    assert len(puerta.calls) == 1
    assert "no se cuenta" not in caplog.text and FICHA not in caplog.text


def test_sin_ficha_no_se_intenta(puerta: responses.RequestsMock) -> None:
    whapi = Whapi(URL, None)
    with pytest.raises(SinProveedor):
        whapi.enviar(_mensaje())
    assert not whapi.configurado and len(puerta.calls) == 0


def test_dentro_de_una_transaccion_no_se_llama_a_la_red(puerta: responses.RequestsMock) -> None:
    marca = bd._dentro.set(True)
    try:
        with pytest.raises(RuntimeError, match="transacción"):
            _enviar()
    finally:
        bd._dentro.reset(marca)
    assert len(puerta.calls) == 0


def test_los_proxies_y_claves_del_entorno_no_ven_la_ficha(
    puerta: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    puerta.post(f"{URL}/messages/text", json=BUENA)
    _enviar()
    assert not puerta.calls[0].request.req_kwargs["proxies"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "tipo"),
    [
        ("https://x.co/a.jpeg", "image"), ("https://x.co/a.webp", "image"), ("https://x.co/a.MP4?b=c.pdf", "video"),
        ("https://x.co/a.ogg", "audio"), ("https://x.co/a.mp3#x", "audio"), ("https://x.co/a.pdf", "document"),
        ("https://x.co/a", "document"), ("https://x.co/", "document"), ("https://x.co/a.html", "document"),
    ],
)  # fmt: skip
def test_el_tipo_sale_de_la_extension_de_la_ruta(url: str, tipo: str) -> None:
    assert tipo_de_media(url) == tipo
