"""Escribirle por Twilio a quien lleva más de 24 horas callado: con una plantilla que WhatsApp ya aprobó."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bandeja.canales import exigir_client_id
from bandeja.errores import EntradaInvalida, EstadoNoPermite, NoEncontrado, ProveedorIncierto, ProveedorRechazo
from bandeja.modelos import Conversacion, Mensaje, PorEnviar
from bandeja.telefono import Telefono
from bandeja.twilio import Plantilla, Twilio
from bandeja.webhook import limpiar_texto
from bandeja.webhook.twilio import FUENTE

MAX_VALOR = 1_024


class EnvioDePlantillas:
    """Los casos de uso de las plantillas. El chat propio y el recorrido de un envío se los da quien envía mensajes."""

    def __init__(
        self,
        twilio: Twilio,
        exigir_conversacion: Callable[[str, Telefono], Conversacion],
        despachar: Callable[[str, Telefono, PorEnviar], Mensaje],
    ) -> None:
        self._twilio = twilio
        self._exigir_conversacion = exigir_conversacion
        self._despachar = despachar

    def listar(self) -> tuple[Plantilla, ...]:
        """Las aprobadas. Lanza SinProveedor, o ProveedorRechazo si Twilio no las da: nada salió todavía."""
        try:
            return self._twilio.listar_plantillas()
        except ProveedorIncierto as error:
            raise ProveedorRechazo("Twilio no dio sus plantillas y no se envió nada. Inténtalo de nuevo.") from error

    def enviar(self, agente: str, telefono: Telefono, pedido: Mapping[str, object]) -> Mensaje:
        """Manda una plantilla a un chat propio que va por Twilio; la fila guarda el texto que verá la persona.

        `pedido` trae `content_sid`, `variables` (cada una con su valor) y, opcional, `client_id`. Lanza SinPermiso,
        SinProveedor, EstadoNoPermite, NoEncontrado, EntradaInvalida (nada se guarda) o EnvioFallido.
        """
        if self._exigir_conversacion(agente, telefono).fuente != FUENTE:
            raise EstadoNoPermite("Este chat no va por Twilio: escríbele sin plantilla.")
        client_id = exigir_client_id(pedido.get("client_id"))
        plantilla = next((p for p in self.listar() if p.sid == pedido.get("content_sid")), None)
        if plantilla is None:
            raise NoEncontrado("Esa plantilla no existe o ya no está aprobada.")
        valores = _exigir_valores(plantilla, pedido.get("variables"))
        datos = {"template": {"sid": plantilla.sid, "name": plantilla.nombre, "variables": valores}}
        envio = PorEnviar(client_id, "text", limpiar_texto(plantilla.con(valores)), None, None, FUENTE, datos)
        return self._despachar(agente, telefono, envio)


def _exigir_valores(plantilla: Plantilla, variables: object) -> dict[str, str]:
    """Un valor para cada variable y ninguno de más, en una sola línea, que es como WhatsApp los admite."""
    dados = variables if isinstance(variables, dict) else {}
    valores = {}
    for clave in plantilla.variables:
        valor = dados.get(clave)
        limpio = " ".join(limpiar_texto(valor).split()) if isinstance(valor, str) else ""
        if not limpio or len(limpio) > MAX_VALOR:
            raise EntradaInvalida(f"Falta el valor de {{{{{clave}}}}}, o pasa de {MAX_VALOR} caracteres.")
        valores[clave] = limpio
    return valores
