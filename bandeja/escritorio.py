"""La mesa de trabajo del agente: borradores que lo siguen a otra pantalla, chats fijados o silenciados y respuestas
rápidas propias y del equipo. No toca mensajes."""

from __future__ import annotations

import contextlib
import re
from functools import partial

from bandeja import repositorio
from bandeja.autenticacion import SesionesCerradas
from bandeja.bd import BaseDatos
from bandeja.errores import BaseNoDisponible, EntradaInvalida, EstadoNoPermite, NoEncontrado, SinPermiso
from bandeja.modelos import Respuesta
from bandeja.serializacion import evento_conversacion
from bandeja.telefono import Telefono
from bandeja.tiempo_real import Avisos
from bandeja.webhook import limpiar_texto

# Por aquí se cuentan los procesos que una sesión se cerró: cada uno deja de aceptarla y cierra sus sockets.
CANAL_SESION = "chat_sesion"
MAX_BORRADOR = 65_536
MAX_RESPUESTA = 4_096
_ATAJO = re.compile(r"[\w-]{1,40}")


class Escritorio:
    """Los casos de uso de la mesa de trabajo."""

    def __init__(self, bd: BaseDatos, avisos: Avisos, cerradas: SesionesCerradas) -> None:
        self._bd = bd
        self._avisos = avisos
        self._cerradas = cerradas
        self._por_guardar: dict[str, float] = {}

    def guardar_borrador(self, agente: str, telefono: Telefono, texto: object) -> None:
        """Guarda lo escrito sin enviar en un chat propio (vacío lo borra) y lo cuenta a las otras pantallas."""
        if not isinstance(texto, str) or len(texto) > MAX_BORRADOR:
            raise EntradaInvalida("El borrador no es válido.")
        limpio = limpiar_texto(texto) if texto.strip() else ""
        fuente = self._bd.ejecutar(lambda con: repositorio.guardar_borrador(con, telefono, agente, limpio))
        if fuente is None:
            raise SinPermiso
        datos = evento_conversacion(telefono.numero, "draft", fuente, {"draft": limpio})
        self._avisos.avisar("conversation_update", datos, agente)

    def ajustar(
        self, agente: str, telefono: Telefono, fijada: bool | None, silenciada: bool | None
    ) -> tuple[bool, bool]:
        """Fija o silencia un chat propio. Devuelve (fijada, silenciada)."""
        quedo = self._bd.ejecutar(
            lambda con: repositorio.ajustar_conversacion(con, telefono, agente, fijada, silenciada)
        )
        if quedo is None:
            raise SinPermiso
        fijado, silenciado, fuente = quedo
        datos = evento_conversacion(
            telefono.numero, "preferences", fuente, {"pinned": fijado, "muted": silenciado}
        )
        self._avisos.avisar("conversation_update", datos, agente)
        return fijado, silenciado

    def cerrar_sesion(self, sesion: str, vence: float) -> None:
        """Termina una sesión y sus pantallas, en todos los procesos. Sin base, en este, y los demás cuando vuelva."""
        self._cerradas.anotar(sesion, vence)
        self._avisos.cerrar("Cerraste la sesión", sesion=sesion)
        self._por_guardar[sesion] = vence
        with contextlib.suppress(BaseNoDisponible):
            self.guardar_cerradas()

    def guardar_cerradas(self) -> None:
        """Guarda, y cuenta a los demás procesos, las cerradas que aún no se pudieron guardar."""
        for sesion, vence in list(self._por_guardar.items()):
            self._bd.ejecutar(partial(repositorio.cerrar_sesion, sesion=sesion, vence=vence, canal=CANAL_SESION))
            self._por_guardar.pop(sesion, None)

    def recordar_cerradas(self) -> None:
        """Aprende las que se cerraron mientras este proceso no oía."""
        for sesion, vence in self._bd.ejecutar(repositorio.listar_cerradas):
            self._cerradas.anotar(sesion, vence)

    def oir_cierre(self, sesion: str) -> None:
        """Otro proceso cerró esa sesión."""
        self._cerradas.anotar(sesion)
        self._avisos.cerrar("Cerraste la sesión", sesion=sesion)

    def listar_respuestas(self, agente: str) -> list[Respuesta]:
        """Las respuestas rápidas propias y las del equipo."""
        return self._bd.ejecutar(lambda con: repositorio.listar_respuestas(con, agente))

    def crear_respuesta(self, agente: str, atajo: object, texto: object, *, compartida: bool) -> Respuesta:
        """Crea una respuesta rápida. Lanza EntradaInvalida o EstadoNoPermite si el atajo ya existe."""
        limpio, cuerpo = _exigir_atajo(atajo), _exigir_cuerpo(texto)
        dueno = None if compartida else agente
        creada = self._bd.ejecutar(lambda con: repositorio.crear_respuesta(con, dueno, limpio, cuerpo, agente))
        if creada is None:
            raise EstadoNoPermite(f"Ya existe una respuesta con el atajo /{limpio}.")
        return creada

    def cambiar_respuesta(
        self, agente: str, identificador: int, atajo: object, texto: object, *, compartida: bool
    ) -> Respuesta:
        """Cambia una respuesta propia o del equipo. Lanza EntradaInvalida, NoEncontrado o EstadoNoPermite."""
        limpio, cuerpo = _exigir_atajo(atajo), _exigir_cuerpo(texto)
        dueno = None if compartida else agente
        cambiada = self._bd.ejecutar(
            lambda con: repositorio.cambiar_respuesta(con, identificador, agente, dueno, limpio, cuerpo)
        )
        if cambiada is not None:
            return cambiada
        if any(r.id == identificador for r in self.listar_respuestas(agente)):
            raise EstadoNoPermite(f"Ya existe una respuesta con el atajo /{limpio}.")
        raise NoEncontrado("Esa respuesta rápida no existe.")

    def borrar_respuesta(self, agente: str, identificador: int) -> None:
        """Borra una respuesta propia o del equipo. Lanza NoEncontrado."""
        if not self._bd.ejecutar(lambda con: repositorio.borrar_respuesta(con, identificador, agente)):
            raise NoEncontrado("Esa respuesta rápida no existe.")


def _exigir_atajo(atajo: object) -> str:
    texto = atajo.strip().removeprefix("/").lower() if isinstance(atajo, str) else ""
    if not _ATAJO.fullmatch(texto):
        raise EntradaInvalida("El atajo debe tener hasta 40 letras, números o guiones, sin espacios.")
    return texto


def _exigir_cuerpo(texto: object) -> str:
    limpio = limpiar_texto(texto).strip() if isinstance(texto, str) else ""
    if not limpio or len(limpio) > MAX_RESPUESTA:
        raise EntradaInvalida(f"El texto de la respuesta debe tener entre 1 y {MAX_RESPUESTA} caracteres.")
    return limpio
