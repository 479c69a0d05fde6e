"""El proceso que abre archivos: no detiene a nadie, y uno malicioso solo rompe el suyo."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import av
import pytest
from PIL import Image

from bandeja import taller
from bandeja.errores import EntradaInvalida
from simulador import muestras
from tests.apoyo.aplicacion import RAIZ
from tests.archivos.conftest import foto, hasta
from tests.archivos.grabaciones import grabar

# En un proceso como el de producción: cuánto procesador gasta el bucle en una miniatura. El reloj no sirve para medir:
# con el equipo cargado se pierden turnos por otras razones.
GASTO = """
import sys, time
import eventlet
eventlet.monkey_patch()
from bandeja import taller
vueltas = [0]
def latir():
    while True:
        eventlet.sleep(0.01)
        vueltas[0] += 1
eventlet.spawn(latir)
antes = time.process_time()
medidas = taller.mirar(sys.argv[1], "image/jpeg")
gastado = time.process_time() - antes
assert medidas.miniatura and medidas.ancho == 4000, medidas
assert vueltas[0] > 1, "el bucle se detuvo"
print(gastado)
"""


def escrito(carpeta: Path, datos: bytes) -> str:
    archivo = carpeta / "archivo"
    archivo.write_bytes(datos)
    return str(archivo)


def test_doce_megapixeles_no_detienen_el_bucle(tmp_path: Path) -> None:
    memoria = io.BytesIO()
    Image.effect_noise((4000, 3000), 80).convert("RGB").save(memoria, "JPEG", quality=90)
    ruta = escrito(tmp_path, memoria.getvalue())
    orden = [sys.executable, "-W", "ignore", "-c", GASTO, ruta]
    assert float(subprocess.run(orden, cwd=RAIZ, capture_output=True, check=True).stdout) < 0.05


def test_una_foto_de_lado_se_endereza(tmp_path: Path) -> None:
    memoria = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200), "red").save(memoria, "JPEG", exif=exif)
    medidas = taller.mirar(escrito(tmp_path, memoria.getvalue()), "image/jpeg")
    assert (medidas.ancho, medidas.alto) == (200, 400) and medidas.miniatura
    with Image.open(io.BytesIO(medidas.miniatura)) as miniatura:
        assert miniatura.height > miniatura.width and "exif" not in miniatura.info


@pytest.mark.parametrize("datos", [b"", b"\xff\xd8\xff", foto()[:500], b"GIF89a" + bytes(50)])
def test_una_imagen_rota_no_tiene_miniatura(tmp_path: Path, datos: bytes) -> None:
    assert taller.mirar(escrito(tmp_path, datos), "image/jpeg") == taller.Medidas()


def test_una_lista_de_reproduccion_no_abre_otros_archivos(tmp_path: Path) -> None:
    """FFmpeg seguiría lo que diga dentro: aquí el formato lo ponen los bytes, y ese no está."""
    secreto = tmp_path / "secreto.ogg"
    secreto.write_bytes(muestras.voz())
    lista = f"#EXTM3U\n#EXTINF:2,\nfile://{secreto}\n".encode()
    assert taller.mirar(escrito(tmp_path, lista), "audio/ogg") == taller.Medidas()
    with pytest.raises(EntradaInvalida):
        taller.a_nota_de_voz(escrito(tmp_path, lista), "audio/ogg", str(tmp_path / "salida"))


def test_el_proceso_no_recibe_las_claves_de_la_aplicacion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHAPI_TOKEN", "ficha-secreta")
    tubo = tmp_path / "tubo"
    os.mkfifo(tubo)  # abrirlo espera a que alguien escriba: el proceso se queda quieto mientras se le mira
    hilo = threading.Thread(target=taller.mirar, args=(str(tubo), "image/jpeg"))
    hilo.start()
    propio = hasta(lambda: [p for p in Path("/proc").glob("[0-9]*/cmdline") if str(tubo).encode() in _leer(p)])[0]
    entorno = _leer(propio.parent / "environ")
    tubo.write_bytes(foto())
    hilo.join()
    assert b"PATH=" in entorno and b"ficha-secreta" not in entorno


def _leer(ruta: Path) -> bytes:
    try:
        return ruta.read_bytes()
    except OSError:  # terminó mientras se miraba
        return b""


def test_un_video_da_su_primer_cuadro_su_tamano_y_su_duracion(tmp_path: Path) -> None:
    ruta = str(tmp_path / "video.mp4")
    with av.open(ruta, "w") as destino:
        pista = destino.add_stream("mpeg4", rate=10)
        pista.width, pista.height, pista.pix_fmt = 320, 240, "yuv420p"
        for _ in range(20):
            destino.mux(pista.encode(av.VideoFrame.from_image(Image.new("RGB", (320, 240), "green"))))
        destino.mux(pista.encode(None))
    medidas = taller.mirar(ruta, "video/mp4")
    assert (medidas.ancho, medidas.alto) == (320, 240) and medidas.miniatura
    assert medidas.segundos == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("formato", ["webm", "mp4", "wav", "ogg"])
def test_la_duracion_de_cada_grabacion(tmp_path: Path, formato: str) -> None:
    datos, mime = grabar(formato)
    medidas = taller.mirar(escrito(tmp_path, datos), taller.tipo_real(datos[:8192], mime))
    assert medidas.segundos == pytest.approx(2, abs=0.1) and medidas.onda


@pytest.mark.parametrize(
    ("nombre", "limpio"),
    [("a/b\\c.txt", "c.txt"), (" .. ", None), ("", None), (None, None), ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
     ("a\x00b\nc.txt", "abc.txt"), ("\u202ecod.exe", "cod.exe"), ("ñandú 🦤.jpg", "ñandú 🦤.jpg")],
)  # fmt: skip
def test_un_nombre_queda_sin_carpetas_ni_trucos(nombre: str | None, limpio: str | None) -> None:
    assert taller.nombre_limpio(nombre) == limpio


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="solo Linux lleva esa cuenta")
def test_si_falta_memoria_termina_el_taller_y_no_la_bandeja(tmp_path: Path) -> None:
    tubo = tmp_path / "tubo"
    os.mkfifo(tubo)
    hilo = threading.Thread(target=taller.mirar, args=(str(tubo), "image/jpeg"))
    hilo.start()
    propio = hasta(lambda: [p for p in Path("/proc").glob("[0-9]*/cmdline") if str(tubo).encode() in _leer(p)])[0]
    hasta(lambda: _leer(propio.parent / "oom_score_adj").strip() == b"1000")
    tubo.write_bytes(foto())
    hilo.join()
