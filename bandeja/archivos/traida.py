"""Traer los archivos que llegaron, después de contestar y por detrás: varios a la vez, con arriendo y con reintentos.

La fila `pending` nace con su mensaje: si este proceso muere, otro (o este al volver) la encuentra.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
import threading
import time
from dataclasses import replace
from typing import BinaryIO, cast

from bandeja import repositorio, taller
from bandeja.almacen import TROZO, Almacenes, Sitio
from bandeja.archivos.descarga import Bajadores, Destino, medir
from bandeja.bd import BaseDatos
from bandeja.errores import AlmacenNoDisponible, ArchivoMuyGrande, BaseNoDisponible, MedioNoDisponible, MedioPerdido
from bandeja.modelos import Lineas
from bandeja.plantel import Plantel
from bandeja.registro import en_una_linea, registro
from bandeja.repositorio.archivos import Cierre, PorTraer
from bandeja.serializacion import evento_actualizado
from bandeja.tiempo_real import Avisos

# Por donde la base avisa que hay un archivo nuevo por traer.
CANAL = "chat_archivo"
TRABAJADORES = 3
ARRIENDO_S = 90
LATIDO_S = 15.0
CADA_S = 15.0
ESPERAS_S = (5, 20, 60, 180, 600, 1800, 3600)
INTENTOS = len(ESPERAS_S) + 1
# Recién llegado puede no estar todavía: se da por perdido cuando lo dice tres veces.
VECES_PERDIDO = 3
# Lo anunciado puede estar mal y el archivo bien: si llega entero y no coincide tres veces, vale lo que llegó.
VECES_DISTINTO = 3
ESPERA_MAXIMA_S = 3600.0
# Entre un archivo y el siguiente de un trabajador: miles atrasados, o el proveedor caído, no frenan lo que llega ahora.
PAUSA_S = 0.02
PAUSA_TRAS_FALLO_S = 0.5
RECLAMOS_MAXIMOS = 100
PESO_VISTA = 40_000


class YaNoEsMio(Exception):
    """Otro proceso tomó el archivo, o su mensaje ya no existe."""


class Traida:
    """Quien trae los archivos. `bajadores`: cómo se baja de cada canal configurado; `tope`, en bytes."""

    def __init__(
        self, bd: BaseDatos, almacenes: Almacenes, bajadores: Bajadores, avisos: Avisos, plantel: Plantel,
        lineas: Lineas, tope: int,
    ) -> None:  # fmt: skip
        self._bd = bd
        self._almacenes = almacenes
        self._bajadores = bajadores
        self._avisos = avisos
        self._plantel = plantel
        self._lineas = lineas
        self._tope = tope
        self._hay = threading.Event()

    def despertar(self, _texto: str = "") -> None:
        """Hay un archivo nuevo."""
        self._hay.set()

    def trabajar(self) -> None:
        """Un trabajador, para siempre. Se lanzan varios; entre todos los procesos ninguno repite lo de otro."""
        while self._bajadores:
            self._hay.clear()
            try:
                while (salio := self.traer_uno()) is not None:
                    time.sleep(PAUSA_S if salio else PAUSA_TRAS_FALLO_S)
            except BaseNoDisponible:
                pass  # bd ya dejó su línea; se intenta en la próxima vuelta
            except Exception as error:  # borde exterior: un archivo roto no apaga al trabajador
                registro.error("❌ Traer un archivo: %s: %s", type(error).__name__, en_una_linea(error))
            self._hay.wait(CADA_S)

    def traer_uno(self) -> bool | None:
        """Trae el archivo que más lleva esperando. Falso si no se pudo; None si no hay ninguno por ahora."""
        fuentes, almacen = list(self._bajadores), self._almacenes.actual.nombre
        tomado = self._bd.ejecutar(lambda con: repositorio.tomar_archivo(con, ARRIENDO_S, almacen, fuentes))
        if tomado is None:
            return None
        try:
            return self._intentar(tomado)
        except YaNoEsMio:
            registro.info("📎 El archivo %d lo lleva otro, o su mensaje ya no está", tomado.id)
            return True

    def _intentar(self, a: PorTraer) -> bool:
        try:
            self._traer(a)
            return True
        except MedioPerdido as error:
            self._dejar(a, "lost", str(error), VECES_PERDIDO)
        except MedioNoDisponible as error:
            self._dejar(a, "failed", str(error), INTENTOS, error.espera_s)
        except AlmacenNoDisponible as error:
            self._dejar(a, "failed", str(error), INTENTOS)
        except ArchivoMuyGrande:
            frase = f"El archivo pesa más de {self._tope // (1024 * 1024)} MB y no se guardó."
            self._cerrar(a, Cierre("failed", frase))
        return False

    def _traer(self, a: PorTraer) -> None:
        latir = _Latido(self, a)
        with tempfile.NamedTemporaryFile() as temporal:
            archivo = cast(BinaryIO, temporal)
            self._bajadores[a.fuente](a, Destino(archivo, self._tope, latir.exigir))
            tamano, suma = medir(archivo)
            _exigir_entero(a, tamano, suma)
            mime = taller.tipo_real(taller.leer_cabeza(archivo), a.mime)
            sitio = Sitio(a.id, a.clave, tamano, a.reclamo)
            if not self._almacenes.actual.guardar(sitio, archivo, latir):
                raise YaNoEsMio
            self._terminar(a, Cierre("ready", mime=mime, tamano=tamano, sha256=suma), archivo)

    def _terminar(self, a: PorTraer, cierre: Cierre, archivo: BinaryIO) -> None:
        mime = cierre.mime or ""
        es_audio = mime.startswith("audio/")
        ya_dicho = es_audio and a.segundos and a.onda
        medidas = taller.Medidas() if ya_dicho else taller.mirar(archivo.name, mime)
        miniatura = medidas.miniatura or (None if es_audio else _vista(a.vista))
        self._cerrar(
            a, replace(cierre, ancho=medidas.ancho, alto=medidas.alto, segundos=medidas.segundos, onda=medidas.onda),
            miniatura,
        )  # fmt: skip
        registro.info("📎 Archivo %d guardado en %s: %d bytes", a.id, self._almacenes.actual.nombre, cierre.tamano)

    def _dejar(self, a: PorTraer, final: str, frase: str, veces: int, pedida_s: float | None = None) -> None:
        """Para después, con retroceso; al agotar las veces, para siempre (hasta que alguien pulse reintentar)."""
        # «Espere» no es un fallo: se espera lo que pide y no se gasta un intento. Con un tope, por si es para siempre.
        if pedida_s is not None and a.reclamo < RECLAMOS_MAXIMOS:
            self._cerrar(a, Cierre("pending", espera_s=min(max(pedida_s, 1.0), ESPERA_MAXIMA_S)))
        elif a.intentos + 1 >= veces:
            registro.warning("⚠️ Archivo %d: %s", a.id, frase)
            self._cerrar(a, Cierre(final, frase, fallos=1))
        else:
            espera = ESPERAS_S[min(a.intentos, len(ESPERAS_S) - 1)]
            self._cerrar(a, Cierre("pending", frase, fallos=1, espera_s=espera))

    def _cerrar(self, a: PorTraer, cierre: Cierre, miniatura: bytes | None = None) -> None:
        vigente = self._bd.ejecutar(
            lambda con: repositorio.cerrar_archivo(con, a.id, a.reclamo, cierre, TROZO, miniatura)
        )
        if not vigente:
            raise YaNoEsMio
        if cierre.estado != "pending":
            self.anunciar(a.seq)

    def anunciar(self, seq: int) -> None:
        """Cuenta al dueño cómo quedó el archivo de un mensaje."""
        encontrado = self._bd.ejecutar(lambda con: repositorio.obtener_mensaje(con, seq))
        if encontrado is not None:
            mensaje, conversacion = encontrado
            datos = evento_actualizado(mensaje, self._lineas, self._plantel.nombre_de)
            self._avisos.avisar("message_update", datos, conversacion.agente)

    def alargar(self, a: PorTraer) -> bool:
        """Alarga el arriendo de un archivo. Falso si ya no es de este trabajador."""
        return self._bd.ejecutar(lambda con: repositorio.latir_archivo(con, a.id, a.reclamo, ARRIENDO_S))


class _Latido:
    """Alarga el arriendo mientras el archivo avanza, sin preguntarle a la base por cada trozo."""

    def __init__(self, traida: Traida, a: PorTraer) -> None:
        self._traida = traida
        self._a = a
        self._ultimo = time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() - self._ultimo < LATIDO_S:
            return True
        self._ultimo = time.monotonic()
        return self._traida.alargar(self._a)

    def exigir(self) -> None:
        """Lo mismo, para quien no puede devolver que ya no le toca."""
        if not self():
            raise YaNoEsMio


def _exigir_entero(a: PorTraer, tamano: int, suma: str) -> None:
    """Lanza MedioNoDisponible si llegó vacío o no es lo anunciado."""
    if tamano == 0:
        raise MedioNoDisponible("WhatsApp entregó el archivo vacío.")
    distinto = (a.tamano is not None and a.tamano != tamano) or (a.sha256 is not None and a.sha256 != suma)
    if distinto and a.intentos + 1 < VECES_DISTINTO:
        raise MedioNoDisponible("WhatsApp entregó el archivo incompleto.")
    if distinto:
        registro.warning("⚠️ El archivo %d no es como lo anunció WhatsApp; se guarda como llegó", a.id)


def _vista(preview: str | None) -> bytes | None:
    """La miniatura que dio el proveedor, si es una imagen que se puede servir."""
    cabecera, _, cifrada = (preview or "").partition(",")
    if not cabecera.startswith("data:image/") or len(cifrada) > PESO_VISTA * 4 // 3 + 4:
        return None
    try:
        datos = base64.b64decode(cifrada, validate=True)
    except binascii.Error:
        return None
    return datos if taller.tipo_real(datos, None) in ("image/jpeg", "image/webp", "image/png") else None
