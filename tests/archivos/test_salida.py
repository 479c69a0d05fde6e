"""Enviar un archivo: se guarda antes de salir, sale una sola vez y su eco no lo duplica ni lo vuelve a bajar."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from simulador import Simulador, muestras
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion, entrar
from tests.archivos.conftest import CLIENTE, foto, hasta, mensajes, pedidos
from tests.archivos.grabaciones import grabar

CHAT = f"{CLIENTE}@s.whatsapp.net"


def enviar(
    sesion: Sesion, datos: bytes, nombre: str = "foto.jpg", mime: str = "image/jpeg", a: str = CLIENTE, **campos: Any
) -> requests.Response:
    return sesion.post(f"api/enviar-archivo/{a}", data=campos, files={"file": (nombre, datos, mime)}, timeout=120)


def sueltos(base: BaseDatos) -> int:
    return int(base.valor("SELECT count(*) FROM chat_archivos WHERE seq IS NULL"))


# --- sale


def test_una_foto_con_pie_es_un_post_multipart_y_queda_en_el_chat(con_chat: Sesion, simulador: Simulador) -> None:
    datos = foto()
    respuesta = enviar(con_chat, datos, caption="mire", client_id="c-1")
    assert respuesta.status_code == 200, respuesta.text
    (salio,) = simulador.enviados
    assert (salio.ruta, salio.archivos["media"].datos, salio.archivos["media"].mime) == (
        "/messages/image", datos, "image/jpeg",
    )  # fmt: skip
    assert salio.cuerpo == {"to": CHAT, "mime_type": "image/jpeg", "caption": "mire"}
    assert salio.cabeceras["Content-Type"].startswith("multipart/form-data")
    mio = respuesta.json()["message"]
    assert (mio["id"], mio["type"], mio["body"], mio["client_id"]) == (salio.id, "image", "mire", "c-1")
    assert mio["media"]["status"] == "ready" and mio["media"]["thumb"] and mio["media"]["name"] == "foto.jpg"
    assert con_chat.get(mio["media"]["url"]).content == datos


@pytest.mark.parametrize(
    ("datos", "nombre", "mime", "clase", "tipo"),
    [
        (muestras.png(), "a.png", "image/png", "auto", "image"),
        (muestras.png(), "a.png", "image/png", "document", "document"),
        (muestras.mp4(), "a.mp4", "video/mp4", "auto", "video"),
        (muestras.pdf(), "Cotización ñ.pdf", "application/pdf", "auto", "document"),
        (muestras.voz(), "a.ogg", "audio/ogg", "auto", "audio"),
        (muestras.webp(), "a.webp", "image/webp", "sticker", "sticker"),
        (muestras.webp(), "a.webp", "image/webp", "auto", "document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic", "image/heic", "auto", "document"),
        (b"<html></html>", "a.jpg", "image/jpeg", "auto", "document"),
    ],
)  # fmt: skip
def test_cada_archivo_sale_como_lo_que_es(
    con_chat: Sesion, simulador: Simulador, datos: bytes, nombre: str, mime: str, clase: str, tipo: str
) -> None:
    respuesta = enviar(con_chat, datos, nombre, mime, kind=clase)
    assert respuesta.status_code == 200, respuesta.text
    (salio,) = simulador.enviados
    assert (salio.ruta, salio.archivos["media"].datos) == (f"/messages/{tipo}", datos)
    assert salio.cuerpo.get("filename") == (nombre if tipo == "document" else None)
    assert respuesta.json()["message"]["type"] == tipo


def test_una_respuesta_con_archivo_lleva_su_cita(con_chat: Sesion, simulador: Simulador) -> None:
    original = mensajes(con_chat)[-1]["id"]
    mio = enviar(con_chat, foto(), quoted_id=original).json()["message"]
    assert simulador.enviados[0].cuerpo["quoted"] == original and mio["quoted"]["id"] == original
    assert enviar(con_chat, foto(), quoted_id="no-existe").status_code == 400


@pytest.mark.parametrize("formato", ["webm", "mp4", "wav", "ogg"])
def test_lo_que_graba_cualquier_navegador_sale_como_nota_de_voz(
    con_chat: Sesion, simulador: Simulador, formato: str
) -> None:
    datos, mime = grabar(formato)
    respuesta = enviar(con_chat, datos, f"grabacion.{formato}", mime, kind="voice")
    assert respuesta.status_code == 200, respuesta.text
    (salio,) = simulador.enviados
    assert salio.ruta == "/messages/voice" and salio.archivos["media"].datos[:4] == b"OggS"
    assert b"OpusHead\x01\x01" in salio.archivos["media"].datos[:100]  # versión 1, un canal
    assert salio.cuerpo["mime_type"] == "audio/ogg; codecs=opus" and "caption" not in salio.cuerpo
    assert salio.cuerpo["seconds"] == salio.cuerpo["recording_time"] == "2"
    onda = respuesta.json()["message"]["media"]["waveform"]
    assert salio.cuerpo["waveform"] == onda and len(onda) == 88


def test_las_otras_pantallas_ven_la_burbuja_antes_de_que_salga(
    app: AppEnMarcha, con_chat: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    otra = escucha(app, con_chat)
    simulador.fallar("lento", segundos=3)
    hilo = threading.Thread(target=enviar, args=(con_chat, foto()), kwargs={"client_id": "c-9"})
    hilo.start()
    nuevo = otra.uno("new_message", lambda m: m["client_id"] == "c-9", 20)
    assert (nuevo["status"], nuevo["media"]["status"]) == ("pending", "ready")
    hilo.join()


def test_los_limites_se_dicen_antes(con_chat: Sesion) -> None:
    limites = con_chat.get("api/limites-archivo").json()["limits"]
    assert limites["image"] == limites["video"] == limites["voice"] == 16 * 1024 * 1024
    assert limites["document"] == 100 * 1024 * 1024 and limites["sticker"] == 500 * 1024


def test_cien_megas_salen_sin_pasar_por_la_memoria(app: AppEnMarcha, con_chat: Sesion, simulador: Simulador) -> None:
    datos = bytes(90 * 1024 * 1024)
    antes, pico, listo = app.memoria_mb(), [0.0], threading.Event()

    def mirar() -> None:
        while not listo.wait(0.05):
            pico[0] = max(pico[0], app.memoria_mb())

    hilo = threading.Thread(target=mirar)
    hilo.start()
    respuesta = enviar(con_chat, datos, "todo.zip", "application/zip")
    listo.set()
    hilo.join()
    assert respuesta.status_code == 200 and len(simulador.enviados[0].archivos["media"].datos) == len(datos)
    assert pico[0] - antes < 60


# --- no se deja enviar


def test_a_un_chat_ajeno_o_sin_sesion_no_se_envia_ni_se_lee_el_archivo(
    app: AppEnMarcha, con_chat: Sesion, agente2: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    assert enviar(agente2, foto()).status_code == 403
    assert enviar(con_chat, foto(), a="573009999999").status_code == 403
    anonimo = requests.post(f"{app.url}/twilio-chat/api/enviar-archivo/{CLIENTE}", files={"file": b"x"}, timeout=20)
    assert anonimo.status_code == 401
    assert simulador.enviados == [] and limpio.valor("SELECT count(*) FROM chat_archivos") == 0


@pytest.mark.parametrize(
    ("datos", "campos", "codigo", "frase"),
    [
        (b"", {}, 400, "vacío"),
        (foto(), {"kind": "otra"}, 400, "kind"),
        (foto(), {"kind": "sticker"}, 400, "WebP"),
        (foto(), {"kind": "voice"}, 400, "audio"),
        (b"OggS" + bytes(500), {"kind": "voice"}, 400, "nota de voz"),
        (muestras.webp(), {"kind": "sticker", "caption": "no"}, 400, "no lleva texto"),
        (foto(), {"client_id": "con espacios"}, 400, "client_id"),
        (foto(), {"quoted_id": "x" * 201}, 400, "respondes"),
        (foto(), {"caption": "x" * 65_537}, 400, "demasiado largo"),
        (foto() + bytes(16 * 1024 * 1024), {}, 413, "Envíalo como documento"),
        (muestras.webp() + bytes(500 * 1024), {"kind": "sticker"}, 413, "500 kB"),
    ],
)
def test_lo_que_no_sirve_se_rechaza_con_su_razon_y_no_queda_nada(
    con_chat: Sesion, limpio: BaseDatos, simulador: Simulador, datos: bytes, campos: Any, codigo: int, frase: str
) -> None:
    antes = len(mensajes(con_chat))
    respuesta = enviar(con_chat, datos, **campos)
    assert respuesta.status_code == codigo and frase in respuesta.json()["error"]
    assert simulador.enviados == [] and len(mensajes(con_chat)) == antes
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 0


def test_un_cuerpo_enorme_se_rechaza_con_frase_en_esa_ruta_y_en_las_demas_sigue_el_tope_de_siempre(
    con_chat: Sesion, limpio: BaseDatos
) -> None:
    demasiado = enviar(con_chat, bytes(101 * 1024 * 1024), "a.zip", "application/zip")
    assert demasiado.status_code == 413 and "100 MB" in demasiado.json()["error"]
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 0
    assert con_chat.post("api/enviar-mensaje", data=b"x" * 1_100_000).status_code == 413


@pytest.mark.parametrize(
    "pedido",
    [
        {"data": {"caption": "sin archivo"}},
        {"json": {"file": "x"}},
        {"data": b"basura", "headers": {"Content-Type": "multipart/form-data; boundary=zzz"}},
        {"data": b"basura", "headers": {"Content-Type": "multipart/form-data"}},
        {"files": [("file", ("a", b"1")), ("otro", ("b", b"2"))]},
    ],
)
def test_un_formulario_torcido_es_400(con_chat: Sesion, limpio: BaseDatos, pedido: Any) -> None:
    respuesta = con_chat.post(f"api/enviar-archivo/{CLIENTE}", **pedido)
    assert respuesta.status_code == 400 and respuesta.json()["success"] is False
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 0


def test_de_otro_sitio_no_se_envia(con_chat: Sesion, simulador: Simulador) -> None:
    respuesta = con_chat.post(
        f"api/enviar-archivo/{CLIENTE}", files={"file": foto()}, headers={"Origin": "https://malo.example.com"}
    )
    assert respuesta.status_code == 403 and simulador.enviados == []


# --- el mismo clic, la falla y el reintento


def test_el_mismo_clic_dos_veces_es_un_solo_envio_y_un_solo_archivo(
    con_chat: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    uno = enviar(con_chat, foto(), client_id="c-1").json()["message"]
    dos = enviar(con_chat, foto(), client_id="c-1").json()["message"]
    assert uno["id"] == dos["id"] and len(simulador.enviados) == 1
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 1


@pytest.mark.parametrize(("modo", "codigo", "estado"), [(413, 502, "failed"), (500, 502, "unknown")])
def test_lo_que_falla_conserva_su_archivo_y_reintentar_manda_el_mismo(
    con_chat: Sesion, limpio: BaseDatos, simulador: Simulador, modo: int, codigo: int, estado: str
) -> None:
    simulador.fallar(modo)
    datos = foto()
    fallo = enviar(con_chat, datos, caption="pie")
    assert fallo.status_code == codigo
    fila = fallo.json()["message"]
    assert (fila["status"], fila["media"]["status"]) == (estado, "ready")
    reintento = con_chat.post("api/reintentar-mensaje", json={"seq": fila["seq"]})
    assert reintento.status_code == 200 and reintento.json()["message"]["media"]["id"] == fila["media"]["id"]
    assert [e.archivos["media"].datos for e in simulador.enviados] == [datos, datos]
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 1


def test_si_no_se_puede_leer_lo_guardado_no_sale_y_se_dice(
    con_chat: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar(413)
    fila = enviar(con_chat, foto()).json()["message"]
    limpio.ejecutar("DELETE FROM chat_archivos_trozos")
    respuesta = con_chat.post("api/reintentar-mensaje", json={"seq": fila["seq"]})
    assert respuesta.status_code == 502 and "no salió" in respuesta.json()["error"]
    assert len(simulador.enviados) == 1 and mensajes(con_chat)[-1]["status"] == "failed"


def test_si_el_proceso_muere_a_mitad_de_la_subida_no_queda_un_mensaje_sin_archivo(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    agente = entrar(app, "agente1")
    simulador_propio.escribir(CLIENTE, "Hola", "Ana", esperar=True)
    seguir = threading.Event()

    def a_gotas() -> Any:
        yield b'--zz\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n' + bytes(100_000)
        seguir.wait(20)
        yield b"\r\n--zz--\r\n"

    def subir() -> None:
        try:
            agente.post(
                f"api/enviar-archivo/{CLIENTE}", data=a_gotas(),
                headers={"Content-Type": "multipart/form-data; boundary=zz"},
            )  # fmt: skip
        except requests.RequestException:
            return

    hilo = threading.Thread(target=subir)
    hilo.start()
    time.sleep(0.3)
    app.matar()
    seguir.set()
    hilo.join()
    app.arrancar().esperar()
    assert [m["type"] for m in mensajes(entrar(app, "agente1"))] == ["text"] and simulador_propio.enviados == []


def test_lo_subido_que_no_se_envio_se_olvida_al_dia(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    base_datos.ejecutar(
        "INSERT INTO chat_archivos (estado, creado_en) VALUES ('ready', now() - INTERVAL '2 days'), ('ready', now())"
    )
    app.reiniciar()
    hasta(lambda: sueltos(base_datos) == 1)


# --- el eco


@pytest.mark.parametrize("modo", ["eco_antes", "estados_antes", "sin_eco"])
def test_el_eco_se_funde_con_la_fila_y_no_se_vuelve_a_bajar(
    con_chat: Sesion, limpio: BaseDatos, simulador: Simulador, modo: str
) -> None:
    simulador.fallar(modo)
    mio = enviar(con_chat, foto(), caption="pie").json()["message"]
    assert simulador.esperar_entregas(15)
    propios = [m for m in mensajes(con_chat) if m["direction"] == "outbound"]
    assert [(m["id"], m["media"]["id"]) for m in propios] == [(mio["id"], mio["media"]["id"])]
    assert pedidos(simulador) == 0 and limpio.valor("SELECT count(*) FROM chat_archivos") == 1


def test_dos_fotos_distintas_con_el_mismo_pie_a_la_vez_no_se_cruzan(
    con_chat: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    fotos = [foto(color=color) for color in ("red", "blue", "green", "black")]
    simulador.fallar("eco_antes", 4)
    respuestas: list[Any] = [None] * 4

    def mandar(n: int) -> None:
        respuestas[n] = enviar(entrar(con_chat.app, "agente1"), fotos[n], client_id=f"c-{n}").json()["message"]

    hilos = [threading.Thread(target=mandar, args=(n,)) for n in range(4)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    assert simulador.esperar_entregas(15)
    propios = {m["client_id"]: m for m in mensajes(con_chat) if m["direction"] == "outbound"}
    assert len(propios) == 4 and pedidos(simulador) == 0
    por_id = {e.id: e.archivos["media"].datos for e in simulador.enviados}
    for n in range(4):
        mio = propios[f"c-{n}"]
        assert mio["id"] == respuestas[n]["id"] and por_id[mio["id"]] == fotos[n]
        assert con_chat.get(mio["media"]["url"]).content == fotos[n]


@pytest.mark.parametrize("cambio", ["otro pie", "otro tipo"])
def test_un_eco_que_vuelve_distinto_antes_que_la_respuesta_se_absorbe_con_su_archivo(
    con_chat: Sesion, limpio: BaseDatos, simulador: Simulador, cambio: str
) -> None:
    """El proveedor puede retocar lo que manda: su eco no se reconoce hasta que la respuesta dice que era este."""
    simulador.pausar()
    simulador.fallar("lento", segundos=4)
    hilo = threading.Thread(target=enviar, args=(con_chat, foto()), kwargs={"caption": "pie"})
    hilo.start()
    eco = simulador.estado.mensaje(str(hasta(lambda: simulador.aceptados)[0].id))
    assert eco is not None
    if cambio == "otro pie":
        eco["image"]["caption"] = "otro"
    else:
        eco |= {"type": "document", "document": eco.pop("image")}
    assert simulador.entregar(simulador.sobre(eco)).status_code == 200
    hilo.join()
    simulador.reanudar()
    (mio,) = [m for m in mensajes(con_chat) if m["direction"] == "outbound"]
    assert (mio["id"], mio["type"], mio["body"]) == (eco["id"], "image", "pie")
    assert con_chat.get(mio["media"]["url"]).content == foto()
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 1


def test_lo_que_se_manda_desde_el_telefono_si_se_trae(con_chat: Sesion, simulador: Simulador) -> None:
    propio = simulador.mensaje(
        "image", CLIENTE, "Mi Empresa", datos=foto(), from_me=True, source="mobile", chat_id=CHAT,
        **{"from": simulador.linea},
    )  # fmt: skip
    simulador.recibir(propio, esperar=True)
    hasta(lambda: mensajes(con_chat)[-1]["media"]["status"] == "ready")
