"""Comparar la historia del proveedor con la nuestra y guardar lo que falte, sin detener lo que llega en vivo.

Se compara al arrancar, cuando la línea vuelve, cada tanto y cuando alguien lo pide; de a una entre todos los procesos.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.errores import BaseNoDisponible, ErrorBandeja, HistoriaNoDisponible, SinProveedor
from bandeja.modelos import Entrega
from bandeja.registro import en_una_linea, registro
from bandeja.webhook import interpretar
from bandeja.whapi.historia import PaginaHistoria, listar_mensajes
from bandeja.whapi.puerta import Puerta

POR_PAGINA = 200
# Entre páginas se vuelve a pedir un poco de la anterior: si entretanto se borró algo, las demás se corren hacia atrás.
SOLAPE = 25
# De cada vez: pocos candados y por poco tiempo.
LOTE = 25
MAX_PAGINAS = 200
TOPE = timedelta(days=7)
# Cuánto más atrás de lo ya visto se mira, según el motivo: al volver la línea, la historia se completa con retraso.
MARGENES_S = {"horario": 600, "continuación": 60, "arranque": 3600, "agente": 3600, "línea": 86_400}
# Sin señales en este tiempo, quien comparaba está muerto. Cada página tarda menos (`PLAZO_PAGINA_S` y sus consultas).
ARRIENDO_S = 90
TIC_S = 5.0
ESPERAS_S = (15.0, 30.0, 60.0, 120.0, 300.0)
# El reloj del proveedor puede ir adelante del nuestro: lo suyo no queda fuera por ser «de mañana».
ADELANTO = timedelta(days=1)
# Lo recién escrito puede venir en camino por su aviso: se le da este tiempo antes de darlo por perdido.
RECIENTE = timedelta(seconds=60)
GRACIA_S = 5.0
PAUSA_S = 0.05


@dataclass(slots=True)
class _Avance:
    """Por dónde va una comparación."""

    id: int
    desde: datetime
    hasta: datetime
    revisados: int = 0
    recuperados: int = 0
    visto: datetime | None = None
    ascendente: bool = True
    recientes: dict[str, Any] = field(default_factory=dict)


class PierdeElTurno(ErrorBandeja):
    frase = "Otro proceso siguió con la comparación."


class Historia:
    """La comparación. `guardar` es el camino normal de una entrega y devuelve cuántos mensajes eran nuevos."""

    def __init__(
        self, bd: BaseDatos, puerta: Puerta, guardar: Callable[[Entrega], int], linea: str, excluidos: frozenset[str],
        cada_min: int,
    ) -> None:  # fmt: skip
        self._bd = bd
        self._puerta = puerta
        self._guardar = guardar
        self._linea = linea
        self._excluidos = excluidos
        self._cada_s = cada_min * 60.0
        self._llamada = threading.Event()
        self._motivo: str | None = None
        self._pedida = 0.0
        self._no_antes = 0.0
        self._fallos = 0

    # --- cuándo

    def al_volver_la_linea(self) -> None:
        """La línea volvió a estar vinculada: se compara en cuanto se pueda, salvo que esté apagado."""
        if self._cada_s:
            self.pedir("línea")

    def pedir(self, motivo: str) -> None:
        """Pide una comparación para ya; vuelve enseguida. De dos pedidas queda la que mira más atrás."""
        if self._motivo is None or MARGENES_S[motivo] >= MARGENES_S[self._motivo]:
            self._motivo = motivo
        self._pedida = time.monotonic()
        self._fallos, self._no_antes = 0, 0.0
        self._llamada.set()

    def rondar(self) -> None:
        """La ronda de un proceso, para siempre."""
        if self._cada_s:
            self.pedir("arranque")
        proxima = time.monotonic() + self._cada_s
        while True:
            self._llamada.wait(TIC_S)
            self._llamada.clear()
            if self._motivo is None and self._cada_s and time.monotonic() >= proxima:
                self._motivo, self._pedida = "horario", time.monotonic() - self._cada_s / 2
            if self._motivo is None or time.monotonic() < self._no_antes:
                continue
            proxima = time.monotonic() + self._cada_s
            try:
                self._atender(self._motivo)
            except BaseNoDisponible:
                self._esperar(None)  # bd ya dejó su línea
            except Exception as error:  # borde exterior: un defecto no apaga la ronda
                registro.error("❌ Comparar la historia: %s: %s", type(error).__name__, en_una_linea(error))
                self._esperar(None)

    def _atender(self, motivo: str) -> None:
        pedida = self._pedida
        try:
            resultado = self.comparar(motivo, hace_s=time.monotonic() - pedida)
        except SinProveedor:
            resultado = "sin línea"
        except HistoriaNoDisponible as error:
            self._esperar(error.espera_s)
            return
        self._fallos = 0
        if resultado == "ocupada":  # otro la está haciendo: al terminar se mira si sirvió
            self._no_antes = time.monotonic() + TIC_S
        elif self._pedida == pedida:  # mientras tanto nadie pidió otra
            self._motivo = "continuación" if resultado == "quedan" else None
            if self._motivo:
                self._llamada.set()

    def _esperar(self, pedidos_s: float | None) -> None:
        """El pedido sigue en pie y se repite más tarde, cada vez con más calma."""
        propia = ESPERAS_S[min(self._fallos, len(ESPERAS_S) - 1)]
        self._fallos += 1
        self._no_antes = time.monotonic() + max(propia, pedidos_s or 0.0)

    # --- la comparación

    def comparar(self, motivo: str, hace_s: float = 0.0) -> str:
        """Una comparación entera en este hilo. Devuelve "hecha" | "ocupada" | "quedan" (se llegó al tope de páginas).

        Lanza SinProveedor, HistoriaNoDisponible (queda anotado y lo visto no se pierde) o BaseNoDisponible.
        """
        if not self._puerta.configurada:
            raise SinProveedor
        turno = self._bd.ejecutar(
            lambda con: repositorio.empezar_comparacion(
                con, motivo, hace_s=hace_s, arriendo_s=ARRIENDO_S, margen_s=MARGENES_S[motivo],
                tope_s=TOPE.total_seconds(),
            ),
            transaccion=True,
        )  # fmt: skip
        if turno.resultado != "nueva":
            return turno.resultado
        avance = _Avance(turno.id, turno.desde, datetime.now(UTC) + ADELANTO)
        error: str | None = "Se interrumpió."
        try:
            completa = self._recorrer(avance)
            error = None if completa else "Quedó historia por mirar: sigue enseguida."
            return "hecha" if completa else "quedan"
        except PierdeElTurno:
            return "ocupada"
        except HistoriaNoDisponible as fallo:
            error = str(fallo)
            raise
        finally:
            self._cerrar(motivo, avance, error)

    def _cerrar(self, motivo: str, a: _Avance, error: str | None) -> None:
        self._bd.ejecutar(lambda con: repositorio.terminar_comparacion(con, a.id, error))
        nota = f" · {error}" if error else ""
        registro.info("🔎 Historia (%s): %d revisados, %d recuperados%s", motivo, a.revisados, a.recuperados, nota)

    def _recorrer(self, a: _Avance) -> bool:
        """Página por página, de lo más viejo a lo más nuevo. Falso si se llegó al tope sin terminar."""
        desplazamiento, completa = 0, False
        for _ in range(MAX_PAGINAS):
            pagina = listar_mensajes(
                self._puerta, cuantos=POR_PAGINA, desplazamiento=desplazamiento, desde=a.desde, hasta=a.hasta,
                ascendente=True,
            )  # fmt: skip
            a.revisados = max(a.revisados, desplazamiento + len(pagina.mensajes))
            self._mirar(a, pagina)
            completa = pagina.es_la_ultima(desplazamiento, POR_PAGINA)
            if completa:
                break
            leidos = len(pagina.mensajes)
            desplazamiento += leidos - SOLAPE if leidos > SOLAPE else leidos
        if a.recientes:
            time.sleep(GRACIA_S)
            self._guardar_faltantes(a, list(a.recientes.values()))
        self._latir(a, a.visto if completa else None)
        return completa

    def _mirar(self, a: _Avance, pagina: PaginaHistoria) -> None:
        ahora = datetime.now(UTC)
        # Sin id del proveedor no se sabe si ya lo teníamos: por la historia no entra.
        mensajes = [m for m in pagina.mensajes if isinstance(m, dict) and isinstance(m.get("id"), str)]
        horas = [hora for m in mensajes if (hora := _hora_de(m)) is not None]
        # Un proveedor que no atiende el orden pedido se recorre igual; solo que lo visto no vale hasta el final.
        a.ascendente = a.ascendente and horas == sorted(horas)
        a.visto = min(max([*horas, *([a.visto] if a.visto else [])], default=a.desde), ahora)
        viejos = []
        for m in mensajes:
            if (_hora_de(m) or ahora) > ahora - RECIENTE:
                a.recientes[m["id"]] = m
            else:
                viejos.append(m)
        self._guardar_faltantes(a, viejos)
        self._latir(a, a.visto if a.ascendente else None)

    def _latir(self, a: _Avance, visto: datetime | None) -> None:
        """Anota el avance; si el turno ya es de otro, se deja."""
        if not self._bd.ejecutar(
            lambda con: repositorio.latir_comparacion(con, a.id, a.revisados, a.recuperados, visto)
        ):
            raise PierdeElTurno

    def _guardar_faltantes(self, a: _Avance, mensajes: Sequence[dict[str, Any]]) -> None:
        """Lo que no tenemos entra por el camino de siempre; de lo que tenemos, sus pasos avanzan."""
        ids = [m["id"] for m in mensajes]
        conocidos = self._bd.ejecutar(lambda con: repositorio.mensajes_conocidos(con, ids)) if ids else {}
        faltan = [m for m in mensajes if m["id"] not in conocidos]
        pasos = [_paso_de(m) for m in mensajes if m.get("from_me") and _adelantado(m, conocidos.get(m["id"]))]
        cuerpos = [{"messages": faltan[i : i + LOTE]} for i in range(0, len(faltan), LOTE)]
        cuerpos += [{"statuses": pasos[i : i + LOTE]} for i in range(0, len(pasos), LOTE)]
        for cuerpo in cuerpos:
            empezo = time.monotonic()
            a.recuperados += self._guardar(self._entender(cuerpo))
            # Al menos dos tercios del tiempo son de los demás.
            time.sleep(PAUSA_S + 2 * (time.monotonic() - empezo))
        if not cuerpos:
            time.sleep(PAUSA_S)

    def _entender(self, cuerpo: dict[str, Any]) -> Entrega:
        leida = interpretar(cuerpo, linea=self._linea, excluidos=self._excluidos, ahora=datetime.now(UTC))
        huellas = [i.huella for i in leida.ilegibles]
        vistas = self._bd.ejecutar(lambda con: repositorio.ilegibles_conocidos(con, huellas)) if huellas else set()
        return replace(
            leida,
            mensajes=tuple(replace(m, recuperado=True) for m in leida.mensajes if not m.id.startswith("sinid-")),
            ilegibles=tuple(i for i in leida.ilegibles if i.huella not in vistas),
        )


def _hora_de(mensaje: dict[str, Any]) -> datetime | None:
    """La hora del proveedor, si parece una."""
    hora = mensaje.get("timestamp")
    es_numero = isinstance(hora, int | float) and not isinstance(hora, bool) and 0 < hora < 1e11
    return datetime.fromtimestamp(int(hora), tz=UTC) if es_numero and hora is not None else None


def _adelantado(mensaje: dict[str, Any], guardado: str | None) -> bool:
    """Cierto si el proveedor dice de uno nuestro algo distinto de lo que sabemos; si es avanzar lo decide la base."""
    return guardado is not None and isinstance(mensaje.get("status"), str) and mensaje["status"] != guardado


def _paso_de(mensaje: dict[str, Any]) -> dict[str, Any]:
    """El estado de un mensaje de la lista, como llegaría por un aviso. La lista no dice cuándo pasó."""
    return {
        "id": mensaje["id"], "status": mensaje["status"], "recipient_id": mensaje.get("chat_id"),
        "timestamp": int(time.time()),
    }  # fmt: skip
