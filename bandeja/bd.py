"""La reserva de conexiones a PostgreSQL y sus fallos. No sabe qué se consulta.

Una reserva acotada por proceso (QueuePool de SQLAlchemy: espera, vence y se recupera). Toda caída de la base sale de
aquí como BaseNoDisponible; lo demás es un defecto y sube como está.
"""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, NoReturn, TypeVar, cast

import psycopg2
import psycopg2.errors
import psycopg2.extensions
from psycopg2 import sql
from psycopg2.extras import Json
from sqlalchemy import exc
from sqlalchemy.event import listens_for
from sqlalchemy.pool import QueuePool

from bandeja.asincronia import plazo
from bandeja.configuracion import BasePostgres
from bandeja.errores import BaseNoDisponible, DatoRechazado, DatoRepetido, PermisosInsuficientes
from bandeja.registro import en_una_linea, registro

Conexion = psycopg2.extensions.connection
T = TypeVar("T")

CONEXIONES = 10
ESPERA_RESERVA_S = 5.0
# libpq no cuida sus plazos cuando espera sin bloquear: una red que se traga los paquetes colgaría al proceso.
PLAZO_CONEXION_S = 5.0
# Más que el statement_timeout: solo vence si el servidor ni siquiera contesta que canceló.
PLAZO_CONSULTA_S = 20.0
# Una conexión ociosa más tiempo que esto se prueba antes de usarla; probarla siempre costaría un viaje por petición.
OCIO_S = 30.0
INTENTOS_CAIDA = 2
INTENTOS_INTERBLOQUEO = 4
_CAIDAS = (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.errors.ReadOnlySqlTransaction)
_CANCELADAS = (psycopg2.errors.QueryCanceled, psycopg2.errors.LockNotAvailable)
# Un valor que PostgreSQL no admite (formato, rango, tamaño): volver a intentarlo daría lo mismo.
_INADMISIBLES = (psycopg2.DataError, psycopg2.errors.ProgramLimitExceeded)
_REINTENTABLES = (psycopg2.errors.DeadlockDetected, psycopg2.errors.SerializationFailure)
# `random_page_cost`: de fábrica PostgreSQL supone discos que giran y prefiere leer la tabla entera a usar el índice.
_AJUSTES = (
    "SET TIME ZONE 'UTC'; SET statement_timeout = '15s'; SET lock_timeout = '4s';"
    " SET idle_in_transaction_session_timeout = '30s';"
    " SET random_page_cost = 1.1"
)

class BaseMuda(psycopg2.OperationalError):
    """La base está, pero no contesta a tiempo: repetir enseguida solo alargaría la espera."""


_dentro: ContextVar[bool] = ContextVar("dentro_de_transaccion", default=False)


def dentro_de_transaccion() -> bool:
    """Cierto si esta tarea tiene una conexión tomada: entonces no se llama a la red ni se avisa a nadie."""
    return _dentro.get()


class BaseDatos:
    """La puerta a una base. No conecta al crearse: la primera conexión prepara el esquema con `al_estrenar`.

    Parámetros: `destino` dice dónde está (se pregunta al conectar); `al_estrenar`, qué hacer una vez con la primera
    conexión.
    """

    def __init__(
        self, destino: Callable[[], BasePostgres], al_estrenar: Callable[[Conexion], object] | None = None
    ) -> None:
        self._destino = destino
        self._al_estrenar = al_estrenar
        self._estrenada = al_estrenar is None
        self._ultima_caida = 0.0
        self._reserva = QueuePool(
            self._conectar,  # type: ignore[arg-type]  # el tipo de SQLAlchemy pide un protocolo que psycopg2 cumple
            pool_size=CONEXIONES,
            max_overflow=0,
            timeout=ESPERA_RESERVA_S,
            use_lifo=True,
            recycle=1800,
            reset_on_return=None,
        )
        listens_for(self._reserva, "checkout")(self._al_sacar)
        listens_for(self._reserva, "checkin")(self._al_devolver)

    def _conectar(self) -> Conexion:
        d = self._destino()
        with plazo(PLAZO_CONEXION_S, BaseMuda(f"PostgreSQL no contestó en {PLAZO_CONEXION_S:.0f} s")):
            con = psycopg2.connect(
                host=d.host, port=d.puerto, user=d.usuario, password=d.clave, dbname=d.base, sslmode=d.sslmode,
                connect_timeout=int(PLAZO_CONEXION_S), keepalives_idle=30, keepalives_interval=5, keepalives_count=3,
                application_name="bandeja_bsl", client_encoding="UTF8",
            )  # fmt: skip
            con.autocommit = True
            with con.cursor() as cursor:
                cursor.execute(_AJUSTES)
        return con

    def _al_sacar(self, con: Conexion, ficha: Any, _poder: Any) -> None:
        """Descarta las conexiones de antes de una caída y prueba las que llevan rato quietas."""
        if ficha.info.setdefault("hecha", time.monotonic()) < self._ultima_caida:
            raise exc.DisconnectionError
        if time.monotonic() - ficha.info.get("devuelta", ficha.info["hecha"]) > OCIO_S:
            try:
                with plazo(PLAZO_CONEXION_S, BaseMuda("PostgreSQL dejó de contestar")), con.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except _CAIDAS as error:
                raise exc.DisconnectionError from error

    def _al_devolver(self, _con: Conexion | None, ficha: Any) -> None:
        ficha.info["devuelta"] = time.monotonic()

    def ejecutar(
        self, trabajo: Callable[[Conexion], T], *, transaccion: bool = False, repetible: bool = True
    ) -> T:
        """Hace un trabajo con una conexión y devuelve su resultado ya confirmado.

        Sin `transaccion` cada sentencia se confirma sola (un viaje); con ella todo el trabajo es una unidad. Si hay
        interbloqueo se repite desde el principio, y si la conexión se cae también, salvo que no sea `repetible`
        (pudo haberse confirmado). Lanza BaseNoDisponible si no hay base, DatoRechazado si la base no admite un valor,
        DatoRepetido si choca con una clave única, y deja pasar cualquier otro error.
        """
        intento = 0
        while True:
            intento += 1
            try:
                return self._intentar(trabajo, transaccion)
            except _REINTENTABLES as error:
                if intento >= INTENTOS_INTERBLOQUEO:
                    raise BaseNoDisponible from error
            except psycopg2.errors.InsufficientPrivilege as error:
                raise PermisosInsuficientes from error
            except psycopg2.errors.UniqueViolation as error:
                raise DatoRepetido from error
            except _INADMISIBLES as error:
                raise DatoRechazado from error
            except _CANCELADAS as error:  # la conexión está sana: repetir solo retendría otra mientras alguien bloquea
                registro.warning("⚠️ PostgreSQL canceló una consulta por lenta: %s", en_una_linea(error))
                raise BaseNoDisponible from error
            except _CAIDAS as error:
                self._ultima_caida = time.monotonic()
                if intento >= INTENTOS_CAIDA or not repetible or isinstance(error, BaseMuda):
                    registro.error("❌ Base de datos no disponible: %s", en_una_linea(error))
                    raise BaseNoDisponible from error
            except exc.TimeoutError as error:
                registro.error("❌ Las %d conexiones siguen ocupadas tras %.0f s", CONEXIONES, ESPERA_RESERVA_S)
                raise BaseNoDisponible from error

    def _intentar(self, trabajo: Callable[[Conexion], T], transaccion: bool) -> T:
        poder = self._reserva.connect()
        marca = _dentro.set(True)
        try:
            con = cast(Conexion, poder.dbapi_connection)
            if not self._estrenada and self._al_estrenar is not None:
                self._al_estrenar(con)
                self._estrenada = True
            with plazo(PLAZO_CONSULTA_S, BaseMuda(f"PostgreSQL no contestó en {PLAZO_CONSULTA_S:.0f} s")):
                con.autocommit = not transaccion
                resultado = trabajo(con)
                if transaccion:
                    con.commit()
                    con.autocommit = True
            return resultado
        except BaseException:
            # Sea lo que sea (también un plazo verde o una caída), esa conexión puede estar a medias: no vuelve.
            poder.invalidate()
            raise
        finally:
            _dentro.reset(marca)
            poder.close()

    def escuchar(
        self, canales: Sequence[str], al_avisar: Callable[[str, str], None], al_empezar: Callable[[], None]
    ) -> NoReturn:
        """Atiende los NOTIFY de unos canales en una conexión aparte: `al_avisar(canal, texto)`.

        `al_empezar` se llama cuando ya se oye: entre lo que lea y lo que se avise después no queda hueco. Solo termina
        cuando la conexión cae, con BaseNoDisponible: quien llama decide cuándo volver.
        """
        try:
            con = self._conectar()
            with contextlib.closing(con), con.cursor() as cursor:
                for canal in canales:
                    cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(canal)))
                al_empezar()
                while True:
                    select.select([con], [], [], 5.0)
                    con.poll()
                    while con.notifies:
                        aviso = con.notifies.pop(0)
                        al_avisar(aviso.channel, aviso.payload)
        except _CAIDAS as error:
            raise BaseNoDisponible from error

    def uso(self) -> tuple[int, int]:
        """Cuántas conexiones de la reserva están ocupadas y cuántas hay abiertas."""
        ocupadas = self._reserva.checkedout()
        return ocupadas, ocupadas + self._reserva.checkedin()

    def cerrar(self) -> None:
        """Cierra las conexiones quietas; las ocupadas se cierran al devolverse."""
        self._reserva.dispose()


def filas(con: Conexion, consulta: str, parametros: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Las filas de una consulta, cada una por nombre de columna. Lista vacía: no hay."""
    with con.cursor() as cursor:
        cursor.execute(consulta, parametros)
        if cursor.description is None:
            return []
        # A mano y no con RealDictCursor, que anota cada celda en Python: la página de mensajes tardaba el doble.
        columnas = [columna.name for columna in cursor.description]
        return [dict(zip(columnas, fila, strict=True)) for fila in cursor.fetchall()]


def ejecutar_guion(con: Conexion, guion: str) -> None:
    """Ejecuta un archivo SQL entero, tal cual (sin parámetros)."""
    with con.cursor() as cursor:
        cursor.execute(guion)


@contextlib.contextmanager
def como_unidad(con: Conexion) -> Iterator[None]:
    """Todo lo de dentro se confirma junto o no queda nada. La conexión llega, y vuelve, en autoconfirmación."""
    con.autocommit = False
    try:
        yield
        con.commit()
    except BaseException:
        con.rollback()
        raise
    finally:
        if not con.closed:
            con.autocommit = True


def json_de(valor: object) -> Json:
    """Un valor como parámetro JSONB."""
    return Json(valor)
