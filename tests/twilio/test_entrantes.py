"""Lo que entra por Twilio: cada tipo con su contenido, una sola vez, y por el mismo camino que lo de Whapi."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bandeja.modelos import Entrega
from bandeja.webhook.twilio import interpretar, interpretar_estado
from simulador import Simulador
from simulador.twilio import Twilio
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion
from tests.twilio.conftest import CLIENTE, enviar, mensajes

AHORA = datetime(2026, 1, 7, 10, 30, 15, 999, tzinfo=UTC)
FOTO = ("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", "image/jpeg")


def test_un_texto_abre_conversacion_con_su_turno_su_nombre_y_su_aviso(
    twilio: Twilio, ana: Sesion, app_dos_canales: AppEnMarcha, escucha: Callable[..., Escucha]
) -> None:
    pantalla = escucha(app_dos_canales, ana)
    sid = twilio.recibir(CLIENTE, "Hola")
    (evento,) = pantalla.esperar("new_message")
    assert (evento["source"], evento["id"], evento["to"]) == ("twilio", sid, twilio.numero)
    assert evento["window_until"] is not None
    (chat,) = ana.get("api/conversaciones").json()["conversaciones"].values()
    assert (chat["nombre"], chat["source"], chat["agente"]) == ("Ana Ñandú", "twilio", "agente1")
    assert chat["window_until"] == evento["window_until"]
    (mensaje,) = mensajes(ana)
    assert (mensaje["source"], mensaje["from"], mensaje["to"]) == ("twilio", CLIENTE, twilio.numero)
    assert "📨 MENSAJE ENTRANTE DE TWILIO" in app_dos_canales.registro()


def test_la_misma_entrega_muchas_veces_es_una_fila(twilio: Twilio, ana: Sesion) -> None:
    parametros = twilio.entrante(CLIENTE, "una vez", archivos=(FOTO, FOTO))
    with ThreadPoolExecutor(6) as hilos:
        codigos = list(hilos.map(lambda _: twilio.entregar(parametros).status_code, range(6)))
    assert codigos == [200] * 6
    sid = parametros["MessageSid"]
    assert sorted(m["id"] for m in mensajes(ana)) == [sid, f"{sid}-1"]


def test_por_los_dos_canales_es_la_misma_conversacion_y_se_responde_por_el_ultimo(
    twilio: Twilio, whapi: Simulador, ana: Sesion, app_dos_canales: AppEnMarcha
) -> None:
    recibir(app_dos_canales, CLIENTE, "por Whapi")
    assert enviar(ana, "uno").json()["source"] == "whapi"
    twilio.recibir(CLIENTE, "por Twilio")
    assert enviar(ana, "dos").json()["source"] == "twilio"
    recibir(app_dos_canales, CLIENTE, "otra vez por Whapi")
    assert enviar(ana, "tres").json()["source"] == "whapi"
    assert [e.cuerpo["body"] for e in whapi.enviados] == ["uno", "tres"]
    assert [e.parametros["Body"] for e in twilio.enviados] == ["dos"]
    assert whapi.esperar_entregas()
    assert [(m["body"], m["source"]) for m in mensajes(ana)] == [
        ("por Whapi", "whapi"), ("uno", "whapi"), ("por Twilio", "twilio"), ("dos", "twilio"),
        ("otra vez por Whapi", "whapi"), ("tres", "whapi"),
    ]  # fmt: skip
    (chat,) = ana.get("api/conversaciones").json()["conversaciones"].values()
    assert (chat["source"], chat["window_until"]) == ("whapi", None)


def test_algo_viejo_por_el_otro_canal_no_cambia_por_donde_se_responde(
    twilio: Twilio, ana: Sesion, app_dos_canales: AppEnMarcha
) -> None:
    twilio.recibir(CLIENTE, "por Twilio")
    recibir(app_dos_canales, CLIENTE, "de hace tres días", en=time.time() - 3 * 86_400)
    assert enviar(ana, "dos").json()["source"] == "twilio"


def test_los_avisos_de_la_conversacion_dicen_su_canal(
    twilio: Twilio, ana: Sesion, app_dos_canales: AppEnMarcha, escucha: Callable[..., Escucha]
) -> None:
    twilio.recibir(CLIENTE, "Hola")
    pantalla = escucha(app_dos_canales, ana)
    ana.post(f"api/marcar-leido/{CLIENTE}", json={})
    ana.put(f"api/borrador/{CLIENTE}", json={"texto": "bo"})
    ana.patch(f"api/conversacion/{CLIENTE}", json={"pinned": True})
    for tipo in ("message_read", "draft", "preferences"):
        (evento,) = pantalla.esperar("conversation_update", condicion=lambda e, t=tipo: e["event_type"] == t)
        assert evento["source"] == "twilio", tipo


def test_una_cita_trae_lo_que_decia_el_original(
    twilio: Twilio, ana: Sesion, app_dos_canales: AppEnMarcha, escucha: Callable[..., Escucha]
) -> None:
    twilio.recibir(CLIENTE, "Hola")
    enviado = enviar(ana, "¿Qué día?").json()
    pantalla = escucha(app_dos_canales, ana)
    twilio.recibir(
        CLIENTE, "El lunes", OriginalRepliedMessageSid=enviado["message_id"],
        OriginalRepliedMessageSender=f"whatsapp:+{twilio.numero}",
    )  # fmt: skip
    esperada = {"id": enviado["message_id"], "body": "¿Qué día?", "type": "text", "from_me": True}
    assert mensajes(ana)[-1]["quoted"] == esperada
    (evento,) = pantalla.esperar("new_message", condicion=lambda e: e["body"] == "El lunes")
    assert evento["quoted"] == esperada


def test_un_sms_o_un_envio_sin_persona_se_guarda_ilegible_y_no_abre_nada(twilio: Twilio, base: BaseDatos) -> None:
    for cambio in ({"From": "+573001234567"}, {"From": "messenger:123"}, {"MessageSid": ""}):
        assert twilio.entregar(twilio.entrante(CLIENTE, "hola") | cambio).status_code == 200
    assert base.valor("SELECT count(*) FROM chat_conversaciones") == 0
    assert base.consultar("SELECT DISTINCT fuente FROM chat_ilegibles") == [("twilio",)]
    assert base.valor("SELECT count(*) FROM chat_ilegibles") == 3


def test_lo_que_no_trae_nada_legible_se_guarda_entero(twilio: Twilio, ana: Sesion, base: BaseDatos) -> None:
    twilio.recibir(CLIENTE, "", MessageType="algo_nuevo", Algo="1")
    assert [m["type"] for m in mensajes(ana)] == ["unsupported"]
    assert base.valor("SELECT crudo ->> 'Algo' FROM chat_mensajes") == "1"


# --- la lectura, sin red ni base


def leer(**p: str) -> Entrega:
    comun = {"MessageSid": "SM1", "From": "whatsapp:+573001234567", "NumMedia": "0", "Body": ""}
    return interpretar(comun | p, linea="573153369631", excluidos=frozenset(), ahora=AHORA)


def test_varios_archivos_son_varios_mensajes_y_el_texto_va_en_el_primero() -> None:
    entrega = leer(
        Body="mire", NumMedia="3", MediaUrl0=FOTO[0], MediaContentType0="image/jpeg", MediaUrl1=FOTO[0] + "b",
        MediaContentType1="application/pdf", MediaUrl2=FOTO[0] + "c", MediaContentType2="audio/ogg",
    )  # fmt: skip
    assert [(m.id, m.tipo, m.cuerpo, m.media_mime) for m in entrega.mensajes] == [
        ("SM1", "image", "mire", "image/jpeg"), ("SM1-1", "document", "", "application/pdf"),
        ("SM1-2", "audio", "", "audio/ogg"),
    ]  # fmt: skip
    assert {m.enviado_en for m in entrega.mensajes} == {AHORA.replace(microsecond=0)}


def test_una_ubicacion() -> None:
    (m,) = leer(Latitude="4.6097", Longitude="-74.0817", Label="Oficina", Address="Calle 1").mensajes
    assert (m.tipo, m.cuerpo) == ("location", "Oficina, Calle 1 (4.6097, -74.0817)")
    assert m.datos == {"latitude": 4.6097, "longitude": -74.0817, "name": "Oficina", "address": "Calle 1"}
    (rota,) = leer(Latitude="nan", Longitude="1e999").mensajes
    assert rota.tipo == "unsupported" and rota.crudo is not None


def test_un_boton_un_renglon_de_lista_un_reenviado_y_un_anuncio() -> None:
    (boton,) = leer(Body="Sí", ButtonText="Sí", ButtonPayload="si-1").mensajes
    assert (boton.tipo, boton.cuerpo, boton.datos) == ("reply", "Sí", {"title": "Sí", "id": "si-1"})
    (renglon,) = leer(Body="Tarde", ListTitle="Tarde", ListId="t").mensajes
    assert (renglon.tipo, renglon.datos) == ("reply", {"title": "Tarde", "id": "t"})
    (reenviado,) = leer(Body="cadena", Forwarded="true").mensajes
    assert reenviado.datos == {"forwarded": 1}
    (muy,) = leer(Body="cadena", Forwarded="true", FrequentlyForwarded="true").mensajes
    assert muy.datos == {"forwarded": 5}
    (anuncio,) = leer(
        Body="info", ReferralHeadline="Promo", ReferralBody="Examen", ReferralSourceUrl="https://fb.me/x"
    ).mensajes
    assert anuncio.datos == {"ad": {"title": "Promo", "body": "Examen", "url": "https://fb.me/x"}}
    (sin_url,) = leer(Body="x", ReferralHeadline="P", ReferralSourceUrl="javascript:alert(1)").mensajes
    assert sin_url.datos == {"ad": {"title": "P"}}


def test_un_archivo_sin_direccion_conserva_lo_que_llego() -> None:
    (m,) = leer(NumMedia="1", MediaContentType0="image/png", MediaUrl0="file:///etc/passwd").mensajes
    assert (m.tipo, m.media_url) == ("image", None) and m.crudo is not None


def test_los_excluidos_y_la_propia_linea_no_se_atienden() -> None:
    assert leer(Body="yo", From="whatsapp:+573153369631").ignorados == 1
    excluida = interpretar(
        {"MessageSid": "S", "From": "whatsapp:+573001234567", "Body": "x"},
        linea="573153369631", excluidos=frozenset({"+573001234567"}), ahora=AHORA,
    )  # fmt: skip
    assert excluida == Entrega(ignorados=1)


CLAVES = st.sampled_from(
    ["MessageSid", "From", "Body", "NumMedia", "MediaUrl0", "MediaContentType0", "Latitude", "Longitude", "ButtonText",
     "MessageStatus", "ErrorCode", "OriginalRepliedMessageSid", "ProfileName", "ReferralSourceUrl", "MessageType"]
)  # fmt: skip
VALORES = st.text() | st.sampled_from(["whatsapp:+573001234567", "SM1", "1", "10", "²", "failed", "-74", "image/webp"])


@given(st.dictionaries(CLAVES | st.text(max_size=5), VALORES), st.none() | VALORES | st.just("1-99999999999"))
def test_ningun_parametro_la_tumba(parametros: dict[str, Any], envio: str | None) -> None:
    interpretar(parametros, linea="573153369631", excluidos=frozenset(), ahora=AHORA)
    interpretar_estado(parametros, envio, ahora=AHORA)
