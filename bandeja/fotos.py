"""Nombres y fotos al día con caché propia: los bytes de cada foto son nuestros y la pantalla nunca va al proveedor.

Se aprenden de los avisos y de repasar los chats de la línea cada varias horas; jamás con una llamada por chat.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime

from bandeja import taller
from bandeja.bd import BaseDatos
from bandeja.errores import ErrorBandeja, NoEncontrado, SinPermiso
from bandeja.modelos import Entrega
from bandeja.registro import en_una_linea, registro
from bandeja.repositorio import senales as guardadas
from bandeja.repositorio.identidad import tomar_reloj
from bandeja.segundo_plano import intentar
from bandeja.serializacion import evento_conversacion, foto_url
from bandeja.telefono import Telefono
from bandeja.tiempo_real import Avisos
from bandeja.webhook import interpretar
from bandeja.whapi import Whapi, personas
from bandeja.whapi.enlaces import Enlaces

# De donde WhatsApp sirve las fotos de perfil, y donde Whapi copia archivos.
HOSTS = ("pps.whatsapp.net", "mmg.whatsapp.net", "s3.eu-central-1.wasabisys.com")
MAX_BYTES = 200_000
CADA_S = 5.0
ENTRE_DESCARGAS_S = 0.5
REPASO_CADA_S = 6 * 3600.0
POR_PAGINA = 200
MAX_PAGINAS = 50


class Fotos:
    """Los casos de uso de las fotos y su tarea de fondo. `guardar` recibe lo que se aprende de los chats."""

    def __init__(
        self, bd: BaseDatos, whapi: Whapi, enlaces: Enlaces, avisos: Avisos, guardar: Callable[[Entrega], object]
    ) -> None:
        self._bd = bd
        self._whapi = whapi
        self._enlaces = enlaces
        self._avisos = avisos
        self._guardar = guardar

    def obtener(self, agente: str, telefono: Telefono) -> guardadas.Foto:
        """La foto de la persona de un chat propio. Lanza SinPermiso, o NoEncontrado si no la hay."""
        dueno, foto = self._bd.ejecutar(lambda con: guardadas.obtener_foto(con, telefono))
        if dueno != agente:
            raise SinPermiso
        if foto is None:
            raise NoEncontrado("Esa persona no tiene foto.")
        return foto

    def rondar(self, dormir: Callable[[float], object]) -> None:
        """La tarea de fondo, para siempre."""
        while True:
            intentar("Fotos", lambda: self._traer_todas(dormir), lambda: self._repasar(dormir))
            dormir(CADA_S)

    def _traer_todas(self, dormir: Callable[[float], object]) -> None:
        while self.traer_una():
            dormir(ENTRE_DESCARGAS_S)

    def traer_una(self) -> bool:
        """Trae una de las fotos anotadas. Falso si no hay ninguna por traer ahora."""
        tomada = self._bd.ejecutar(guardadas.tomar_foto)
        if tomada is None:
            return False
        conversacion, url = tomada
        try:
            foto = _achicar(self._descargar(url))
        except ErrorBandeja as error:
            registro.warning("⚠️ Una foto no se pudo traer: %s", en_una_linea(error))
            return True
        cambio = self._bd.ejecutar(
            lambda con: guardadas.guardar_foto(con, conversacion, url, foto, "image/webp"), transaccion=True
        )
        if cambio is not None:
            datos = {"profile_picture": foto_url(cambio.numero, cambio.version)}
            evento = evento_conversacion(cambio.numero, "photo_changed", cambio.fuente, datos)
            self._avisos.avisar("conversation_update", evento, cambio.agente)
        return True

    def _descargar(self, url: str) -> bytes:
        with self._enlaces.abrir(url) as descarga:
            if descarga.codigo != 200:
                raise NoEncontrado(f"La foto contestó {descarga.codigo}.")
            datos = b""
            for trozo in descarga.trozos:
                datos += trozo
                if len(datos) > MAX_BYTES:
                    raise NoEncontrado("La foto es demasiado grande.")
        return datos

    def _repasar(self, dormir: Callable[[float], object]) -> None:
        """Los nombres y las fotos de todos los chats, por páginas y sin prisa."""
        if not self._whapi.configurado:
            return
        if not self._bd.ejecutar(lambda con: tomar_reloj(con, "chats", REPASO_CADA_S)):
            return
        for pagina in range(MAX_PAGINAS):
            chats = personas.listar_chats(self._whapi.puerta, POR_PAGINA, pagina * POR_PAGINA)
            leido = interpretar({"chats": chats}, linea="", excluidos=frozenset(), ahora=datetime.now(UTC))
            self._guardar(Entrega(nombres=leido.nombres))
            if len(chats) < POR_PAGINA:
                return
            dormir(1.0)


def _achicar(datos: bytes) -> bytes:
    """La foto en pequeño y vuelta a escribir por nosotros: del archivo ajeno no se sirve ni un byte."""
    with tempfile.NamedTemporaryFile(suffix=".foto") as archivo:
        archivo.write(datos)
        archivo.flush()
        archivo.seek(0)
        mime = taller.tipo_real(taller.leer_cabeza(archivo), None)  # type: ignore[arg-type]
        pequena = taller.mirar(archivo.name, mime).miniatura if mime.startswith("image/") else None
    if pequena is None:
        raise NoEncontrado("La foto no es una imagen que se sepa abrir.")
    return pequena
