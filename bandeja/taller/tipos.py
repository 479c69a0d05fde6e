"""Qué es un archivo por sus bytes, con qué tipo se puede servir y cómo se llama. No lo abre: solo mira su comienzo."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from typing import BinaryIO

import filetype

OCTETOS = "application/octet-stream"
TIPO_DE_NOTA = "audio/ogg; codecs=opus"
_CABEZA = 8192
_LARGO_NOMBRE = 150

# Lo único que un navegador recibe para mostrarlo; todo lo demás (HTML, SVG, Office…) solo se descarga.
_SEGUROS = frozenset(
    {
        "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "video/mp4", "video/webm", "video/3gpp",
        "video/quicktime", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/webm", "audio/amr",
        "application/pdf",
    }
)  # fmt: skip
# Nombres del mismo tipo, y contenedores que por fuera no dicen si llevan solo audio.
_ALIAS = {
    "image/jpg": "image/jpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/opus": "audio/ogg", "application/ogg": "audio/ogg",
    "video/ogg": "audio/ogg", "audio/x-aac": "audio/aac", "audio/3gpp": "video/3gpp", "video/x-m4v": "video/mp4",
}  # fmt: skip
_PARIENTES = {
    "video/mp4": {"audio/mp4", "video/3gpp", "video/quicktime"},
    "audio/mp4": {"video/mp4"},
    "video/quicktime": {"video/mp4"},
    "video/webm": {"audio/webm"},
    "video/x-matroska": {"audio/webm", "video/webm"},
}
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.ASCII)
# Lo que WhatsApp muestra como foto, video o audio; lo demás viaja como documento.
_DE_MENSAJE = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr"}),
}


def leer_cabeza(archivo: BinaryIO) -> bytes:
    """El comienzo de un archivo, lo que hace falta para reconocerlo. Lo deja otra vez al principio."""
    archivo.seek(0)
    cabeza = archivo.read(_CABEZA)
    archivo.seek(0)
    return cabeza


def tipo_real(cabeza: bytes, declarado: str | None) -> str:
    """El tipo con que se guarda un archivo: el que dicen sus bytes, y lo declarado solo si no lo contradicen."""
    dicho = _simple(declarado)
    adivinado = filetype.guess_mime(cabeza)
    visto = _ALIAS.get(adivinado, adivinado) if adivinado else None
    if visto in _SEGUROS or visto in _PARIENTES:
        if dicho in _PARIENTES.get(visto, ()):
            return dicho
        return visto if visto in _SEGUROS else OCTETOS
    # No se reconoce (un texto, un HTML, un .docx): se llama como dice, salvo que diga ser algo que se ve en pantalla.
    return OCTETOS if dicho in _SEGUROS else dicho


def es_seguro(mime: str | None) -> bool:
    """Cierto si se puede entregar con su propio tipo y que el navegador lo muestre; si no, solo se descarga."""
    return mime in _SEGUROS


def tipo_de_mensaje(mime: str) -> str:
    """El tipo de mensaje con que sale un archivo: image | video | audio | document."""
    return next((tipo for tipo, mimes in _DE_MENSAJE.items() if mime in mimes), "document")


def extension_de(mime: str | None) -> str:
    """La extensión de un tipo, con su punto; `.bin` si no se conoce."""
    return {"audio/ogg": ".ogg", "audio/mp4": ".m4a"}.get(mime or "") or mimetypes.guess_extension(mime or "") or ".bin"


def nombre_limpio(nombre: str | None) -> str | None:
    """Un nombre de archivo sin carpetas, sin controles y sin marcas que lo escriban al revés; None si no queda nada."""
    suelto = re.split(r"[\\/]", nombre or "")[-1]
    visible = "".join(letra for letra in suelto if unicodedata.category(letra)[0] != "C").strip(" .")
    if len(visible) > _LARGO_NOMBRE:
        tallo, punto, extension = visible.rpartition(".")
        cola = f".{extension}" if punto and len(extension) <= 10 else ""
        visible = (tallo if cola else visible)[: _LARGO_NOMBRE - len(cola)] + cola
    return visible or None


def _simple(mime: str | None) -> str:
    """Un tipo declarado, sin parámetros y con su nombre de siempre."""
    base = (mime or "").split(";", 1)[0].strip().lower()
    base = _ALIAS.get(base, base)
    return base if _MIME.fullmatch(base) else OCTETOS
