"""Responder por Twilio: un POST con lo justo, los estados por su aviso y un fallo que siempre se ve."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from bandeja.configuracion import CuentaTwilio
from bandeja.errores import ProveedorRechazo
from bandeja.modelos import Mensaje
from bandeja.twilio import Twilio as Canal
from simulador.twilio import FallaTwilio, Twilio
from tests.apoyo.aplicacion import AppEnMarcha, puerto_libre
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion, entrar
from tests.conftest import ArrancarApp
from tests.twilio.conftest import CLIENTE, entorno_de, enviar, mensajes

FOTO = "https://example.com/carpeta/foto.jpg"


@pytest.fixture
def chat(twilio: Twilio, ana: Sesion) -> Sesion:
    """agente1 con un chat de Twilio abierto."""
    twilio.recibir(CLIENTE, "Hola")
    return ana


def estado(sesion: Sesion) -> tuple[str, str | None]:
    ultimo = mensajes(sesion)[-1]
    return ultimo["status"], ultimo["error"]


def test_un_texto_es_un_post_con_su_remitente_y_su_direccion_de_aviso(twilio: Twilio, chat: Sesion) -> None:
    respuesta = enviar(chat, "Buenas ñ 😀").json()
    (envio,) = twilio.enviados
    aviso = envio.parametros.pop("StatusCallback")
    assert envio.parametros == {
        "From": f"whatsapp:+{twilio.numero}", "To": f"whatsapp:+{CLIENTE}", "Body": "Buenas ñ 😀",
    }  # fmt: skip
    assert aviso.startswith(f"{twilio.webhook}/estado?envio={respuesta['message']['seq']}-")
    assert (respuesta["message_id"], respuesta["source"]) == (envio.sid, "twilio")
    assert respuesta["message"]["from"] == twilio.numero
    assert estado(chat) == ("sent", None)


def test_se_responde_al_numero_tal_como_lo_escribe_twilio(twilio: Twilio, ana: Sesion) -> None:
    """El móvil mexicano con su 1: guardado es el mismo que sin él, y Twilio espera el que dio."""
    twilio.recibir("5215512345678", "Hola")
    (numero,) = ana.get("api/conversaciones").json()["conversaciones"]
    assert ana.post("api/enviar-mensaje", json={"to": numero, "message": "Buenas"}).status_code == 200
    assert twilio.enviados[0].parametros["To"] == "whatsapp:+5215512345678"


def test_un_archivo_va_por_su_direccion_con_su_texto(twilio: Twilio, chat: Sesion) -> None:
    assert enviar(chat, "mire", media_url=FOTO).status_code == 200
    assert (twilio.enviados[0].parametros["MediaUrl"], twilio.enviados[0].parametros["Body"]) == (FOTO, "mire")
    assert enviar(chat, "", media_url=FOTO).status_code == 200
    assert "Body" not in twilio.enviados[1].parametros


def test_mas_de_1600_caracteres_se_dice_antes_de_guardar(twilio: Twilio, chat: Sesion) -> None:
    assert enviar(chat, "x" * 1600).status_code == 200
    respuesta = enviar(chat, "x" * 1601)
    assert (respuesta.status_code, "1600" in respuesta.json()["error"]) == (400, True)
    assert len(twilio.enviados) == 1 and len(mensajes(chat)) == 2


def test_una_cita_no_se_finge(twilio: Twilio, chat: Sesion) -> None:
    citado = mensajes(chat)[0]["id"]
    assert enviar(chat, "respondo", quoted_id=citado).status_code == 200
    assert mensajes(chat)[-1]["quoted"] is None


def test_los_estados_solo_avanzan_aunque_lleguen_al_reves(
    twilio: Twilio, chat: Sesion, app_dos_canales: AppEnMarcha, escucha: Callable[..., Escucha]
) -> None:
    enviar(chat)
    (envio,) = twilio.enviados
    pantalla = escucha(app_dos_canales, chat)
    for paso, queda in [
        ("queued", "sent"), ("sending", "sent"), ("delivered", "delivered"), ("sent", "delivered"),
        ("partially_delivered", "delivered"), ("otro", "delivered"), ("undelivered", "delivered"),
        ("read", "read"), ("delivered", "read"), ("read", "read"),
    ]:  # fmt: skip
        assert twilio.avisar(envio, paso).status_code == 200
        assert estado(chat)[0] == queda, paso
    pantalla.esperar("message_status", condicion=lambda e: e["status"] == "read")
    avisados = pantalla.eventos("message_status")
    assert [(e["status"], e["status_code"], e["source"]) for e in avisados] == [
        ("delivered", 3, "twilio"), ("read", 4, "twilio"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("paso", "codigo", "frase"),
    [
        ("failed", "63016", "más de 24 horas"),
        ("undelivered", "63019", "no pudo descargar el archivo"),
        ("undelivered", "63024", "(código 63024)"),
        ("failed", "", "Twilio no pudo entregar el mensaje."),
        ("canceled", "", "se canceló"),
    ],
)
def test_un_fallo_en_el_aviso_queda_a_la_vista_con_su_motivo(
    twilio: Twilio, chat: Sesion, paso: str, codigo: str, frase: str
) -> None:
    enviar(chat)
    twilio.avisar(twilio.enviados[0], paso, **({"ErrorCode": codigo} if codigo else {}))
    queda, error = estado(chat)
    assert queda == "failed" and frase in str(error)


@pytest.mark.parametrize(
    ("falla", "codigo", "queda", "frase"),
    [
        (FallaTwilio(400, 21211), 502, "failed", "no reconoce el número"),
        (FallaTwilio(400, 21610), 502, "failed", "pidió no recibir"),
        (FallaTwilio(400, 63016), 502, "failed", "24 horas"),
        (FallaTwilio(400, 21999), 502, "failed", "código 21999"),
        (FallaTwilio(401, 20003), 502, "failed", "no reconoce la cuenta"),
        (FallaTwilio(429, 20429), 502, "failed", "pide esperar"),
        (FallaTwilio(400, 0, cuerpo='{"type":"x","title":"y","status":400,"code":21211}'), 502, "failed", "el número"),
        (FallaTwilio(500), 502, "unknown", "puede que el mensaje haya salido"),
        (FallaTwilio(503, cuerpo="<html>"), 502, "unknown", "puede que el mensaje haya salido"),
        (FallaTwilio(201, cuerpo=""), 502, "unknown", "puede que el mensaje haya salido"),
        (FallaTwilio(201, cuerpo="[]"), 502, "unknown", "puede que el mensaje haya salido"),
        (FallaTwilio(201, cuerpo="{}"), 502, "unknown", "puede que el mensaje haya salido"),
        (FallaTwilio(307, cuerpo="x"), 502, "failed", "código 307"),
        (FallaTwilio(0), 502, "unknown", "puede que el mensaje haya salido"),
    ],
)
def test_cada_falla_es_un_solo_post_con_su_motivo(
    twilio: Twilio, chat: Sesion, falla: FallaTwilio, codigo: int, queda: str, frase: str
) -> None:
    twilio.fallar(falla)
    respuesta = enviar(chat)
    assert (respuesta.status_code, respuesta.json()["message"]["status"]) == (codigo, queda)
    assert frase in respuesta.json()["error"]
    assert len(twilio.enviados) == 1


def test_lo_que_no_se_supo_si_salio_se_sabe_por_su_aviso(
    twilio: Twilio, chat: Sesion, app_dos_canales: AppEnMarcha, escucha: Callable[..., Escucha]
) -> None:
    twilio.fallar(FallaTwilio(0, aceptado=True))
    assert enviar(chat).status_code == 502
    assert estado(chat)[0] == "unknown"
    pantalla = escucha(app_dos_canales, chat)
    (envio,) = twilio.enviados
    twilio.avisar(envio, "queued")
    assert estado(chat) == ("sent", None)
    (evento,) = pantalla.esperar("new_message")
    assert evento["id"] == envio.sid
    twilio.avisar(envio, "delivered")
    assert estado(chat) == ("delivered", None)
    assert [m["id"] for m in mensajes(chat)][1:] == [envio.sid]


def test_el_aviso_tardio_de_un_intento_no_se_le_pone_al_siguiente(
    twilio: Twilio, chat: Sesion, base: BaseDatos
) -> None:
    twilio.fallar(FallaTwilio(0, aceptado=True))
    seq = enviar(chat).json()["message"]["seq"]
    # El reintento sale en otro segundo, y su respuesta también se pierde.
    base.ejecutar("UPDATE chat_mensajes SET enviado_en = enviado_en - INTERVAL '1 minute' WHERE seq = %s", (seq,))
    primero = twilio.enviados[0]
    viejo = primero.parametros["StatusCallback"]
    hora = base.valor("SELECT extract(epoch FROM enviado_en)::BIGINT FROM chat_mensajes WHERE seq = %s", (seq,))
    primero.parametros["StatusCallback"] = viejo.rpartition("-")[0] + f"-{hora}"
    twilio.fallar(FallaTwilio(0, aceptado=True))
    assert chat.post("api/reintentar-mensaje", json={"seq": seq}).status_code == 502
    twilio.avisar(primero, "delivered")
    assert estado(chat)[0] == "unknown"
    twilio.avisar(twilio.enviados[1], "delivered")
    assert mensajes(chat)[-1]["id"] == twilio.enviados[1].sid


def test_el_aviso_que_gana_a_la_respuesta_encuentra_la_misma_fila(twilio: Twilio, chat: Sesion) -> None:
    twilio.fallar(FallaTwilio(200, aceptado=True, segundos=2))
    hilo = threading.Thread(target=enviar, args=(chat,))
    hilo.start()
    limite = time.monotonic() + 15
    while not (twilio.enviados and twilio.enviados[0].sid):
        assert time.monotonic() < limite
        time.sleep(0.02)
    twilio.avisar(twilio.enviados[0], "delivered")
    hilo.join(20)
    assert estado(chat) == ("delivered", None)
    assert len(mensajes(chat)) == 2


def test_reintentar_un_fallido_sale_por_el_mismo_canal(twilio: Twilio, chat: Sesion) -> None:
    twilio.fallar(FallaTwilio(429, 20429))
    seq = enviar(chat).json()["message"]["seq"]
    respuesta = chat.post("api/reintentar-mensaje", json={"seq": seq})
    assert (respuesta.status_code, respuesta.json()["message_id"]) == (200, twilio.enviados[1].sid)


def test_esperar_a_twilio_no_detiene_a_nadie(twilio: Twilio, chat: Sesion) -> None:
    for _ in range(8):
        twilio.fallar(FallaTwilio(200, aceptado=True, segundos=2))
    inicio = time.monotonic()
    with ThreadPoolExecutor(9) as hilos:
        envios = [hilos.submit(enviar, entrar(chat.app, "agente1"), f"n{n}") for n in range(8)]
        while len(twilio.enviados) < 8:
            assert time.monotonic() < inicio + 20
            time.sleep(0.02)
        antes = time.monotonic()
        assert chat.get("api/conversaciones").status_code == 200
        assert time.monotonic() - antes < 1.5
        assert [e.result().status_code for e in envios] == [200] * 8


def test_sin_whapi_los_chats_de_twilio_si_envian(
    twilio: Twilio, linea_twilio: Twilio, arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    app = arrancar_app(base_datos, {**entorno_de(linea_twilio), "WHAPI_TOKEN": None})
    antes, twilio.webhook = twilio.webhook, app.webhook.replace("/whapi", "/twilio")
    try:
        twilio.recibir(CLIENTE, "Hola")
    finally:
        twilio.webhook = antes
    sesion = entrar(app, "agente1")
    assert enviar(sesion).json()["source"] == "twilio"
    assert "StatusCallback" not in twilio.enviados[0].parametros
    app.esperar_en_registro("TWILIO_WEBHOOK_URL no está definida")


def test_con_solo_twilio_el_chat_que_abre_un_agente_va_por_ahi(
    twilio: Twilio, linea_twilio: Twilio, arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    sesion = entrar(arrancar_app(base_datos, {**entorno_de(linea_twilio), "WHAPI_TOKEN": None}), "agente1")
    abierto = sesion.post("api/conversaciones", json={"numero": CLIENTE}).json()["conversacion"]
    assert abierto["source"] == "twilio"
    assert datetime.fromisoformat(abierto["window_until"]) <= datetime.now(UTC)
    assert enviar(sesion).status_code == 409, "nunca ha escrito: hace falta una plantilla"
    assert sesion.post("api/conversaciones", json={"numero": linea_twilio.numero}).status_code == 400


def test_sin_twilio_un_chat_suyo_dice_que_falta_y_no_guarda_nada(agente1: Sesion, limpio: BaseDatos) -> None:
    recibir(agente1.app, CLIENTE, "Hola")
    limpio.ejecutar("UPDATE chat_conversaciones SET fuente = 'twilio'")
    respuesta = enviar(agente1)
    assert (respuesta.status_code, "TWILIO_AUTH_TOKEN" in respuesta.json()["error"]) == (503, True)
    assert len(mensajes(agente1)) == 1


# --- el canal, sin la aplicación


def _mensaje(numero: str = "+573001234567") -> Mensaje:
    return Mensaje(
        seq=1, numero=numero, id=None, client_id="c", chat_id="x", saliente=True, tipo="text", cuerpo="Hola",
        estado="pending", enviado_en=datetime.now(UTC), origen="agent", agente="agente1", fuente="twilio",
        media_url=None, error=None,
    )  # fmt: skip


def _canal(url: str) -> Canal:
    return Canal(CuentaTwilio("ACprueba", "fichaprueba", "573153369631", None, url), plazo_s=1.0)


def test_sin_conexion_seguro_no_salio() -> None:
    with pytest.raises(ProveedorRechazo, match="No se pudo conectar con Twilio"):
        _canal(f"http://127.0.0.1:{puerto_libre()}").enviar(_mensaje())


def test_a_un_numero_oculto_no_se_puede() -> None:
    with pytest.raises(ProveedorRechazo, match="oculto"):
        _canal("http://127.0.0.1:1").enviar(_mensaje("123456789012345@lid"))


def test_el_entorno_no_desvia_las_llamadas(linea_twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    linea_twilio.reiniciar()
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    assert _canal(linea_twilio.url).enviar(_mensaje()) == linea_twilio.enviados[0].sid


def test_la_biblioteca_no_escribe_numeros_ni_textos_en_el_registro(
    linea_twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    linea_twilio.reiniciar()
    caplog.set_level("DEBUG", logger="twilio")
    _canal(linea_twilio.url).enviar(_mensaje())
    assert [r for r in caplog.records if r.name.startswith("twilio")] == []


def test_el_plazo_vencido_es_incierto(linea_twilio: Twilio) -> None:
    linea_twilio.reiniciar()
    linea_twilio.fallar(FallaTwilio(200, segundos=3))
    with pytest.raises(Exception, match="no respondió a tiempo"):
        _canal(linea_twilio.url).enviar(_mensaje())
    assert len(linea_twilio.enviados) == 1


def test_un_archivo_se_trae_con_la_ficha_y_el_almacen_no_la_ve(linea_twilio: Twilio) -> None:
    linea_twilio.reiniciar()
    url = linea_twilio.guardar_archivo(b"contenido", "image/jpeg")
    with _canal(linea_twilio.url).descargar(url) as respuesta:
        assert (respuesta.status_code, respuesta.content) == (200, b"contenido")
    (cabeceras,) = linea_twilio.memoria.al_almacen
    assert "Authorization" not in cabeceras


def test_con_la_api_de_verdad_no_se_va_a_otro_sitio() -> None:
    canal = Canal(CuentaTwilio("ACprueba", "fichaprueba", "573153369631", None, None), plazo_s=1.0)
    for url in ("http://api.twilio.com/x", "https://api.twilio.com.evil.example/x", "https://169.254.169.254/", "file:///x"):
        with pytest.raises(ProveedorRechazo, match="no es de Twilio"), canal.descargar(url):
            pass
