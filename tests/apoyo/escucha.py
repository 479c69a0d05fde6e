"""Un cliente de Socket.IO de verdad que anota todo lo que le llega."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import requests
import socketio

from tests.apoyo.aplicacion import AppEnMarcha

ESPACIO = "/twilio-chat"
Condicion = Callable[[Any], bool]


class Escucha:
    """Una pantalla sin pantalla. Anota (evento, dato, instante), incluidos connect, connect_error y disconnect."""

    def __init__(
        self,
        app: AppEnMarcha,
        sesion: requests.Session | None = None,
        *,
        origen: str | None = None,
        transportes: tuple[str, ...] = ("websocket",),
    ) -> None:
        self.anotados: list[tuple[str, Any, float]] = []
        self._algo = threading.Condition()
        self._cliente = socketio.Client(
            reconnection=False, handle_sigint=False, websocket_extra_options={"suppress_origin": True}
        )
        for reservado in ("connect", "connect_error", "disconnect"):
            self._cliente.on(reservado, self._anotador(reservado), namespace=ESPACIO)
        self._cliente.on("*", self._anotar, namespace=ESPACIO)
        self._app, self._transportes = app, transportes
        self._cabeceras = {"Origin": origen or app.url}
        if sesion is not None:
            self._cabeceras["Cookie"] = "; ".join(f"{galleta.name}={galleta.value}" for galleta in sesion.cookies)

    def conectar(self, *, esperar: bool = True) -> Escucha:
        """Con `esperar=False` no exige que lo acepten: la prueba mira `connect_error` o el motivo de no entrar."""
        try:
            self._cliente.connect(
                self._app.url,
                headers=self._cabeceras,
                transports=list(self._transportes),
                namespaces=[ESPACIO],
                wait=esperar,
                wait_timeout=10,
            )
        except socketio.exceptions.ConnectionError as error:
            if esperar:
                raise
            self._anotar("connect_error", str(error))
        if esperar:
            self.esperar("connection_status")
        return self

    def emitir(self, evento: str, dato: Any = None) -> None:
        self._cliente.emit(evento, dato, namespace=ESPACIO)

    def eventos(self, evento: str, condicion: Condicion | None = None) -> list[Any]:
        """Los datos de ese evento llegados hasta ahora, en orden."""
        with self._algo:
            return [
                dato for nombre, dato, _ in self.anotados if nombre == evento and (condicion is None or condicion(dato))
            ]

    def esperar(self, evento: str, cuenta: int = 1, condicion: Condicion | None = None, plazo: float = 5) -> list[Any]:
        """Los datos de ese evento cuando ya hay al menos `cuenta`; si no llegan a tiempo, falla diciendo qué llegó."""
        limite = time.monotonic() + plazo
        with self._algo:
            while len(hallados := self.eventos(evento, condicion)) < cuenta:
                resta = limite - time.monotonic()
                if resta <= 0 or not self._algo.wait(resta):
                    llegaron = [(nombre, dato) for nombre, dato, _ in self.anotados]
                    raise AssertionError(f"llegaron {len(hallados)} de {cuenta} «{evento}» en {plazo} s: {llegaron}")
        return hallados

    def uno(self, evento: str, condicion: Condicion | None = None, plazo: float = 5) -> Any:
        """El primero de esos eventos."""
        return self.esperar(evento, 1, condicion, plazo)[0]

    def ninguno(self, evento: str, durante: float = 0.5, condicion: Condicion | None = None) -> None:
        """Comprueba que en ese rato no hay (ni hubo, desde el último `olvidar`) ningún evento así."""
        time.sleep(durante)
        hallados = self.eventos(evento, condicion)
        assert not hallados, f"no debía llegar «{evento}» y llegó: {hallados}"

    def olvidar(self) -> None:
        with self._algo:
            self.anotados.clear()

    @property
    def conectada(self) -> bool:
        return ESPACIO in self._cliente.namespaces

    def cerrar(self) -> None:
        self._cliente.disconnect()

    def _anotador(self, evento: str) -> Callable[..., None]:
        return lambda *datos: self._anotar(evento, *datos)

    def _anotar(self, evento: str, *datos: Any) -> None:
        with self._algo:
            self.anotados.append((evento, datos[0] if datos else None, time.monotonic()))
            self._algo.notify_all()
