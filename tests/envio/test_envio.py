"""Enviar cuando todo va bien, lo que no se deja enviar y la regla de la casa: un clic es un solo POST."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir
from tests.apoyo.en_proceso import en_proceso
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion
from tests.envio.conftest import CLIENTE, enviar, mensajes

CHAT = f"{CLIENTE}@s.whatsapp.net"
FOTO = "https://example.com/carpeta/foto.jpg"


# --- sale


def test_un_envio_es_un_post_y_queda_al_final_del_chat_y_de_primero_en_la_lista(
    con_chat: Sesion, simulador: Simulador
) -> None:
    recibir(con_chat.app, "573005555555", "de agente2")
    respuesta = enviar(con_chat).json()
    (enviado,) = simulador.enviados
    assert (enviado.ruta, enviado.cuerpo) == ("/messages/text", {"to": CHAT, "body": "Buenas"})
    ultimo = mensajes(con_chat)[-1]
    assert (ultimo["id"], ultimo["body"], ultimo["agent"]) == (enviado.id, "Buenas", "agente1")
    assert ultimo["seq"] == respuesta["message"]["seq"]
    en_lista = con_chat.get("api/conversaciones").json()["conversaciones"][CLIENTE]
    assert (en_lista["last_message"], en_lista["last_direction"], en_lista["message_count"]) == (
        "Buenas",
        "outbound",
        2,
    )


@pytest.mark.parametrize("escrito", [CLIENTE, f"+{CLIENTE}", "300 123 4567", f"whatsapp:+{CLIENTE}", CHAT])
def test_el_destino_se_entiende_como_se_escriba(con_chat: Sesion, simulador: Simulador, escrito: str) -> None:
    respuesta = con_chat.post("api/enviar-mensaje", json={"to": escrito, "message": "hola"})
    assert respuesta.status_code == 200 and simulador.enviados[0].cuerpo["to"] == CHAT


def test_a_un_numero_oculto_se_le_contesta_por_su_identidad(agente1: Sesion, simulador: Simulador) -> None:
    oculto = "123456789012345@lid"
    recibir(agente1.app, oculto, "no doy mi número")
    assert agente1.post("api/enviar-mensaje", json={"to": oculto, "message": "ok"}).status_code == 200
    assert simulador.enviados[0].cuerpo["to"] == oculto


def test_el_texto_llega_entero_con_sus_saltos_sus_emojis_y_su_html(con_chat: Sesion, simulador: Simulador) -> None:
    texto = "línea 1\nlínea 2 👩🏽‍⚕️ <b>no es negrita</b> 100 % “ñ”"
    assert enviar(con_chat, f"  {texto}\n ").status_code == 200
    assert simulador.enviados[0].cuerpo["body"] == texto == mensajes(con_chat)[-1]["body"]


def test_un_texto_larguisimo_sale_hasta_el_limite_y_no_mas(con_chat: Sesion, simulador: Simulador) -> None:
    assert enviar(con_chat, "x" * 65_536).status_code == 200
    assert enviar(con_chat, "x" * 65_537).status_code == 400
    assert len(simulador.enviados) == 1


def test_la_ficha_va_en_authorization_y_no_en_la_direccion(con_chat: Sesion, simulador: Simulador) -> None:
    enviar(con_chat)
    assert simulador.enviados[0].cabeceras["Authorization"] == "Bearer ficha-de-prueba"
    assert all("token" not in peticion.consulta for peticion in simulador.peticiones)


def test_leer_no_llama_nunca_al_proveedor(con_chat: Sesion, simulador: Simulador) -> None:
    cursor = con_chat.get("api/conversaciones").json()["cursor"]
    for ruta in (f"api/conversacion/{CLIENTE}", f"api/cambios?desde={cursor}", "api/session", "health", "/twilio-chat"):
        assert con_chat.get(ruta).status_code == 200
    con_chat.post(f"api/marcar-leido/{CLIENTE}")
    # La comprobación de la línea es de fondo: nadie la espera.
    assert [peticion.ruta for peticion in simulador.peticiones if peticion.ruta != "/health"] == []


# --- archivos


@pytest.mark.parametrize(
    ("url", "tipo", "mas"),
    [
        (FOTO, "image", {"mime_type": "image/jpeg"}),
        ("https://example.com/FOTO.PNG?firma=a.pdf#x", "image", {"mime_type": "image/png"}),
        ("https://example.com/clip.mp4", "video", {"mime_type": "video/mp4"}),
        ("https://example.com/orden.pdf", "document", {"mime_type": "application/pdf", "filename": "orden.pdf"}),
        ("https://example.com/descarga", "document", {"filename": "descarga"}),
        ("http://example.com/", "document", {"filename": "documento"}),
    ],
)
def test_un_archivo_sale_por_su_tipo_con_su_pie(
    con_chat: Sesion, simulador: Simulador, url: str, tipo: str, mas: dict[str, str]
) -> None:
    assert enviar(con_chat, "mire esto", media_url=url).status_code == 200
    (enviado,) = simulador.enviados
    assert enviado.ruta == f"/messages/{tipo}"
    assert enviado.cuerpo == {"to": CHAT, "media": url, "caption": "mire esto", **mas}
    assert simulador.esperar_entregas()
    ultimo = mensajes(con_chat)[-1]
    assert (ultimo["type"], ultimo["body"], ultimo["media_url"], ultimo["media_count"]) == (tipo, "mire esto", url, 1)
    assert con_chat.get(f"api/conversacion/{CLIENTE}").json()["total"] == 2


def test_un_archivo_solo_va_sin_pie_y_un_audio_no_lo_admite(con_chat: Sesion, simulador: Simulador) -> None:
    assert enviar(con_chat, "", media_url=FOTO).status_code == 200
    assert enviar(con_chat, None, media_url="https://example.com/nota.ogg").status_code == 200
    assert [(e.ruta, "caption" in e.cuerpo) for e in simulador.enviados] == [
        ("/messages/image", False), ("/messages/audio", False),
    ]  # fmt: skip
    con_texto = enviar(con_chat, "escuche", media_url="https://example.com/nota.mp3")
    assert (con_texto.status_code, con_texto.json()["error"]) == (
        400, "Un audio no lleva texto: envíalos por separado.",
    )  # fmt: skip
    assert len(simulador.enviados) == 2


@pytest.mark.parametrize(
    "url",
    ["foto.jpg", "//example.com/a.jpg", "ftp://example.com/a.jpg", "file:///etc/passwd", "javascript:alert(1)",
     "data:image/png;base64,AAAA", "https://", "https:///a.jpg", "http://[::1/a.jpg", " ", "https://example.com/\x00",
     "https://example.com/" + "a" * 3_000],
)  # fmt: skip
def test_una_direccion_que_no_sirve_es_400_y_no_guarda_nada(con_chat: Sesion, simulador: Simulador, url: str) -> None:
    respuesta = enviar(con_chat, "hola", media_url=url)
    assert respuesta.status_code == 400 and "archivo" in respuesta.json()["error"]
    assert simulador.enviados == [] and con_chat.get(f"api/conversacion/{CLIENTE}").json()["total"] == 1


@pytest.mark.parametrize("texto", ["", "   \n ", None])
def test_sin_nada_que_enviar_es_400(con_chat: Sesion, simulador: Simulador, texto: str | None) -> None:
    respuesta = enviar(con_chat, texto)
    assert (respuesta.status_code, respuesta.json()["error"]) == (400, "Escribe un mensaje antes de enviarlo.")
    assert simulador.enviados == []


# --- una sola vez


def test_el_mismo_client_id_es_el_mismo_mensaje_y_un_solo_post(con_chat: Sesion, simulador: Simulador) -> None:
    primera = enviar(con_chat, client_id="clic-1").json()
    segunda = enviar(con_chat, client_id="clic-1").json()
    assert len(simulador.enviados) == 1
    assert (segunda["message_id"], segunda["message"]["seq"]) == (primera["message_id"], primera["message"]["seq"])
    assert primera["message"]["client_id"] == "clic-1"
    assert enviar(con_chat, client_id="clic-2").json()["message"]["seq"] != primera["message"]["seq"]
    assert len(simulador.enviados) == 2


def test_repetir_el_clic_de_un_envio_fallido_cuenta_el_mismo_fallo_sin_otro_post(
    con_chat: Sesion, simulador: Simulador
) -> None:
    simulador.fallar(403)
    primera, segunda = enviar(con_chat, client_id="clic-1"), enviar(con_chat, client_id="clic-1")
    assert (segunda.status_code, segunda.json()) == (primera.status_code, primera.json())
    assert primera.status_code == 502 and len(simulador.enviados) == 1


@pytest.mark.parametrize("client_id", ["con espacio", "x" * 65, "a/b", "ñ", "\n"])
def test_un_client_id_raro_es_400(con_chat: Sesion, simulador: Simulador, client_id: str) -> None:
    assert enviar(con_chat, client_id=client_id).status_code == 400
    assert simulador.enviados == []


# --- sin línea


def test_sin_whapi_token_y_con_base_es_503_con_su_frase_y_no_guarda_nada(
    monkeypatch: pytest.MonkeyPatch, limpio: BaseDatos
) -> None:
    with en_proceso(monkeypatch, limpio, WHAPI_TOKEN="") as app:
        app.recibir(entrega(mensaje_texto(CLIENTE, "hola")))
        sesion = app.entrar("agente1")
        for ruta, cuerpo in (
            ("enviar-mensaje", {"to": CLIENTE, "message": "hola"}),
            ("enviar-mensaje", {"to": CLIENTE, "message": "", "media_url": FOTO}),
            ("reintentar-mensaje", {"seq": 1}),
        ):
            respuesta = sesion.post(f"/twilio-chat/api/{ruta}", json=cuerpo)
            assert respuesta.status_code == 503
            assert respuesta.json == {
                "success": False, "error": "La línea de WhatsApp no está configurada: falta WHAPI_TOKEN.",
            }  # fmt: skip
    assert limpio.valor("SELECT count(*) FROM chat_mensajes") == 1


def test_sin_base_no_se_llama_al_proveedor(monkeypatch: pytest.MonkeyPatch, simulador: Simulador) -> None:
    simulador.reiniciar()
    with en_proceso(monkeypatch, WHAPI_API_URL=simulador.url) as app:
        respuesta = app.entrar("agente1").post(
            "/twilio-chat/api/enviar-mensaje", json={"to": CLIENTE, "message": "hola"}
        )
    assert respuesta.status_code == 503 and respuesta.json["error"].startswith("No hay conexión con la base")
    assert simulador.enviados == []


def test_la_burbuja_pendiente_se_ve_en_todas_las_pantallas_mientras_el_proveedor_tarda(
    con_chat: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    pantalla = escucha(con_chat.app, con_chat)
    simulador.fallar("lento", segundos=0.5)
    enviar(con_chat, client_id="clic-9")
    estados = [(d["client_id"], d["status"]) for d in pantalla.esperar("new_message", 2)]
    assert estados[0] == ("clic-9", "pending") and estados[-1][1] in ("sent", "delivered", "read")
