"""Señales pequeñas: que el cliente sepa que se leyó y que se le escribe, y que el agente sepa que el cliente escribe.

Nada de esto se guarda, nadie lo espera y perder una no importa: una cola corta, en segundo plano, llama al proveedor.
"""

from __future__ import annotations

from bandeja.bd import BaseDatos
from bandeja.errores import ErrorBandeja, SinPermiso
from bandeja.repositorio import senales as guardadas
from bandeja.segundo_plano import Cola, Freno
from bandeja.serializacion import digitos
from bandeja.telefono import Telefono
from bandeja.tiempo_real import Avisos
from bandeja.webhook.presencias import leer_presencias
from bandeja.whapi import Whapi, personas

ESCRIBIENDO_CADA_S = 5.0
VIGILAR_CADA_S = 1800.0
# Según la versión, el proveedor llama de una manera o de la otra a dejar de escribir.
_PAUSAS = ("paused", "pause")


class Senales:
    """Los casos de uso de las señales. `confirmar`: si se permite decirle al cliente que se leyó."""

    def __init__(self, bd: BaseDatos, whapi: Whapi, avisos: Avisos, confirmar: bool) -> None:
        self._bd = bd
        self._whapi = whapi
        self._avisos = avisos
        self.confirma = confirmar
        self._cola = Cola()
        self._escribiendo = Freno(ESCRIBIENDO_CADA_S)
        self._vigiladas = Freno(VIGILAR_CADA_S)
        self._pausa = _PAUSAS[0]

    def ajustes(self, agente: str) -> guardadas.Senales:
        """Lo que un agente deja ver al cliente."""
        return self._bd.ejecutar(lambda con: guardadas.senales_de(con, agente))

    def ajustar(self, agente: str, lectura: bool | None, escribiendo: bool | None) -> guardadas.Senales:
        """Cambia lo que un agente deja ver (None = dejar como está)."""
        return self._bd.ejecutar(lambda con: guardadas.guardar_senales(con, agente, lectura, escribiendo))

    def leyo(self, agente: str, telefono: Telefono, hasta: int | None) -> None:
        """El agente marcó leído: se le dirá al cliente, si él y la configuración lo permiten. Nunca falla ni espera."""
        if self.confirma and self._whapi.configurado:
            self._cola.poner("lectura", telefono.numero, lambda: self._confirmar_lectura(agente, telefono, hasta))

    def _confirmar_lectura(self, agente: str, telefono: Telefono, hasta: int | None) -> None:
        if not self.ajustes(agente).lectura:
            return
        mensaje = self._bd.ejecutar(lambda con: guardadas.tomar_lectura(con, telefono, agente, hasta))
        if mensaje is not None:
            personas.marcar_leido(self._whapi.puerta, mensaje)

    def escribe(self, agente: str, telefono: Telefono, escribiendo: bool) -> None:
        """El agente empezó o dejó de escribir en un chat suyo. Lanza SinPermiso si no lo es."""
        clave = (agente, telefono.numero)
        # Dejar de escribir solo se cuenta si se había contado que se escribía.
        if not (self._escribiendo.deja(*clave) if escribiendo else self._escribiendo.soltar(*clave)):
            return
        destino = self._destino(telefono)
        if destino is None or destino.agente != agente:
            raise SinPermiso
        if destino.fuente == "whapi" and self._whapi.configurado:
            self._cola.poner("escribe", telefono.numero, lambda: self._mostrar(agente, destino.chat_id, escribiendo))

    def _mostrar(self, agente: str, chat_id: str, escribiendo: bool) -> None:
        if not self.ajustes(agente).escribiendo:
            return
        if escribiendo:
            personas.mostrar_presencia(self._whapi.puerta, chat_id, "typing", int(ESCRIBIENDO_CADA_S))
        elif not personas.mostrar_presencia(self._whapi.puerta, chat_id, self._pausa):
            self._pausa = next(otra for otra in _PAUSAS if otra != self._pausa)
            personas.mostrar_presencia(self._whapi.puerta, chat_id, self._pausa)

    def vigilar(self, telefono: Telefono) -> None:
        """Un agente abrió este chat, ya comprobado suyo: se pide saber cuándo escribe esa persona."""
        if self._whapi.configurado and self._vigiladas.deja(telefono.numero):
            self._cola.poner("vigila", telefono.numero, lambda: self._vigilar(telefono))

    def _vigilar(self, telefono: Telefono) -> None:
        destino = self._destino(telefono)
        if destino is not None and destino.fuente == "whapi":
            personas.vigilar_presencia(self._whapi.puerta, destino.chat_id)

    def _destino(self, telefono: Telefono) -> guardadas.Destino | None:
        return self._bd.ejecutar(lambda con: guardadas.obtener_destino(con, telefono))

    def recibir(self, cuerpo: object) -> None:
        """Cuenta a cada dueño qué clientes suyos escriben. Sin base no se sabe de quién son, y no importa."""
        for p in leer_presencias(cuerpo):
            try:
                destino = self._destino(p.telefono)
            except ErrorBandeja:
                return
            if destino is not None:
                self._avisos.avisar("typing", {"numero": digitos(destino.numero), "state": p.estado}, destino.agente)
