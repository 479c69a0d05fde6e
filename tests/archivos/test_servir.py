"""Servir un archivo: solo a su dueño, por pedazos si se piden, y sin que pueda hacer nada en el navegador."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import pytest
import requests
from PIL import Image

from simulador import Simulador, muestras
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.sesiones import Sesion
from tests.archivos.conftest import CLIENTE, agotar, foto, llega, medio, quede

GRANDE = bytes(range(256)) * 2500  # más de dos trozos
N = len(GRANDE)


def servido(agente: Sesion, simulador: Simulador, tipo: str = "document", datos: bytes = GRANDE, **mas: Any) -> str:
    mas.setdefault("contenido", {"mime_type": "application/zip", "file_name": "datos.zip"})
    llega(simulador, tipo, datos, **mas)
    return str(quede(agente, "ready")["url"])


# --- de quién es


def test_el_de_otro_y_el_que_no_existe_se_contestan_igual(
    agente1: Sesion, agente2: Sesion, simulador: Simulador
) -> None:
    url = servido(agente1, simulador, "image", foto(), contenido={})
    inexistente = "api/archivo/987654321"
    for sufijo, metodo in (("", "GET"), ("", "HEAD"), ("/miniatura", "GET"), ("/reintentar", "POST")):
        ajeno, ninguno = agente2.request(metodo, url + sufijo), agente2.request(metodo, inexistente + sufijo)
        assert (ajeno.status_code, ajeno.content) == (404, ninguno.content) and ninguno.status_code == 404
        quita = {"Date"}
        assert {c: v for c, v in ajeno.headers.items() if c not in quita} == {
            c: v for c, v in ninguno.headers.items() if c not in quita
        }


def test_sin_sesion_no_hay_archivo(app: AppEnMarcha, agente1: Sesion, simulador: Simulador) -> None:
    url = servido(agente1, simulador)
    for sufijo in ("", "/miniatura"):
        assert requests.get(f"{app.url}{url}{sufijo}", timeout=20).status_code == 401


def test_al_cambiar_de_dueno_el_anterior_deja_de_verlo_aunque_lo_tenga_guardado(
    agente1: Sesion, agente2: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    url = servido(agente1, simulador)
    etag = agente1.get(url).headers["ETag"]
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2'")
    assert agente1.get(url, headers={"If-None-Match": etag}).status_code == 404
    assert agente2.get(url).content == GRANDE


def test_lo_que_el_cliente_borro_no_se_sirve(agente1: Sesion, limpio: BaseDatos, simulador: Simulador) -> None:
    url = servido(agente1, simulador)
    limpio.ejecutar("UPDATE chat_mensajes SET borrado_en = now()")
    assert agente1.get(url).status_code == 404


def test_mientras_viene_en_camino_se_dice(agente1: Sesion, simulador: Simulador) -> None:
    simulador.fallar("lento", 1, en="medio", segundos=6)
    llega(simulador, "image", foto())
    respuesta = agente1.get(medio(agente1)["url"])
    assert respuesta.status_code == 409 and "en camino" in respuesta.json()["error"]


def test_sin_miniatura_es_404(agente1: Sesion, simulador: Simulador) -> None:
    url = servido(agente1, simulador)
    assert medio(agente1)["thumb"] is None
    assert agente1.get(f"{url}/miniatura").status_code == 404


# --- por pedazos


@pytest.mark.parametrize(
    ("pedido", "desde", "hasta"),
    [("bytes=0-0", 0, 1), ("bytes=0-", 0, N), ("bytes=100-199", 100, 200), ("bytes=-5", N - 5, N),
     ("bytes=262143-262144", 262143, 262145), ("bytes=524288-", 524288, N), ("bytes=10-99999999", 10, N),
     ("bytes=-99999999", 0, N)],
)  # fmt: skip
def test_un_pedazo_llega_exacto(agente1: Sesion, simulador: Simulador, pedido: str, desde: int, hasta: int) -> None:
    respuesta = agente1.get(servido(agente1, simulador), headers={"Range": pedido})
    esperado = 200 if (desde, hasta) == (0, N) else 206
    assert (respuesta.status_code, respuesta.content) == (esperado, GRANDE[desde:hasta])
    if esperado == 206:
        assert respuesta.headers["Content-Range"] == f"bytes {desde}-{hasta - 1}/{N}"
    assert respuesta.headers["Content-Length"] == str(hasta - desde)


def test_un_pedazo_fuera_del_archivo_es_416(agente1: Sesion, simulador: Simulador) -> None:
    respuesta = agente1.get(servido(agente1, simulador), headers={"Range": f"bytes={N}-"})
    assert (respuesta.status_code, respuesta.headers["Content-Range"]) == (416, f"bytes */{N}")


@pytest.mark.parametrize("pedido", ["bytes=0-1,4-5", "lineas=0-1", "bytes=b-a", "bytes=5-1", "tonteria"])
def test_un_pedido_raro_se_contesta_con_todo(agente1: Sesion, simulador: Simulador, pedido: str) -> None:
    respuesta = agente1.get(servido(agente1, simulador), headers={"Range": pedido})
    assert (respuesta.status_code, len(respuesta.content)) == (200, N)


def test_head_dice_lo_mismo_sin_cuerpo(agente1: Sesion, simulador: Simulador) -> None:
    url = servido(agente1, simulador)
    entero, cabeza = agente1.get(url), agente1.head(url)
    assert cabeza.content == b"" and cabeza.headers["Content-Length"] == str(N)
    assert {**cabeza.headers, "Date": ""} == {**entero.headers, "Date": ""}


def test_la_marca_es_fuerte_y_lo_no_cambiado_no_se_vuelve_a_mandar(agente1: Sesion, simulador: Simulador) -> None:
    url = servido(agente1, simulador)
    etag = agente1.get(url).headers["ETag"]
    assert etag == f'"{hashlib.sha256(GRANDE).hexdigest()}"'
    igual = agente1.get(url, headers={"If-None-Match": etag})
    assert (igual.status_code, igual.content) == (304, b"")
    pedazo = {"Range": "bytes=0-9"}
    assert agente1.get(url, headers={**pedazo, "If-Range": etag}).status_code == 206
    assert agente1.get(url, headers={**pedazo, "If-Range": '"otra"'}).status_code == 200
    assert agente1.get(url, headers={**pedazo, "If-Range": "Wed, 21 Oct 2015 07:28:00 GMT"}).status_code == 200


# --- con qué cabeceras


def test_una_foto_se_ve_y_un_zip_se_descarga(agente1: Sesion, simulador: Simulador) -> None:
    imagen = agente1.get(servido(agente1, simulador, "image", foto(), contenido={}))
    assert imagen.headers["Content-Type"] == "image/jpeg"
    assert imagen.headers["Content-Disposition"].startswith("inline")
    comprimido = agente1.get(servido(agente1, simulador))
    assert comprimido.headers["Content-Type"] == "application/octet-stream"
    assert comprimido.headers["Content-Disposition"] == "attachment; filename=datos.zip"
    descargada = agente1.get(medio(agente1)["url"] + "?descargar=1")
    assert descargada.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("declarado", "datos"),
    [
        ("text/html", b"<html><script>alert(1)</script></html>"),
        ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("image/jpeg", b"<html><script>alert(1)</script></html>"),
        ("application/pdf", b"<html><script>alert(1)</script></html>"),
        ("video/mp4", b"MZ" + bytes(200)),
        ("no es un tipo", b"hola"),
        ("application/xhtml+xml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'),
        ("application/javascript", b"alert(1)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tipo", ["document", "image"])
def test_lo_que_podria_correr_en_el_navegador_solo_se_descarga(
    agente1: Sesion, simulador: Simulador, tipo: str, declarado: str, datos: bytes
) -> None:
    url = servido(agente1, simulador, tipo, datos, contenido={"mime_type": declarado})
    respuesta = agente1.get(url)
    cabeceras = respuesta.headers
    assert respuesta.content == datos and cabeceras["Content-Type"] == "application/octet-stream"
    assert cabeceras["Content-Disposition"].startswith("attachment")
    assert cabeceras["X-Content-Type-Options"] == "nosniff"
    assert cabeceras["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert cabeceras["Cross-Origin-Resource-Policy"] == "same-origin"
    assert cabeceras["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("declarado", "datos", "real"),
    [
        ("application/octet-stream", muestras.pdf(), "application/pdf"),
        ("image/png", foto(), "image/jpeg"),
        ("audio/ogg; codecs=opus", muestras.voz(), "audio/ogg"),
        ("audio/mp4", muestras.mp4(), "audio/mp4"),
        ("application/zip", foto(), "image/jpeg"),
    ],
)
def test_se_guarda_el_tipo_que_dicen_los_bytes(
    agente1: Sesion, simulador: Simulador, declarado: str, datos: bytes, real: str
) -> None:
    url = servido(agente1, simulador, "document", datos, contenido={"mime_type": declarado})
    assert medio(agente1)["mime"] == real == agente1.get(url).headers["Content-Type"]


@pytest.mark.parametrize(
    ("nombre", "esperado"),
    [
        ("Cotización 12.pdf", 'filename="Cotizacion 12.pdf"; filename*=UTF-8\'\'Cotizaci%C3%B3n%2012.pdf'),
        ('a"; filename=b.exe\r\nSet-Cookie: x=1.pdf', 'filename="a\\"; filename=b.exeSet-Cookie: x=1.pdf"'),
        ("../../etc/passwd", "filename=passwd"),
        ("C:\\malo\\factura.pdf", "filename=factura.pdf"),
        ("foto\u202egpj.exe", "filename=fotogpj.exe"),
        ("", "filename=archivo-"),
    ],
)
def test_el_nombre_va_bien_escrito_y_no_inventa_cabeceras(
    agente1: Sesion, simulador: Simulador, nombre: str, esperado: str
) -> None:
    contenido = {"file_name": nombre, "filename": nombre}
    respuesta = agente1.get(servido(agente1, simulador, "document", muestras.pdf(), contenido=contenido))
    assert esperado in respuesta.headers["Content-Disposition"] and "Set-Cookie" not in respuesta.headers


def test_un_pdf_se_abre_en_el_visor_y_no_puede_cargar_nada(agente1: Sesion, simulador: Simulador) -> None:
    cabeceras = agente1.get(servido(agente1, simulador, "document", muestras.pdf(), contenido={})).headers
    assert cabeceras["Content-Disposition"].startswith("inline")
    assert cabeceras["Content-Security-Policy"].startswith("default-src 'none'")


# --- miniaturas


def test_una_foto_trae_su_miniatura_liviana(agente1: Sesion, simulador: Simulador) -> None:
    llega(simulador, "image", foto(4000, 3000), contenido={"width": 1, "height": 1})
    listo = quede(agente1, "ready")
    assert (listo["width"], listo["height"]) == (4000, 3000)
    miniatura = agente1.get(listo["thumb"])
    assert miniatura.headers["Content-Type"] == "image/webp" and 0 < len(miniatura.content) <= 15_000
    assert miniatura.headers["Cache-Control"] == "private, no-cache"
    etag = miniatura.headers["ETag"]
    assert agente1.get(listo["thumb"], headers={"If-None-Match": etag}).status_code == 304


def test_un_video_ilegible_usa_la_vista_previa_del_proveedor_si_la_dio(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    vista = foto(32, 24)
    llega(simulador, "video", muestras.mp4()[:200])
    quede(agente1, "ready")
    # La vista previa viaja con los datos del mensaje: se vuelve a traer con ella puesta.
    datos = {"preview": "data:image/jpeg;base64," + base64.b64encode(vista).decode()}
    limpio.ejecutar(
        "UPDATE chat_mensajes SET datos = jsonb_build_object('preview', %s::TEXT)", (datos["preview"],)
    )
    limpio.ejecutar("UPDATE chat_archivos SET estado = 'lost', miniatura = NULL")
    agente1.post(f"{medio(agente1)['url']}/reintentar")
    miniatura = agente1.get(quede(agente1, "ready")["thumb"])
    assert (miniatura.headers["Content-Type"], miniatura.content) == ("image/jpeg", vista)


def test_una_bomba_de_pixeles_se_guarda_sin_miniatura_y_sin_estorbar(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador
) -> None:
    bomba = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomba, "PNG")
    llega(simulador, "image", bomba.getvalue())
    assert quede(agente1, "ready")["thumb"] is None
    assert app.memoria_mb() < 300


def test_una_nota_de_voz_sin_datos_dice_cuanto_dura_y_su_onda(agente1: Sesion, simulador: Simulador) -> None:
    llega(simulador, "voice", muestras.voz(3), contenido={"seconds": None})
    listo = quede(agente1, "ready")
    assert listo["seconds"] == pytest.approx(3, abs=0.1)
    assert len(base64.b64decode(listo["waveform"])) == 64


def test_si_el_almacen_no_tiene_el_archivo_se_dice_y_no_se_corta(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    url = servido(agente1, simulador)
    limpio.ejecutar("DELETE FROM chat_archivos_trozos")
    respuesta = agente1.get(url)
    assert respuesta.status_code == 503 and respuesta.json()["success"] is False


def test_lo_perdido_no_se_sirve_pero_su_chat_se_lee(agente1: Sesion, limpio: BaseDatos, simulador: Simulador) -> None:
    simulador.fallar(404, None, en="medio")
    llega(simulador, "image", foto())
    agotar(limpio, agente1, "lost", 3)
    assert agente1.get(f"api/conversacion/{CLIENTE}").status_code == 200
