"""Recibir del proveedor: guardar todo lo que trae una entrega, confirmar, y solo entonces avisar a cada dueño."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bandeja import metricas, repositorio
from bandeja.bd import BaseDatos, Conexion
from bandeja.errores import DatoRechazado
from bandeja.estado_linea import SenalLinea
from bandeja.modelos import (
    AccionRecibida,
    Conversacion,
    Entrega,
    EstadoAplicado,
    EstadoRecibido,
    Guardado,
    Ilegible,
    Lineas,
    Mensaje,
    MensajeRecibido,
    NombreAplicado,
)
from bandeja.plantel import Plantel
from bandeja.registro import en_una_linea, registro
from bandeja.serializacion import evento_actualizado, evento_conversacion, evento_estado, evento_mensaje, nombre_visible
from bandeja.tiempo_real import Avisos
from bandeja.webhook import interpretar, twilio

# Cada pieza toma sus candados hasta confirmar: miles a la vez no caben en una base pequeña.
MAX_TANDA = 400


@dataclass(frozen=True, slots=True)
class _Resultado:
    mensajes: Sequence[Guardado] = ()
    estados: Sequence[EstadoAplicado] = ()
    nombres: Sequence[NombreAplicado] = ()
    cambiados: Sequence[tuple[Mensaje, Conversacion]] = ()


class Recepcion:
    """El caso de uso del webhook. `al_faltar` se llama cuando llegó algo sin su contenido."""

    def __init__(
        self,
        bd: BaseDatos,
        plantel: Plantel,
        avisos: Avisos,
        lineas: Lineas,
        excluidos: frozenset[str],
        anotar_linea: Callable[[Sequence[SenalLinea]], object],
        al_faltar: Callable[[], object],
    ) -> None:
        self._bd = bd
        self._plantel = plantel
        self._avisos = avisos
        self._lineas = lineas
        self._excluidos = excluidos
        self._anotar_linea = anotar_linea
        self._al_faltar = al_faltar

    def recibir(self, cuerpo: object) -> None:
        """Guarda una entrega del proveedor y avisa. Al volver, todo está confirmado en la base.

        Lanza EntradaInvalida si no es una entrega (nada se guarda) y BaseNoDisponible si no se pudo confirmar.
        """
        linea = self._lineas.whapi
        self.guardar(interpretar(cuerpo, linea=linea, excluidos=self._excluidos, ahora=datetime.now(UTC)))

    def recibir_de_twilio(self, parametros: Mapping[str, str]) -> None:
        """Como `recibir`, para un mensaje de un cliente por Twilio."""
        linea = self._lineas.twilio
        self.guardar(twilio.interpretar(parametros, linea=linea, excluidos=self._excluidos, ahora=datetime.now(UTC)))

    def recibir_estado_de_twilio(self, parametros: Mapping[str, str], envio: str | None) -> None:
        """Como `recibir`, para un paso de un mensaje nuestro por Twilio. `envio`: la referencia que le dimos."""
        self.guardar(twilio.interpretar_estado(parametros, envio, ahora=datetime.now(UTC)))

    def guardar(self, entrega: Entrega) -> int:
        """Guarda lo ya entendido, confirma y avisa. Devuelve cuántos mensajes no teníamos."""
        return sum(self._guardar_tanda(tanda) for tanda in _por_tandas(entrega) if not tanda.vacia)

    def _guardar_tanda(self, tanda: Entrega) -> int:
        try:
            return self._guardar_y_avisar(tanda)
        except DatoRechazado:
            return sum(self._guardar_parte(parte) for parte in _de_a_uno(tanda))

    def _guardar_y_avisar(self, e: Entrega) -> int:
        if e.linea:
            self._anotar_linea(e.linea)
        grupos = sum(map(bool, (e.mensajes, e.estados, e.nombres, e.acciones, e.ilegibles)))
        junto = grupos > 1 or any(estado.envio for estado in e.estados)
        resultado = self._bd.ejecutar(lambda con: self._guardar(con, e), transaccion=junto)
        self._contar(resultado, e)
        self._avisar(resultado)
        if any(m.incompleto for m in e.mensajes):
            self._al_faltar()
        return sum(guardado.resultado == "nuevo" for guardado in resultado.mensajes)

    def _guardar_parte(self, parte: Entrega) -> int:
        """Una pieza sola; la que la base no admite se guarda como ilegible, para que no esconda a sus vecinas."""
        try:
            return self._guardar_y_avisar(parte)
        except DatoRechazado as error:
            crudo = ascii(parte)
            huella = hashlib.sha256(crudo.encode()).hexdigest()
            registro.warning("⚠️ La base no admitió una pieza %s: %s", huella[:12], en_una_linea(error))
            motivo = "la base no admite uno de sus datos"
            return self._guardar_y_avisar(Entrega(ilegibles=(Ilegible(huella, motivo, crudo, _fuente_de(parte)),)))

    def _guardar(self, con: Conexion, entrega: Entrega) -> _Resultado:
        activos = self._plantel.activos()
        mensajes = repositorio.guardar_mensajes(con, entrega.mensajes, activos) if entrega.mensajes else []
        mensajes += repositorio.reconocer_envios(con, entrega.estados)
        estados = repositorio.guardar_estados(con, entrega.estados) if entrega.estados else ()
        nombres = repositorio.guardar_nombres(con, entrega.nombres) if entrega.nombres else ()
        cambiados = repositorio.guardar_acciones(con, entrega.acciones) if entrega.acciones else ()
        if entrega.ilegibles:
            repositorio.guardar_ilegibles(con, entrega.ilegibles)
        return _Resultado(mensajes, estados, nombres, cambiados)

    def _contar(self, resultado: _Resultado, entrega: Entrega) -> None:
        for guardado in resultado.mensajes:
            if guardado.mensaje is None or guardado.conversacion is None or guardado.resultado == "cambio":
                continue
            if not guardado.mensaje.saliente:
                metricas.mensaje_recibido(guardado.mensaje.tipo, guardado.mensaje.fuente)
                canal = guardado.mensaje.fuente.upper()
                registro.info("📨 MENSAJE ENTRANTE DE %s %s", canal, guardado.mensaje.id)
            numero, agente = guardado.conversacion.numero, guardado.conversacion.agente
            if guardado.nueva or guardado.turno:
                registro.info("🆕 Nueva conversación %s → %s", numero, agente or "sin agente")
            else:
                registro.info("📝 Conversación existente %s → %s", numero, agente or "sin agente")
        for ilegible in entrega.ilegibles:
            registro.warning("⚠️ Contenido ilegible guardado %s: %s", ilegible.huella[:12], ilegible.motivo)

    def _avisar(self, resultado: _Resultado) -> None:
        for g in resultado.mensajes:
            if g.mensaje is None or g.conversacion is None:
                continue
            if _es_novedad(g, g.mensaje):
                datos = evento_mensaje(g.mensaje, g.conversacion, self._lineas, self._plantel.nombre_de, g.reemplaza)
                self._avisos.avisar("new_message", datos, g.conversacion.agente)
            else:
                self._avisar_cambio(g.mensaje, g.conversacion)
        for mensaje, conversacion in resultado.cambiados:
            self._avisar_cambio(mensaje, conversacion)
        for estado in resultado.estados:
            self._avisos.avisar("message_status", evento_estado(estado), estado.agente)
        for n in resultado.nombres:
            datos = evento_conversacion(
                n.numero, "name_changed", n.fuente, {"nombre": nombre_visible(n.nombre, n.numero)}
            )
            self._avisos.avisar("conversation_update", datos, n.agente)


    def _avisar_cambio(self, m: Mensaje, c: Conversacion) -> None:
        self._avisos.avisar("message_update", evento_actualizado(m, self._lineas, self._plantel.nombre_de), c.agente)


def _es_novedad(g: Guardado, m: Mensaje) -> bool:
    """Falso si solo cambia lo que ya estaba. Una llamada es novedad al perderse, o si estrena la conversación."""
    if m.tipo == "call" and not m.saliente:
        return g.nueva or (m.datos or {}).get("status", "missed") == "missed"
    return g.resultado != "cambio"


def _fuente_de(parte: Entrega) -> str:
    piezas: Sequence[MensajeRecibido | EstadoRecibido | AccionRecibida | Ilegible]
    piezas = (*parte.mensajes, *parte.estados, *parte.acciones, *parte.ilegibles)
    return piezas[0].fuente if piezas else "whapi"  # los nombres solo los trae Whapi


def _por_tandas(e: Entrega) -> Iterator[Entrega]:
    """La misma entrega, en piezas que la base guarda de una vez. Cada una se confirma sola: repetirlas no hace daño."""
    if max(map(len, (e.mensajes, e.estados, e.nombres, e.acciones, e.ilegibles))) <= MAX_TANDA:
        yield e
        return
    yield Entrega(linea=e.linea)
    for grupo in ("mensajes", "estados", "nombres", "acciones", "ilegibles"):
        piezas = getattr(e, grupo)
        for desde in range(0, len(piezas), MAX_TANDA):
            yield Entrega(**{grupo: piezas[desde : desde + MAX_TANDA]})


def _de_a_uno(entrega: Entrega) -> Iterator[Entrega]:
    """La misma entrega, pieza por pieza y en su orden."""
    for mensaje in entrega.mensajes:
        yield Entrega(mensajes=(mensaje,))
    for estado in entrega.estados:
        yield Entrega(estados=(estado,))
    for nombre in entrega.nombres:
        yield Entrega(nombres=(nombre,))
    for accion in entrega.acciones:
        yield Entrega(acciones=(accion,))
    for ilegible in entrega.ilegibles:
        yield Entrega(ilegibles=(ilegible,))
