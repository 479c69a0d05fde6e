"""Cada medida con su nombre: qué se envía, a quién y durante cuánto. No decide qué está bien: eso es de `tabla`."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from functools import cached_property
from urllib.parse import quote

from bench import limites, navegador
from bench.carga import Tamano, obtener_duenos, obtener_largas
from bench.conductor import Conductor, Fabrica, Orden, Resultado
from bench.cuerpos import CONSULTAS, entregas_sueltas, lecturas
from bench.escenario import Escenario, Proceso
from bench.limites import Base
from bench.pantallas import Pantallas
from bench.retardo import Retardo

DEMORA_S = 0.002
RITMO_SOCKET = 20.0
CHATS_ABIERTOS = 12
# Más de lo que cualquier servidor de Python contesta en un segundo: lo escrito nunca se acaba antes que el tiempo.
MAXIMO_POR_SEGUNDO = 4000
MAXIMO_FLASK_POR_SEGUNDO = 12_000


class Medidas:
    """El catálogo. `segundos` alarga o acorta todas las medidas a la vez (1 = la duración normal)."""

    def __init__(self, escenario: Escenario, conductor: Conductor, tamano: Tamano, segundos: float) -> None:
        self._escenario = escenario
        self._conductor = conductor
        self._tamano = tamano
        self._escala = segundos
        self._serie = itertools.count(1)
        self._corrida = secrets.token_hex(3)
        self._retardo: Retardo | None = None
        self._pantallas: Pantallas | None = None
        self.cpu_del_conductor = 0.0
        self.ajenos = 0  # mensajes que vio una pantalla que no era la de su dueño
        self.perdidos = 0  # mensajes que la pantalla de su dueño no vio

    def medir(self, clave: str) -> Resultado:
        """Hace una medida por su clave."""
        return self._catalogo[clave]()

    @cached_property
    def _catalogo(self) -> dict[str, Callable[[], Resultado]]:
        app = self._escenario.app
        return {
            "recibir-1": lambda: self._recibir(app, 1, 4.0),
            "recibir-8": lambda: self._recibir(app, 8, 4.0),
            "recibir-8-pantallas": self._recibir_con_pantallas,
            "recibir-16-retardo": lambda: self._recibir(self._app_con_retardo, 16, 4.0),
            "lista-1": lambda: self._leer(self._rutas_lista, 1),
            "lista-8": lambda: self._leer(self._rutas_lista, 8),
            "pagina-1": lambda: self._leer(self._rutas_pagina, 1),
            "pagina-8": lambda: self._leer(self._rutas_pagina, 8),
            "buscar-1": lambda: self._leer(self._rutas_buscar, 1),
            "socket": self._socket,
            "vista-1": lambda: navegador.ver_lista(self._escenario.app.puerto, self._galleta),
            "abrir-1": lambda: navegador.abrir_chats(self._escenario.app.puerto, self._galleta, CHATS_ABIERTOS),
            "flask-1": lambda: self._flask(1),
            "flask-8": lambda: self._flask(8),
            "flask-16": lambda: self._flask(16),
            "flask-ritmo": lambda: self._flask(1, RITMO_SOCKET),
            "base-recibir-1": lambda: self._base(self._guion_recibir, 1),
            "base-recibir-8": lambda: self._base(self._guion_recibir, 8),
            "base-recibir-16-retardo": lambda: self._base(self._guion_recibir, 16, por=self._base_con_retardo),
            "base-recibir-ritmo": lambda: self._base(self._guion_recibir, 1, ritmo=RITMO_SOCKET),
            "base-lista-1": lambda: self._base(self._guion_lista, 1),
            "base-lista-8": lambda: self._base(self._guion_lista, 8),
            "base-pagina-1": lambda: self._base(self._guion_pagina, 1),
            "base-pagina-8": lambda: self._base(self._guion_pagina, 8),
        }

    # --- la aplicación ----------------------------------------------------------------------------------------------

    def _recibir(self, app: Proceso, remitentes: int, segundos: float) -> Resultado:
        return self._conducir(app, remitentes, entregas_sueltas, self._sueltas(segundos), segundos)

    def _recibir_con_pantallas(self) -> Resultado:
        self._conectar_pantallas()
        return self._recibir(self._escenario.app, 8, 4.0)

    def _socket(self) -> Resultado:
        """La latencia de cada mensaje es desde que sale su POST hasta que lo ve la pantalla de su dueño."""
        pantallas = self._conectar_pantallas()
        pantallas.lo_visto()
        argumentos = self._sueltas(12.0)
        enviado = self._conducir(self._escenario.app, 1, entregas_sueltas, argumentos, 12.0, RITMO_SOCKET)
        llegadas = pantallas.lo_visto()
        prefijo = argumentos[0]
        duenos = obtener_duenos(self._escenario, f"{prefijo}-")
        instantes = {f"{prefijo}-{n}": salida for n, salida in enumerate(enviado.envios)}
        propias = {ll.mensaje_id: ll for ll in llegadas if duenos.get(ll.mensaje_id) == ll.agente}
        self.ajenos += sum(duenos.get(ll.mensaje_id) != ll.agente for ll in llegadas)
        self.perdidos += len(instantes.keys() - propias.keys())
        latencias = [(ll.en - instantes[id]) * 1000 for id, ll in propias.items()]
        return Resultado(latencias=latencias, segundos=enviado.segundos)

    def _leer(self, rutas: list[tuple[str, str]], clientes: int) -> Resultado:
        cuantas = int(3.0 * self._escala * MAXIMO_POR_SEGUNDO)
        return self._conducir(self._escenario.app, clientes, lecturas, (rutas, cuantas), 3.0)

    def _sueltas(self, segundos: float) -> tuple[str, int, int]:
        prefijo = f"B{self._corrida}{next(self._serie)}"
        return prefijo, self._tamano.conversaciones, int(segundos * self._escala * MAXIMO_POR_SEGUNDO)

    @cached_property
    def _galletas(self) -> dict[str, str]:
        return {agente: self._escenario.entrar(agente) for agente in self._escenario.agentes}

    @property
    def _galleta(self) -> str:
        return next(iter(self._galletas.values()))

    @cached_property
    def _rutas_lista(self) -> list[tuple[str, str]]:
        return [("/twilio-chat/api/conversaciones?limit=40", galleta) for galleta in self._galletas.values()]

    @cached_property
    def _largas(self) -> list[tuple[str, str]]:
        return obtener_largas(self._escenario, self._tamano)

    @cached_property
    def _rutas_pagina(self) -> list[tuple[str, str]]:
        ruta = "/twilio-chat/api/conversacion/{}?limit=50"
        return [(ruta.format(numero.lstrip("+")), self._galletas[dueno]) for numero, dueno in self._largas]

    @cached_property
    def _rutas_buscar(self) -> list[tuple[str, str]]:
        """Palabras de todo tipo: comunes, a medio escribir, dos a la vez, un nombre, un número y una que no está."""
        ruta = "/twilio-chat/api/buscar?q={}"
        pares = itertools.product(CONSULTAS, self._galletas.values())
        return [(ruta.format(quote(consulta)), galleta) for consulta, galleta in pares]

    def _conectar_pantallas(self) -> Pantallas:
        if self._pantallas is None:
            self._pantallas = Pantallas(self._escenario.app.puerto, list(self._galletas.items()))
        return self._pantallas

    # --- los límites ------------------------------------------------------------------------------------------------

    def _flask(self, clientes: int, ritmo: float | None = None) -> Resultado:
        segundos = 5.0 if ritmo else 2.0
        cuantas = int(segundos * self._escala * MAXIMO_FLASK_POR_SEGUNDO)
        return self._conducir(self._escenario.minimo, clientes, lecturas, ([("/", "")], cuantas), segundos, ritmo)

    def _base(self, guion: str, clientes: int, por: Base | None = None, ritmo: float | None = None) -> Resultado:
        base = por or limites.base_directa(self._escenario)
        return limites.repetir(self._escenario, base, guion, clientes, (5.0 if ritmo else 2.0) * self._escala, ritmo)

    @cached_property
    def _guion_recibir(self) -> str:
        return limites.guion_recibir(self._escenario, self._tamano.conversaciones)

    @cached_property
    def _guion_lista(self) -> str:
        return limites.guion_lista(self._escenario)

    @cached_property
    def _guion_pagina(self) -> str:
        return limites.guion_pagina(self._largas)

    @cached_property
    def _base_con_retardo(self) -> Base:
        self._retardo = Retardo(self._escenario.socket_de_postgres, DEMORA_S)
        return Base("127.0.0.1", self._retardo.puerto)

    @cached_property
    def _app_con_retardo(self) -> Proceso:
        base = self._base_con_retardo
        entorno = {"POSTGRES_HOST": base.host, "POSTGRES_PORT": str(base.puerto)}
        return self._escenario.lanzar_app(entorno, "app-con-retardo")

    def _conducir(
        self, destino: Proceso, conexiones: int, fabrica: Fabrica, argumentos: tuple[object, ...], segundos: float,
        ritmo: float | None = None,
    ) -> Resultado:  # fmt: skip
        orden = Orden(destino.puerto, conexiones, fabrica, argumentos, segundos * self._escala, ritmo)
        antes = destino.cpu_s()
        resultado = self._conductor.cumplir(orden)
        resultado.cpu_servidor = (destino.cpu_s() - antes) * 1000 / max(1, len(resultado.latencias))
        self.cpu_del_conductor = max(self.cpu_del_conductor, resultado.cpu)
        return resultado

    def cerrar(self) -> None:
        """Cierra las pantallas y el intermediario."""
        if self._pantallas is not None:
            self._pantallas.cerrar()
        if self._retardo is not None:
            self._retardo.cerrar()
