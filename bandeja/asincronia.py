"""El único lugar que sabe cómo se espera sin bloquear: pasar de eventlet a gevent o a hilos es cambiar una línea.

Solo la biblioteca estándar, porque el guion de entrada lo importa antes que nada. No arranca servidores.
"""

from __future__ import annotations

import contextlib
import functools
import os
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager

MODO_POR_DEFECTO = "eventlet"
MODOS = ("eventlet", "gevent", "threading")


def modo_elegido() -> str:
    """El modo pedido con SOCKETIO_ASYNC_MODE, o el de la casa. No valida: eso lo hace la configuración."""
    return os.environ.get("SOCKETIO_ASYNC_MODE", "").strip() or MODO_POR_DEFECTO


def parchear() -> None:
    """Vuelve cooperativa la biblioteca estándar (y psycopg2). Debe ser lo primero que hace el proceso.

    `monkey_patch()` va sin argumentos a propósito: nombrar un módulo desactiva los demás.
    """
    modo = modo_elegido()
    if modo == "eventlet":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import eventlet
        eventlet.monkey_patch()
    elif modo == "gevent":
        from gevent import monkey

        monkey.patch_all()
        from psycogreen.gevent import patch_psycopg

        patch_psycopg()


def modo_vigente() -> str:
    """El modo con que Socket.IO debe trabajar en este proceso: el parcheado, o hilos si nadie parcheó."""
    modo = modo_elegido()
    if modo == "eventlet" and _eventlet_parcheado():
        return "eventlet"
    if modo == "gevent" and _gevent_parcheado():
        return "gevent"
    return "threading"


def plazo(segundos: float, error: Exception) -> AbstractContextManager[object]:
    """Lanza `error` si lo de dentro sigue esperando pasado ese tiempo. Con hilos no hay cómo, y no hace nada."""
    return _cronometro()(segundos, error)


@functools.cache
def _cronometro() -> Callable[[float, Exception], AbstractContextManager[object]]:
    modo = modo_vigente()
    if modo == "eventlet":
        import eventlet

        return eventlet.Timeout  # type: ignore[no-any-return]
    if modo == "gevent":
        import gevent

        return gevent.Timeout  # type: ignore[no-any-return]
    return lambda _segundos, _error: contextlib.nullcontext()


def _eventlet_parcheado() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from eventlet import patcher
    return bool(patcher.is_monkey_patched("socket"))


def _gevent_parcheado() -> bool:
    from gevent import monkey

    return bool(monkey.is_module_patched("socket"))
