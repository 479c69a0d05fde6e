"""Enviar un archivo: queda guardado, después nace su mensaje y al final sale, por el mismo camino que un texto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from bandeja.archivos.guarda import Archivos, Subida
from bandeja.canales import Canales, exigir_client_id
from bandeja.errores import EntradaInvalida, EstadoNoPermite
from bandeja.modelos import Conversacion, Mensaje, PorEnviar
from bandeja.telefono import Telefono
from bandeja.webhook import limpiar_texto

MAX_ID = 200
_SIN_PIE = frozenset({"audio", "voice", "sticker"})


@dataclass(frozen=True, slots=True)
class Pedido:
    """Lo que la pantalla manda con un archivo. `clase`: ver `guarda.CLASES`."""

    archivo: BinaryIO
    nombre: str | None
    mime: str | None
    clase: str = "auto"
    pie: str = ""
    client_id: str = ""
    citado: str = ""


class EnvioDeArchivos:
    """El caso de uso de enviar un archivo. El chat propio y el recorrido de un envío se los da quien envía mensajes."""

    def __init__(
        self,
        archivos: Archivos,
        canales: Canales,
        exigir_conversacion: Callable[[str, Telefono], Conversacion],
        despachar: Callable[[str, Telefono, PorEnviar], Mensaje],
    ) -> None:
        self._archivos = archivos
        self._canales = canales
        self._exigir_conversacion = exigir_conversacion
        self._despachar = despachar

    def exigir(self, agente: str, telefono: Telefono) -> str:
        """El canal por el que saldría un archivo a ese chat; se pregunta antes de leerlo.

        Lanza SinPermiso, SinProveedor o EstadoNoPermite.
        """
        fuente = self._exigir_conversacion(agente, telefono).fuente
        self._canales.exigir(fuente)
        if fuente != "whapi":
            raise EstadoNoPermite("Este chat va por Twilio: por ahí no se pueden enviar archivos desde aquí.")
        return fuente

    def enviar(self, agente: str, telefono: Telefono, pedido: Pedido) -> Mensaje:
        """Guarda el archivo, crea su mensaje y lo manda; lo que no se llega a enviar no queda guardado.

        El mismo `client_id` dos veces es el mismo mensaje y un solo POST. Lanza lo que `exigir`, lo que
        `Archivos.subir`, EntradaInvalida o EnvioFallido (la fila quedó con su motivo, y su archivo con ella).
        """
        fuente = self.exigir(agente, telefono)
        client_id, citado = exigir_client_id(pedido.client_id), _exigir_citado(pedido.citado)
        pie = limpiar_texto(pedido.pie).strip()
        maximo = self._canales.exigir(fuente).max_texto
        if len(pie) > maximo:
            raise EntradaInvalida(f"El mensaje es demasiado largo: el máximo son {maximo} caracteres.")
        subida = self._archivos.subir(pedido.archivo, pedido.nombre, pedido.mime, pedido.clase)
        try:
            mensaje = self._despachar(agente, telefono, _por_enviar(subida, client_id, pie, citado, fuente))
        except BaseException:
            self._archivos.descartar(subida)  # si ya tiene mensaje no lo toca
            raise
        if mensaje.archivo is None or mensaje.archivo.id != subida.id:  # era otra vez el mismo clic
            self._archivos.descartar(subida)
        return mensaje


def _por_enviar(subida: Subida, client_id: str, pie: str, citado: str | None, fuente: str) -> PorEnviar:
    if pie and subida.tipo in _SIN_PIE:
        raise EntradaInvalida("Un audio o un sticker no lleva texto: envíalos por separado.")
    return PorEnviar(client_id, subida.tipo, pie, None, citado, fuente, archivo=subida.id)


def _exigir_citado(citado: str) -> str | None:
    if len(citado) > MAX_ID or limpiar_texto(citado) != citado:
        raise EntradaInvalida("El mensaje al que respondes no es válido.")
    return citado or None
