"""Archivos de muestra pequeños y válidos para los mensajes con medio. No conoce mensajes ni red."""

import struct
import zlib
from collections.abc import Callable
from typing import Final

from .estampas import foto, mp4, voz, wav, webp

EXTENSIONES: Final = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/ogg": "oga",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "application/pdf": "pdf",
    "text/plain": "txt",
}

_RENGLONES: Final = ("Factura de ejemplo No. 0042", "Ferretería El Ejemplo SAS", "2 sombrillas azules   $ 85.000")


def extension_de(mime: str) -> str:
    """La extensión con que el proveedor nombra un archivo de ese tipo."""
    return EXTENSIONES.get(mime.split(";", 1)[0].strip().lower(), "bin")


def png(ancho: int = 64, alto: int = 48, color: tuple[int, int, int] = (46, 125, 110)) -> bytes:
    """Una imagen PNG de un solo color."""
    fila = b"\x00" + bytes(color) * ancho
    cabecera = struct.pack(">IIBBBBB", ancho, alto, 8, 2, 0, 0, 0)
    trozos = ((b"IHDR", cabecera), (b"IDAT", zlib.compress(fila * alto)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_trozo_png(nombre, datos) for nombre, datos in trozos)


def _trozo_png(nombre: bytes, datos: bytes) -> bytes:
    suma = zlib.crc32(nombre + datos)
    return struct.pack(">I", len(datos)) + nombre + datos + struct.pack(">I", suma)


def pdf() -> bytes:
    """Un PDF de una página con unos renglones."""
    escrito = b"".join(b"(%s)'" % renglon.encode("cp1252") for renglon in _RENGLONES)
    pagina = b"BT/F1 16 Tf 28 TL 40 540 Td " + escrito + b"ET"
    letra = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    objetos = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream " % (len(pagina), pagina),
        letra,
    )
    cuerpo, posiciones = b"%PDF-1.4\n", []
    for numero, objeto in enumerate(objetos, 1):
        posiciones.append(len(cuerpo))
        cuerpo += b"%d 0 obj%sendobj\n" % (numero, objeto)
    tabla = b"".join(b"%010d 00000 n \n" % posicion for posicion in posiciones)
    remate = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(cuerpo)
    return cuerpo + b"xref\n0 6\n0000000000 65535 f \n" + tabla + remate


POR_TIPO: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "image": ("image/jpeg", foto),
    "video": ("video/mp4", mp4),
    "gif": ("video/mp4", mp4),
    "short": ("video/mp4", mp4),
    "audio": ("audio/wav", wav),
    "voice": ("audio/ogg; codecs=opus", voz),
    "document": ("application/pdf", pdf),
    "sticker": ("image/webp", webp),
}
