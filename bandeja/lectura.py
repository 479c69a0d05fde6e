"""Leer: la lista de un agente, los mensajes de una conversación suya y lo que se perdió. Nunca llama al proveedor."""

from __future__ import annotations

from dataclasses import replace

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.errores import BaseNoDisponible, EntradaInvalida, EsquemaIncompatible, NoEncontrado, SinPermiso
from bandeja.modelos import Cambios, Conversacion, PaginaConversaciones, PaginaMensajes
from bandeja.plantel import Plantel
from bandeja.registro import registro
from bandeja.serializacion import evento_conversacion, iso, nombre_visible
from bandeja.telefono import Telefono
from bandeja.tiempo_real import Avisos
from bandeja.webhook import limpiar_texto

MAX_NOMBRE = 200


class Lectura:
    """Los casos de uso de ver, marcar leído y abrir un chat."""

    def __init__(self, bd: BaseDatos, plantel: Plantel, avisos: Avisos) -> None:
        self._bd = bd
        self._plantel = plantel
        self._avisos = avisos

    def listar_conversaciones(
        self, agente: str, limite: int, desde: int, filtro: str = "todos", orden: str = "reciente"
    ) -> PaginaConversaciones:
        """Una página de las conversaciones de un agente, fijadas primero y de la más nueva a la más vieja.

        `filtro` = todos | no_leidos | sin_responder; `orden` = reciente | no_leidos (las no leídas antes).
        """
        return self._bd.ejecutar(
            lambda con: repositorio.listar_conversaciones(con, agente, limite, desde, filtro, orden)
        )

    def exigir_conversacion(self, agente: str, telefono: Telefono) -> Conversacion:
        """Una conversación, solo si es de ese agente. Lanza SinPermiso también si no existe: no revela cuál es cuál."""
        conversacion = self._bd.ejecutar(lambda con: repositorio.obtener_conversacion(con, telefono))
        if conversacion is None or conversacion.agente != agente:
            self._negar(agente, conversacion.agente if conversacion else None)
        assert conversacion is not None
        return conversacion

    def pagina_mensajes(
        self, agente: str, telefono: Telefono, limite: int, desde: int, antes: int | None
    ) -> PaginaMensajes:
        """Una página ascendente de mensajes de una conversación propia. Lanza SinPermiso."""
        pagina = self._bd.ejecutar(
            lambda con: repositorio.pagina_mensajes(con, telefono, agente, limite, desde, antes)
        )
        if pagina is None or pagina.conversacion.agente != agente:
            self._negar(agente, pagina.conversacion.agente if pagina else None)
        assert pagina is not None
        return pagina

    def pagina_despues(self, agente: str, telefono: Telefono, limite: int, seq: int) -> PaginaMensajes:
        """La página que sigue a un mensaje de una conversación propia, hacia lo más nuevo. Lanza SinPermiso."""
        conversacion = self.exigir_conversacion(agente, telefono)
        mensajes, quedan = self._bd.ejecutar(
            lambda con: repositorio.pagina_despues(con, telefono, agente, limite, seq, incluido=False)
        )
        return PaginaMensajes(conversacion, mensajes, conversacion.total_mensajes, True, quedan)

    def pagina_alrededor(self, agente: str, telefono: Telefono, limite: int, seq: int) -> PaginaMensajes:
        """La página con un mensaje en el medio, para saltar a él. Lanza SinPermiso, o NoEncontrado si no es de ahí."""
        mitad = max(1, limite // 2)
        antes = self.pagina_mensajes(agente, telefono, mitad, 0, seq)
        desde, quedan = self._bd.ejecutar(
            lambda con: repositorio.pagina_despues(con, telefono, agente, limite - mitad + 1, seq, incluido=True)
        )
        if not desde:
            raise NoEncontrado("Ese mensaje no está en esta conversación.")
        return replace(antes, mensajes=antes.mensajes + desde, hay_mas_nuevos=quedan)

    def pagina_alrededor_de(self, agente: str, telefono: Telefono, limite: int, identificador: str) -> PaginaMensajes:
        """Como `pagina_alrededor`, por el id del proveedor: el original de una cita. Lanza lo mismo."""
        self.exigir_conversacion(agente, telefono)
        seq = self._bd.ejecutar(lambda con: repositorio.obtener_seq(con, telefono, limpiar_texto(identificador)))
        if seq is None:
            raise NoEncontrado("El mensaje original no está en esta conversación.")
        return self.pagina_alrededor(agente, telefono, limite, seq)

    def cambios_desde(self, agente: str, cursor: str) -> Cambios:
        """Lo que cambió para un agente desde un cursor anterior. Un cursor ilegible o viejo pide cargar todo."""
        if not repositorio.es_cursor(cursor):
            raise EntradaInvalida("El cursor no es válido: carga la lista de nuevo.")
        return self._bd.ejecutar(lambda con: repositorio.cambios_desde(con, agente, cursor))

    def marcar_leido(self, agente: str, telefono: Telefono, hasta: int | None) -> int:
        """Marca leída una conversación propia y lo cuenta a las otras pantallas. Devuelve lo que falta por leer."""
        lectura = self._bd.ejecutar(lambda con: repositorio.marcar_leido(con, telefono, agente, hasta))
        if lectura.dueno != agente:
            self._negar(agente, lectura.dueno)
        if lectura.cambio and lectura.leido_en is not None:
            datos = evento_conversacion(
                telefono.numero,
                "message_read",
                lectura.fuente,
                {"last_read_timestamp": iso(lectura.leido_en), "unread_count": lectura.no_leidos},
            )
            self._avisos.avisar("conversation_update", datos, agente)
        return lectura.no_leidos

    def iniciar_conversacion(
        self, agente: str, telefono: Telefono, nombre: str | None, fuente: str
    ) -> Conversacion:
        """Abre (o encuentra) un chat propio; si es nuevo irá por `fuente`. Lanza SinPermiso si ya lo atiende otro."""
        recortado = limpiar_texto(nombre or "").strip()[:MAX_NOMBRE] or None
        dueno = self._bd.ejecutar(
            lambda con: repositorio.iniciar_conversacion(con, telefono, agente, recortado, fuente), transaccion=True
        )
        if dueno != agente:
            self._negar(agente, dueno, "Esa conversación ya la atiende otra persona del equipo.")
        conversacion = self.exigir_conversacion(agente, telefono)
        self.anunciar_dueno(conversacion.numero, None, agente)
        return conversacion

    def anunciar_dueno(self, numero: str, antes: str | None, ahora: str | None) -> None:
        """Cuenta un cambio de dueño a los dos: a uno se le quita el chat y al otro le aparece, con su nombre."""
        c = self._bd.ejecutar(lambda con: repositorio.obtener_conversacion(con, Telefono(numero)))
        if c is None:  # cualquiera puede escribir en el canal por el que llegan los cambios
            return
        datos, fuente = {"nombre": nombre_visible(c.nombre, numero)}, c.fuente
        if antes is not None and antes != ahora:
            self._avisos.avisar("conversation_update", evento_conversacion(numero, "unassigned", fuente, datos), antes)
        if ahora is not None:
            self._avisos.avisar("conversation_update", evento_conversacion(numero, "assigned", fuente, datos), ahora)

    def exigir_base(self) -> None:
        """Vuelve si la base contesta. Lanza BaseNoDisponible, o EsquemaIncompatible si sus tablas son ajenas."""
        self._bd.ejecutar(repositorio.hay_base)

    def hay_base(self) -> bool:
        """Cierto si la base contesta ahora."""
        try:
            self.exigir_base()
        except (BaseNoDisponible, EsquemaIncompatible):
            return False
        return True

    def _negar(self, agente: str, dueno: str | None, frase: str | None = None) -> None:
        registro.warning("⚠️ Agente %s intentó acceder a conversación de %s", agente, dueno or "nadie")
        raise SinPermiso(frase)
