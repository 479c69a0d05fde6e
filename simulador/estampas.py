"""Las muestras que se ven y se oyen: foto, recibo, sticker, video y notas de voz. Se hacen al pedirlas y se recuerdan.

Pillow y PyAV se cargan en la primera muestra: arrancar la demostración no los espera.
"""

from __future__ import annotations

import io
import math
import wave
from array import array
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from PIL import Image

_TASA: Final = 16_000
_NOTAS: Final = (262, 330, 392, 330, 294, 349, 440, 392)
_CUADROS_POR_SEGUNDO: Final = 12
_RECIBO: Final = ("Comprobante de ejemplo", "No. 0042", "Valor   $ 85.000", "Hora    10:12 a. m.", "Estado  Aprobado")


@cache
def foto() -> bytes:
    """Un paisaje, en JPEG."""
    return _en_bytes(_paisaje(800, 600, 0.72), "JPEG", quality=82)


@cache
def recibo() -> bytes:
    """La foto de un comprobante de mentiras, en JPEG."""
    from PIL import Image, ImageDraw, ImageFont

    hoja = Image.new("RGB", (600, 800), "#8d7b68")
    lapiz = ImageDraw.Draw(hoja)
    lapiz.polygon([(70, 60), (540, 40), (560, 750), (60, 760)], fill="#fdfdf8")
    for lugar, renglon in enumerate(_RECIBO):
        lapiz.text((110, 130 + lugar * 90), renglon, fill="#333", font=ImageFont.load_default(34))
        lapiz.line([(110, 190 + lugar * 90), (500, 188 + lugar * 90)], fill="#c9c9c0", width=2)
    lapiz.ellipse((250, 610, 340, 700), fill="#25a35a")
    lapiz.line([(272, 656), (290, 676), (320, 636)], fill="white", width=10)
    return _en_bytes(hoja, "JPEG", quality=82)


@cache
def webp() -> bytes:
    """Un sticker: una cara contenta sobre fondo transparente."""
    from PIL import Image, ImageDraw

    cara = Image.new("RGBA", (512, 512))
    lapiz = ImageDraw.Draw(cara)
    lapiz.ellipse((26, 26, 486, 486), fill="#ffd23f", outline="#ffffff", width=14)
    for izquierda in (150, 302):
        lapiz.ellipse((izquierda, 160, izquierda + 60, 250), fill="#3d2c1e")
        lapiz.ellipse((izquierda + 30, 172, izquierda + 48, 196), fill="white")
    lapiz.chord((136, 220, 376, 420), 10, 170, fill="#7a2e22")
    lapiz.chord((186, 330, 326, 440), 180, 360, fill="#ff7a6b")
    return _en_bytes(cara, "WEBP", quality=80)


@cache
def mp4(segundos: int = 3) -> bytes:
    """Un video H.264: el sol cruza el paisaje."""
    import av

    memoria = io.BytesIO()
    with av.open(memoria, "w", format="mp4") as salida:
        pista = cast(Any, salida.add_stream("libx264", rate=_CUADROS_POR_SEGUNDO))
        pista.width, pista.height, pista.pix_fmt = 480, 360, "yuv420p"
        pista.options = {"preset": "veryfast", "crf": "28"}
        total = segundos * _CUADROS_POR_SEGUNDO
        for numero in range(total):
            dibujo = _paisaje(480, 360, 0.1 + 0.8 * numero / total)
            salida.mux(pista.encode(cast(Any, av.VideoFrame).from_image(dibujo)))
        salida.mux(pista.encode(None))
    return memoria.getvalue()


@cache
def voz(segundos: float = 2.0) -> bytes:
    """Una nota de voz OGG/Opus con un tono suave que sube y baja."""
    import av

    memoria, sonido = io.BytesIO(), _tonada(segundos)
    with av.open(memoria, "w", format="ogg") as salida:
        pista = cast(Any, salida.add_stream("libopus", rate=_TASA, layout="mono"))
        pista.bit_rate = 32_000
        pista.codec_context.open()
        tamano = pista.codec_context.frame_size
        for desde in range(0, len(sonido), tamano):
            trozo = sonido[desde : desde + tamano]
            cuadro = av.AudioFrame(format="s16", layout="mono", samples=len(trozo))
            cuadro.sample_rate, cuadro.pts = _TASA, desde
            cuadro.planes[0].update(trozo.tobytes().ljust(cuadro.planes[0].buffer_size, b"\0"))
            salida.mux(pista.encode(cuadro))
        salida.mux(pista.encode(None))
    return memoria.getvalue()


@cache
def wav(segundos: float = 1.0) -> bytes:
    """La misma tonada, en WAV."""
    memoria = io.BytesIO()
    with wave.open(memoria, "wb") as audio:
        audio.setparams((1, 2, _TASA, 0, "NONE", "not compressed"))
        audio.writeframes(_tonada(segundos).tobytes())
    return memoria.getvalue()


def _tonada(segundos: float) -> array[int]:
    """Cuatro notas por segundo que entran y salen sin golpe, unas más fuertes que otras: la onda se ve viva."""
    sonido, largo = array("h"), _TASA // 4
    for n in range(int(_TASA * segundos)):
        lugar, dentro = divmod(n, largo)
        fuerza = 5000 * (0.45 + 0.55 * abs(math.sin(lugar * 1.7))) * math.sin(math.pi * dentro / largo) ** 2
        sonido.append(int(fuerza * math.sin(2 * math.pi * _NOTAS[lugar % len(_NOTAS)] * n / _TASA)))
    return sonido


def _paisaje(ancho: int, alto: int, sol: float) -> Image.Image:
    """Cielo, sol y montañas; `sol` va de 0 (izquierda) a 1."""
    from PIL import Image, ImageDraw

    aurora, azul = (Image.new("RGB", (ancho, alto), color) for color in ("#ffe3b3", "#5aa9e6"))
    escena = Image.composite(aurora, azul, Image.linear_gradient("L").resize((ancho, alto)))
    lapiz = ImageDraw.Draw(escena)
    x, y, radio = ancho * sol, alto * (0.42 - 0.22 * math.sin(math.pi * sol)), alto // 11
    lapiz.ellipse((x - radio, y - radio, x + radio, y + radio), fill="#fff3c4")
    for base, color, fase in ((0.50, "#7a9e9f", 0.0), (0.62, "#4f7f6b", 2.1), (0.76, "#2f5d50", 4.0)):
        cumbres = [(n, alto * (base + 0.09 * math.sin(n / ancho * 7 + fase))) for n in range(0, ancho + 1, 4)]
        lapiz.polygon([(0, alto), *cumbres, (ancho, alto)], fill=color)
    return escena


def _en_bytes(dibujo: Image.Image, formato: str, **opciones: Any) -> bytes:
    memoria = io.BytesIO()
    dibujo.save(memoria, formato, **opciones)
    return memoria.getvalue()
