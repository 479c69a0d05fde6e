"""De una cita se llega a su original: por el id del proveedor, con lo que hay alrededor, y solo en un chat propio."""

from __future__ import annotations

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, webhook
from tests.apoyo.sesiones import Sesion

NUMERO = "573001234567"


def _cargar(app: AppEnMarcha, cuantos: int) -> list[str]:
    mensajes = [mensaje_texto(NUMERO, f"mensaje {n}", timestamp=1_760_000_000 + n) for n in range(cuantos)]
    webhook(app, entrega(*mensajes))
    return [m["id"] for m in mensajes]


def test_alrededor_del_original_por_su_id(app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion) -> None:
    ids = _cargar(app, 40)
    pagina = agente1.get(f"api/conversacion/{NUMERO}", params={"around_id": ids[10], "limit": "10"}).json()
    assert ids[10] in [m["id"] for m in pagina["twilio_messages"]]
    assert pagina["has_more"] and pagina["has_newer"]


def test_un_original_que_no_esta_es_404_y_uno_ajeno_403(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, agente2: Sesion
) -> None:
    (propio,) = _cargar(app, 1)
    assert agente1.get(f"api/conversacion/{NUMERO}", params={"around_id": "no-está\0"}).status_code == 404
    assert agente2.get(f"api/conversacion/{NUMERO}", params={"around_id": propio}).status_code == 403
