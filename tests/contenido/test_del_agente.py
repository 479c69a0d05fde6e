"""Reaccionar, editar, eliminar, y enviar ubicaciones, contactos y encuestas: el proveedor primero, y solo lo propio."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeja.webhook.datos import leer_datos
from bandeja.whapi.envios import tarjeta
from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, recibir
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion
from tests.contenido.conftest import CHAT, CLIENTE, PLAZO, accion, entregar, mensajes, ver

VIEJO = "UPDATE chat_mensajes SET enviado_en = now() - INTERVAL '%s' WHERE mensaje_id = %%s"


@pytest.fixture
def enviado(con_chat: Sesion, simulador: Simulador) -> Json:
    """Un mensaje nuestro que ya salió, con su eco y sus estados."""
    respuesta = con_chat.post("api/enviar-mensaje", json={"to": CLIENTE, "message": "Buenas"})
    assert respuesta.status_code == 200 and simulador.esperar_entregas()
    return ver(con_chat, respuesta.json()["message_id"])


def _llamadas(simulador: Simulador, metodo: str, fin: str = "") -> list[Json]:
    return [p.cuerpo for p in simulador.peticiones if p.metodo == metodo and p.ruta.endswith(fin)]


# --- reaccionar


def test_reaccionar_pone_cambia_y_quita_y_todas_las_pantallas_lo_ven(
    con_chat: Sesion, simulador: Simulador, pantalla: Escucha
) -> None:
    suyo = simulador.escribir(CLIENTE, "¿Listo?", "Ana", esperar=True)
    seq = ver(con_chat, suyo)["seq"]
    for emoji in ("👍", "❤️", ""):
        respuesta = con_chat.post(f"api/mensaje/{seq}/reaccion", json={"emoji": emoji})
        assert respuesta.status_code == 200, respuesta.text
        puestas = [(r["emoji"], r["from_me"], r["agent"]) for r in respuesta.json()["message"]["reactions"]]
        assert puestas == ([(emoji, True, "agente1")] if emoji else [])
        assert simulador.esperar_entregas()
        assert [r["emoji"] for r in ver(con_chat, suyo)["reactions"]] == ([emoji] if emoji else [])
        pantalla.esperar("message_update", condicion=lambda e: e["seq"] == seq, plazo=PLAZO)
    assert _llamadas(simulador, "PUT", "/reaction") == [{"emoji": "👍"}, {"emoji": "❤️"}, {"emoji": ""}]


def test_el_eco_de_nuestra_reaccion_conserva_quien_la_puso(con_chat: Sesion, simulador: Simulador) -> None:
    suyo = simulador.escribir(CLIENTE, "¿Listo?", "Ana", esperar=True)
    con_chat.post(f"api/mensaje/{ver(con_chat, suyo)['seq']}/reaccion", json={"emoji": "🙏"})
    entregar(con_chat.app, accion(suyo, "reaction", emoji="🙏", en=4_000_000_000, from_me=True, source="api"))
    assert [(r["emoji"], r["agent"]) for r in ver(con_chat, suyo)["reactions"]] == [("🙏", "agente1")]


@pytest.mark.parametrize("emoji", ["hola", "👍 bien", 5, None, "x" * 40, "👍" * 20, "\x00", "1", ["👍"]])
def test_lo_que_no_es_un_emoji_es_400(con_chat: Sesion, enviado: Json, emoji: object) -> None:
    respuesta = con_chat.post(f"api/mensaje/{enviado['seq']}/reaccion", json={"emoji": emoji})
    assert (respuesta.status_code, respuesta.json()["error"]) == (400, "La reacción debe ser un emoji.")


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👩🏽‍⚕️", "1️⃣", "🇨🇴", "🫱🏿‍🫲🏻"])
def test_cualquier_emoji_sirve(con_chat: Sesion, enviado: Json, emoji: str) -> None:
    assert con_chat.post(f"api/mensaje/{enviado['seq']}/reaccion", json={"emoji": emoji}).status_code == 200


# --- editar


def test_editar_un_mensaje_propio_lo_cambia_aqui_y_alla_una_sola_vez(
    con_chat: Sesion, simulador: Simulador, enviado: Json, limpio: BaseDatos
) -> None:
    assert enviado["can_edit_until"] and enviado["can_delete"] is True
    respuesta = con_chat.patch(f"api/mensaje/{enviado['seq']}", json={"message": "  Buenas tardes "})
    assert (respuesta.status_code, respuesta.json()["edited"]) == (200, True)
    editado = simulador.enviados[-1]
    assert (editado.ruta, editado.cuerpo) == (
        "/messages/text",
        {"to": CHAT, "body": "Buenas tardes", "edit": enviado["id"]},
    )
    assert simulador.esperar_entregas()
    visto = ver(con_chat, enviado["id"])
    assert (visto["seq"], visto["body"], bool(visto["edited_at"])) == (enviado["seq"], "Buenas tardes", True)
    assert len(mensajes(con_chat)) == 2
    assert limpio.consultar("SELECT cuerpo FROM chat_ediciones") == [("Buenas",)]


def test_editar_el_pie_de_un_archivo(con_chat: Sesion, simulador: Simulador) -> None:
    pedido = {"to": CLIENTE, "message": "el pie", "media_url": "https://example.com/foto.jpg"}
    foto = con_chat.post("api/enviar-mensaje", json=pedido).json()["message"]
    assert con_chat.patch(f"api/mensaje/{foto['seq']}", json={"message": "otro pie"}).status_code == 200
    editado = simulador.enviados[-1]
    assert (editado.ruta, editado.cuerpo["caption"], editado.cuerpo["edit"]) == (
        "/messages/image",
        "otro pie",
        foto["id"],
    )
    assert ver(con_chat, foto["id"])["body"] == "otro pie"


def test_si_el_proveedor_manda_uno_nuevo_en_vez_de_editar_se_dice_y_se_guarda_lo_que_paso(
    con_chat: Sesion, simulador: Simulador, enviado: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    aceptar = simulador.aceptar

    def sin_editar(envio: Any, falla: Any) -> Json:
        envio.cuerpo.pop("edit", None)
        return aceptar(envio, falla)

    monkeypatch.setattr(simulador, "aceptar", sin_editar)
    respuesta = con_chat.patch(f"api/mensaje/{enviado['seq']}", json={"message": "Buenas tardes"}).json()
    assert (respuesta["edited"], respuesta["notice"]) == (
        False,
        "WhatsApp no editó el mensaje: lo envió como uno nuevo.",
    )
    assert simulador.esperar_entregas()
    assert [m["body"] for m in mensajes(con_chat)] == ["Hola", "Buenas", "Buenas tardes"]
    assert ver(con_chat, enviado["id"])["edited_at"] is None


def test_pasados_quince_minutos_ya_no_se_edita(
    con_chat: Sesion, enviado: Json, limpio: BaseDatos, simulador: Simulador
) -> None:
    limpio.ejecutar(VIEJO % "16 minutes", (enviado["id"],))
    respuesta = con_chat.patch(f"api/mensaje/{enviado['seq']}", json={"message": "tarde"})
    assert respuesta.status_code == 409 and "15 minutos" in respuesta.json()["error"]
    assert len(simulador.enviados) == 1


@pytest.mark.parametrize("texto", ["", "  ", None, 5, "x" * 65_537])
def test_un_texto_que_no_sirve_es_400(con_chat: Sesion, enviado: Json, texto: object) -> None:
    assert con_chat.patch(f"api/mensaje/{enviado['seq']}", json={"message": texto}).status_code == 400


# --- eliminar


def test_eliminar_un_mensaje_propio_lo_quita_aqui_y_alla(
    con_chat: Sesion, simulador: Simulador, enviado: Json, pantalla: Escucha, limpio: BaseDatos
) -> None:
    respuesta = con_chat.delete(f"api/mensaje/{enviado['seq']}")
    assert respuesta.status_code == 200 and respuesta.json()["message"]["deleted_at"]
    assert simulador.estado.mensaje(enviado["id"]) is None and simulador.esperar_entregas()
    visto = ver(con_chat, enviado["id"])
    assert (visto["body"], visto["can_edit_until"], visto["can_delete"]) == ("Se eliminó este mensaje", None, False)
    assert limpio.valor("SELECT count(*) FROM chat_acciones WHERE tipo = 'delete'") == 2  # la nuestra y su aviso
    otra = con_chat.delete(f"api/mensaje/{enviado['seq']}")
    assert (otra.status_code, otra.json()["error"]) == (409, "Ese mensaje ya fue eliminado.")


def test_lo_del_cliente_y_lo_muy_viejo_no_se_eliminan(con_chat: Sesion, enviado: Json, limpio: BaseDatos) -> None:
    suyo = mensajes(con_chat)[0]
    assert suyo["can_delete"] is False and con_chat.delete(f"api/mensaje/{suyo['seq']}").status_code == 409
    limpio.ejecutar(VIEJO % "3 days", (enviado["id"],))
    assert ver(con_chat, enviado["id"])["can_delete"] is False
    assert con_chat.delete(f"api/mensaje/{enviado['seq']}").status_code == 409


# --- de quién, y cuando falla


def _tres(sesion: Sesion, seq: object) -> list[Any]:
    return [
        sesion.post(f"api/mensaje/{seq}/reaccion", json={"emoji": "👍"}),
        sesion.patch(f"api/mensaje/{seq}", json={"message": "otro"}),
        sesion.delete(f"api/mensaje/{seq}"),
    ]


def test_solo_el_dueno_del_chat_toca_sus_mensajes(
    agente2: Sesion, con_chat: Sesion, enviado: Json, simulador: Simulador
) -> None:
    simulador.peticiones.clear()
    for respuesta in _tres(agente2, enviado["seq"]):
        assert (respuesta.status_code, respuesta.json()["error"]) == (
            403,
            "No tienes permiso para cambiar mensajes de esta conversación",
        )
    assert [r.status_code for r in _tres(con_chat, 999_999)] == [404] * 3
    assert [p for p in simulador.peticiones if p.metodo != "GET"] == []


def test_sin_sesion_no_se_toca_nada(con_chat: Sesion, enviado: Json) -> None:
    con_chat.cookies.clear()
    assert [r.status_code for r in _tres(con_chat, enviado["seq"])] == [401] * 3


@pytest.mark.parametrize("modo", [400, 403, 500, "cortar"])
def test_si_el_proveedor_no_acepta_aqui_no_cambia_nada_y_se_dice(
    con_chat: Sesion, simulador: Simulador, enviado: Json, modo: int | str
) -> None:
    simulador.fallar(modo)
    respuesta = con_chat.patch(f"api/mensaje/{enviado['seq']}", json={"message": "otro"})
    assert respuesta.status_code == 502 and respuesta.json()["error"].startswith("WhatsApp")
    assert ver(con_chat, enviado["id"])["body"] == "Buenas"


def test_lo_que_el_proveedor_ya_no_encuentra_se_dice(con_chat: Sesion, simulador: Simulador, enviado: Json) -> None:
    simulador.estado.borrar_mensaje(enviado["id"])
    for respuesta in _tres(con_chat, enviado["seq"]):
        assert (respuesta.status_code, respuesta.json()["error"]) == (502, "WhatsApp ya no encuentra ese mensaje.")
    assert ver(con_chat, enviado["id"])["deleted_at"] is None


def test_lo_que_no_salio_no_se_edita_ni_se_elimina(con_chat: Sesion, simulador: Simulador) -> None:
    simulador.fallar("no_enviado")
    fallido = con_chat.post("api/enviar-mensaje", json={"to": CLIENTE, "message": "no sale"}).json()["message"]
    assert (fallido["can_edit_until"], fallido["can_delete"]) == (None, False)
    assert [r.status_code for r in _tres(con_chat, fallido["seq"])] == [409] * 3


# --- ubicación, contacto, encuesta

LUGAR = {"latitude": 4.6097, "longitude": -74.0817, "name": "Sede", "address": "Calle 1"}
ENVIOS: list[tuple[str, Json, str, Json, str]] = [
    ("location", LUGAR, "/messages/location", LUGAR, "Sede, Calle 1 (4.6097, -74.0817)"),
    (
        "location",
        {"latitude": 4.5, "longitude": -74},
        "/messages/location",
        {"latitude": 4.5, "longitude": -74},
        "Ubicación (4.5, -74)",
    ),
    (
        "poll",
        {"title": "¿Cuándo?", "options": ["Hoy", " Mañana "]},
        "/messages/poll",
        {"title": "¿Cuándo?", "options": ["Hoy", "Mañana"], "count": 1},
        "¿Cuándo?",
    ),
    (
        "poll",
        {"title": "¿Cuándo?", "options": ["Hoy", "Mañana"], "multiple": True},
        "/messages/poll",
        {"title": "¿Cuándo?", "options": ["Hoy", "Mañana"], "count": 0},
        "¿Cuándo?",
    ),
    (
        "contact",
        {"name": "Ana; la de, siempre", "phone": "300 555 9999"},
        "/messages/contact",
        {
            "name": "Ana; la de, siempre",
            "vcard": "BEGIN:VCARD\nVERSION:3.0\nN:;Ana\\; la de\\, siempre;;;\n"
            "FN:Ana\\; la de\\, siempre\nTEL;type=CELL;type=VOICE;waid=573005559999:+573005559999\nEND:VCARD",
        },
        "Ana; la de, siempre",
    ),
]


@pytest.mark.parametrize(("tipo", "datos", "ruta", "carga", "cuerpo"), ENVIOS)
@pytest.mark.parametrize("modo", [None, "eco_antes"])
def test_se_envia_por_su_puerta_y_el_eco_no_lo_dobla(
    con_chat: Sesion,
    simulador: Simulador,
    tipo: str,
    datos: Json,
    ruta: str,
    carga: Json,
    cuerpo: str,
    modo: str | None,
) -> None:
    if modo:
        simulador.fallar(modo)
    respuesta = con_chat.post("api/enviar-mensaje", json={"to": CLIENTE, "type": tipo, "data": datos})
    assert respuesta.status_code == 200, respuesta.text
    (enviado,) = simulador.enviados
    assert (enviado.ruta, enviado.cuerpo) == (ruta, {"to": CHAT, **carga})
    assert simulador.esperar_entregas()
    (visto,) = [m for m in mensajes(con_chat) if m["direction"] == "outbound"]
    assert (visto["type"], visto["body"], visto["id"], visto["status"]) == (tipo, cuerpo, enviado.id, "read")
    assert visto["data"]


def test_los_votos_de_nuestra_encuesta_se_cuentan(con_chat: Sesion, simulador: Simulador) -> None:
    datos = {"title": "¿Cuándo?", "options": ["Hoy", "Mañana"]}
    propia = con_chat.post("api/enviar-mensaje", json={"to": CLIENTE, "type": "poll", "data": datos}).json()["message"]
    assert simulador.esperar_entregas()
    entregar(con_chat.app, accion(propia["id"], "vote", votes=["op2"]))  # por el id que solo trae el eco
    vista = hasta(lambda: ver(con_chat, propia["id"]), PLAZO)
    assert [(o["name"], o["count"]) for o in vista["data"]["options"]] == [("Hoy", 0), ("Mañana", 1)]


@pytest.mark.parametrize(
    ("tipo", "datos"),
    [
        ("location", {}),
        ("location", {"latitude": 91, "longitude": 0}),
        ("location", {"latitude": "4", "longitude": 0}),
        ("location", {"latitude": True, "longitude": 0}),
        ("location", {**LUGAR, "name": 5}),
        ("location", None),
        ("contact", {"name": "", "phone": "3005559999"}),
        ("contact", {"name": "Ana", "phone": "no"}),
        ("contact", {"phone": "1"}),
        ("poll", {"title": "x", "options": ["una"]}),
        ("poll", {"title": "x", "options": [str(n) for n in range(13)]}),
        ("poll", {"title": "x", "options": ["a", " a "]}),
        ("poll", {"title": "", "options": ["a", "b"]}),
        ("poll", {"title": "x", "options": ["a", 5]}),
        ("poll", {"title": "x", "options": ["a", "b"], "multiple": "sí"}),
        ("poll", {"title": "x" * 501, "options": ["a", "b"]}),
        ("sticker", {}),
        (["location"], {}),
        (5, {}),
    ],
)
def test_lo_que_no_sirve_es_400_con_su_frase_y_no_sale(
    con_chat: Sesion, simulador: Simulador, tipo: Any, datos: Any
) -> None:
    respuesta = con_chat.post("api/enviar-mensaje", json={"to": CLIENTE, "type": tipo, "data": datos})
    assert respuesta.status_code == 400 and respuesta.json()["error"].endswith((".", "poll."))
    assert simulador.enviados == [] and len(mensajes(con_chat)) == 1


@given(nombre=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_una_tarjeta_con_cualquier_nombre_se_lee_como_se_escribio(nombre: str) -> None:
    escrita = tarjeta(nombre, "+573005559999")
    assert len(escrita.split("\n")) == 6
    leida = leer_datos("contact", {"vcard": escrita})["contacts"][0]
    assert (leida.get("name", ""), leida["phones"]) == (" ".join(nombre.split()), ["+573005559999"])


def test_el_nombre_y_la_foto_de_un_contacto_se_aprenden(con_chat: Sesion) -> None:
    recibir(con_chat.app, "573119990000", "hola", nombre=None)
    entregar(con_chat.app, contacts=[{"id": CLIENTE, "name": "Ana Guardada", "pushname": "ana"}])
    assert con_chat.get("api/conversaciones").json()["conversaciones"][CLIENTE]["nombre"] == "Ana Guardada"
    entregar(con_chat.app, contacts_updates=[{"before_update": {"id": CLIENTE}, "after_update": {"name": "Ana Dos"}}])
    assert con_chat.get("api/conversaciones").json()["conversaciones"][CLIENTE]["nombre"] == "Ana Dos"
