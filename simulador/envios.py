"""Lee y valida lo que llega a una puerta de envío y lo convierte en contenido. No responde ni guarda mensajes."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug import Request

from . import formas
from .contenidos import TIPOS_CON_MEDIO
from .estado import Estado, Medio
from .formas import Json

# Por tipo: los campos sin los cuales el proveedor contesta 400.
OBLIGATORIOS: Final[dict[str, tuple[str, ...]]] = {
    "text": ("body",),
    **dict.fromkeys(TIPOS_CON_MEDIO, ("media",)),
    "location": ("latitude", "longitude"),
    "live_location": ("latitude", "longitude"),
    "contact": ("name", "vcard"),
    "contact_list": ("list",),
    "poll": ("title", "options"),
    "link_preview": ("body", "title"),
    "interactive": ("type", "action"),
}
TIPOS_DE_ENVIO: Final = frozenset(OBLIGATORIOS)

_DE_TODOS: Final = frozenset(
    {"to", "quoted", "edit", "media", "typing_time", "no_encode", "no_cache", "no_link_preview"}
)
_NUMEROS: Final = ("latitude", "longitude", "seconds", "width", "height", "typing_time", "count", "accuracy")


class PeticionMala(Exception):
    """Lo pedido no cumple la referencia; lleva el código HTTP y la explicación."""

    def __init__(self, detalles: str, codigo: int = 400) -> None:
        super().__init__(detalles)
        self.detalles = detalles
        self.codigo = codigo


@dataclass(frozen=True, slots=True)
class Archivo:
    """Una parte de archivo de un envío multipart."""

    nombre: str
    mime: str
    datos: bytes = field(repr=False)


@dataclass(slots=True)
class Envio:
    """Un POST que llegó a una puerta de envío, bueno o malo, con lo que se le contestó (codigo 0: nada)."""

    ruta: str
    tipo: str
    cuerpo: Json
    cabeceras: dict[str, str]
    archivos: dict[str, Archivo] = field(default_factory=dict)
    aceptado: bool = False
    codigo: int = 0
    id: str | None = None


def leer_envio(peticion: Request, tipo: str) -> Envio:
    """Anota la petición tal como llegó; un cuerpo que no se entiende queda vacío y la validación lo rechaza."""
    cuerpo: Json = {}
    archivos: dict[str, Archivo] = {}
    if peticion.mimetype in ("multipart/form-data", "application/x-www-form-urlencoded"):
        for clave, valores in peticion.form.lists():
            cuerpo[clave] = valores if len(valores) > 1 or clave in ("options", "mentions") else valores[0]
        for clave, parte in peticion.files.items():
            archivos[clave] = Archivo(parte.filename or "", parte.mimetype or "application/octet-stream", parte.read())
    else:
        leido = peticion.get_json(silent=True, force=True)
        cuerpo = leido if isinstance(leido, dict) else {}
    return Envio(peticion.path, tipo, cuerpo, dict(peticion.headers), archivos)


def validar(envio: Envio, estado: Estado) -> None:
    """Lanza PeticionMala si falta un campo, el destinatario no cumple el patrón o se cita lo que no existe."""
    if not formas.es_destino(envio.cuerpo.get("to")):
        raise PeticionMala("to: no cumple el patrón ^[\\d-]{9,31}(@[\\w\\.]{1,})?$")
    for campo in OBLIGATORIOS[envio.tipo]:
        if envio.cuerpo.get(campo) in (None, "", [], {}) and campo not in envio.archivos:
            raise PeticionMala(f"{campo}: es obligatorio")
    if envio.tipo in ("text", "link_preview") and not isinstance(envio.cuerpo["body"], str):
        raise PeticionMala("body: debe ser texto")
    opciones = envio.cuerpo.get("options")
    if envio.tipo == "poll" and not (isinstance(opciones, list) and 2 <= len(opciones) <= 12):
        raise PeticionMala("options: entre 2 y 12")
    citado = envio.cuerpo.get("edit")
    if citado is not None and not (estado.mensaje(str(citado)) or {}).get("from_me"):
        raise PeticionMala("Specified message not found", 404)


def contenido_de(envio: Envio, estado: Estado, url: str) -> Json:
    """El objeto de contenido que llevará el mensaje, con su archivo ya guardado si lo tiene."""
    propio = {clave: valor for clave, valor in envio.cuerpo.items() if clave not in _DE_TODOS}
    for clave in _NUMEROS:
        if isinstance(propio.get(clave), str):
            propio[clave] = _numero(clave, propio[clave])
    if envio.tipo == "poll":
        propio["vote_limit"] = propio.pop("count", 1)
        propio["results"] = [
            {"id": f"op{lugar}", "name": opcion, "count": 0, "voters": []}
            for lugar, opcion in enumerate(propio["options"], 1)
        ]
    if envio.tipo not in TIPOS_CON_MEDIO:
        return propio
    medio = _resolver_medio(envio, estado)
    if envio.tipo == "document" and medio.nombre:
        propio.setdefault("filename", medio.nombre)
    if "filename" in propio:
        propio["file_name"] = propio["filename"]
    return {**propio, **estado.ficha_de_medio(medio, envio.tipo, url)}


def _numero(clave: str, valor: str) -> float | int:
    try:
        return float(valor) if "." in valor else int(valor)
    except ValueError:
        raise PeticionMala(f"{clave}: debe ser un número") from None


def _resolver_medio(envio: Envio, estado: Estado) -> Medio:
    """Las cuatro formas de pasar `media`: archivo multipart, dirección pública, identificador o base64."""
    archivo = envio.archivos.get("media")
    if archivo is not None:
        return estado.guardar_medio(archivo.datos, archivo.mime, archivo.nombre or None)
    valor = envio.cuerpo["media"]
    mime = envio.cuerpo.get("mime_type")
    if not isinstance(valor, str):
        raise PeticionMala("media: debe ser texto o archivo")
    if valor.startswith(("http://", "https://")):
        # El proveedor lo descargaría; aquí nadie sale a la red, y el archivo queda vacío.
        return estado.guardar_medio(b"", str(mime or "application/octet-stream"), valor.rpartition("/")[2] or None)
    if formas.es_medio(valor):
        guardado = estado.medio(valor)
        if guardado is None:
            raise PeticionMala("Specified media not found", 404)
        return guardado
    return _de_base64(valor, mime, estado)


def _de_base64(valor: str, mime: Any, estado: Estado) -> Medio:
    if valor.startswith("data:"):
        cabecera, _, valor = valor.partition(",")
        mime = mime or cabecera[5:].split(";base64", 1)[0]
    if not mime:
        raise PeticionMala("mime_type: es obligatorio con base64 sin prefijo")
    try:
        return estado.guardar_medio(base64.b64decode(valor, validate=True), str(mime))
    except binascii.Error:
        raise PeticionMala("media: no es una dirección, un archivo ni base64") from None
