"""Las métricas: quién las lee, qué cuentan y que nunca falten cuando algo falla."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje, recibir, webhook
from tests.apoyo.en_proceso import DE_OTRA, en_proceso
from tests.apoyo.sesiones import Sesion
from tests.linea.conftest import enviar, poner

FICHA = "ficha-de-metricas"
RUTA = "/twilio-chat/metrics"
Muestras = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def leer(app: AppEnMarcha) -> Muestras:
    respuesta = requests.get(f"{app.url}{RUTA}", timeout=20)
    assert respuesta.status_code == 200 and respuesta.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (muestra.name, tuple(sorted(muestra.labels.items()))): muestra.value
        for familia in text_string_to_metric_families(respuesta.text)
        for muestra in familia.samples
    }


def valor(muestras: Muestras, nombre: str, **etiquetas: str) -> float:
    return muestras.get((nombre, tuple(sorted(etiquetas.items()))), 0.0)


def subio(antes: Muestras, ahora: Muestras, nombre: str, **etiquetas: str) -> float:
    return valor(ahora, nombre, **etiquetas) - valor(antes, nombre, **etiquetas)


def test_cuentan_lo_que_entra_lo_que_sale_y_lo_que_se_rechaza(con_chat: Sesion, simulador: Simulador) -> None:
    app, antes = con_chat.app, leer(con_chat.app)
    recibir(app, "573001234567", "otro")
    webhook(app, entrega(mensaje("573001234567", "tipo_inventado_por_cualquiera", {"a": 1})))
    webhook(app, b"no es json")
    webhook(app, {"health": {"status": {"text": "AUTH"}}}, secreto="otro")
    assert enviar(con_chat).status_code == 200
    simulador.fallar(400)
    assert enviar(con_chat).status_code == 502
    ahora = leer(app)
    assert subio(antes, ahora, "bandeja_mensajes_recibidos_total", tipo="text", fuente="whapi") == 1
    assert subio(antes, ahora, "bandeja_mensajes_recibidos_total", tipo="otro", fuente="whapi") == 1
    assert subio(antes, ahora, "bandeja_entregas_rechazadas_total", motivo="forma") == 1
    assert subio(antes, ahora, "bandeja_entregas_rechazadas_total", motivo="secreto") == 1
    assert subio(antes, ahora, "bandeja_envios_total", resultado="sent") == 1
    assert subio(antes, ahora, "bandeja_envios_total", resultado="failed") == 1
    de_envio = {"fuente": "whapi", "operacion": "POST /messages"}
    assert subio(antes, ahora, "bandeja_proveedor_segundos_count", **de_envio) == 2
    assert subio(antes, ahora, "bandeja_proveedor_respuestas_total", codigo="200", **de_envio) == 1
    assert subio(antes, ahora, "bandeja_webhook_segundos_count") >= 3


def test_dicen_como_esta_la_linea_y_lo_que_se_freno(con_chat: Sesion, simulador: Simulador) -> None:
    poner(simulador, con_chat, "QR")
    antes = leer(con_chat.app)
    assert enviar(con_chat).status_code == 503
    ahora = leer(con_chat.app)
    assert subio(antes, ahora, "bandeja_envios_total", resultado="refused") == 1
    assert valor(ahora, "bandeja_linea", estado="QR") == 1
    assert valor(ahora, "bandeja_linea", estado="AUTH") == 0
    assert ("bandeja_linea", (("estado", "AUTH"),)) in ahora


def test_dicen_lo_que_espera_lo_que_no_se_entendio_y_las_pantallas(
    con_chat: Sesion, escucha: Any, limpio: BaseDatos
) -> None:
    escucha(con_chat.app, con_chat)
    webhook(con_chat.app, entrega({"id": "x", "type": "text"}))
    muestras = leer(con_chat.app)
    assert valor(muestras, "bandeja_ilegibles") == limpio.valor("SELECT count(*) FROM chat_ilegibles") == 1
    assert valor(muestras, "bandeja_pendientes") == 0
    assert valor(muestras, "bandeja_sockets") >= 1
    assert valor(muestras, "bandeja_conexiones_abiertas") >= 1
    assert valor(muestras, "bandeja_base") == 1


def test_sin_base_tambien_contestan_y_lo_dicen(monkeypatch: pytest.MonkeyPatch) -> None:
    with en_proceso(monkeypatch) as dentro:
        respuesta = dentro.cliente().get(RUTA)
        assert respuesta.status_code == 200
        assert "bandeja_base 0.0" in respuesta.text and "bandeja_pendientes" not in respuesta.text


@pytest.mark.parametrize(
    ("direccion", "cabeceras", "codigo"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
        (DE_OTRA, {}, 401),
        (DE_OTRA, {"Authorization": f"Bearer {FICHA}"}, 200),
        (DE_OTRA, {"Authorization": "Bearer otra"}, 401),
        (DE_OTRA, {"Authorization": "Bearer ñ"}, 401),
    ],
)
def test_con_ficha_las_lee_quien_la_trae_o_esta_maquina(
    monkeypatch: pytest.MonkeyPatch, direccion: str, cabeceras: dict[str, str], codigo: int
) -> None:
    with en_proceso(monkeypatch, METRICS_TOKEN=FICHA) as dentro:
        assert dentro.cliente(direccion).get(RUTA, headers=cabeceras).status_code == codigo


@pytest.mark.parametrize("cabecera", ["", "Bearer ", "Bearer None", f"Bearer {FICHA}"])
def test_sin_ficha_configurada_solo_esta_maquina(monkeypatch: pytest.MonkeyPatch, cabecera: str) -> None:
    with en_proceso(monkeypatch) as dentro:
        ajena = dentro.cliente(DE_OTRA).get(RUTA, headers={"Authorization": cabecera})
        assert ajena.status_code == 401 and ajena.json == {"success": False, "error": "Métricas no autorizadas."}
        assert dentro.cliente().get(RUTA).status_code == 200


def test_no_llevan_numeros_textos_ni_secretos(con_chat: Sesion) -> None:
    recibir(con_chat.app, "573009998877", "texto muy privado", nombre="Persona Privada")
    enviar(con_chat, "respuesta privada")
    texto = requests.get(f"{con_chat.app.url}{RUTA}", timeout=20).text
    for secreto in ("privad", "Privada", "3009998877", "ficha-de-prueba", "secreto-de-prueba", "s.whatsapp.net"):
        assert secreto not in texto
