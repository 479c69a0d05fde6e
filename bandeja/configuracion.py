"""La configuración: se lee una vez del entorno, se comprueba y no cambia más. No abre nada.

Toda variable que el producto conoce está en VARIABLES; una prueba exige que esté también en `.env.example` y README.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from bandeja.asincronia import MODO_POR_DEFECTO, MODOS
from bandeja.configuracion_archivos import VARIABLES_DE_ARCHIVOS, ConfiguracionArchivos, leer_archivos
from bandeja.errores import ConfiguracionInvalida
from bandeja.modelos import Agente, Lineas
from bandeja.telefono import desde_texto

RAIZ = Path(__file__).resolve().parent.parent

VARIABLES = (
    "FLASK_SECRET_KEY", "PASSWORD_AGENTE1", "PASSWORD_AGENTE2", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER",
    "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_SSLMODE", "DATABASE_URL", "WHAPI_TOKEN", "WHAPI_API_URL",
    "WHAPI_WEBHOOK_TOKEN", "WHAPI_NUMERO", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER",
    "TWILIO_WEBHOOK_URL", "TWILIO_API_URL",
    "PORT", "HOST", "CORS_ORIGINS", "REDIS_URL", "NUMEROS_EXCLUIDOS", "PROXIES_CONFIABLES", "SOCKETIO_ASYNC_MODE",
    "LOG_LEVEL", "DATOS_DIR", "HISTORIA_CADA_MIN", "CONFIRMAR_LECTURA", "METRICS_TOKEN", *VARIABLES_DE_ARCHIVOS,
)  # fmt: skip
# Además, por cada agente n: PASSWORD_AGENTE<n>, NOMBRE_AGENTE<n>, ACTIVO_AGENTE<n>.

_MODOS_SSL = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_NIVELES = ("DEBUG", "INFO", "WARNING", "ERROR")
_LOCALES = ("", "localhost", "127.0.0.1", "::1")
_AGENTE = re.compile(r"^PASSWORD_AGENTE([1-9][0-9]{0,3})$")


@dataclass(frozen=True, slots=True)
class BasePostgres:
    """Dónde está PostgreSQL. `host` puede ser la carpeta de un socket. `sslmode` como lo entiende libpq."""

    host: str
    puerto: int
    usuario: str
    clave: str
    base: str
    sslmode: str


@dataclass(frozen=True, slots=True)
class CuentaTwilio:
    """La cuenta de Twilio y su número de WhatsApp, en dígitos.

    `url_webhook`: la dirección pública del webhook, tal como Twilio la llama; None = la que se ve en cada petición.
    `url_api` reemplaza el servidor de la API; None = el de la biblioteca.
    """

    sid: str
    ficha: str = field(repr=False)
    numero: str
    url_webhook: str | None
    url_api: str | None


@dataclass(frozen=True, slots=True)
class Configuracion:
    """Todo lo que se puede decidir desde fuera. `base` None = PostgreSQL propio en la carpeta de datos."""

    clave_secreta: str | None
    base: BasePostgres | None
    whapi_token: str | None
    whapi_url: str
    whapi_secreto_webhook: str | None
    linea: str
    twilio: CuentaTwilio | None
    puerto: int
    host: str
    origenes: tuple[str, ...]
    redis_url: str | None
    excluidos: frozenset[str]
    proxies: int
    modo_async: str
    nivel_registro: str
    ficha_metricas: str | None
    datos: Path
    archivos: ConfiguracionArchivos
    confirmar_lectura: bool
    historia_cada_min: int  # 0 = solo cuando alguien lo pida
    demostracion: bool  # ni base ni línea configuradas: todo es local y simulado

    @property
    def twilio_configurado(self) -> bool:
        """Cierto si están las tres variables de la cuenta."""
        return self.twilio is not None

    @property
    def lineas(self) -> Lineas:
        """El número de la empresa en cada canal."""
        return Lineas(self.linea, self.twilio.numero if self.twilio else "")


def leer_configuracion(entorno: Mapping[str, str]) -> Configuracion:
    """Lee y comprueba el entorno.

    Lanza ConfiguracionInvalida con el nombre de la variable y lo que se esperaba.
    """
    base = _leer_base(entorno)
    token = _texto(entorno, "WHAPI_TOKEN")
    demo = base is None and token is None
    return Configuracion(
        clave_secreta=_texto(entorno, "FLASK_SECRET_KEY"),
        base=base,
        whapi_token=token,
        whapi_url=_url(entorno, "WHAPI_API_URL", "https://gate.whapi.cloud"),
        whapi_secreto_webhook=_texto(entorno, "WHAPI_WEBHOOK_TOKEN"),
        linea=_linea(entorno),
        twilio=_twilio(entorno),
        puerto=_entero(entorno, "PORT", 5000, 1, 65535),
        host=_texto(entorno, "HOST") or ("127.0.0.1" if demo else "0.0.0.0"),
        origenes=_origenes(entorno),
        redis_url=_redis(entorno),
        excluidos=_excluidos(entorno),
        proxies=_entero(entorno, "PROXIES_CONFIABLES", 0, 0, 10),
        modo_async=_uno_de(entorno, "SOCKETIO_ASYNC_MODE", MODO_POR_DEFECTO, MODOS),
        nivel_registro=_uno_de(entorno, "LOG_LEVEL", "INFO", _NIVELES),
        ficha_metricas=_texto(entorno, "METRICS_TOKEN"),
        datos=Path(_texto(entorno, "DATOS_DIR") or RAIZ / "datos").absolute(),
        archivos=leer_archivos(entorno, _texto, _entero),
        confirmar_lectura=_uno_de(entorno, "CONFIRMAR_LECTURA", "1", ("0", "1")) == "1",
        historia_cada_min=_entero(entorno, "HISTORIA_CADA_MIN", 15, 0, 1440),
        demostracion=demo,
    )


def leer_agentes(entorno: Mapping[str, str], base: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    """Completa AGENTES con los que el entorno añade o cambia, sin tocar código.

    `PASSWORD_AGENTE<n>` crea `agente<n>`; `NOMBRE_AGENTE<n>` lo nombra; `ACTIVO_AGENTE<n>=0` lo desactiva.
    Devuelve el diccionario completo, en el orden del turno: los de `base` y luego los nuevos por número.
    """
    agentes = {usuario: dict(datos) for usuario, datos in base.items()}
    for n in sorted(int(m.group(1)) for m in map(_AGENTE.match, entorno) if m):
        agentes.setdefault(
            f"agente{n}", {"password": entorno[f"PASSWORD_AGENTE{n}"], "nombre": f"Agente {n}", "activo": True}
        )
    for usuario, datos in agentes.items():
        n_texto = usuario.removeprefix("agente")
        if n_texto.isdigit():
            datos["nombre"] = _texto(entorno, f"NOMBRE_AGENTE{n_texto}") or datos["nombre"]
            activo = _uno_de(entorno, f"ACTIVO_AGENTE{n_texto}", "", ("", "0", "1"))
            datos["activo"] = datos["activo"] if activo == "" else activo == "1"
    return agentes


def agente_de(usuario: str, datos: Mapping[str, object]) -> Agente:
    """La ficha tipada de una entrada de AGENTES."""
    clave = datos.get("password")
    return Agente(
        username=usuario,
        nombre=str(datos.get("nombre") or usuario),
        clave=str(clave) if clave is not None else None,
        activo=datos.get("activo") is True,
    )


def _texto(entorno: Mapping[str, str], nombre: str) -> str | None:
    return entorno.get(nombre, "").strip() or None


def _entero(entorno: Mapping[str, str], nombre: str, defecto: int, minimo: int, maximo: int) -> int:
    texto = _texto(entorno, nombre)
    if texto is None:
        return defecto
    if not (texto.isascii() and texto.isdigit() and minimo <= int(texto) <= maximo):
        raise ConfiguracionInvalida(f"{nombre}={texto!r} no sirve: se esperaba un número entre {minimo} y {maximo}.")
    return int(texto)


def _uno_de(entorno: Mapping[str, str], nombre: str, defecto: str, opciones: tuple[str, ...]) -> str:
    texto = _texto(entorno, nombre) or defecto
    if texto not in opciones:
        raise ConfiguracionInvalida(f"{nombre}={texto!r} no sirve: se esperaba {' | '.join(filter(None, opciones))}.")
    return texto


def _partir(direccion: str) -> SplitResult:
    """Las partes de una dirección; ninguna si ni siquiera tiene forma de una (un corchete suelto, por ejemplo)."""
    try:
        return urlsplit(direccion)
    except ValueError:
        return urlsplit("")


def _url(entorno: Mapping[str, str], nombre: str, defecto: str) -> str:
    texto = (_texto(entorno, nombre) or defecto).rstrip("/")
    partes = _partir(texto)
    if partes.scheme not in ("http", "https") or not partes.hostname:
        raise ConfiguracionInvalida(f"{nombre}={texto!r} no sirve: se esperaba una dirección http(s)://…")
    return texto


def _origenes(entorno: Mapping[str, str]) -> tuple[str, ...]:
    origenes = []
    for texto in filter(None, (o.strip().rstrip("/") for o in entorno.get("CORS_ORIGINS", "").split(","))):
        partes = _partir(texto)
        if partes.scheme not in ("http", "https") or not partes.netloc or partes.path:
            raise ConfiguracionInvalida(
                f"CORS_ORIGINS={texto!r} no sirve: se esperaban orígenes como https://ejemplo.com, separados por comas."
            )
        origenes.append(texto)
    return tuple(origenes)


def _redis(entorno: Mapping[str, str]) -> str | None:
    texto = _texto(entorno, "REDIS_URL")
    if texto and not texto.startswith(("redis://", "rediss://", "unix://")):
        raise ConfiguracionInvalida("REDIS_URL no sirve: se esperaba redis://… o rediss://…")
    return texto


def _linea(entorno: Mapping[str, str]) -> str:
    telefono = desde_texto(_texto(entorno, "WHAPI_NUMERO") or "573008021701")
    if telefono is None or telefono.oculto:
        raise ConfiguracionInvalida("WHAPI_NUMERO no sirve: se esperaba el número de la línea, como 573008021701.")
    return telefono.digitos


def _twilio(entorno: Mapping[str, str]) -> CuentaTwilio | None:
    """La cuenta, si están sus tres variables. A medias no es una cuenta, pero lo que haya debe tener sentido."""
    sid, ficha = _texto(entorno, "TWILIO_ACCOUNT_SID"), _texto(entorno, "TWILIO_AUTH_TOKEN")
    if sid and not (sid.isascii() and sid.isalnum()):
        raise ConfiguracionInvalida("TWILIO_ACCOUNT_SID no sirve: se esperaban las letras y números de AC…")
    if ficha and not (ficha.isascii() and ficha.isalnum()):
        raise ConfiguracionInvalida("TWILIO_AUTH_TOKEN no sirve: se esperaban letras y números de la ficha.")
    escrito = _texto(entorno, "TWILIO_WHATSAPP_NUMBER")
    telefono = desde_texto(escrito)
    if escrito and (telefono is None or telefono.oculto):
        raise ConfiguracionInvalida("TWILIO_WHATSAPP_NUMBER no sirve: se esperaba algo como whatsapp:+573153369631.")
    webhook = _url(entorno, "TWILIO_WEBHOOK_URL", "") if _texto(entorno, "TWILIO_WEBHOOK_URL") else None
    if webhook and not set(webhook).isdisjoint("?#"):
        raise ConfiguracionInvalida("TWILIO_WEBHOOK_URL no sirve: se esperaba la dirección sin «?» ni «#».")
    api = _url(entorno, "TWILIO_API_URL", "") if _texto(entorno, "TWILIO_API_URL") else None
    if sid is None or ficha is None or telefono is None:
        return None
    return CuentaTwilio(sid, ficha, telefono.digitos, webhook, api)


def _excluidos(entorno: Mapping[str, str]) -> frozenset[str]:
    numeros = set()
    for texto in filter(None, (n.strip() for n in entorno.get("NUMEROS_EXCLUIDOS", "").split(","))):
        telefono = desde_texto(texto)
        if telefono is None:
            raise ConfiguracionInvalida(
                f"NUMEROS_EXCLUIDOS={texto!r} no sirve: se esperaban números separados por comas."
            )
        numeros.add(telefono.numero)
    return frozenset(numeros)


def _leer_base(entorno: Mapping[str, str]) -> BasePostgres | None:
    url = _texto(entorno, "DATABASE_URL")
    if url:
        return _base_de_url(url, _sslmode(entorno))
    host = _texto(entorno, "POSTGRES_HOST")
    if host is None:
        return None
    usuario, base = _texto(entorno, "POSTGRES_USER"), _texto(entorno, "POSTGRES_DB")
    if usuario is None or base is None:
        falta = "POSTGRES_USER" if usuario is None else "POSTGRES_DB"
        raise ConfiguracionInvalida(f"{falta} falta: con POSTGRES_HOST se esperan también POSTGRES_USER y POSTGRES_DB.")
    return BasePostgres(
        host=host,
        puerto=_entero(entorno, "POSTGRES_PORT", 5432, 1, 65535),
        usuario=usuario,
        clave=entorno.get("POSTGRES_PASSWORD", ""),
        base=base,
        sslmode=_sslmode(entorno) or _sslmode_por_host(host),
    )


def _base_de_url(url: str, sslmode: str | None) -> BasePostgres:
    partes = _partir(url)
    try:
        puerto = partes.port or 5432
    except ValueError:
        puerto = 0
    consulta = parse_qs(partes.query)
    base = unquote(partes.path.lstrip("/"))
    host = unquote(partes.hostname or "") or consulta.get("host", [""])[0]
    if partes.scheme not in ("postgres", "postgresql") or not base or not puerto or not host:
        raise ConfiguracionInvalida("DATABASE_URL no sirve: se esperaba postgresql://usuario:clave@host:puerto/base.")
    elegido = sslmode or consulta.get("sslmode", [""])[0] or _sslmode_por_host(host)
    if elegido not in _MODOS_SSL:
        raise ConfiguracionInvalida(f"DATABASE_URL trae sslmode={elegido!r}: se esperaba {' | '.join(_MODOS_SSL)}.")
    return BasePostgres(
        host=host,
        puerto=puerto,
        usuario=unquote(partes.username or ""),
        clave=unquote(partes.password or ""),
        base=base,
        sslmode=elegido,
    )


def _sslmode(entorno: Mapping[str, str]) -> str | None:
    return _uno_de(entorno, "POSTGRES_SSLMODE", "", ("", *_MODOS_SSL)) or None


def _sslmode_por_host(host: str) -> str:
    """Fuera de esta máquina el tráfico va cifrado siempre (especificación, «Seguridad»)."""
    return "prefer" if host in _LOCALES or host.startswith("/") else "require"
