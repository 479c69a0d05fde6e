"""El simulador completo: el proveedor con su puerta HTTP en un hilo de este proceso."""

from types import TracebackType
from typing import Self

from .entregas import AjustesEntrega
from .guion import Guion
from .nucleo import Ciclo, Demoras
from .servidor import Servidor, crear_app


class Simulador(Guion):
    """La puerta simulada de Whapi. `with Simulador(webhook=url) as sim:` y a conversar."""

    def __init__(
        self,
        token: str = "ficha",
        webhook: str | None = None,
        secreto: str | None = None,
        linea: str = "573008021701",
        puerto: int = 0,
        *,
        modo: str = "body",
        nombre_linea: str = "Mi Empresa",
        eco_antes_de_respuesta: bool = False,
        demoras: Demoras | None = None,
        ajustes: AjustesEntrega | None = None,
    ) -> None:
        super().__init__(
            token=token,
            secreto=secreto,
            linea=linea,
            nombre_linea=nombre_linea,
            ciclo=Ciclo(eco_antes=eco_antes_de_respuesta),
            demoras=demoras or Demoras(),
            ajustes=ajustes or AjustesEntrega(),
        )
        self._puerto = puerto
        self._servidor: Servidor | None = None
        self.poner_webhook(webhook, modo)

    def iniciar(self) -> "Self":
        """Abre la puerta y pone a andar el cartero; `url` dice dónde quedó."""
        self.detenido.clear()
        self._servidor = Servidor(crear_app(self), self._puerto)
        self.url = f"http://127.0.0.1:{self._servidor.puerto}"
        self.entregas.iniciar()
        self._servidor.iniciar()
        return self

    def parar(self) -> None:
        """Cierra la puerta y deja de entregar."""
        self.detenido.set()
        self.entregas.parar()
        if self._servidor is not None:
            self._servidor.parar()
            self._servidor = None

    def __enter__(self) -> "Self":
        return self.iniciar()

    def __exit__(
        self, tipo: type[BaseException] | None, valor: BaseException | None, rastro: TracebackType | None
    ) -> None:
        self.parar()
