"""Lo que se pierde y cómo se mira si volvió."""

from __future__ import annotations

import time
from typing import Any

from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos

ANA, BETO = "573001110001", "573001110002"
MINUTO = 60


def hace(minutos: float) -> int:
    """La hora del proveedor, tantos minutos atrás."""
    return int(time.time() - minutos * MINUTO)


def perder(sim: Simulador, numero: str, texto: str, en: int, **mas: Any) -> str:
    """El proveedor lo tiene en su historia y su aviso no llegó nunca."""
    mensaje = sim.mensaje("text", numero, "Cliente", contenido={"body": texto}, timestamp=en, **mas)
    sim.estado.guardar_mensaje(mensaje)
    return str(mensaje["id"])


def perder_del_telefono(sim: Simulador, numero: str, texto: str, en: int) -> str:
    return perder(sim, numero, texto, en, from_me=True, **{"from": sim.linea}, status="sent")


def textos(base: BaseDatos, numero: str) -> list[str]:
    """Los mensajes de un chat, en el orden en que se leen."""
    filas = base.consultar(
        "SELECT m.cuerpo FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id"
        " WHERE c.numero = %s ORDER BY m.enviado_en, m.seq",
        ["+" + numero],
    )
    return [fila[0] for fila in filas]


def recuperados(base: BaseDatos) -> set[str]:
    return {fila[0] for fila in base.consultar("SELECT cuerpo FROM chat_mensajes WHERE recuperado")}


def no_leidos(base: BaseDatos, numero: str) -> int:
    return int(base.valor("SELECT no_leidos FROM chat_conversaciones WHERE numero = %s", ["+" + numero]))
