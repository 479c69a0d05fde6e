"""Los clientes de la demostración: cuándo llega cada uno, cuándo contesta y cuándo se despide. No sabe de HTTP."""

import heapq
import itertools
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import requests

from .dialogos import CLIENTES, GESTOS, GESTOS_AL_AGENTE, INSISTENCIAS, TEMAS, Cosa, Linea, Tema
from .formas import Json, chat_de, remitente_de
from .guion import Guion
from .nucleo import Demoras

_AL_COMIENZO: Final = (4, 6)
_ENTRE_LLEGADAS: Final = (20.0, 60.0)
_DESCANSO_ENTRE_VISITAS: Final = 180.0
_CANSANCIO_MAXIMO: Final = 8.0
_PULSO: Final = 0.1


@dataclass(slots=True)
class _Cliente:
    """Una persona y por dónde va su charla; `turno` None es que no está hablando con nadie."""

    numero: str
    nombre: str
    azar: random.Random
    temas: list[Tema]
    visitas: int = 0
    turno: int | None = None
    escribiendo: bool = False
    libre_desde: float = 0.0
    ultimo_propio: str = ""
    ultimo_del_agente: str = ""

    @property
    def tema(self) -> Tema:
        """El tema de la visita en curso."""
        return self.temas[(self.visitas - 1) % len(self.temas)]


@dataclass(order=True, slots=True)
class _Cita:
    """Algo que pasará a una hora: una llegada (sin cliente), una línea, una insistencia o lo que se le ve hacer."""

    cuando: float
    orden: int
    cliente: _Cliente | None = field(compare=False)
    linea: Linea = field(default="", compare=False)
    ultima: bool = field(default=False, compare=False)
    insiste_en: int | None = field(default=None, compare=False)
    presencia: str = field(default="", compare=False)


class Clientes:
    """El elenco. `paso(ahora)` hace lo que toque; la misma semilla da la misma historia."""

    def __init__(self, sim: Guion, *, semilla: int | None = None, ritmo: float = 1.0) -> None:
        self._sim = sim
        self._ritmo = ritmo
        base = random.randrange(2**32) if semilla is None else semilla
        self._azar = random.Random(base)
        self._azar_ajeno = random.Random(base + 1)
        temas = self._azar.sample(TEMAS, len(TEMAS))
        self._elenco = [
            _Cliente(numero, nombre, random.Random(f"{base}-{numero}"), temas[lugar:] + temas[:lugar])
            for lugar, (numero, nombre) in enumerate(CLIENTES)
        ]
        self._por_numero = {cliente.numero: cliente for cliente in self._elenco}
        self._agenda: list[_Cita] = []
        self._orden = itertools.count()
        self._ultima_respuesta: float | None = None
        self._cerrojo = threading.RLock()
        sim.demoras_de = self.demoras_de
        sim.al_aceptar = lambda mensaje, demoras: self.respondieron(mensaje, demoras, time.monotonic())

    def correr(self) -> None:
        """Espera a que el webhook conteste y hace vivir a los clientes hasta que el simulador pare."""
        while not self._webhook_contesta():
            if self._sim.detenido.wait(0.25):
                return
        while not self._sim.detenido.wait(_PULSO):
            self.paso(time.monotonic())

    def _webhook_contesta(self) -> bool:
        destino = self._sim.webhook
        try:
            return destino is not None and requests.get(destino, timeout=3).status_code == 200
        except requests.RequestException:
            return False

    def paso(self, ahora: float) -> None:
        """Cumple lo que ya es hora de cumplir."""
        with self._cerrojo:
            if self._ultima_respuesta is None:
                self._abrir(ahora)
            while self._agenda and self._agenda[0].cuando <= ahora:
                self._cumplir(heapq.heappop(self._agenda), ahora)

    def _abrir(self, ahora: float) -> None:
        """Los primeros llegan casi juntos, para que cada agente vea algo de una vez."""
        self._ultima_respuesta = ahora
        for lugar in range(self._azar.randint(*_AL_COMIENZO)):
            self._agendar(ahora, 0.3 + lugar * 0.8 + self._azar.uniform(0, 0.6), None, ultima=True)
        self._agendar(ahora, 5 + self._azar.uniform(*_ENTRE_LLEGADAS), None)

    def _agendar(
        self, ahora: float, demora: float, cliente: _Cliente | None, linea: Linea = "", **mas: bool | int | str | None
    ) -> None:
        cita = _Cita(ahora + demora / self._ritmo, next(self._orden), cliente, linea, **mas)  # type: ignore[arg-type]
        heapq.heappush(self._agenda, cita)

    def _cumplir(self, cita: _Cita, ahora: float) -> None:
        if cita.cliente is None:
            self._llegar(ahora)
            if not cita.ultima:
                self._agendar(ahora, self._azar.uniform(*_ENTRE_LLEGADAS) * self._cansancio(ahora), None)
        elif cita.presencia:
            self._mostrar(cita.cliente, cita.presencia)
        elif cita.insiste_en is not None:
            if cita.cliente.turno == cita.insiste_en and not cita.cliente.escribiendo:
                self._mandar(cita.cliente, cita.linea)
        else:
            self._decir(cita.cliente, cita.linea, cita.ultima, ahora)

    def _cansancio(self, ahora: float) -> float:
        """Cuánto se espacian las llegadas: el doble por cada minuto y medio sin que nadie conteste, con tope."""
        desde = ahora if self._ultima_respuesta is None else self._ultima_respuesta
        return min(1 + (ahora - desde) * self._ritmo / 90, _CANSANCIO_MAXIMO)

    def _llegar(self, ahora: float) -> None:
        """Entra alguien: primero los que no han venido, después los que hace rato se despidieron."""
        libres = [uno for uno in self._elenco if uno.turno is None and uno.libre_desde <= ahora]
        if not libres:
            return
        menos = min(uno.visitas for uno in libres)
        cliente = self._azar.choice([uno for uno in libres if uno.visitas == menos])
        cliente.visitas += 1
        cliente.turno = 0
        self._hablar(cliente, cliente.tema.apertura, ahora, primera_demora=0.0)

    def _hablar(self, cliente: _Cliente, lineas: tuple[Linea, ...], ahora: float, *, primera_demora: float) -> None:
        """Agenda unas líneas seguidas, cada una tras lo que se tarda en hacerla, y que mientras tanto se le vea."""
        cliente.escribiendo = True
        cuando = primera_demora
        for lugar, linea in enumerate(lineas):
            if lugar or primera_demora:
                tarda = _lo_que_tarda(linea) + cliente.azar.uniform(0, 2)
                if presencia := _presencia_de(linea):
                    self._agendar(ahora, cuando, cliente, presencia=presencia)
                cuando += tarda
            self._agendar(ahora, cuando, cliente, linea, ultima=lugar == len(lineas) - 1)

    def _mostrar(self, cliente: _Cliente, presencia: str) -> None:
        chat = chat_de(cliente.numero)
        self._sim.avisar("presences", "post", [{"contact_id": chat, "status": presencia}], clave=chat)

    def _mandar(self, cliente: _Cliente, linea: Linea) -> None:
        """Un mensaje de cualquier tipo, o un gesto sobre el último que corresponda."""
        cosa = Cosa("text", {"body": linea}) if isinstance(linea, str) else linea
        contenido = dict(cosa.contenido)
        if cosa.tipo in GESTOS:
            ultimo = cliente.ultimo_del_agente if cosa.tipo in GESTOS_AL_AGENTE else cliente.ultimo_propio
            contenido = {"target": ultimo, **contenido}
        archivo = cosa.archivo() if cosa.archivo else None
        mensaje = self._sim.mensaje(cosa.tipo, cliente.numero, cliente.nombre, contenido=contenido, datos=archivo)
        identificador = self._sim.recibir(mensaje)
        if cosa.tipo not in GESTOS:
            cliente.ultimo_propio = identificador

    def _decir(self, cliente: _Cliente, linea: Linea, ultima: bool, ahora: float) -> None:
        self._mandar(cliente, linea)
        if not ultima or cliente.turno is None:
            return
        cliente.escribiendo = False
        if cliente.turno >= len(cliente.tema.turnos):
            cliente.turno = None
            cliente.libre_desde = ahora + _DESCANSO_ENTRE_VISITAS / self._ritmo
            return
        insistencia = cliente.azar.choice(INSISTENCIAS)
        self._agendar(ahora, cliente.azar.uniform(90, 240), cliente, insistencia, insiste_en=cliente.turno)

    # --- lo que hace la línea ---

    def demoras_de(self, mensaje: Json) -> Demoras:
        """Se entrega enseguida y se lee a los 3–15 segundos."""
        with self._cerrojo:
            cliente = self._por_numero.get(remitente_de(mensaje["chat_id"]))
            azar = cliente.azar if cliente else self._azar_ajeno
            entrega, lectura = azar.uniform(0.3, 1.2), azar.uniform(3, 15)
        return Demoras(0.05, 0.2 / self._ritmo, entrega / self._ritmo, lectura / self._ritmo)

    def respondieron(self, mensaje: Json, demoras: Demoras, ahora: float) -> None:
        """Un agente le escribió a alguien: lo lee, lo piensa y contesta lo que sigue en su charla, si algo sigue."""
        with self._cerrojo:
            self._ultima_respuesta = ahora
            cliente = self._por_numero.get(remitente_de(mensaje["chat_id"]))
            if cliente is None:
                return
            cliente.ultimo_del_agente = mensaje["id"]
            leido = (demoras.eco + demoras.sent + demoras.delivered + demoras.read) * self._ritmo
            if mensaje["type"] == "poll":
                self._agendar(
                    ahora,
                    leido + cliente.azar.uniform(1, 4),
                    cliente,
                    Cosa("vote", {"votes": ["op1"], "target": mensaje["id"]}),
                )
            if cliente.turno is None or cliente.escribiendo:
                return
            lineas = cliente.tema.turnos[cliente.turno]
            cliente.turno += 1
            self._hablar(cliente, lineas, ahora, primera_demora=leido + 1)


def _lo_que_tarda(linea: Linea) -> float:
    """Segundos de hacerla: teclearla, grabarla o buscar qué se manda."""
    return 1.5 + len(linea) * 0.06 if isinstance(linea, str) else 4.0


def _presencia_de(linea: Linea) -> str:
    if isinstance(linea, str):
        return "typing"
    return "recording" if linea.tipo == "voice" else ""
