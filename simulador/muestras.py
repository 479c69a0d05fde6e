"""Archivos de muestra pequeños y válidos para los mensajes con medio. No conoce mensajes ni red."""

import base64
import io
import struct
import wave
import zlib
from collections.abc import Callable
from typing import Final

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

_WEBP: Final = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
_SILENCIO_OPUS: Final = b"\xf8\xff\xfe"
_MUESTRAS_POR_CUADRO: Final = 960


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


def wav(segundos: float = 1.0) -> bytes:
    """Un audio WAV en silencio."""
    memoria = io.BytesIO()
    with wave.open(memoria, "wb") as audio:
        audio.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        audio.writeframes(b"\x00\x00" * int(8000 * segundos))
    return memoria.getvalue()


def voz(segundos: float = 2.0) -> bytes:
    """Una nota de voz OGG/Opus en silencio, que un navegador sabe reproducir."""
    cuadros = max(1, min(250, int(segundos * 50)))
    cabecera = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    etiquetas = b"OpusTags" + struct.pack("<I", 9) + b"simulador" + struct.pack("<I", 0)
    final = cuadros * _MUESTRAS_POR_CUADRO
    return (
        _pagina_ogg(2, 0, 0, [cabecera])
        + _pagina_ogg(0, 0, 1, [etiquetas])
        + _pagina_ogg(4, final, 2, [_SILENCIO_OPUS] * cuadros)
    )


def _pagina_ogg(bandera: int, posicion: int, numero: int, paquetes: list[bytes]) -> bytes:
    """Una página Ogg de paquetes cortos (menos de 255 bytes cada uno)."""
    cabeza = b"OggS" + struct.pack("<BBqII", 0, bandera, posicion, 1, numero)
    cola = bytes([len(paquetes)]) + bytes(len(paquete) for paquete in paquetes) + b"".join(paquetes)
    suma = _suma_ogg(cabeza + b"\x00" * 4 + cola)
    return cabeza + struct.pack("<I", suma) + cola


def _suma_ogg(datos: bytes) -> int:
    """La suma CRC-32 de Ogg: sin reflejo y con inicio en cero, distinta de la de zlib."""
    suma = 0
    for octeto in datos:
        suma ^= octeto << 24
        for _ in range(8):
            suma = ((suma << 1) ^ 0x04C11DB7 if suma & 0x80000000 else suma << 1) & 0xFFFFFFFF
    return suma


def pdf() -> bytes:
    """Un PDF de una página en blanco."""
    objetos = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>",
    )
    cuerpo, posiciones = b"%PDF-1.4\n", []
    for numero, objeto in enumerate(objetos, 1):
        posiciones.append(len(cuerpo))
        cuerpo += b"%d 0 obj%sendobj\n" % (numero, objeto)
    tabla = b"".join(b"%010d 00000 n \n" % posicion for posicion in posiciones)
    remate = b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(cuerpo)
    return cuerpo + b"xref\n0 4\n0000000000 65535 f \n" + tabla + remate


def mp4() -> bytes:
    """El arranque de un MP4: basta para reconocer el tipo, no para reproducirlo."""
    return struct.pack(">I", 24) + b"ftypisom" + struct.pack(">I", 512) + b"isommp41"


def webp() -> bytes:
    """Un WebP transparente de un punto, para los stickers."""
    return _WEBP


POR_TIPO: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "image": ("image/png", png),
    "video": ("video/mp4", mp4),
    "gif": ("video/mp4", mp4),
    "short": ("video/mp4", mp4),
    "audio": ("audio/wav", wav),
    "voice": ("audio/ogg; codecs=opus", voz),
    "document": ("application/pdf", pdf),
    "sticker": ("image/webp", webp),
}
