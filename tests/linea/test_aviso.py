"""Lo que dicen de la línea los avisos del proveedor, sin tocar nada."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bandeja.estado_linea import FRASES, EstadoLinea, SenalLinea
from bandeja.modelos import Entrega
from bandeja.webhook import interpretar

AHORA = datetime(2026, 1, 7, 10, 30, tzinfo=UTC)
SEGUNDOS = int(AHORA.timestamp())


def leer(cuerpo: dict[str, Any]) -> Entrega:
    return interpretar(cuerpo, linea="573008021701", excluidos=frozenset(), ahora=AHORA)


def salud(texto: Any, **mas: Any) -> dict[str, Any]:
    """El aviso literal de la referencia."""
    cuerpo = {"start_at": SEGUNDOS - 78, "uptime": 78, "status": {"code": 3, "text": texto}, "version": "1.8.3"}
    return {"health": {**cuerpo, **mas}, "event": {"type": "channel", "event": "post"}, "channel_id": "MANTIS-M72HC"}


@pytest.mark.parametrize("estado", sorted(set(FRASES) - {"SIN_CREDITO", "SIN_CANAL"}))
def test_la_salud_dice_el_estado_por_su_texto_y_no_por_su_codigo(estado: str) -> None:
    assert leer(salud(estado)).linea == (SenalLinea(estado, AHORA),)


@pytest.mark.parametrize("texto", ["BAILANDO", "", None, 3, {"a": 1}, "auth"])
def test_un_estado_que_no_se_conoce_no_dice_nada(texto: Any) -> None:
    entrega = leer(salud(texto))
    assert entrega.linea == () and entrega.vacia


@pytest.mark.parametrize("clave", ["event", "method"])
@pytest.mark.parametrize(("evento", "estado"), [("delete", "QR"), ("post", "AUTH"), ("DELETE", "QR")])
def test_soltar_o_vincular_el_telefono_llega_como_usuario(clave: str, evento: str, estado: str) -> None:
    cuerpo = {"user": {"id": "573009876543", "name": "Mi Empresa"}, "event": {"type": "users", clave: evento}}
    assert leer(cuerpo).linea == (SenalLinea(estado, AHORA),)


def test_un_usuario_sin_evento_no_dice_nada_y_un_qr_pide_telefono() -> None:
    assert leer({"user": {"id": "573009876543"}}).linea == ()
    assert leer({"qr": {"status": "OK", "expire": 20}}).linea == (SenalLinea("QR", AHORA),)


@pytest.mark.parametrize(
    ("mas", "en"),
    [
        ({"start_at": SEGUNDOS - 3600, "uptime": 600}, AHORA - timedelta(minutes=50)),
        ({"start_at": SEGUNDOS + 600, "uptime": 600}, AHORA),
        ({"start_at": SEGUNDOS - 78, "uptime": 78_000_000}, AHORA),
        ({"start_at": None, "uptime": None}, AHORA),
        ({"start_at": "ayer", "uptime": 7}, AHORA),
        ({"start_at": 1e400, "uptime": 7}, AHORA),
    ],
    ids=("viejo", "adelantado", "en milisegundos", "sin hora", "sin sentido", "infinito"),
)
def test_la_hora_de_un_aviso_es_la_del_canal_y_nunca_el_futuro(mas: dict[str, Any], en: datetime) -> None:
    assert leer(salud("QR", **mas)).linea == (SenalLinea("QR", en),)


def test_solo_se_frena_lo_que_se_sabe_que_no_sale() -> None:
    assert EstadoLinea().deja_enviar and EstadoLinea("AUTH").deja_enviar
    malos = set(FRASES) - {"AUTH"}
    assert not any(EstadoLinea(estado).deja_enviar for estado in malos)
    assert all(EstadoLinea(estado).frase.endswith(".") for estado in malos)
