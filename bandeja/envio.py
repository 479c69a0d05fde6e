"""Enviar: la fila primero, el proveedor después y fuera de toda transacción, y al final lo que de verdad pasó.

Un clic es un POST. Lo que pudo salir nunca se repite solo: queda visible con su motivo y un «Reintentar».
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bandeja import metricas, repositorio
from bandeja.bd import BaseDatos
from bandeja.canales import Canal, Canales, exigir_client_id
from bandeja.contenidos import exigir_contenido
from bandeja.errores import (
    EntradaInvalida,
    ErrorBandeja,
    EstadoNoPermite,
    LineaCaida,
    NoEncontrado,
    ProveedorIncierto,
    ProveedorRechazo,
    SinPermiso,
)
from bandeja.modelos import Conversacion, Lineas, Mensaje, PorEnviar, Preparado
from bandeja.plantel import Plantel
from bandeja.registro import registro
from bandeja.serializacion import evento_mensaje
from bandeja.telefono import Telefono
from bandeja.tiempo_real import Avisos
from bandeja.webhook import limpiar_texto
from bandeja.whapi import tipo_de_media

MAX_URL = 2_048
MAX_ID = 200
# Más que el plazo del proveedor: si nadie terminó el envío en este tiempo, el proceso murió a la mitad.
PENDIENTE_MAXIMO_S = 120
FRASE_SIN_PERMISO = "No tienes permiso para enviar mensajes a esta conversación"
FRASE_VENTANA = (
    "Pasaron más de 24 horas desde que la persona escribió: por Twilio solo se le puede mandar una plantilla."
)
FRASE_INTERRUMPIDO = "El envío se interrumpió: puede que el mensaje haya salido."


class EnvioFallido(ErrorBandeja):
    """El mensaje quedó guardado con su motivo. `causa` dice si no salió o si no se sabe; `mensaje` es su fila."""

    def __init__(self, causa: ErrorBandeja, mensaje: Mensaje | None) -> None:
        super().__init__(str(causa))
        self.causa = causa
        self.mensaje = mensaje


class Envio:
    """Los casos de uso de enviar y reintentar."""

    def __init__(
        self,
        bd: BaseDatos,
        canales: Canales,
        plantel: Plantel,
        avisos: Avisos,
        lineas: Lineas,
        exigir_linea: Callable[[str], None],
    ) -> None:
        self._bd = bd
        self._canales = canales
        self._plantel = plantel
        self._avisos = avisos
        self._lineas = lineas
        self._exigir_linea = exigir_linea

    def enviar(self, agente: str, telefono: Telefono, pedido: Mapping[str, object]) -> Mensaje:
        """Envía un mensaje de un agente a una conversación suya, por el canal de ella, y devuelve cómo quedó.

        `pedido` trae `message` y, opcionales, `media_url`, `client_id` y `quoted_id`; o, en vez de texto, `type`
        (location, contact, poll) con su `data`. El mismo `client_id` dos veces es el mismo mensaje y un solo POST.
        Lanza EntradaInvalida, SinPermiso, SinProveedor, EstadoNoPermite (fuera de la ventana del canal; en todos, no se
        guarda nada) o EnvioFallido (la fila quedó con su motivo).
        """
        vista = self._bd.ejecutar(lambda con: repositorio.obtener_conversacion(con, telefono))
        canal = self._canales.exigir(vista.fuente if vista else self._canales.de_inicio)
        conversacion = _exigir_dueno(agente, vista)
        envio = _exigir_envio(pedido, conversacion.fuente, canal)
        _exigir_ventana(conversacion)
        return self.despachar(agente, telefono, envio)

    def exigir_conversacion(self, agente: str, telefono: Telefono) -> Conversacion:
        """Una conversación de ese agente. Lanza SinPermiso."""
        return _exigir_dueno(agente, self._bd.ejecutar(lambda con: repositorio.obtener_conversacion(con, telefono)))

    def despachar(self, agente: str, telefono: Telefono, envio: PorEnviar) -> Mensaje:
        """Guarda y manda un envío ya comprobado. Lanza SinPermiso, EntradaInvalida o EnvioFallido, como `enviar`.

        Con la línea caída lanza LineaCaida y no guarda nada, salvo que sea otra vez el clic de uno que ya existe.
        """
        try:
            self._exigir_linea(envio.fuente)
        except LineaCaida:
            seq = self._bd.ejecutar(lambda con: repositorio.buscar_envio(con, telefono, agente, envio.client_id))
            if seq is None:
                metricas.envio("refused")
                raise
            return self._repetir_respuesta(seq)
        # No se repite si la conexión se corta: la fila pudo quedar, y parecería el segundo clic de un envío en curso.
        preparado = self._bd.ejecutar(
            lambda con: repositorio.preparar_envio(con, telefono, agente, envio), repetible=False
        )
        self._exigir_propia(preparado, agente)
        if preparado.resultado == "sin_cita":
            raise EntradaInvalida("El mensaje al que respondes no está en esta conversación.")
        assert preparado.seq is not None
        if preparado.resultado == "repetido":
            return self._repetir_respuesta(preparado.seq)
        return self._publicar(preparado.seq)

    def reintentar(self, agente: str, seq: int) -> Mensaje:
        """Vuelve a enviar un mensaje propio que falló. Lanza NoEncontrado, SinPermiso o EstadoNoPermite."""
        encontrado = self._bd.ejecutar(lambda con: repositorio.obtener_mensaje(con, seq))
        self._canales.exigir(encontrado[0].fuente if encontrado else self._canales.de_inicio)
        if encontrado is not None:
            self._exigir_linea(encontrado[0].fuente)
        if encontrado is not None and encontrado[0].fuente == encontrado[1].fuente and not _es_plantilla(encontrado[0]):
            _exigir_ventana(encontrado[1])
        preparado = self._bd.ejecutar(
            lambda con: repositorio.reclamar_reintento(con, seq, agente), repetible=False
        )
        if preparado.resultado == "no_existe":
            raise NoEncontrado("Ese mensaje no existe.")
        self._exigir_propia(preparado, agente)
        if preparado.resultado == "no_procede":
            raise EstadoNoPermite("Ese mensaje ya salió o se está enviando.")
        return self._publicar(seq)

    def vencer_pendientes(self) -> int:
        """Lo que quedó a medias porque un proceso murió pasa a «no se sabe». Devuelve cuántos."""
        vencidos = self._bd.ejecutar(
            lambda con: repositorio.vencer_pendientes(con, PENDIENTE_MAXIMO_S, FRASE_INTERRUMPIDO)
        )
        for seq in vencidos:
            self._anunciar(*self._exigir_mensaje(seq))
        return len(vencidos)

    def _exigir_propia(self, preparado: Preparado, agente: str) -> None:
        if preparado.resultado == "ajena":
            raise _negar(agente, preparado.dueno)

    def _repetir_respuesta(self, seq: int) -> Mensaje:
        """Lo que ya se contestó a ese mismo clic, también si fue un fallo: nunca otro POST."""
        mensaje, _ = self._exigir_mensaje(seq)
        if mensaje.estado in ("failed", "unknown"):
            causa = ProveedorRechazo if mensaje.estado == "failed" else ProveedorIncierto
            raise EnvioFallido(causa(mensaje.error), mensaje)
        return mensaje

    def _publicar(self, seq: int) -> Mensaje:
        mensaje, conversacion = self._exigir_mensaje(seq)
        self._anunciar(mensaje, conversacion)  # las otras pantallas del agente ven enseguida la burbuja pendiente
        try:
            identificador = self._canales.exigir(mensaje.fuente).enviar(mensaje)
        except (ProveedorRechazo, ProveedorIncierto) as causa:
            return self._fallar(seq, causa)
        absorbida = self._bd.ejecutar(
            lambda con: repositorio.confirmar_envio(con, seq, identificador), transaccion=True
        )
        mensaje, conversacion = self._exigir_mensaje(seq)
        self._anunciar(mensaje, conversacion, () if absorbida is None else (absorbida,))
        metricas.envio("sent")
        registro.info("🔔 Mensaje enviado %s", mensaje.id)
        return mensaje

    def _fallar(self, seq: int, causa: ProveedorRechazo | ProveedorIncierto) -> Mensaje:
        estado = "failed" if isinstance(causa, ProveedorRechazo) else "unknown"
        fallo = self._bd.ejecutar(lambda con: repositorio.fallar_envio(con, seq, estado, str(causa)))
        mensaje, conversacion = self._exigir_mensaje(seq)
        if not fallo:  # el eco llegó mientras esperábamos: sí salió
            return mensaje
        metricas.envio(estado)
        registro.warning("❌ Mensaje %s: %s", estado, seq)
        self._anunciar(mensaje, conversacion)
        raise EnvioFallido(causa, mensaje)

    def _exigir_mensaje(self, seq: int) -> tuple[Mensaje, Conversacion]:
        encontrado = self._bd.ejecutar(lambda con: repositorio.obtener_mensaje(con, seq))
        if encontrado is None:
            raise NoEncontrado("Ese mensaje no existe.")
        return encontrado

    def _anunciar(self, mensaje: Mensaje, conversacion: Conversacion, reemplaza: tuple[int, ...] = ()) -> None:
        datos = evento_mensaje(mensaje, conversacion, self._lineas, self._plantel.nombre_de, reemplaza)
        self._avisos.avisar("new_message", datos, conversacion.agente)


def _negar(agente: str, dueno: str | None) -> SinPermiso:
    registro.warning("⚠️ Agente %s intentó acceder a conversación de %s", agente, dueno or "nadie")
    return SinPermiso(FRASE_SIN_PERMISO)


def _exigir_dueno(agente: str, conversacion: Conversacion | None) -> Conversacion:
    if conversacion is None or conversacion.agente != agente:
        raise _negar(agente, conversacion.agente if conversacion else None)
    return conversacion


def _es_plantilla(mensaje: Mensaje) -> bool:
    return "template" in (mensaje.datos or {})


def _exigir_ventana(conversacion: Conversacion) -> None:
    if conversacion.ventana_hasta is not None and conversacion.ventana_hasta <= datetime.now(UTC):
        raise EstadoNoPermite(FRASE_VENTANA)


def _exigir_envio(pedido: Mapping[str, object], fuente: str, canal: Canal) -> PorEnviar:
    # Un canal que no lleva citas manda el mensaje sin ella, y así se guarda: que no parezca que llegó.
    citado = _exigir_citado(pedido.get("quoted_id")) if canal.con_citas else None
    client_id = exigir_client_id(pedido.get("client_id"))
    if pedido.get("type") not in (None, "text"):
        if fuente != "whapi":
            raise EntradaInvalida("Por este canal no se pueden enviar ubicaciones, contactos ni encuestas.")
        tipo, cuerpo, datos = exigir_contenido(pedido["type"], pedido.get("data"))
        return PorEnviar(client_id, tipo, cuerpo, None, citado, fuente, datos)
    cuerpo, media = _exigir_contenido(pedido.get("message"), pedido.get("media_url"), canal.max_texto)
    tipo = "text" if media is None else tipo_de_media(media)
    if tipo == "audio" and cuerpo:
        raise EntradaInvalida("Un audio no lleva texto: envíalos por separado.")
    return PorEnviar(client_id, tipo, cuerpo, media, citado, fuente)


def _exigir_citado(citado: object) -> str | None:
    if citado is None or citado == "":
        return None
    if not isinstance(citado, str) or len(citado) > MAX_ID or limpiar_texto(citado) != citado:
        raise EntradaInvalida("El mensaje al que respondes no es válido.")
    return citado


def _exigir_contenido(texto: object, media_url: object, maximo: int) -> tuple[str, str | None]:
    if texto is not None and not isinstance(texto, str):
        raise EntradaInvalida("El mensaje debe ser un texto.")
    cuerpo = limpiar_texto(texto or "").strip()
    media = _exigir_media(media_url)
    if not cuerpo and media is None:
        raise EntradaInvalida("Escribe un mensaje antes de enviarlo.")
    if len(cuerpo) > maximo:
        raise EntradaInvalida(f"El mensaje es demasiado largo: el máximo son {maximo} caracteres.")
    return cuerpo, media


def _exigir_media(media_url: object) -> str | None:
    if media_url is None or media_url == "":
        return None
    if not isinstance(media_url, str) or len(media_url) > MAX_URL or limpiar_texto(media_url) != media_url:
        raise EntradaInvalida("La dirección del archivo no es válida.")
    try:
        partes = urlsplit(media_url.strip())
    except ValueError:
        raise EntradaInvalida("La dirección del archivo no es válida.") from None
    if partes.scheme not in ("http", "https") or not partes.hostname:
        raise EntradaInvalida("La dirección del archivo debe empezar por https://")
    return media_url.strip()
