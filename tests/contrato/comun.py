"""Lo que comparten los casos del contrato: el mundo en que ocurren, cómo se enuncian y cómo se comparan las formas."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion, entrar

ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00")
CLIENTE = "573001234567"  # al vaciar, el primero que escribe es de agente1
OTRO = "573007654321"  # y el segundo, de agente2


@dataclass
class Mundo:
    """Una aplicación recién vaciada y quienes la usan. Las sesiones se abren cuando un caso las pide."""

    app: AppEnMarcha
    base: BaseDatos
    simulador: Simulador
    abrir_socket: Callable[..., Escucha]
    pedir: Callable[[str], Any]  # otra pieza de conftest, por su nombre
    _sesiones: dict[str, Sesion] = field(default_factory=dict)
    _desde: int = 0

    def __post_init__(self) -> None:
        self._desde = len(self.app.registro())

    def agente(self, n: int) -> Sesion:
        usuario = f"agente{n}"
        if usuario not in self._sesiones:
            self._sesiones[usuario] = entrar(self.app, usuario)
        return self._sesiones[usuario]

    @property
    def anonimo(self) -> Sesion:
        return Sesion(self.app)

    def pantalla(self, n: int) -> Escucha:
        return self.abrir_socket(self.app, self.agente(n))

    def escribe(self, numero: str, texto: str = "Hola", **opciones: Any) -> dict[str, Any]:
        return recibir(self.app, numero, texto, **opciones)

    def dos_chats(self) -> None:
        """CLIENTE queda con agente1 y OTRO con agente2."""
        self.escribe(CLIENTE, "Soy de agente1")
        self.escribe(OTRO, "Soy de agente2")

    def registrado(self, linea: str, *, al_arrancar: bool = False) -> None:
        """Esa línea llega al registro durante este caso, letra por letra (con `…` si sigue algo más)."""
        forma = re.compile(re.escape(linea.removesuffix("…")) + ("" if linea.endswith("…") else "$"))
        limite = time.monotonic() + 3
        while not any(forma.match(dicha) for dicha in self._dicho(al_arrancar)):
            assert time.monotonic() < limite, f"no está la línea {linea!r} en: {self._dicho(al_arrancar)}"
            time.sleep(0.02)

    def _dicho(self, al_arrancar: bool) -> list[str]:
        return self.app.registro()[0 if al_arrancar else self._desde :].splitlines()


@dataclass(frozen=True)
class Caso:
    """Un renglón del contrato: dónde lo dice la especificación, qué dice y cómo se comprueba."""

    seccion: str
    enunciado: str
    comprobar: Callable[[Mundo], None]

    @property
    def id(self) -> str:
        """Sin tildes, porque pytest escribiría sus códigos."""
        texto = unicodedata.normalize("NFKD", f"{self.seccion} > {self.enunciado}".replace("·", ">"))
        return texto.encode("ascii", "ignore").decode()


CASOS: list[Caso] = []


def caso(seccion: str) -> Callable[[Callable[[Mundo], None]], Callable[[Mundo], None]]:
    """Anota una función como caso de una sección; su nombre es el enunciado."""

    def anotar(comprobar: Callable[[Mundo], None]) -> Callable[[Mundo], None]:
        CASOS.append(Caso(seccion, comprobar.__name__.replace("_", " "), comprobar))
        return comprobar

    return anotar


def tiene_forma(dato: Any, ejemplo: Any, donde: str = "") -> None:
    """`dato` trae todas las claves del ejemplo impreso y del mismo tipo; puede traer más. None vale por texto."""
    if isinstance(ejemplo, dict):
        assert isinstance(dato, dict), f"{donde or 'el cuerpo'} no es un objeto: {dato!r}"
        faltan = ejemplo.keys() - dato.keys()
        assert not faltan, f"a {donde or 'el cuerpo'} le faltan {sorted(faltan)}: {dato}"
        for clave, valor in ejemplo.items():
            tiene_forma(dato[clave], valor, f"{donde}.{clave}".lstrip("."))
    elif isinstance(ejemplo, list):
        assert isinstance(dato, list) and dato, f"{donde} no es una lista con algo: {dato!r}"
        tiene_forma(dato[0], ejemplo[0], f"{donde}[0]")
    elif isinstance(ejemplo, str) and re.match(r"\d{4}-\d{2}-\d{2}T", ejemplo):
        assert isinstance(dato, str) and ISO.fullmatch(dato), f"{donde} no es una fecha ISO con +00:00: {dato!r}"
    elif dato is not None or not isinstance(ejemplo, str):
        assert type(dato) is type(ejemplo), f"{donde} = {dato!r} no es {type(ejemplo).__name__}"
