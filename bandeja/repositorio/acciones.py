"""Lo que le pasa a un mensaje después de guardado, en la base: acciones de otros y contenidos que llegan tarde."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bandeja.bd import Conexion, json_de
from bandeja.modelos import AccionRecibida, Conversacion, Mensaje, MensajeRecibido
from bandeja.repositorio.base import consultar, conversacion_de, mensaje_de
from bandeja.repositorio.recepcion import mensaje_para_sql


@dataclass(frozen=True, slots=True)
class Pedido:
    """Un mensaje que llegó sin contenido y hay que volver a pedir. `ultimo`: no habrá otro intento."""

    seq: int
    id: str
    ultimo: bool


def guardar_acciones(
    con: Conexion, acciones: Sequence[AccionRecibida], agente: str | None = None
) -> list[tuple[Mensaje, Conversacion]]:
    """Anota acciones y las aplica; `agente` si las hizo uno desde aquí. Devuelve los mensajes que cambiaron."""
    datos = [
        {
            "fuente": a.fuente, "id": a.id, "tipo": a.tipo, "objetivo": a.objetivo, "saliente": a.saliente,
            "numero": a.telefono.numero if a.telefono else None, "en": a.en.isoformat(), "crudo": a.crudo,
            "datos": a.datos, "agente": agente,
        }
        for a in acciones
    ]  # fmt: skip
    return _mensajes(con, [f["seq"] for f in consultar(con, "recibir_acciones", acciones=json_de(datos))])


def aplicar_pendientes(con: Conexion) -> list[tuple[Mensaje, Conversacion]]:
    """Aplica las acciones cuyo mensaje ya apareció. Devuelve los mensajes que cambiaron."""
    return _mensajes(con, [f["seq"] for f in consultar(con, "aplicar_pendientes")])


def reclamar_pedidos(con: Conexion, limite: int) -> list[Pedido]:
    """Toma para sí los mensajes sin contenido que toca volver a pedir."""
    tomados = consultar(con, "reclamar_pedidos", limite=limite)
    return [Pedido(f["r_seq"], f["r_mensaje_id"], f["r_ultimo"]) for f in tomados]


def completar_mensaje(con: Conexion, seq: int, m: MensajeRecibido) -> tuple[Mensaje, Conversacion] | None:
    """Pone el contenido que faltaba; None si ya no se esperaba."""
    completado = consultar(con, "completar_mensaje", seq=seq, nuevo=json_de(mensaje_para_sql(m)))[0]["completado"]
    return _mensajes(con, [seq])[0] if completado else None


def abandonar_pedido(con: Conexion, seq: int) -> tuple[Mensaje, Conversacion]:
    """Deja dicho en el mensaje que el proveedor no lo entregó."""
    consultar(con, "abandonar_pedido", seq=seq)
    return _mensajes(con, [seq])[0]


def obtener_medio(con: Conexion, seq: int) -> str | None:
    """El id o la dirección con que el proveedor reconoce el archivo de un mensaje; None si no se sabe."""
    encontradas = consultar(con, "obtener_medio", seq=seq)
    return encontradas[0]["medio"] if encontradas else None


def _mensajes(con: Conexion, seqs: list[int]) -> list[tuple[Mensaje, Conversacion]]:
    if not seqs:
        return []
    return [(mensaje_de(f), conversacion_de(f)) for f in consultar(con, "obtener_mensajes", seqs=seqs)]
