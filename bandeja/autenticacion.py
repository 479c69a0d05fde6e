"""Quién eres y si puedes estar aquí: contraseñas, sesión de Flask y el decorador que cierra las rutas.

Una sesión vale mientras su agente siga activo y con la misma contraseña: desactivarlo o cambiarla la termina.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from ipaddress import ip_address
from secrets import token_hex
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, redirect, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.security import check_password_hash, generate_password_hash

from bandeja.errores import CredencialesInvalidas, SinSesion
from bandeja.modelos import Agente
from bandeja.plantel import Plantel
from bandeja.registro import registro

P = ParamSpec("P")
R = TypeVar("R")

# Una jornada larga. No se renueva en cada respuesta: una lenta reviviría una sesión recién cerrada.
DURACION_SESION = timedelta(hours=12)
_HASH = re.compile(r"^(scrypt|pbkdf2):[^$]+\$[^$]+\$[0-9a-f]+$")
_POR_DEFECTO = re.compile(r"^password[0-9]+$")
_SENALES_DE_PROXY = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")
# Contra quién se gasta el tiempo cuando el usuario no existe, para que no se note por la demora.
_HASH_DE_NADIE = generate_password_hash(token_hex(16))


class SesionSegura(SecureCookieSessionInterface):
    """La cookie de sesión es Secure siempre que la petición llegó por https."""

    def get_cookie_secure(self, app: Any) -> bool:
        return request.is_secure

    def open_session(self, app: Flask, peticion: Request) -> SecureCookieSession | None:
        """Sin cookie no hay firma que preparar ni comprobar: así llegan todas las entregas del proveedor."""
        if app.secret_key and self.get_cookie_name(app) not in peticion.cookies:
            return self.session_class()
        return super().open_session(app, peticion)


def es_hash(clave: str) -> bool:
    """Cierto si la contraseña configurada es un hash de werkzeug y no el texto."""
    return _HASH.match(clave) is not None


def host_de(origen: str) -> str:
    """El host y puerto de una cabecera Origin; "" si es `null` o no se entiende, que no es el de nadie."""
    try:
        return urlsplit(origen).netloc
    except ValueError:
        return ""


def _coincide(configurada: str | None, escrita: str) -> bool:
    """Compara en tiempo constante. Una contraseña ausente o vacía no deja entrar a nadie (S4).

    Siempre se resume una vez, exista o no el usuario y sea como sea su contraseña: la demora no dice nada.
    """
    escrita = escrita.encode("utf-8", "replace").decode()  # un sustituto suelto no se puede resumir
    if configurada and es_hash(configurada):
        return check_password_hash(configurada, escrita) and escrita != ""
    check_password_hash(_HASH_DE_NADIE, escrita)
    return bool(configurada and escrita) and hmac.compare_digest(str(configurada).encode(), escrita.encode())


def es_de_esta_maquina(peticion: Request) -> bool:
    """Cierto si la petición salió de aquí mismo, sin intermediarios."""
    if any(cabecera in peticion.headers for cabecera in _SENALES_DE_PROXY):
        return False
    try:
        return ip_address(peticion.remote_addr or "").is_loopback
    except ValueError:
        return False


def comprobar_credenciales(plantel: Plantel, usuario: object, clave: object, *, local: bool) -> Agente:
    """El agente que entra con esas credenciales, o lanza CredencialesInvalidas (siempre la misma frase).

    `local` dice si la petición es de esta máquina: las contraseñas de ejemplo no entran desde otra parte.
    """
    agente = plantel.obtener_agente(usuario)
    valida = _coincide(agente.clave if agente else None, clave if isinstance(clave, str) else "")
    if agente is None:
        # El nombre no se registra: hay quien escribe ahí su contraseña.
        registro.warning("❌ Login fallido: usuario desconocido")
        raise CredencialesInvalidas
    if not valida:
        registro.warning("❌ Login fallido: %s", agente.username)
        raise CredencialesInvalidas
    if not agente.activo:
        registro.warning("❌ Login fallido: %s está desactivado", agente.username)
        raise CredencialesInvalidas
    if not puede_entrar(agente, local=local):
        registro.warning(
            "❌ Login fallido: %s usa la contraseña de ejemplo, que solo entra desde esta máquina; define PASSWORD_%s",
            agente.username, agente.username.upper(),
        )  # fmt: skip
        raise CredencialesInvalidas
    return agente


def puede_entrar(agente: Agente, *, local: bool) -> bool:
    """Cierto si con esa contraseña se entra desde ahí: vacía, nadie; la de ejemplo, solo desde esta máquina."""
    return bool(agente.clave) and (local or not _POR_DEFECTO.match(str(agente.clave)))


def avisar_quien_no_puede_entrar(plantel: Plantel) -> None:
    """Una línea por cada agente que recibe chats y cuya contraseña no deja entrar desde otro equipo."""
    for usuario in plantel.activos():
        agente, variable = plantel.obtener_agente(usuario), usuario.upper()
        if agente is not None and not puede_entrar(agente, local=False):
            registro.warning(
                "⚠️ %s recibe chats y nadie puede entrar con su cuenta de otro equipo: define PASSWORD_%s o ACTIVO_%s=0",
                usuario, variable, variable,
            )  # fmt: skip


def _sello(agente: Agente, secreto: str | bytes | None) -> str:
    """Huella de la contraseña vigente: si cambia, las sesiones anteriores dejan de valer."""
    llave = secreto.encode() if isinstance(secreto, str) else secreto or b""
    return hmac.new(llave, f"{agente.username}\0{agente.clave}".encode(), hashlib.sha256).hexdigest()[:24]


def abrir_sesion(agente: Agente, secreto: str | bytes | None) -> None:
    """Deja al agente dentro, en una sesión nueva."""
    session.clear()
    session.permanent = True
    session["username"] = agente.username
    session["nombre"] = agente.nombre
    session["sello"] = _sello(agente, secreto)
    session["sesion"] = token_hex(8)
    session["vence"] = int(time.time() + DURACION_SESION.total_seconds())


class SesionesCerradas:
    """Las que alguien cerró y cuya cookie todavía no vence: una copia de ella ya no vale. Se recuerdan en la base."""

    def __init__(self) -> None:
        self._vencen: dict[str, float] = {}

    def anotar(self, sesion: str, vence: float | None = None) -> None:
        """`vence`, en segundos desde 1970; sin él, lo más que puede durar una."""
        ahora = time.time()
        self._vencen = {una: hasta for una, hasta in self._vencen.items() if hasta > ahora}
        self._vencen[sesion] = ahora + DURACION_SESION.total_seconds() if vence is None else vence

    def __contains__(self, sesion: object) -> bool:
        return sesion in self._vencen


def agente_de_sesion(
    plantel: Plantel, datos: Any, secreto: str | bytes | None, cerradas: SesionesCerradas
) -> Agente | None:
    """El agente de una sesión (la de la petición o la copia del socket) si todavía puede trabajar; si no, None."""
    agente = plantel.obtener_activo(datos.get("username"))
    if agente is None or int(datos.get("vence", 0)) < time.time() or datos.get("sesion") in cerradas:
        return None
    if not hmac.compare_digest(str(datos.get("sello", "")), _sello(agente, secreto)):
        return None
    return agente


def publica(vista: Callable[P, R]) -> Callable[P, R]:
    """Marca una ruta como abierta a propósito. Sin esta marca ni `require_auth`, la ruta no se atiende."""
    vista.acceso = "publica"  # type: ignore[attr-defined]
    return vista


def require_auth(vista: Callable[P, R]) -> Callable[P, R | Response]:
    """Cierra una ruta: sin sesión vigente, 401 en `/api/` y la página de entrada en las demás.

    La vista encuentra a su agente en `g.agente`.
    """

    @wraps(vista)
    def cerrada(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        agente = getattr(g, "agente", None)
        if agente is None:
            session.clear()
            if "/api/" not in request.path:
                return redirect("/twilio-chat/login")  # type: ignore[return-value]
            raise SinSesion
        return vista(*args, **kwargs)

    cerrada.acceso = "sesion"  # type: ignore[attr-defined]
    return cerrada
