"""Quién atiende a quién: el dueño de un número y el turno. Las carreras las decide la base, no este módulo."""

from __future__ import annotations

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.plantel import Plantel
from bandeja.registro import registro
from bandeja.telefono import Telefono


class Asignacion:
    """Los verbos de la asignación, sobre una base y un plantel."""

    def __init__(self, bd: BaseDatos, plantel: Plantel) -> None:
        self._bd = bd
        self._plantel = plantel

    def obtener_dueno(self, telefono: Telefono) -> str | None:
        """El agente de un número; None = no tiene. Lanza BaseNoDisponible si no se pudo mirar."""
        return self._bd.ejecutar(lambda con: repositorio.obtener_dueno(con, telefono))

    def asignar(self, telefono: Telefono) -> str | None:
        """El dueño que ya tiene o, si no, el del turno. None = no hay nadie activo y la conversación espera."""
        activos = self._plantel.activos()
        agente, turno = self._bd.ejecutar(lambda con: repositorio.asignar(con, telefono, activos))
        if turno:
            registro.info("🆕 Nueva conversación %s → %s", telefono.numero, agente)
        return agente

    def asignar_pendientes(self) -> list[tuple[str, str]]:
        """Reparte lo que esperaba sin dueño. Devuelve (numero canónico, agente) de cada conversación repartida."""
        activos = self._plantel.activos()
        repartidas = self._bd.ejecutar(lambda con: repositorio.asignar_pendientes(con, activos), transaccion=True)
        for numero, agente in repartidas:
            registro.info("🆕 Nueva conversación %s → %s", numero, agente)
        return repartidas

    def actualizar_actividad(self, telefono: Telefono) -> None:
        """Anota actividad ahora en la conversación de un número."""
        self._bd.ejecutar(lambda con: repositorio.actualizar_actividad(con, telefono))
