"""Lo que debe ser cierto de una base después de cualquier carrera, mirado en las tablas y no en la aplicación."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.apoyo.base_datos import BaseDatos

SIN_COHERENCIA = """
    SELECT c.numero, c.total_mensajes, c.no_leidos, r.total, r.entrantes, c.ultimo_seq, r.ultimo
    FROM chat_conversaciones c
    CROSS JOIN LATERAL (
        SELECT count(*) AS total, count(*) FILTER (WHERE NOT m.saliente) AS entrantes,
               COALESCE((array_agg(m.seq ORDER BY m.enviado_en DESC, m.seq DESC))[1], 0) AS ultimo
        FROM chat_mensajes m WHERE m.conversacion_id = c.id
    ) r
    WHERE c.total_mensajes <> r.total OR c.no_leidos > r.entrantes OR c.ultimo_seq <> r.ultimo
"""
DESCUADRE_DE_DUENOS = """
    SELECT w.numero_telefono, w.agente_asignado, c.agente
    FROM conversaciones_whatsapp w FULL JOIN chat_conversaciones c ON c.numero = w.numero_telefono
    WHERE w.agente_asignado IS DISTINCT FROM c.agente OR c.id IS NULL OR w.id IS NULL
"""


def contador(base: BaseDatos) -> int:
    return int(base.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'"))


def duenos(base: BaseDatos) -> dict[str, str | None]:
    """Número con «+» → agente, de la tabla de la especificación."""
    return dict(base.consultar("SELECT numero_telefono, agente_asignado FROM conversaciones_whatsapp"))


def reparto(base: BaseDatos) -> Counter[str | None]:
    return Counter(duenos(base).values())


def guardados(base: BaseDatos) -> Counter[str]:
    """Cuántas filas hay de cada id del proveedor."""
    return Counter(fila[0] for fila in base.consultar("SELECT mensaje_id FROM chat_mensajes"))


def orden_de_turnos(base: BaseDatos) -> list[str]:
    """Los agentes en el orden en que se repartieron las conversaciones."""
    return [f[0] for f in base.consultar("SELECT agente_asignado FROM conversaciones_whatsapp ORDER BY id")]


def exigir_turnos_alternos(base: BaseDatos, agentes: Sequence[str]) -> None:
    repartidas = orden_de_turnos(base)
    assert repartidas == [agentes[i % len(agentes)] for i in range(len(repartidas))]


def exigir_coherencia(base: BaseDatos) -> None:
    """Las cuentas y el último mensaje son los de las filas, y las dos tablas dicen un solo dueño por número."""
    assert base.consultar(SIN_COHERENCIA) == []
    assert base.consultar(DESCUADRE_DE_DUENOS) == []
