"""Fotos y archivos toman sus candados en el orden de todos: lo de fondo no detiene ni hace repetir a lo que llega."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_imagen, recibir, webhook
from tests.apoyo.rafagas import hasta
from tests.apoyo.transacciones import abierta, esperan_candado, ordenar

NUMERO = "573001234567"
FOTO = "INSERT INTO chat_fotos (conversacion_id, url, clave) SELECT id, 'u', 'u' FROM chat_conversaciones"


@pytest.mark.parametrize(
    ("primero", "fondo", "despues"),
    [
        (
            "SELECT 1 FROM chat_conversaciones FOR UPDATE",
            "SELECT chat_guardar_foto((SELECT id FROM chat_conversaciones), 'u', 'x'::BYTEA, 'image/webp')",
            "SELECT chat_recibir_nombres('["
            '{"numero": "+573001234567", "nombre": "Ana", "foto": "https://otra.example/2"}'
            "]')",
        ),
        (
            "SELECT 1 FROM chat_mensajes WHERE tipo = 'image' FOR UPDATE",
            "SELECT chat_cerrar_archivo(id, reclamo, '{\"estado\": \"lost\", \"fallos\": 1, \"espera\": 0}', NULL)"
            " FROM chat_archivos WHERE estado = 'pending'",
            "DELETE FROM chat_mensajes WHERE tipo = 'image'",
        ),
    ],
    ids=["foto", "archivo"],
)
def test_lo_de_fondo_y_lo_que_llega_no_se_esperan_uno_a_otro(
    app: AppEnMarcha, limpio: BaseDatos, primero: str, fondo: str, despues: str
) -> None:
    recibir(app, NUMERO, "hola")
    assert webhook(app, entrega(mensaje_imagen(NUMERO))).status_code == 200
    limpio.ejecutar(FOTO + " ON CONFLICT DO NOTHING")
    limpio.ejecutar("UPDATE chat_archivos SET estado = 'pending', proximo_en = 'infinity', reclamo = reclamo + 1")
    with abierta(limpio) as llega, abierta(limpio) as aparte, ThreadPoolExecutor(1) as hilos:
        ordenar(llega, primero)
        otro = hilos.submit(ordenar, aparte, fondo)
        hasta(lambda: esperan_candado(limpio), 20)
        ordenar(llega, despues)  # con los candados al revés, PostgreSQL cortaría a uno de los dos
        llega.commit()
        otro.result(20)
        aparte.commit()
    assert limpio.valor("SELECT count(*) FROM chat_mensajes WHERE tipo = 'image'") == (0 if "DELETE" in despues else 1)
