"""Lo anterior a lo nuestro en un chat: se le pide al proveedor cuando el agente llega al principio, y se guarda."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.errores import EstadoNoPermite, SinPermiso, SinProveedor
from bandeja.modelos import Entrega
from bandeja.registro import registro
from bandeja.telefono import Telefono
from bandeja.webhook import interpretar
from bandeja.whapi.historia import PaginaHistoria, listar_mensajes
from bandeja.whapi.puerta import Puerta

POR_PAGINA = 100
# Páginas seguidas sin nada nuevo (reacciones, lo ya guardado) antes de dejarle el paso a la siguiente pulsación.
MAX_PAGINAS = 4
# Más que una petición entera con todas sus páginas.
ARRIENDO_S = 150


@dataclass(frozen=True, slots=True)
class Traidos:
    """Cuántos mensajes faltaban y se guardaron. `completa`: el proveedor ya no tiene nada más viejo."""

    cuantos: int
    completa: bool


class Anteriores:
    """El caso de uso de cargar historia vieja. `guardar` es el camino normal de una entrega, para las acciones."""

    def __init__(
        self, bd: BaseDatos, puerta: Puerta, guardar: Callable[[Entrega], int], linea: str, excluidos: frozenset[str]
    ) -> None:
        self._bd = bd
        self._puerta = puerta
        self._guardar = guardar
        self._linea = linea
        self._excluidos = excluidos

    def traer(self, agente: str, telefono: Telefono, antes: int | None) -> Traidos:
        """Pide al proveedor lo anterior a un mensaje de un chat propio y lo guarda.

        Lanza SinPermiso si el chat no es suyo, EstadoNoPermite si ya se está pidiendo, SinProveedor o
        HistoriaNoDisponible si no hubo cómo.
        """
        if not self._puerta.configurada:
            raise SinProveedor
        turno = self._bd.ejecutar(
            lambda con: repositorio.empezar_anteriores(con, telefono, agente, antes, ARRIENDO_S), transaccion=True
        )
        if turno.resultado == "ajena":
            registro.warning("⚠️ Agente %s intentó acceder a conversación de %s", agente, turno.dueno or "nadie")
            raise SinPermiso
        if turno.resultado == "completa":
            return Traidos(0, completa=True)
        if turno.resultado == "ocupada":
            raise EstadoNoPermite("Ya se están cargando los mensajes anteriores de este chat.")
        completa = False
        try:
            cuantos, completa = self._pedir(telefono, turno.chat_id or telefono.chat_id, turno.hasta)
        finally:
            self._bd.ejecutar(lambda con: repositorio.terminar_anteriores(con, telefono, completa=completa))
        return Traidos(cuantos, completa)

    def _pedir(self, telefono: Telefono, chat_id: str, hasta: datetime | None) -> tuple[int, bool]:
        # Un segundo de más: no está dicho si el extremo cuenta, y en ese segundo puede haber otros.
        hasta, desplazamiento = hasta + timedelta(seconds=1) if hasta else None, 0
        for _ in range(MAX_PAGINAS):
            pagina = listar_mensajes(
                self._puerta, cuantos=POR_PAGINA, desplazamiento=desplazamiento, hasta=hasta, chat_id=chat_id
            )
            ultima = pagina.es_la_ultima(desplazamiento, POR_PAGINA)
            cuantos = self._guardar_pagina(telefono, chat_id, pagina)
            if cuantos or ultima:
                return cuantos, ultima
            desplazamiento += len(pagina.mensajes)
        return 0, False

    def _guardar_pagina(self, telefono: Telefono, chat_id: str, pagina: PaginaHistoria) -> int:
        cuerpo = {"messages": list(reversed(pagina.mensajes))}  # del más viejo al más nuevo: así quedan en su orden
        leida = interpretar(cuerpo, linea=self._linea, excluidos=self._excluidos, ahora=datetime.now(UTC))
        # Una persona puede tener dos identidades y aquí un solo chat: se pidió por una, y lo que vuelve es suyo.
        suyos = (m for m in leida.mensajes if m.telefono == telefono or m.chat_id == chat_id)
        propios = [m for m in suyos if not m.id.startswith("sinid-")]
        cuantos = (
            self._bd.ejecutar(lambda con: repositorio.guardar_anteriores(con, telefono, propios), transaccion=True)
            if propios
            else 0
        )
        self._guardar(Entrega(acciones=leida.acciones))
        return cuantos
