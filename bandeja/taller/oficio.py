"""El proceso que abre archivos ajenos: miniaturas, duración, onda y notas de voz. Vive lo que dura un archivo.

Aparte, porque decodificar ocupa al procesador (detendría a todos) y un archivo hecho para romper el decodificador solo
rompe este proceso, que tiene la memoria y el tiempo contados. Uso: `python -m bandeja.taller.oficio OFICIO MIME ENTRADA
SALIDA`; escribe el resultado en SALIDA y las medidas, en JSON, por la salida estándar.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sys
import warnings
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

MEMORIA_MAXIMA = 1536 * 1024 * 1024
PROCESADOR_MAXIMO_S = 30
# Un teléfono de hoy toma 50 millones; más que esto es una bomba (pocos bytes que al abrirse ocupan gigas).
PIXELES_MAXIMOS = 60_000_000
LADO_MINIATURA = 320
PESO_MINIATURA = 15_000
BARRAS = 64
_TASA_ONDA = 8000
_BLOQUE_ONDA = _TASA_ONDA // 20
_SEGUNDOS_DE_ONDA = 3600
_TASA_OPUS = 48_000

# El formato se impone según los bytes: dejar que FFmpeg lo adivine abriría listas que apuntan a otros archivos.
_FORMATOS = {
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "mov", "audio/aac": "aac", "audio/amr": "amr",
    "audio/wav": "wav", "audio/webm": "matroska", "video/mp4": "mov", "video/3gpp": "mov", "video/quicktime": "mov",
    "video/webm": "matroska",
}  # fmt: skip

Json = dict[str, Any]


def imagen(_mime: str, entrada: str, salida: str) -> Json:
    """Miniatura y medidas de una foto o un sticker (de uno animado, su primer cuadro)."""
    from PIL import Image, ImageOps

    with Image.open(entrada, formats=("JPEG", "PNG", "GIF", "WEBP")) as abierta:
        ancho, alto = abierta.size
        if ancho * alto > PIXELES_MAXIMOS:
            raise ValueError("demasiados píxeles")
        if abierta.getexif().get(0x0112) in (5, 6, 7, 8):  # tomada con el teléfono de lado
            ancho, alto = alto, ancho
        abierta.draft("RGB", (LADO_MINIATURA * 2, LADO_MINIATURA * 2))
        abierta.thumbnail((LADO_MINIATURA, LADO_MINIATURA))
        _guardar_miniatura(ImageOps.exif_transpose(abierta), salida)
    return {"ancho": ancho, "alto": alto}


def _guardar_miniatura(pequena: Any, salida: str) -> None:
    """WebP, con la mejor calidad que quepa en el peso."""
    modo = "RGBA" if "A" in pequena.getbands() or "transparency" in pequena.info else "RGB"
    lista = pequena.convert(modo)
    for calidad in (75, 50, 30, 10):
        memoria = io.BytesIO()
        lista.save(memoria, "WEBP", quality=calidad, method=4)
        if memoria.tell() <= PESO_MINIATURA:
            break
    Path(salida).write_bytes(memoria.getvalue())


def video(mime: str, entrada: str, salida: str) -> Json:
    """Miniatura del primer cuadro, medidas y duración."""
    with _abrir(entrada, mime) as contenedor:
        medidas: Json = {"segundos": _duracion(contenedor)}
        if contenedor.streams.video:
            pista = contenedor.streams.video[0]
            if pista.width * pista.height > PIXELES_MAXIMOS:
                raise ValueError("demasiados píxeles")
            cuadro = next(contenedor.decode(video=0))
            derecha = cuadro.to_image().rotate(-cuadro.rotation, expand=True)
            medidas |= {"ancho": derecha.width, "alto": derecha.height}
            derecha.thumbnail((LADO_MINIATURA, LADO_MINIATURA))
            _guardar_miniatura(derecha, salida)
    return medidas


def audio(mime: str, entrada: str, _salida: str) -> Json:
    """Duración y onda: 64 alturas de 0 a 100, en base64."""
    picos: list[int] = []
    resto = array("h")
    muestras = 0
    for trozo in _muestras(entrada, mime, _TASA_ONDA):
        resto.frombytes(trozo)
        muestras += len(trozo) // 2
        while len(resto) >= _BLOQUE_ONDA:
            bloque, resto = resto[:_BLOQUE_ONDA], resto[_BLOQUE_ONDA:]
            picos.append(_pico(bloque))
        if len(picos) > _SEGUNDOS_DE_ONDA * 20:
            raise ValueError("demasiado largo para dibujarlo")
    if resto:
        picos.append(_pico(resto))
    return {"segundos": round(muestras / _TASA_ONDA, 2), "onda": _onda(picos)}


def _pico(muestras: array[int]) -> int:
    alto, bajo = max(muestras), min(muestras)
    return alto if alto > -bajo else -bajo


def _onda(picos: list[int]) -> str:
    techo = max(picos, default=0) or 1
    barras = []
    for n in range(BARRAS if picos else 0):
        desde = n * len(picos) // BARRAS
        tramo = picos[desde : max(desde + 1, (n + 1) * len(picos) // BARRAS)]
        barras.append(round(100 * sum(tramo) / len(tramo) / techo))
    return base64.b64encode(bytes(barras)).decode()


def nota(mime: str, entrada: str, salida: str) -> Json:
    """Lo que grabó un navegador, como nota de voz: OGG con Opus, un canal, 48 kHz."""
    import av

    with av.open(salida, "w", format="ogg") as destino:
        pista = cast(Any, destino.add_stream("libopus", rate=_TASA_OPUS, layout="mono"))
        pista.bit_rate = 32_000
        pista.codec_context.options = {"application": "voip"}
        pista.codec_context.open()
        with _abrir(entrada, mime) as origen:
            formato = av.AudioResampler("s16", "mono", _TASA_OPUS, frame_size=pista.codec_context.frame_size)
            for cuadro in origen.decode(audio=0):
                for listo in formato.resample(cuadro):
                    destino.mux(pista.encode(listo))
            for listo in formato.resample(None):
                destino.mux(pista.encode(listo))
        destino.mux(pista.encode(None))
    return audio("audio/ogg", salida, "")


def _muestras(entrada: str, mime: str, tasa: int) -> Iterator[bytes]:
    import av

    formato = av.AudioResampler("s16", "mono", tasa)
    with _abrir(entrada, mime) as contenedor:
        for cuadro in contenedor.decode(audio=0):
            for listo in formato.resample(cuadro):
                yield bytes(listo.planes[0])[: listo.samples * 2]
        for listo in formato.resample(None):
            yield bytes(listo.planes[0])[: listo.samples * 2]


def _abrir(entrada: str, mime: str) -> Any:
    import av

    return av.open(entrada, "r", format=_FORMATOS[mime], options={"protocol_whitelist": "file"})


def _duracion(contenedor: Any) -> float | None:
    return round(contenedor.duration / 1_000_000, 2) if contenedor.duration else None


OFICIOS: dict[str, Callable[[str, str, str], Json]] = {"imagen": imagen, "video": video, "audio": audio, "nota": nota}


def _limitar() -> None:
    """Memoria, procesador y archivos contados; y al final de la cola: atender a la gente va primero."""
    try:
        import resource
    except ImportError:  # solo existe en Unix
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORIA_MAXIMA, MEMORIA_MAXIMA))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESADOR_MAXIMO_S, PROCESADOR_MAXIMO_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    with contextlib.suppress(OSError):  # si falta memoria, que el núcleo termine esto y no la bandeja
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def main() -> int:
    """Un oficio sobre un archivo. Cualquier fallo es código 1: quien llama sigue sin la miniatura."""
    _limitar()
    warnings.simplefilter("ignore")
    oficio, mime, entrada, salida = sys.argv[1:]
    try:
        medidas = OFICIOS[oficio](mime, entrada, salida)
    except Exception as error:  # borde exterior: lo que abre aquí lo escribió un desconocido
        print(type(error).__name__, file=sys.stderr)
        return 1
    print(json.dumps(medidas))
    return 0


if __name__ == "__main__":
    sys.exit(main())
