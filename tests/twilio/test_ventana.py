"""La ventana de 24 horas: se muestra, cierra el texto libre antes de guardar nada y deja mandar plantillas."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bandeja.errores import ProveedorIncierto, ProveedorRechazo
from bandeja.plantillas import EnvioDePlantillas
from simulador import Simulador
from simulador.twilio import FallaTwilio, Twilio
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.sesiones import Sesion, entrar
from tests.twilio.conftest import CLIENTE, envejecer, enviar, mensajes


def plantilla(sid: str, texto: str, *, estado: str = "approved", **variables: str) -> dict[str, Any]:
    return {
        "sid": sid, "account_sid": "ACprueba", "friendly_name": f"plantilla {sid}", "language": "es",
        "variables": {clave.removeprefix("v"): valor for clave, valor in variables.items()},
        "types": {"twilio/quick-reply": {"body": texto, "actions": [{"title": "Sí", "id": "1"}]}},
        "date_created": "2026-01-01T00:00:00Z", "date_updated": "2026-01-01T00:00:00Z",
        "approval_requests": {"name": sid.lower(), "status": estado, "category": "UTILITY"},
    }  # fmt: skip


CITA = plantilla("HX1", "Hola {{1}}, tu cita es el {{2}}.", v1="Ana", v2="lunes")


@pytest.fixture
def cerrado(twilio: Twilio, ana: Sesion, base: BaseDatos) -> Sesion:
    """agente1 con un chat de Twilio que calló hace más de un día."""
    twilio.memoria.plantillas.extend(
        [CITA, plantilla("HX2", "Sin variables"), plantilla("HX3", "Rechazada", estado="rejected"), {"sid": "HX4"}]
    )
    twilio.recibir(CLIENTE, "Hola")
    envejecer(base, 24.5)
    return ana


def ventana(sesion: Sesion) -> datetime | None:
    escrita = sesion.get(f"api/conversacion/{CLIENTE}").json()["window_until"]
    return datetime.fromisoformat(escrita) if escrita else None


def test_la_ventana_dura_24_horas_desde_lo_ultimo_que_escribio(twilio: Twilio, ana: Sesion, base: BaseDatos) -> None:
    twilio.recibir(CLIENTE, "Hola")
    envejecer(base, 20)
    primera = ventana(ana)
    assert primera is not None
    assert timedelta(hours=3.9) < primera - datetime.now(UTC) < timedelta(hours=4.1)
    assert enviar(ana).status_code == 200
    assert ventana(ana) == primera, "lo que escribimos nosotros no la alarga"
    twilio.recibir(CLIENTE, "Sigo aquí")
    segunda = ventana(ana)
    assert segunda is not None and segunda - datetime.now(UTC) > timedelta(hours=23.9)


def test_con_la_ventana_cerrada_el_texto_libre_se_explica_y_no_se_guarda(twilio: Twilio, cerrado: Sesion) -> None:
    respuesta = enviar(cerrado)
    assert (respuesta.status_code, "plantilla" in respuesta.json()["error"]) == (409, True)
    assert twilio.enviados == [] and len(mensajes(cerrado)) == 1


def test_reintentar_texto_libre_con_la_ventana_cerrada_tampoco(twilio: Twilio, ana: Sesion, base: BaseDatos) -> None:
    twilio.recibir(CLIENTE, "Hola")
    twilio.fallar(FallaTwilio(429, 20429))
    seq = enviar(ana).json()["message"]["seq"]
    envejecer(base, 25)
    assert ana.post("api/reintentar-mensaje", json={"seq": seq}).status_code == 409
    assert len(twilio.enviados) == 1


def test_por_whapi_no_hay_ventana(
    twilio: Twilio, whapi: Simulador, cerrado: Sesion, app_dos_canales: AppEnMarcha, base: BaseDatos
) -> None:
    recibir(app_dos_canales, CLIENTE, "por el otro número")
    envejecer(base, 100)
    assert ventana(cerrado) is None
    assert enviar(cerrado).json()["source"] == "whapi"


def test_se_listan_las_aprobadas_con_sus_variables_y_se_recuerdan(twilio: Twilio, cerrado: Sesion) -> None:
    listas = cerrado.get("api/plantillas").json()["plantillas"]
    assert [(p["sid"], p["variables"]) for p in listas] == [("HX1", {"1": "Ana", "2": "lunes"}), ("HX2", {})]
    assert listas[0]["texto"] == "Hola {{1}}, tu cita es el {{2}}."
    cerrado.get("api/plantillas")
    assert twilio.memoria.pedidas <= 1


def test_una_plantilla_sale_sin_body_y_en_el_chat_se_lee_como_la_vera_la_persona(
    twilio: Twilio, cerrado: Sesion
) -> None:
    pedido = {"content_sid": "HX1", "variables": {"1": " Ana  María ", "2": "lunes\n5"}, "client_id": "clic-1"}
    respuesta = cerrado.post(f"api/enviar-plantilla/{CLIENTE}", json=pedido)
    assert respuesta.status_code == 200, respuesta.text
    (envio,) = twilio.enviados
    assert envio.parametros["ContentSid"] == "HX1" and "Body" not in envio.parametros
    assert json.loads(envio.parametros["ContentVariables"]) == {"1": "Ana María", "2": "lunes 5"}
    ultimo = mensajes(cerrado)[-1]
    assert (ultimo["body"], ultimo["id"]) == ("Hola Ana María, tu cita es el lunes 5.", envio.sid)
    assert ultimo["data"]["template"]["name"] == "plantilla HX1"
    assert cerrado.post(f"api/enviar-plantilla/{CLIENTE}", json=pedido).json()["message_id"] == envio.sid
    assert len(twilio.enviados) == 1, "el mismo clic es un solo POST"


def test_una_plantilla_sin_variables_y_su_reintento(twilio: Twilio, cerrado: Sesion) -> None:
    twilio.fallar(FallaTwilio(429, 20429))
    fallo = cerrado.post(f"api/enviar-plantilla/{CLIENTE}", json={"content_sid": "HX2"})
    assert (fallo.status_code, fallo.json()["message"]["status"]) == (502, "failed")
    seq = fallo.json()["message"]["seq"]
    assert cerrado.post("api/reintentar-mensaje", json={"seq": seq}).status_code == 200
    assert [e.parametros.get("ContentSid") for e in twilio.enviados] == ["HX2", "HX2"]
    assert "ContentVariables" not in twilio.enviados[1].parametros


@pytest.mark.parametrize(
    ("pedido", "codigo"),
    [
        ({"content_sid": "HX1", "variables": {"1": "Ana"}}, 400),
        ({"content_sid": "HX1", "variables": {"1": "Ana", "2": "  "}}, 400),
        ({"content_sid": "HX1", "variables": {"1": "Ana", "2": "x" * 1025}}, 400),
        ({"content_sid": "HX1", "variables": [1]}, 400),
        ({"content_sid": "HX1", "variables": {"1": 1, "2": None}}, 400),
        ({"content_sid": "HX3"}, 404),
        ({"content_sid": None}, 404),
        ({"content_sid": "HX2", "client_id": "a b"}, 400),
    ],
)
def test_un_pedido_incompleto_no_guarda_ni_envia(
    twilio: Twilio, cerrado: Sesion, pedido: dict[str, Any], codigo: int
) -> None:
    respuesta = cerrado.post(f"api/enviar-plantilla/{CLIENTE}", json=pedido)
    assert (respuesta.status_code, respuesta.json()["success"]) == (codigo, False)
    assert twilio.enviados == [] and len(mensajes(cerrado)) == 1


def test_solo_el_dueno_manda_plantillas_y_solo_por_twilio(
    twilio: Twilio, cerrado: Sesion, app_dos_canales: AppEnMarcha
) -> None:
    otro = entrar(app_dos_canales, "agente2")
    assert otro.post(f"api/enviar-plantilla/{CLIENTE}", json={"content_sid": "HX2"}).status_code == 403
    recibir(app_dos_canales, CLIENTE, "por Whapi")
    assert cerrado.post(f"api/enviar-plantilla/{CLIENTE}", json={"content_sid": "HX2"}).status_code == 409
    sin_sesion = Sesion(app_dos_canales)
    assert sin_sesion.post(f"api/enviar-plantilla/{CLIENTE}", json={}).status_code == 401
    assert sin_sesion.get("api/plantillas").status_code == 401
    assert twilio.enviados == []


def test_si_twilio_no_da_sus_plantillas_se_dice_que_no_salio_nada() -> None:
    class Mudo:
        def listar_plantillas(self) -> tuple[()]:
            raise ProveedorIncierto("puede que haya salido")

    with pytest.raises(ProveedorRechazo, match="no se envió nada"):
        EnvioDePlantillas(Mudo(), None, None).listar()  # type: ignore[arg-type]
