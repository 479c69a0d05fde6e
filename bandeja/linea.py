"""El estado de la línea: se aprende de los avisos, de los envíos y de una comprobación que no despierta el canal.

Vive en la base, así que vale para todos los procesos. Ninguna ruta de lectura pregunta al proveedor: lo hace `vigilar`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.errores import BaseNoDisponible, LineaCaida, ProveedorIncierto, ProveedorRechazo
from bandeja.estado_linea import BIEN, SIN_CREDITO, CambioLinea, EstadoLinea, SenalLinea
from bandeja.plantel import Plantel
from bandeja.registro import en_una_linea, registro
from bandeja.serializacion import linea_json
from bandeja.tiempo_real import Avisos
from bandeja.whapi import Whapi
from bandeja.whapi.linea import consultar_salud

FUENTE = "whapi"
PASO_S = 10.0
COMPROBAR_BIEN_S = 55  # con el paso, cada minuto
COMPROBAR_MAL_S = 8  # con el paso, cada diez segundos
# Sin noticias en este tiempo ya no se sabe cómo está: se intenta enviar.
VIGENCIA_S = 180.0
# Lo que se espera antes de volver a probar suerte tras un «sin crédito».
CREDITO_S = 60
ENTRE_COMPROBACIONES_S = 1.0
TOPE_MEDIDAS = 10_000
_MARCA = re.compile(r"prueba/([0-9a-f]{16,64})(?:/[a-z/]*)?", re.ASCII)


class Linea:
    """Los casos de uso del estado de la línea."""

    def __init__(self, bd: BaseDatos, whapi: Whapi, plantel: Plantel, avisos: Avisos) -> None:
        self._bd = bd
        self._whapi = whapi
        self._plantel = plantel
        self._avisos = avisos
        self._pronto = threading.Event()
        # Qué hacer cuando vuelve a estar vinculada.
        self.al_volver: Callable[[], object] = lambda: None
        self._en_duda = False  # el último envío se intentó sin saber que la línea estaba bien

    def ver(self) -> EstadoLinea:
        """Lo último que se sabe, sin preguntarle a nadie."""
        return self._bd.ejecutar(lambda con: repositorio.obtener_estado_linea(con, FUENTE, VIGENCIA_S))

    def historia(self, limite: int = 20) -> list[CambioLinea]:
        """Por qué estados pasó, del más nuevo al más viejo."""
        return self._bd.ejecutar(lambda con: repositorio.cambios_linea(con, FUENTE, limite))

    def exigir(self, fuente: str) -> None:
        """Vuelve si por ese canal se puede intentar un envío. Lanza LineaCaida si se sabe que no."""
        if fuente != FUENTE:
            return
        estado = self.ver()
        self._en_duda = estado.estado != BIEN
        if not estado.deja_enviar:
            raise LineaCaida(estado.frase)

    def anotar(self, senales: Iterable[SenalLinea], origen: str = "aviso") -> None:
        """Anota noticias y, si la línea cambió, lo cuenta a todas las pantallas.

        Un aviso que cambia las cosas o contradice lo que se sabe se comprueba enseguida: pudo llegar tarde.
        """
        for senal in senales:
            resultado, estado = self._bd.ejecutar(
                lambda con, s=senal: repositorio.anotar_linea(con, FUENTE, s, origen, CREDITO_S)  # type: ignore[misc]
            )
            if origen != "comprobacion" and (resultado == "cambio" or estado.estado != senal.estado):
                self._pronto.set()
            if resultado == "cambio":
                registro.log(20 if estado.deja_enviar else 30, "📶 Línea: %s (%s)", estado.estado, origen)
                self._anunciar(estado)
                if estado.estado == BIEN:
                    self.al_volver()

    def al_responder(self, metodo: str, ruta: str, codigo: int) -> None:
        """Lo que una llamada cualquiera al proveedor deja saber de la línea."""
        de_envio = metodo == "POST" and ruta.startswith("/messages/")
        estado = {200: BIEN, 402: SIN_CREDITO}.get(codigo) if de_envio else None
        if codigo == 401 and ruta != "/health":
            self._pronto.set()
        if estado is None or (estado == BIEN and not self._en_duda):
            return
        try:
            self.anotar([SenalLinea(estado, datetime.now(UTC))], "envio")
            self._en_duda = False
        except BaseNoDisponible:
            pass  # lo dirá la próxima comprobación; el envío sigue su curso

    def comprobar(self, *, ya: bool = False) -> None:
        """Le pregunta al proveedor si le toca a este proceso (o `ya`). Que no conteste no cambia lo que se sabe."""
        if not self._bd.ejecutar(
            lambda con: repositorio.reclamar_comprobacion(
                con, FUENTE, ya=ya, bien_s=COMPROBAR_BIEN_S, mal_s=COMPROBAR_MAL_S
            )
        ):
            return
        try:
            estado = consultar_salud(self._whapi.puerta)
        except (ProveedorRechazo, ProveedorIncierto) as error:
            registro.warning("⚠️ No se pudo comprobar la línea: %s", type(error).__name__)
            return
        if estado is not None:
            self.anotar([SenalLinea(estado, datetime.now(UTC))], "comprobacion")

    def vigilar(self, dormir: Callable[[float], object]) -> None:
        """La comprobación periódica, para siempre. Sin ficha no hay a quién preguntar, y vuelve enseguida."""
        self._pronto.set()  # al arrancar no se sabe qué pasó mientras tanto
        while self._whapi.configurado:
            ya = self._pronto.wait(PASO_S)
            self._pronto.clear()
            try:
                self.comprobar(ya=ya)
            except BaseNoDisponible:
                pass  # bd ya dejó su línea
            except Exception as error:  # borde exterior: una comprobación rota no apaga las demás
                registro.error("❌ Comprobación de la línea: %s: %s", type(error).__name__, en_una_linea(error))
            dormir(ENTRE_COMPROBACIONES_S)

    def recibir_prueba(self, resto: str) -> bool:
        """Anota una entrega de prueba, que se reconoce por su dirección. Falso si no lo es."""
        hallada = _MARCA.fullmatch(resto)
        if hallada is not None:
            self._bd.ejecutar(lambda con: repositorio.anotar_prueba(con, FUENTE, hallada[1]))
        return hallada is not None

    def llego_prueba(self, marca: str) -> bool:
        """Cierto si la última entrega de prueba que llegó es esa."""
        return self._bd.ejecutar(lambda con: repositorio.obtener_prueba(con, FUENTE)) == marca

    def medidas(self) -> dict[str, float]:
        """Lo que las métricas cuentan de la base y de este proceso. Sin base, `base` es 0 y falta lo demás."""
        usadas, abiertas = self._bd.uso()
        propias = {"sockets": self._avisos.cuantas(), "conexiones_en_uso": usadas, "conexiones_abiertas": abiertas}
        try:
            return {**propias, "base": 1.0, **self._bd.ejecutar(lambda con: repositorio.medidas(con, TOPE_MEDIDAS))}
        except BaseNoDisponible:
            return {**propias, "base": 0.0}

    def _anunciar(self, estado: EstadoLinea) -> None:
        for usuario in self._plantel.activos():
            self._avisos.avisar("line_status", linea_json(estado), usuario)
