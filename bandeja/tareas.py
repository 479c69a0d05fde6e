"""Lo que ocurre sin que nadie lo pida: repartir lo que espera, vencer envíos a medias, cerrar a quien ya no está
activo y enterarse de las reasignaciones hechas por SQL. Ninguna falla detiene a las demás."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from bandeja.asignacion import Asignacion
from bandeja.bd import BaseDatos
from bandeja.envio import Envio
from bandeja.errores import BaseNoDisponible
from bandeja.escritorio import Escritorio
from bandeja.lectura import Lectura
from bandeja.plantel import Plantel
from bandeja.registro import en_una_linea, registro
from bandeja.segundo_plano import intentar
from bandeja.tiempo_real import Avisos

CADA_S = 15.0
REINTENTO_ESCUCHA_S = 2.0
CANAL_DUENO = "chat_dueno"


class Tareas:
    """Las tareas de fondo de un proceso. `dormir` es la espera cooperativa del servidor; `oidos`, qué más se oye."""

    def __init__(
        self,
        bd: BaseDatos,
        plantel: Plantel,
        avisos: Avisos,
        asignacion: Asignacion,
        envio: Envio,
        lectura: Lectura,
        escritorio: Escritorio,
        dormir: Callable[[float], object],
        oidos: Mapping[str, Callable[[str], object]] | None = None,
    ) -> None:
        self._bd = bd
        self._plantel = plantel
        self._avisos = avisos
        self._asignacion = asignacion
        self._envio = envio
        self._lectura = lectura
        self._escritorio = escritorio
        self._dormir = dormir
        self._oidos = oidos or {}

    def repartir(self) -> None:
        """Da dueño a lo que esperaba; la base avisa de cada cambio de dueño y `escuchar` lo cuenta."""
        self._asignacion.asignar_pendientes()

    def cerrar_inactivos(self) -> None:
        """Cierra las pantallas de quien fue desactivado y las de sesiones vencidas."""
        for usuario in self._avisos.conectados() - set(self._plantel.activos()):
            self._avisos.cerrar("Tu usuario fue desactivado", usuario=usuario)
        for sesion in self._avisos.vencidas():
            self._avisos.cerrar("Tu sesión terminó", sesion=sesion)

    def rondar(self) -> None:
        """La ronda periódica, para siempre."""
        while True:
            vencer, cerradas = self._envio.vencer_pendientes, self._escritorio.guardar_cerradas
            intentar("Tarea de fondo", self.cerrar_inactivos, vencer, cerradas, self.repartir)
            self._dormir(CADA_S)

    def escuchar(self) -> None:
        """Oye a la base, para siempre: cambios de dueño hechos por SQL, sesiones cerradas en otro proceso, archivos."""
        while True:
            try:
                self._bd.escuchar((CANAL_DUENO, *self._oidos), self._al_oir, self._al_empezar_a_oir)
            except BaseNoDisponible:
                pass
            except Exception as error:  # borde exterior: dejar de oír sería no enterarse de una reasignación nunca más
                registro.error("❌ Oír a la base: %s: %s", type(error).__name__, en_una_linea(error))
            self._dormir(REINTENTO_ESCUCHA_S)

    def _al_empezar_a_oir(self) -> None:
        intentar("Sesiones cerradas", self._escritorio.recordar_cerradas)

    def _al_oir(self, canal: str, texto: str) -> None:
        if canal in self._oidos:
            intentar(f"Al oír {canal}", lambda: self._oidos[canal](texto))
        else:
            intentar("Aviso de dueño", lambda: self._al_cambiar_dueno(texto))

    def _al_cambiar_dueno(self, texto: str) -> None:
        cambio = json.loads(texto)  # cualquiera puede escribir en el canal: lo ilegible queda en el registro
        self._lectura.anunciar_dueno(cambio["numero"], cambio["antes"], cambio["ahora"])
