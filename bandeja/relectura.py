"""Leer otra vez lo que se guardó sin entender: cartas ilegibles, a pedido, y tipos que una versión nueva ya conoce."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.configuracion import RAIZ
from bandeja.errores import BaseNoDisponible, EntradaInvalida, NoEncontrado
from bandeja.modelos import Entrega, Lineas
from bandeja.registro import en_una_linea, registro
from bandeja.webhook import interpretar, twilio

MAX_CARTAS = 200
LOTE = 100
PAUSA_S = 0.2
REINTENTO_S = 60.0
MARCA = "lector"
NO_GUARDA_ENTREGA = "De esta no se guardó lo que llegó, solo cómo se leyó: no se puede volver a leer."


@dataclass(frozen=True, slots=True)
class Relectura:
    """Cómo le fue a cada carta: `resueltas`, y las demás con su motivo."""

    resueltas: tuple[str, ...]
    rechazadas: tuple[tuple[str, str], ...]


class Relector:
    """Los casos de uso de volver a leer. `guardar` es el camino normal de una entrega."""

    def __init__(
        self, bd: BaseDatos, guardar: Callable[[Entrega], int], lineas: Lineas, excluidos: frozenset[str]
    ) -> None:
        self._bd = bd
        self._guardar = guardar
        self._lineas = lineas
        self._excluidos = excluidos

    # --- cartas

    def reprocesar(self, huella: str | None) -> Relectura:
        """Lee otra vez una carta pendiente, o las que más esperan; lo que ya se entiende entra y queda resuelto.

        Lanza NoEncontrado si esa carta no está pendiente.
        """
        cartas = self._bd.ejecutar(lambda con: repositorio.tomar_cartas(con, huella, MAX_CARTAS))
        if huella is not None and not cartas:
            raise NoEncontrado("Esa carta no está pendiente.")
        resueltas, rechazadas = [], []
        for carta in cartas:
            rechazo = self._leer_carta(carta)
            self._anotar(carta.huella, rechazo)
            if rechazo is None:
                resueltas.append(carta.huella)
            else:
                rechazadas.append((carta.huella, rechazo))
        return Relectura(tuple(resueltas), tuple(rechazadas))

    def _anotar(self, huella: str, rechazo: str | None) -> None:
        self._bd.ejecutar(lambda con: repositorio.anotar_carta(con, huella, rechazo))

    def _leer_carta(self, carta: repositorio.Crudo) -> str | None:
        """Por qué no se entiende todavía; None si se entendió y ya está guardada."""
        if not isinstance(carta.crudo, dict) and not carta.clave:
            return NO_GUARDA_ENTREGA
        try:
            leida = self._interpretar_carta(carta)
        except EntradaInvalida as error:
            return str(error)
        if leida.ilegibles:
            return leida.ilegibles[0].motivo
        if leida.vacia and not leida.ignorados:
            return "No trae nada que se conozca."
        # Llega tarde: no suena como lo nuevo.
        self._guardar(replace(leida, mensajes=tuple(replace(m, recuperado=True) for m in leida.mensajes)))
        return None

    def _interpretar_carta(self, carta: repositorio.Crudo) -> Entrega:
        if carta.fuente != "twilio":
            return self._interpretar(_como_entrega(carta.clave, carta.crudo))
        if "MessageStatus" in carta.crudo:
            return twilio.interpretar_estado(carta.crudo, None, ahora=datetime.now(UTC))
        linea = self._lineas.twilio
        return twilio.interpretar(carta.crudo, linea=linea, excluidos=self._excluidos, ahora=datetime.now(UTC))

    def _interpretar(self, cuerpo: dict[str, Any]) -> Entrega:
        return interpretar(cuerpo, linea=self._lineas.whapi, excluidos=self._excluidos, ahora=datetime.now(UTC))

    # --- tipos que ya se conocen

    def releer_si_cambio_el_lector(self) -> None:
        """Al arrancar: si el lector no es el de la última vez, relee lo que no se entendía. Insiste si no hay base."""
        while True:
            try:
                self._releer_guardados(huella_del_lector())
                return
            except BaseNoDisponible:
                time.sleep(REINTENTO_S)
            except Exception as error:  # borde exterior: releer es un favor, no una condición
                registro.error("❌ Releer lo guardado: %s: %s", type(error).__name__, en_una_linea(error))
                return

    def _releer_guardados(self, version: str) -> int:
        """Recorre una vez lo guardado sin entender, por lotes y con pausas. Devuelve cuántos cambiaron."""
        if self._bd.ejecutar(lambda con: repositorio.leer_marca(con, MARCA)) == version:
            return 0
        ultimo, cambiados = 0, 0
        while lote := self._lote(ultimo):
            for uno in lote:
                cambiados += self._releer(uno.seq, uno.crudo)
            ultimo = lote[-1].seq
            time.sleep(PAUSA_S)
        self._bd.ejecutar(lambda con: repositorio.poner_marca(con, MARCA, version))
        if cambiados:
            registro.info("📖 %d mensajes guardados sin entender ahora se entienden", cambiados)
        return cambiados

    def _lote(self, despues: int) -> list[repositorio.Crudo]:
        return self._bd.ejecutar(lambda con: repositorio.mensajes_por_releer(con, despues, LOTE))

    def _releer(self, seq: int, crudo: Any) -> bool:
        leida = self._interpretar({"messages": [crudo]})
        if len(leida.mensajes) != 1 or leida.mensajes[0].tipo == "unsupported":
            return False
        return self._bd.ejecutar(lambda con: repositorio.releer_mensaje(con, seq, leida.mensajes[0]))


def huella_del_lector() -> str:
    """Cambia cuando cambia el código que lee lo que llega."""
    suma = hashlib.sha256()
    for archivo in sorted((RAIZ / "bandeja" / "webhook").glob("*.py")):
        suma.update(archivo.read_bytes())
    return suma.hexdigest()


def _como_entrega(clave: str | None, crudo: Any) -> dict[str, Any]:
    """La entrega en que venía una carta. De las viejas, que no dicen en qué lista, se deduce de su forma."""
    if clave:
        return {clave: [crudo]}
    if "recipient_id" in crudo:
        return {"statuses": [crudo]}
    if "after_update" in crudo or "before_update" in crudo:
        return {"messages_updates": [crudo]}
    if "chat_id" in crudo or "from_me" in crudo:
        return {"messages": [crudo]}
    return dict(crudo)
