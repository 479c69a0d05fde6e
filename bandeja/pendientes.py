"""Lo que llegó a medias: pide otra vez al proveedor los mensajes sin contenido y aplica lo que se cruzó sin verse.

Corre aparte, con ritmo y con tope. Lo que falta por pedir está en la base: un reinicio no lo pierde.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.errores import EntradaInvalida, ProveedorIncierto, ProveedorRechazo
from bandeja.modelos import Conversacion, Lineas, Mensaje, MensajeRecibido
from bandeja.plantel import Plantel
from bandeja.registro import registro
from bandeja.repositorio import Pedido
from bandeja.segundo_plano import intentar
from bandeja.serializacion import evento_actualizado
from bandeja.tiempo_real import Avisos
from bandeja.webhook import interpretar
from bandeja.whapi import Whapi, mensajes

CADA_S = 15.0
ENTRE_PEDIDOS_S = 0.2
POR_RONDA = 20


class Pendientes:
    """Las tareas de fondo sobre mensajes ya guardados. `dormir` es la espera cooperativa del servidor."""

    def __init__(self, bd: BaseDatos, whapi: Whapi, plantel: Plantel, avisos: Avisos, lineas: Lineas) -> None:
        self._bd = bd
        self._whapi = whapi
        self._plantel = plantel
        self._avisos = avisos
        self._lineas = lineas
        self._timbre = threading.Event()

    def despertar(self) -> None:
        """Hay algo que pedir: no espera a la siguiente ronda."""
        self._timbre.set()

    def rondar(self, dormir: Callable[[float], object]) -> None:
        """La ronda, para siempre."""
        while True:
            self._timbre.clear()
            intentar("Tarea de fondo", self.aplicar_acciones, lambda: self.pedir(dormir))
            self._timbre.wait(CADA_S)

    def aplicar_acciones(self) -> None:
        """Acciones y mensajes que se guardaron a la vez sin verse."""
        for cambiado in self._bd.ejecutar(repositorio.aplicar_pendientes):
            self._avisar(*cambiado)

    def pedir(self, dormir: Callable[[float], object]) -> None:
        """Vuelve a pedir los mensajes que llegaron sin contenido y ya les toca. Si el proveedor no está, para ahí."""
        if not self._whapi.configurado:
            return
        for _ in range(POR_RONDA):
            # De a uno: si el proveedor no contesta, los demás no gastan su intento.
            tomados = self._bd.ejecutar(lambda con: repositorio.reclamar_pedidos(con, 1))
            if not tomados or not self._atender(tomados[0]):
                return
            dormir(ENTRE_PEDIDOS_S)

    def _atender(self, pedido: Pedido) -> bool:
        """Pide un mensaje y lo completa. Falso si el proveedor no contesta."""
        completo, contesta = None, True
        try:
            completo = self._pedir_uno(pedido.id)
        except ProveedorIncierto:
            contesta = False
        if completo is not None:
            self._completar(pedido.seq, completo)
        elif pedido.ultimo:
            self._avisar(*self._bd.ejecutar(lambda con: repositorio.abandonar_pedido(con, pedido.seq)))
        return contesta

    def _pedir_uno(self, identificador: str) -> MensajeRecibido | None:
        """El mensaje con su contenido; None si todavía no lo tiene. Lanza ProveedorIncierto si no contesta."""
        try:
            crudo = mensajes.obtener(self._whapi.puerta, identificador)
            leidos = interpretar(
                {"messages": [crudo]}, linea=self._lineas.whapi, excluidos=frozenset(), ahora=datetime.now(UTC)
            ).mensajes
        except (ProveedorRechazo, EntradaInvalida):
            return None
        leido = leidos[0] if leidos else None
        return leido if leido is not None and leido.id == identificador and not leido.incompleto else None

    def _completar(self, seq: int, completo: MensajeRecibido) -> None:
        cambiado = self._bd.ejecutar(lambda con: repositorio.completar_mensaje(con, seq, completo))
        if cambiado is not None:
            registro.info("🧩 Contenido recuperado %s", completo.id)
            self._avisar(*cambiado)

    def _avisar(self, m: Mensaje, c: Conversacion) -> None:
        datos = evento_actualizado(m, self._lineas, self._plantel.nombre_de)
        self._avisos.avisar("message_update", datos, c.agente)
