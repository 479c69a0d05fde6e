"""Los archivos ya guardados: dárselos a su dueño, recibir los que va a enviar y borrar los que sobran."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from bandeja import repositorio, taller
from bandeja.almacen import TROZO, Almacenes, Lector, Sitio
from bandeja.archivos.descarga import medir
from bandeja.bd import BaseDatos
from bandeja.configuracion_archivos import ConfiguracionArchivos
from bandeja.errores import (
    AlmacenNoDisponible,
    ArchivoMuyGrande,
    BaseNoDisponible,
    EntradaInvalida,
    EstadoNoPermite,
    NoEncontrado,
)
from bandeja.registro import registro
from bandeja.repositorio.archivos import Cierre, Guardado
from bandeja.segundo_plano import intentar

NO_ESTA = "Ese archivo no existe."
CLASES = ("auto", "voice", "sticker", "document")
SOBRANTES_POR_RONDA = 50
CADA_S = 600.0
# Cada cuántos trozos se dice que un envío largo sigue en marcha.
_TROZOS_POR_TOQUE = 16
_NOMBRES = {"image": "Una imagen", "video": "Un video", "audio": "Un audio", "voice": "Una nota de voz",
            "sticker": "Un sticker", "document": "Un archivo"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pedazo:
    """Los bytes [desde, hasta) de un archivo."""

    trozos: Iterator[bytes]
    desde: int
    hasta: int


@dataclass(frozen=True, slots=True)
class Subida:
    """Un archivo guardado que espera su mensaje, y el tipo con que sale."""

    id: int
    tipo: str


class Archivos:
    """Los casos de uso de ver, subir y volver a pedir un archivo."""

    def __init__(self, bd: BaseDatos, almacenes: Almacenes, config: ConfiguracionArchivos) -> None:
        self._bd = bd
        self._almacenes = almacenes
        self._config = config

    def exigir(self, agente: str, identificador: int) -> Guardado:
        """Un archivo listo de un chat de ese agente.

        Lanza NoEncontrado si no existe o es de otro (lo mismo para los dos), o si se perdió; EstadoNoPermite si viene
        en camino.
        """
        archivo = self._bd.ejecutar(lambda con: repositorio.obtener_archivo(con, identificador, agente))
        if archivo is None:
            raise NoEncontrado(NO_ESTA)
        if archivo.estado == "pending":
            raise EstadoNoPermite("El archivo todavía viene en camino.")
        if archivo.estado != "ready":
            raise NoEncontrado(archivo.error or NO_ESTA)
        return archivo

    def exigir_miniatura(self, agente: str, identificador: int) -> bytes:
        """La miniatura de un archivo propio. Lanza NoEncontrado."""
        archivo = self._bd.ejecutar(lambda con: repositorio.obtener_archivo(con, identificador, agente))
        if archivo is None or archivo.miniatura is None:
            raise NoEncontrado(NO_ESTA)
        return archivo.miniatura

    def abrir(self, archivo: Guardado, desde: int, hasta: int) -> Pedazo:
        """Los bytes [desde, hasta) de un archivo listo. Lanza AlmacenNoDisponible antes de dar el primero."""
        sitio = Sitio(archivo.id, archivo.clave or "", archivo.tamano or 0)
        return Pedazo(self._almacenes.de(archivo.almacen).leer(sitio, desde, hasta), desde, hasta)

    def abrir_para_enviar(self, identificador: int) -> Lector:
        """Un archivo para mandarlo entero. Mientras se lee, su envío no se da por interrumpido."""
        archivo = self._bd.ejecutar(lambda con: repositorio.obtener_archivo(con, identificador, None))
        if archivo is None or archivo.estado != "ready" or not archivo.tamano:
            raise NoEncontrado(NO_ESTA)
        leidos = 0

        def tocar() -> None:
            nonlocal leidos
            leidos += 1
            if leidos % _TROZOS_POR_TOQUE == 0:
                self._bd.ejecutar(lambda con: repositorio.tocar_envio(con, identificador))

        return Lector(self.abrir(archivo, 0, archivo.tamano).trozos, archivo.tamano, tocar)

    def reintentar(self, agente: str, identificador: int) -> int:
        """Vuelve a pedir al proveedor un archivo perdido o fallido; devuelve su mensaje. Lanza NoEncontrado o
        EstadoNoPermite."""
        resultado, seq = self._bd.ejecutar(
            lambda con: repositorio.reintentar_archivo(con, identificador, agente), repetible=False
        )
        if resultado == "no_existe" or seq is None:
            raise NoEncontrado(NO_ESTA)
        if resultado == "no_procede":
            raise EstadoNoPermite("Ese archivo ya está, o viene en camino.")
        return seq

    # --- lo que va a salir ---

    def limites(self) -> dict[str, int]:
        """Cuánto puede pesar cada tipo, en bytes."""
        return {tipo: self._config.tope_de(tipo) for tipo in _NOMBRES}

    @property
    def maximo(self) -> int:
        """El tope del más grande."""
        return self._config.maximo

    def subir(self, archivo: BinaryIO, nombre: str | None, mime: str | None, clase: str) -> Subida:
        """Guarda un archivo que se va a enviar y decide con qué tipo sale. `clase`: ver CLASES.

        Lanza EntradaInvalida, ArchivoMuyGrande o AlmacenNoDisponible; entonces no queda nada guardado.
        """
        if clase not in CLASES:
            raise EntradaInvalida(f"«kind» debe ser una de: {', '.join(CLASES)}.")
        tamano, suma = medir(archivo)
        if tamano == 0:
            raise EntradaInvalida("El archivo está vacío.")
        real = taller.tipo_real(taller.leer_cabeza(archivo), mime)
        tipo = _tipo_de_salida(real, clase)
        self._exigir_peso(tipo, tamano)
        if tipo == "voice":
            return self._subir_nota(archivo, real)
        cierre = Cierre("ready", mime=real, tamano=tamano, sha256=suma)
        return self._guardar(archivo, taller.nombre_limpio(nombre), tipo, cierre, taller.mirar(archivo.name, real))

    def descartar(self, subida: Subida) -> None:
        """Olvida un archivo que no se llegó a enviar; si tiene mensaje, no lo toca."""
        try:
            self._bd.ejecutar(lambda con: repositorio.descartar_archivo(con, subida.id))
        except BaseNoDisponible:  # lo hará la limpieza
            registro.warning("⚠️ Quedó por borrar el archivo %d", subida.id)

    def cuidar(self, dormir: Callable[[float], object]) -> None:
        """La limpieza periódica, para siempre."""
        while True:
            intentar("Limpiar archivos", self.limpiar)
            dormir(CADA_S)

    def limpiar(self) -> None:
        """Olvida lo que se subió y no se envió, y borra de S3 lo que ya no es de nadie."""
        self._bd.ejecutar(repositorio.descartar_sueltos)
        sobrantes = self._bd.ejecutar(lambda con: repositorio.listar_sobrantes(con, SOBRANTES_POR_RONDA))
        for clave in sobrantes:
            self._olvidar(clave)

    def _olvidar(self, clave: str) -> None:
        try:
            self._almacenes.de("s3").borrar(clave)
        except AlmacenNoDisponible:
            return  # queda anotado: se borra cuando se pueda
        self._bd.ejecutar(lambda con: repositorio.olvidar_sobrante(con, clave))

    def _exigir_peso(self, tipo: str, tamano: int) -> None:
        tope = self._config.tope_de(tipo)
        if tamano > tope:
            mejor = "" if tipo in ("document", "voice") or tamano > self._config.maximo else " Envíalo como documento."
            raise ArchivoMuyGrande(f"{_NOMBRES[tipo]} puede pesar hasta {_legible(tope)}.{mejor}")

    def _subir_nota(self, grabacion: BinaryIO, mime: str) -> Subida:
        with tempfile.NamedTemporaryFile(suffix=".ogg") as temporal:
            nota = cast(BinaryIO, temporal)
            medidas = taller.a_nota_de_voz(grabacion.name, mime, nota.name)
            tamano, suma = medir(nota)
            cierre = Cierre("ready", mime="audio/ogg", tamano=tamano, sha256=suma)
            return self._guardar(nota, "nota-de-voz.ogg", "voice", cierre, medidas)

    def _guardar(
        self, archivo: BinaryIO, nombre: str | None, tipo: str, cierre: Cierre, medidas: taller.Medidas
    ) -> Subida:
        almacen = self._almacenes.actual
        tamano = cierre.tamano or 0
        identificador, clave = self._bd.ejecutar(
            lambda con: repositorio.crear_archivo(con, nombre, tamano, almacen.nombre), repetible=False
        )
        subida = Subida(identificador, tipo)
        try:
            almacen.guardar(Sitio(identificador, clave, tamano), archivo, lambda: True)
            completo = Cierre(
                "ready", mime=cierre.mime, tamano=tamano, sha256=cierre.sha256, ancho=medidas.ancho,
                alto=medidas.alto, segundos=medidas.segundos, onda=medidas.onda,
            )  # fmt: skip
            self._bd.ejecutar(
                lambda con: repositorio.cerrar_archivo(con, identificador, 0, completo, TROZO, medidas.miniatura)
            )
        except (AlmacenNoDisponible, BaseNoDisponible):
            self.descartar(subida)
            raise
        return subida


def _tipo_de_salida(mime: str, clase: str) -> str:
    if clase == "voice":
        if not mime.startswith("audio/") and mime not in ("video/mp4", "video/webm"):
            raise EntradaInvalida("La nota de voz no es un audio.")
        return "voice"
    if clase == "sticker":
        if mime != "image/webp":
            raise EntradaInvalida("Un sticker debe ser una imagen WebP.")
        return "sticker"
    return "document" if clase == "document" else taller.tipo_de_mensaje(mime)


def _legible(tope: int) -> str:
    mega = 1024 * 1024
    return f"{tope // mega} MB" if tope >= mega else f"{tope // 1024} kB"
