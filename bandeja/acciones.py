"""Lo que un agente le hace a un mensaje: reaccionar, editarlo, borrarlo. Cambia aquí cuando el proveedor aceptó.

Si no aceptó no cambia nada; si no se sabe, tampoco: lo que haya pasado de verdad llega solo, como aviso.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

from bandeja import repositorio
from bandeja.bd import BaseDatos, Conexion
from bandeja.errores import (
    EntradaInvalida,
    EstadoNoPermite,
    NoEncontrado,
    ProveedorIncierto,
    ProveedorNoResponde,
    SinPermiso,
)
from bandeja.modelos import AccionRecibida, Conversacion, Lineas, Mensaje, PorEnviar
from bandeja.plantel import Plantel
from bandeja.registro import registro
from bandeja.serializacion import editable_hasta, es_borrable, evento_actualizado, evento_mensaje
from bandeja.telefono import Telefono
from bandeja.tiempo_real import Avisos
from bandeja.webhook import limpiar_texto
from bandeja.whapi import Whapi, mensajes

T = TypeVar("T")

LARGO_EMOJI = 16
MAX_TEXTO = 65_536
FRASE_NO_ES_TUYO = "No tienes permiso para cambiar mensajes de esta conversación"
FRASE_DUDA = "WhatsApp no confirmó el cambio: si se hizo, aparecerá aquí solo."
_TECLA = "\u20e3"  # lo que convierte un número en emoji: 1️⃣


class Acciones:
    """Los casos de uso de reaccionar, editar y borrar."""

    def __init__(
        self, bd: BaseDatos, whapi: Whapi, plantel: Plantel, avisos: Avisos, lineas: Lineas,
        exigir_linea: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._bd = bd
        self._whapi = whapi
        self._plantel = plantel
        self._avisos = avisos
        self._lineas = lineas
        self._exigir_linea = exigir_linea

    def reaccionar(self, agente: str, seq: int, emoji: object) -> Mensaje:
        """Pone la reacción de la línea en un mensaje de una conversación propia, o la quita con "".

        Lanza EntradaInvalida, NoEncontrado, SinPermiso, EstadoNoPermite, o lo que diga el proveedor.
        """
        puesto = _exigir_emoji(emoji)
        m, _ = self._exigir_propio(agente, seq)
        identificador = _exigir_id(m)
        self._llamar(lambda: mensajes.reaccionar(self._whapi.puerta, identificador, puesto))
        return self._anotar(agente, m, "reaction", {"emoji": puesto})

    def borrar(self, agente: str, seq: int) -> Mensaje:
        """Pide eliminar un mensaje nuestro también para el cliente. Lanza lo que `reaccionar`."""
        m, _ = self._exigir_propio(agente, seq)
        identificador = _exigir_id(m)
        if not es_borrable(m, datetime.now(UTC)):
            raise EstadoNoPermite("Ese mensaje ya no se puede eliminar para el cliente.")
        self._llamar(lambda: mensajes.borrar(self._whapi.puerta, identificador))
        return self._anotar(agente, m, "delete", {})

    def editar(self, agente: str, seq: int, texto: object) -> tuple[Mensaje, bool]:
        """Cambia el texto (o el pie) de un mensaje nuestro reciente. Lanza lo que `reaccionar`.

        Devuelve el mensaje y si se editó; si el proveedor, en vez de editarlo, mandó uno nuevo, ese es el que vuelve.
        """
        nuevo = _exigir_texto(texto)
        m, c = self._exigir_propio(agente, seq)
        identificador = _exigir_id(m)
        limite = editable_hasta(m)
        if limite is None or datetime.now(UTC) >= limite:
            raise EstadoNoPermite("Ese mensaje ya no se puede editar: WhatsApp lo permite durante 15 minutos.")
        if nuevo == m.cuerpo:
            return m, True
        respondido = self._llamar(self._edicion(m, identificador, nuevo))
        if respondido == identificador:
            return self._anotar(agente, m, "edit", {"body": nuevo, "type": m.tipo, "data": {}}), True
        registro.warning("⚠️ Whapi no editó %s: mandó %s", identificador, respondido)
        return self._guardar_otro(agente, m, c, nuevo, respondido), False

    def _edicion(self, m: Mensaje, identificador: str, nuevo: str) -> Callable[[], str]:
        puerta = self._whapi.puerta
        if m.tipo in ("text", "link_preview"):
            return lambda: mensajes.editar(puerta, m.chat_id, identificador, nuevo)
        medio = self._bd.ejecutar(lambda con: repositorio.obtener_medio(con, m.seq))
        if medio is None:
            raise EstadoNoPermite("El texto de ese archivo no se puede cambiar.")
        return lambda: mensajes.editar_pie(puerta, m.chat_id, identificador, m.tipo, medio, nuevo)

    def _exigir_propio(self, agente: str, seq: int) -> tuple[Mensaje, Conversacion]:
        encontrado = self._bd.ejecutar(lambda con: repositorio.obtener_mensaje(con, seq))
        if encontrado is None:
            raise NoEncontrado("Ese mensaje no existe.")
        if encontrado[1].agente != agente:
            dueno = encontrado[1].agente or "nadie"
            registro.warning("⚠️ Agente %s intentó acceder a conversación de %s", agente, dueno)
            raise SinPermiso(FRASE_NO_ES_TUYO)
        return encontrado

    def _llamar(self, llamada: Callable[[], T]) -> T:
        """Una llamada al proveedor; si no se sabe cómo acabó, lo dice con palabras de un cambio y no de un envío."""
        self._exigir_linea("whapi")
        try:
            return llamada()
        except ProveedorNoResponde:
            raise ProveedorNoResponde(FRASE_DUDA) from None
        except ProveedorIncierto:
            raise ProveedorIncierto(FRASE_DUDA) from None

    def _anotar(self, agente: str, m: Mensaje, tipo: str, datos: dict[str, object]) -> Mensaje:
        accion = AccionRecibida(
            f"local-{uuid4().hex}", tipo, m.id or "", Telefono(m.numero), datetime.now(UTC), {},
            saliente=True, datos=datos, fuente=m.fuente,
        )  # fmt: skip
        cambiados = self._bd.ejecutar(lambda con: repositorio.guardar_acciones(con, [accion], agente))
        for mensaje, conversacion in cambiados:
            datos_json = evento_actualizado(mensaje, self._lineas, self._plantel.nombre_de)
            self._avisos.avisar("message_update", datos_json, conversacion.agente)
        registro.info("✏️ %s en %s por %s", tipo, m.id, agente)
        return self._releer(m.seq)

    def _guardar_otro(self, agente: str, m: Mensaje, c: Conversacion, texto: str, identificador: str) -> Mensaje:
        """El mensaje que el proveedor mandó en lugar de editar, con su propia fila."""
        envio = PorEnviar(str(uuid4()), "text", texto, None, None, m.fuente)

        def guardar(con: Conexion) -> tuple[int | None, int | None]:
            preparado, eco = repositorio.preparar_envio(con, Telefono(m.numero), agente, envio), None
            if preparado.resultado == "nuevo" and preparado.seq is not None:
                eco = repositorio.confirmar_envio(con, preparado.seq, identificador)
            return preparado.seq, eco

        seq, eco = self._bd.ejecutar(guardar, transaccion=True)
        if seq is None:  # la conversación cambió de manos entretanto: su eco la traerá
            return m
        nuevo, c = self._exigir_propio(agente, seq)
        reemplaza = (eco,) if eco is not None else ()  # su eco llegó antes y ya se mostró
        datos = evento_mensaje(nuevo, c, self._lineas, self._plantel.nombre_de, reemplaza)
        self._avisos.avisar("new_message", datos, c.agente)
        return nuevo

    def _releer(self, seq: int) -> Mensaje:
        encontrado = self._bd.ejecutar(lambda con: repositorio.obtener_mensaje(con, seq))
        if encontrado is None:
            raise NoEncontrado("Ese mensaje no existe.")
        return encontrado[0]


def _exigir_id(m: Mensaje) -> str:
    if m.fuente != "whapi":
        raise EstadoNoPermite("Por este canal no se puede reaccionar, editar ni eliminar.")
    if m.borrado_en is not None:
        raise EstadoNoPermite("Ese mensaje ya fue eliminado.")
    if m.id is None:
        raise EstadoNoPermite("Ese mensaje todavía no ha salido.")
    return m.id


def _exigir_emoji(valor: object) -> str:
    if not isinstance(valor, str) or len(valor) > LARGO_EMOJI:
        raise EntradaInvalida("La reacción debe ser un emoji.")
    emoji = valor.strip()
    es_simbolo = any(unicodedata.category(letra) == "So" or letra == _TECLA for letra in emoji)
    tiene_letras = any(letra.isalpha() or letra.isspace() for letra in emoji)
    if emoji and (tiene_letras or not es_simbolo or limpiar_texto(emoji) != emoji):
        raise EntradaInvalida("La reacción debe ser un emoji.")
    return emoji


def _exigir_texto(valor: object) -> str:
    if not isinstance(valor, str) or not limpiar_texto(valor).strip():
        raise EntradaInvalida("Escribe el texto nuevo.")
    texto = limpiar_texto(valor).strip()
    if len(texto) > MAX_TEXTO:
        raise EntradaInvalida(f"El mensaje es demasiado largo: el máximo son {MAX_TEXTO} caracteres.")
    return texto
