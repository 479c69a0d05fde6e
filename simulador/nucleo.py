"""El corazón del proveedor: acepta envíos y manda los webhooks que les siguen. No atiende HTTP ni decide averías."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from . import formas
from .entregas import AjustesEntrega, Aviso, Destino, Entregas, en_bytes
from .envios import Envio, contenido_de
from .estado import Estado
from .fallas import Falla, Fallas
from .formas import Json

EVENTOS: Final = (
    ("messages", "post"), ("messages", "put"), ("messages", "patch"), ("messages", "delete"),
    ("statuses", "post"), ("statuses", "put"), ("chats", "post"), ("chats", "patch"), ("contacts", "post"),
    ("contacts", "patch"), ("presences", "post"), ("calls", "post"), ("channel", "post"), ("channel", "patch"),
    ("users", "post"), ("users", "delete"), ("groups", "post"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demoras:
    """Segundos que tarda cada paso después del anterior: el eco, y los tres chulos."""

    eco: float = 0.02
    sent: float = 0.02
    delivered: float = 0.03
    read: float = 0.05
    failed: float = 0.02


@dataclass(frozen=True, slots=True)
class Ciclo:
    """La vida de un envío aceptado: si tiene eco, qué estados y en qué orden, y qué llega antes de la respuesta."""

    eco: bool = True
    eco_antes: bool = False
    estados: tuple[str, ...] = ("sent", "delivered", "read")
    estados_antes: bool = False

    def con(self, falla: Falla | None) -> "Ciclo":
        """El mismo ciclo con la avería de ciclo que se haya encargado."""
        modo = falla.modo if falla else ""
        cambios: dict[str, Ciclo] = {
            "eco_antes": replace(self, eco_antes=True),
            "sin_eco": replace(self, eco=False),
            "estados_antes": replace(self, estados_antes=True),
            "estados_al_reves": replace(self, estados=self.estados[::-1]),
            "sin_estados": replace(self, estados=()),
            "estado_fallido": replace(self, estados=("failed",)),
        }
        return cambios.get(modo, self)


@dataclass(frozen=True, slots=True)
class Peticion:
    """Una petición cualquiera que llegó a la puerta, para que una prueba cuente llamadas."""

    metodo: str
    ruta: str
    consulta: dict[str, str]
    cuerpo: Json


class Nucleo:
    """El proveedor sin su puerta HTTP."""

    def __init__(
        self,
        *,
        token: str,
        secreto: str | None,
        linea: str,
        nombre_linea: str,
        ciclo: Ciclo,
        demoras: Demoras,
        ajustes: AjustesEntrega,
    ) -> None:
        self.token = token
        self.secreto = secreto
        self.linea = linea
        self.nombre_linea = nombre_linea
        self.url = ""
        self.ciclo = self._ciclo_de_fabrica = ciclo
        self.demoras = self._demoras_de_fabrica = demoras
        self.demoras_de: Callable[[Json], Demoras] | None = None
        self.al_aceptar: Callable[[Json, Demoras], None] | None = None
        self.estado = Estado(linea)
        self.fallas = Fallas()
        self.entregas = Entregas(self.destinos, ajustes)
        self.peticiones: deque[Peticion] = deque(maxlen=20_000)
        self.detenido = threading.Event()
        self._cerrojo = threading.Lock()
        self._envios: list[Envio] = []

    # --- a dónde van los webhooks ---

    @property
    def webhook(self) -> str | None:
        """La dirección del primer webhook configurado."""
        configurados = self.estado.ajustes().get("webhooks") or [{}]
        direccion: str | None = configurados[0].get("url")
        return direccion

    @webhook.setter
    def webhook(self, url: str | None) -> None:
        self.poner_webhook(url)

    def poner_webhook(self, url: str | None, modo: str = "body") -> None:
        """Deja un único webhook, con el secreto como cabecera si lo hay; None los quita todos."""
        cabeceras = {"Authorization": f"Bearer {self.secreto}"} if self.secreto else {}
        eventos = [{"type": tipo, "method": evento} for tipo, evento in EVENTOS]
        uno = {"url": url, "mode": modo, "headers": cabeceras, "events": eventos}
        self.estado.cambiar_ajustes({"webhooks": [uno] if url else []})

    def destinos(self) -> Sequence[Destino]:
        """Los webhooks configurados en este momento."""
        return [destino_de(configurado) for configurado in self.estado.ajustes().get("webhooks") or ()]

    # --- lo que pasó ---

    @property
    def enviados(self) -> list[Envio]:
        """Todos los POST que llegaron a una puerta de envío, también los rechazados."""
        with self._cerrojo:
            return list(self._envios)

    @property
    def aceptados(self) -> list[Envio]:
        """Los envíos que el proveedor aceptó, se haya enterado el producto o no."""
        return [envio for envio in self.enviados if envio.aceptado]

    def anotar_envio(self, envio: Envio) -> None:
        """Anota un POST de envío en cuanto llega."""
        with self._cerrojo:
            self._envios.append(envio)

    def reiniciar(self) -> None:
        """Olvida mensajes, averías, contadores y entregas pendientes; quedan el webhook, el secreto y la ficha."""
        self.entregas.vaciar()
        self.entregas.pausar(False)
        # Lo que ya va en camino se deja llegar, para que no caiga en la prueba siguiente.
        self.entregas.esperar(1.0)
        self.fallas.limpiar()
        self.estado.olvidar()
        self.ciclo = self._ciclo_de_fabrica
        self.demoras = self._demoras_de_fabrica
        self.peticiones.clear()
        with self._cerrojo:
            self._envios.clear()

    # --- aceptar ---

    def aceptar(self, envio: Envio, falla: Falla | None) -> Json:
        """Da por salido un envío válido: lo guarda, pone en marcha sus webhooks y devuelve el mensaje."""
        contenido = contenido_de(envio, self.estado, self.url)
        if envio.cuerpo.get("edit"):
            return self._editar(envio, contenido)
        mensaje = self.mensaje_propio(formas.chat_de(envio.cuerpo["to"]), envio.tipo, contenido)
        citado = self.estado.mensaje(str(envio.cuerpo.get("quoted")))
        if citado is not None:
            mensaje["context"] = cita_de(citado)
        envio.aceptado, envio.id = True, mensaje["id"]
        self.echar_a_andar(mensaje, self.ciclo.con(falla))
        return mensaje

    def mensaje_propio(self, chat: str, tipo: str, contenido: Json) -> Json:
        """Un mensaje nuevo de la línea por la API: sin `from_name` y en `pending`."""
        return {
            "id": formas.nuevo_id(),
            "type": tipo,
            "chat_id": chat,
            "from": self.linea,
            "from_me": True,
            "source": "api",
            "timestamp": formas.ahora(),
            "device_id": 11,
            "status": "pending",
            tipo: contenido,
        }

    def _editar(self, envio: Envio, contenido: Json) -> Json:
        """Cambia un mensaje propio: la respuesta lleva el MISMO id y el webhook es un messages.patch."""
        id_mensaje = str(envio.cuerpo["edit"])
        antes = self.estado.mensaje(id_mensaje) or {}
        despues = self.estado.cambiar_mensaje(id_mensaje, {antes.get("type", envio.tipo): contenido}) or {}
        envio.aceptado, envio.id = True, id_mensaje
        self.avisar("messages", "patch", [formas.parche(antes, despues, [despues["type"]])], clave=id_mensaje)
        return despues

    def echar_a_andar(self, mensaje: Json, ciclo: Ciclo) -> None:
        """Guarda un mensaje propio y programa su eco y sus estados; los «antes» salen y se esperan aquí mismo."""
        self.estado.guardar_mensaje(mensaje)
        demoras = self.demoras_de(mensaje) if self.demoras_de else self.demoras
        eco = self.aviso("messages", "post", [mensaje], clave=mensaje["id"])
        if ciclo.estados_antes:
            for nombre in ciclo.estados:
                self.entregas.entregar_ya(self._aviso_de_estado(mensaje, nombre, 0))
        if ciclo.eco and ciclo.eco_antes:
            self.entregas.entregar_ya(eco)
        elif ciclo.eco:
            self.entregas.programar(eco, demoras.eco)
        cuando = demoras.eco
        for nombre in () if ciclo.estados_antes else ciclo.estados:
            cuando += getattr(demoras, nombre, 0.0)
            self.entregas.programar(self._aviso_de_estado(mensaje, nombre, cuando), cuando)
        if self.al_aceptar is not None:
            self.al_aceptar(mensaje, demoras)

    def _aviso_de_estado(self, mensaje: Json, nombre: str, demora: float) -> Aviso:
        hora = int(time.time() + demora)
        estado = formas.estado(mensaje["id"], nombre, mensaje["chat_id"], timestamp=hora)

        def anotar() -> None:
            self.estado.cambiar_mensaje(mensaje["id"], {"status": nombre})

        return replace(self.aviso("statuses", "post", [estado], clave=mensaje["id"]), al_salir=anotar)

    # --- webhooks sueltos ---

    def aviso(self, tipo: str, evento: str, contenido: object, *, clave: str) -> Aviso:
        """Mete un contenido en su sobre, listo para el cartero."""
        return Aviso(tipo, evento, en_bytes(formas.sobre(tipo, evento, contenido)), clave)

    def avisar(self, tipo: str, evento: str, contenido: object, *, clave: str = "", demora: float = 0.0) -> None:
        """Encarga un webhook cualquiera."""
        self.entregas.programar(self.aviso(tipo, evento, contenido, clave=clave or tipo), demora)


def destino_de(configurado: Json) -> Destino:
    """Lee un elemento del arreglo `webhooks` de los ajustes."""
    eventos = configurado.get("events")
    pedidos = None if eventos is None else frozenset((str(e.get("type")), str(e.get("method"))) for e in eventos)
    cabeceras = tuple((str(clave), str(valor)) for clave, valor in (configurado.get("headers") or {}).items())
    return Destino(str(configurado.get("url", "")), str(configurado.get("mode") or "body"), cabeceras, pedidos)


def cita_de(citado: Json) -> Json:
    """El `context` de un mensaje que responde a otro."""
    return {
        "quoted_id": citado["id"],
        "quoted_type": citado["type"],
        "quoted_content": citado.get(citado["type"]) or {},
        "quoted_author": citado.get("from"),
    }
