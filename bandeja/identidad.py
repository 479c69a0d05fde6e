"""Una persona, una conversación: aprende del proveedor qué identidad oculta es de qué teléfono y une sus chats.

Solo une lo que el proveedor dijo; lo que un agente separó queda separado. Nadie espera a que esto pregunte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from bandeja.bd import BaseDatos, Conexion
from bandeja.errores import NoEncontrado, ProveedorRechazo, SinPermiso
from bandeja.registro import en_una_linea, registro
from bandeja.repositorio import identidad as guardadas
from bandeja.repositorio import obtener_conversacion
from bandeja.segundo_plano import Cola, intentar
from bandeja.serializacion import digitos, evento_conversacion, nombre_visible
from bandeja.telefono import Telefono, desde_chat_id
from bandeja.tiempo_real import Avisos
from bandeja.whapi import Puerta, Whapi, personas

T = TypeVar("T")
CANAL_IDENTIDAD = "chat_identidad"
CADA_S = 5.0
PREGUNTAR_CADA_S = 60.0
PREGUNTAS_POR_RONDA = 10


class Identidad:
    """Los casos de uso de unir y separar, y la tarea que pregunta."""

    def __init__(self, bd: BaseDatos, whapi: Whapi, avisos: Avisos) -> None:
        self._bd = bd
        self._whapi = whapi
        self._avisos = avisos
        self._cola = Cola()

    def fundir_pendientes(self, _lid: str = "") -> None:
        """Une todo lo que ya se sabe que es una sola persona, y lo cuenta a quien lo atiende."""
        for lid in self._bd.ejecutar(guardadas.identidades_por_unir):
            self._fundir(lid)

    def _fundir(self, lid: str) -> None:
        fusion = self._bd.ejecutar(lambda con: guardadas.fundir(con, lid), transaccion=True)
        if fusion is not None:
            registro.info("🔗 Conversación %s unida a %s → %s", lid, fusion.titular, fusion.agente or "sin agente")
            self._anunciar(fusion)

    def deshacer(self, agente: str, identificador: int) -> None:
        """Separa lo que una fusión unió. Lanza NoEncontrado, o SinPermiso si el chat no es de ese agente."""
        hecho = self._bd.ejecutar(
            lambda con: guardadas.deshacer_fusion(con, identificador, agente), transaccion=True
        )
        if hecho.resultado == "no_existe":
            raise NoEncontrado("Esa unión no existe.")
        if hecho.resultado == "ajena":
            registro.warning("⚠️ Agente %s intentó separar una conversación de %s", agente, hecho.dueno or "nadie")
            raise SinPermiso
        if hecho.resultado == "nueva" and hecho.titular is not None and hecho.oculta is not None:
            registro.info("🔗 Conversación %s separada de %s", hecho.oculta, hecho.titular)
            self._avisar(hecho.titular, "split", agente, {"split": digitos(hecho.oculta)})

    def averiguar_destino(self, telefono: Telefono) -> None:
        """Pregunta con qué id conoce WhatsApp a un número que se escribe de varias maneras y no nos escribe.

        En segundo plano: el primer mensaje no espera esta respuesta.
        """
        if len(telefono.variantes) == 4 and self._whapi.configurado:
            self._cola.poner("destino", telefono.numero, lambda: self._averiguar(telefono))

    def _averiguar(self, telefono: Telefono) -> None:
        chat_id = personas.obtener_chat_id(self._whapi.puerta, telefono.digitos)
        if chat_id is not None and desde_chat_id(chat_id) == telefono:
            self._bd.ejecutar(lambda con: guardadas.guardar_destino(con, telefono, chat_id))

    def rondar(self, dormir: Callable[[float], object]) -> None:
        """La tarea de fondo, para siempre: une lo pendiente y, cada minuto, pregunta por unas pocas."""
        while True:
            intentar("Identidades", self.fundir_pendientes, self._preguntar)
            dormir(CADA_S)

    def _preguntar(self) -> None:
        if not self._whapi.configurado:
            return
        if not self._bd.ejecutar(lambda con: guardadas.tomar_reloj(con, "identidades", PREGUNTAR_CADA_S)):
            return
        for oculta, su_telefono in self._que_conteste(guardadas.ocultas_por_preguntar, personas.obtener_telefono):
            self._aprender(oculta, oculta, su_telefono)
        for telefono, su_oculta in self._que_conteste(guardadas.telefonos_por_preguntar, personas.obtener_oculta):
            self._aprender(telefono, su_oculta, telefono)

    def _que_conteste(
        self, por_preguntar: Callable[[Conexion, int], list[Telefono]], preguntar: Callable[[Puerta, Telefono], T]
    ) -> Iterator[tuple[Telefono, T | None]]:
        """Cada persona con su respuesta; la que el proveedor rechaza no estorba a las demás: queda para después."""
        rechazadas, contestadas = [], 0
        for persona in self._bd.ejecutar(lambda con: por_preguntar(con, PREGUNTAS_POR_RONDA)):
            try:
                yield persona, preguntar(self._whapi.puerta, persona)
                contestadas += 1
            except ProveedorRechazo as error:
                registro.warning("⚠️ Identidades: %s", en_una_linea(error))
                rechazadas.append(persona)
        if contestadas:  # contesta por otras: a estas se les pregunta más tarde
            yield from ((persona, None) for persona in rechazadas)

    def _aprender(self, preguntada: Telefono, oculta: Telefono | None, telefono: Telefono | None) -> None:
        def anotar(con: Conexion) -> None:
            guardadas.anotar_pregunta(con, preguntada)
            if oculta is not None and telefono is not None:
                guardadas.aprender_identidad(con, oculta, telefono)

        self._bd.ejecutar(anotar, transaccion=True)

    def _anunciar(self, f: guardadas.Fusion) -> None:
        """Al dueño, que dos chats suyos son uno; a quien pierde el otro, lo mismo que en cualquier reasignación."""
        self._avisar(f.titular, "merged", f.agente, {"merged": digitos(f.oculta), "fusion": f.id})
        if f.agente_oculta != f.agente:
            self._avisar(f.oculta, "unassigned", f.agente_oculta, {})

    def _avisar(self, numero: str, tipo: str, agente: str | None, datos: dict[str, object]) -> None:
        c = self._bd.ejecutar(lambda con: obtener_conversacion(con, Telefono(numero)))
        # De la oculta ya unida se encuentra el chat del teléfono: su nombre es solo de quien lo atiende.
        nombre = c.nombre if c is not None and c.agente == agente else None
        datos = {"nombre": nombre_visible(nombre, numero), **datos}
        evento = evento_conversacion(numero, tipo, c.fuente if c else "whapi", datos)
        self._avisos.avisar("conversation_update", evento, agente)
