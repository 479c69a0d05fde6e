"""Dos segundos de tono como los grabaría cada navegador."""

from __future__ import annotations

import io
import math
from array import array
from functools import cache
from typing import Any

import av

_FORMATOS = {
    "webm": ("libopus", 48_000, "audio/webm;codecs=opus"),
    "ogg": ("libopus", 48_000, "audio/ogg; codecs=opus"),
    "mp4": ("aac", 44_100, "audio/mp4"),
    "wav": ("pcm_s16le", 44_100, "audio/wav"),
}


@cache
def grabar(formato: str) -> tuple[bytes, str]:
    """Los bytes y el tipo que diría el navegador."""
    codec, tasa, mime = _FORMATOS[formato]
    memoria = io.BytesIO()
    with av.open(memoria, "w", format=formato) as destino:
        pista: Any = destino.add_stream(codec, rate=tasa, layout="mono")
        pista.codec_context.open()
        ajuste = av.AudioResampler(
            pista.codec_context.format.name, "mono", tasa, frame_size=pista.codec_context.frame_size or 1024
        )
        onda = array("h", [int(12_000 * math.sin(2 * math.pi * 440 * n / tasa)) for n in range(tasa * 2)])
        cuadro = av.AudioFrame("s16", "mono", len(onda))
        cuadro.sample_rate, cuadro.pts = tasa, 0
        cuadro.planes[0].update(onda.tobytes().ljust(cuadro.planes[0].buffer_size, b"\0"))
        for parte in (*ajuste.resample(cuadro), *ajuste.resample(None)):
            destino.mux(pista.encode(parte))
        destino.mux(pista.encode(None))
    return memoria.getvalue(), mime
