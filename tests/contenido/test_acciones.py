"""Reacciones, ediciones, borrados y votos: sobre su mensaje, vengan como vengan, en cualquier orden y repetidos."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, entrega, mensaje, mensaje_imagen, mensaje_texto, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import a_la_vez
from tests.apoyo.sesiones import Sesion
from tests.apoyo.verdades import exigir_coherencia
from tests.contenido.conftest import CLIENTE, OTRO, PLAZO, accion, en_lista, entregar, parche, ver

BORRADO = "Se eliminó este mensaje"
HISTORIA = """
    SELECT e.cuerpo FROM chat_ediciones e JOIN chat_mensajes m USING (seq) WHERE m.mensaje_id = %s ORDER BY e.orden
"""
SIN_REINICIO = settings(max_examples=25, suppress_health_check=list(HealthCheck))
_cuenta = itertools.count(1)


def editar(objetivo: str, texto: str, en: float, **mas: Any) -> Json:
    return accion(objetivo, "edit", en=en, edited_type="text", edited_content={"body": texto}, **mas)


def puestas(sesion: Sesion, identificador: str) -> set[tuple[str, bool]]:
    """Las reacciones de un mensaje: cuál y si es nuestra."""
    return {(r["emoji"], r["from_me"]) for r in ver(sesion, identificador)["reactions"]}


# --- cada acción, y por cada camino


def test_una_reaccion_del_cliente_se_ve_con_su_hora_y_avisa_sin_sonar(con_chat: Sesion, pantalla: Escucha) -> None:
    blanco = mensaje_texto(CLIENTE, "¿Me confirma?")
    entregar(con_chat.app, blanco)
    pantalla.esperar("new_message", plazo=PLAZO)
    pantalla.olvidar()
    antes = en_lista(con_chat)
    entregar(con_chat.app, accion(blanco["id"], "reaction", emoji="👍", en=1_700_000_500))
    aviso = pantalla.uno("message_update", plazo=PLAZO)
    assert (aviso["numero"], aviso["id"], aviso["body"]) == (CLIENTE, blanco["id"], "¿Me confirma?")
    una = {"emoji": "👍", "from_me": False, "agent": None, "at": "2023-11-14T22:21:40+00:00"}
    assert aviso["reactions"] == [una] == ver(con_chat, blanco["id"])["reactions"]
    pantalla.ninguno("new_message")
    despues = en_lista(con_chat)
    assert (despues["unread_count"], despues["message_count"]) == (antes["unread_count"], antes["message_count"])


def test_hay_una_reaccion_por_persona_la_nueva_cambia_a_la_vieja_y_vacia_la_quita(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    entregar(con_chat.app, blanco, accion(blanco["id"], "reaction", emoji="👍", en=1_700_000_001))
    entregar(con_chat.app, accion(blanco["id"], "reaction", emoji="🙏", en=1_700_000_002, from_me=True))
    entregar(con_chat.app, accion(blanco["id"], "reaction", emoji="❤️", en=1_700_000_003))
    assert puestas(con_chat, blanco["id"]) == {("❤️", False), ("🙏", True)}
    entregar(con_chat.app, accion(blanco["id"], "reaction", emoji="", en=1_700_000_004))
    assert [r["emoji"] for r in ver(con_chat, blanco["id"])["reactions"]] == ["🙏"]


def test_una_reaccion_por_parche_dice_quien_tiene_cual(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    foto = [{"emoji": "😮", "user_id": CLIENTE}, {"emoji": "👌", "user_id": "573008021701"}]
    entregar(con_chat.app, blanco)
    entregar(con_chat.app, **parche(blanco, {**blanco, "reactions": foto}, changes=["reactions"]))
    assert puestas(con_chat, blanco["id"]) == {("😮", False), ("👌", True)}
    entregar(con_chat.app, **parche({**blanco, "reactions": foto}, {**blanco, "reactions": []}, changes=["reactions"]))
    assert ver(con_chat, blanco["id"])["reactions"] == []


def test_un_mensaje_que_ya_trae_sus_reacciones_las_conserva(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola", reactions=[{"emoji": "🎉", "user_id": CLIENTE}])
    entregar(con_chat.app, blanco)
    assert [r["emoji"] for r in ver(con_chat, blanco["id"])["reactions"]] == ["🎉"]


@pytest.mark.parametrize("camino", ["accion", "edited", "parche", "parche_con_disparador"])
def test_una_edicion_cambia_el_texto_la_vista_previa_y_la_busqueda_y_guarda_lo_que_decia(
    con_chat: Sesion, limpio: BaseDatos, camino: str
) -> None:
    blanco = mensaje_texto(CLIENTE, "llego a las ochopasadas")
    entregar(con_chat.app, blanco)
    nuevo = {**blanco, "text": {"body": "llego a las nuevemedia"}}
    disparador = editar(blanco["id"], "llego a las nuevemedia", 1_700_000_200)
    if camino == "accion":
        entregar(con_chat.app, disparador)
    elif camino == "edited":
        entregar(con_chat.app, {**disparador, "action": {**disparador["action"], "type": "edited"}})
    elif camino == "parche":
        entregar(con_chat.app, **parche(blanco, nuevo, changes=["text"]))
    else:
        entregar(con_chat.app, **parche(blanco, nuevo, changes=["text"], trigger=disparador))
    visto = ver(con_chat, blanco["id"])
    assert (visto["body"], visto["edited_at"] is None) == ("llego a las nuevemedia", False)
    assert en_lista(con_chat)["last_message"] == "llego a las nuevemedia"
    buscar = lambda q: con_chat.get("api/buscar", params={"q": q}).json()["mensajes"]  # noqa: E731
    assert [m["id"] for m in buscar("nuevemedia")] == [blanco["id"]] and buscar("ochopasadas") == []
    assert limpio.consultar(HISTORIA, (blanco["id"],)) == [("llego a las ochopasadas",)]


def test_una_edicion_cambia_el_pie_de_una_foto(con_chat: Sesion) -> None:
    foto = mensaje_imagen(CLIENTE, "la factura")
    entregar(con_chat.app, foto)
    entregar(con_chat.app, accion(foto["id"], "edit", edited_type="image", edited_content={"caption": "el recibo"}))
    assert (ver(con_chat, foto["id"])["type"], ver(con_chat, foto["id"])["body"]) == ("image", "el recibo")


def test_un_texto_editado_para_ponerle_un_enlace_trae_su_vista_previa(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "mire la página")
    previa = {"body": "mire https://x.co", "title": "X", "url": "https://x.co"}
    entregar(con_chat.app, blanco, accion(blanco["id"], "edit", edited_type="link_preview", edited_content=previa))
    visto = ver(con_chat, blanco["id"])
    assert (visto["type"], visto["body"], visto["data"]) == (
        "link_preview",
        "mire https://x.co",
        {"title": "X", "url": "https://x.co"},
    )


@pytest.mark.parametrize("camino", ["accion", "borrados", "borrados_objeto", "parche"])
def test_un_borrado_conserva_la_fila_y_no_deja_ver_nada_de_lo_que_decia(
    con_chat: Sesion, pantalla: Escucha, limpio: BaseDatos, camino: str
) -> None:
    secreto = mensaje_imagen(CLIENTE, "micedulaes 123", context={"quoted_id": "x", "quoted_content": {"body": "y"}})
    entregar(con_chat.app, secreto, accion(secreto["id"], "reaction", emoji="👍"))
    borrado = accion(secreto["id"], "delete", en=1_700_000_300)
    if camino == "accion":
        entregar(con_chat.app, borrado)
    elif camino == "borrados":
        entregar(con_chat.app, messages_removed=[secreto["id"]])
    elif camino == "borrados_objeto":
        entregar(con_chat.app, messages_removed=[{"id": secreto["id"], "chat_id": secreto["chat_id"]}])
    else:
        entregar(con_chat.app, **parche(secreto, secreto, trigger=borrado))
    visto = ver(con_chat, secreto["id"])
    assert visto["deleted_at"] and visto["body"] == BORRADO
    assert (visto["data"], visto["media"], visto["media_url"], visto["media_count"]) == (None, None, None, 0)
    assert (visto["quoted"], visto["reactions"]) == (None, [])
    assert en_lista(con_chat)["last_message"] == BORRADO
    assert con_chat.get("api/buscar", params={"q": "micedulaes"}).json()["mensajes"] == []
    aviso = pantalla.uno("message_update", lambda e: bool(e["deleted_at"]), plazo=PLAZO)
    todo = repr((con_chat.get(f"api/conversacion/{CLIENTE}").text, con_chat.get("api/conversaciones").text, aviso))
    assert "micedulaes" not in todo
    assert limpio.consultar(HISTORIA, (secreto["id"],)) == [("micedulaes 123",)]  # la fila y su historia se conservan
    assert limpio.valor("SELECT count(*) FROM chat_mensajes") == 2
    exigir_coherencia(limpio)


def test_borrado_es_el_final_ni_una_edicion_ni_una_reaccion_lo_reviven(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    entregar(con_chat.app, blanco, accion(blanco["id"], "delete", en=1_700_000_100))
    entregar(con_chat.app, editar(blanco["id"], "volví", 1_700_000_900))
    entregar(con_chat.app, accion(blanco["id"], "reaction", emoji="👍", en=1_700_000_901))
    visto = ver(con_chat, blanco["id"])
    assert (visto["body"], visto["reactions"], visto["can_edit_until"]) == (BORRADO, [], None)
    assert visto["deleted_at"] == "2023-11-14T22:15:00+00:00"


def test_no_se_puede_citar_un_mensaje_borrado(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    entregar(con_chat.app, blanco, accion(blanco["id"], "delete"))
    pedido = {"to": CLIENTE, "message": "respuesta", "quoted_id": blanco["id"]}
    assert con_chat.post("api/enviar-mensaje", json=pedido).status_code == 400


ENCUESTA = {
    "title": "¿Mañana o tarde?", "options": ["Mañana", "Tarde"], "vote_limit": 1, "total": 0,
    "results": [{"id": "op1", "name": "Mañana", "count": 0, "voters": []},
                {"id": "op2", "name": "Tarde", "count": 0, "voters": []}],
}  # fmt: skip


def _votos(m: Json) -> dict[str, tuple[int, list[str]]]:
    return {o["name"]: (o["count"], o["voters"]) for o in m["data"]["options"]}


def test_un_voto_se_cuenta_y_el_siguiente_de_la_misma_persona_lo_mueve(con_chat: Sesion) -> None:
    encuesta = mensaje(CLIENTE, "poll", ENCUESTA)
    entregar(con_chat.app, encuesta, accion(encuesta["id"], "vote", votes=["op1"], en=1_700_000_001))
    assert _votos(ver(con_chat, encuesta["id"])) == {"Mañana": (1, [CLIENTE]), "Tarde": (0, [])}
    entregar(con_chat.app, accion(encuesta["id"], "vote", votes=["op2"], en=1_700_000_002))
    visto = ver(con_chat, encuesta["id"])
    assert _votos(visto) == {"Mañana": (0, []), "Tarde": (1, [CLIENTE])} and visto["data"]["total"] == 1
    assert visto["body"] == "¿Mañana o tarde?"


def test_los_resultados_por_parche_reemplazan_a_los_votos_de_antes(con_chat: Sesion) -> None:
    encuesta = mensaje(CLIENTE, "poll", ENCUESTA)
    entregar(con_chat.app, encuesta, accion(encuesta["id"], "vote", votes=["op1"], en=1_700_000_001))
    nuevos = [{"id": "op1", "name": "Mañana", "count": 0, "voters": []},
              {"id": "op2", "name": "Tarde", "count": 2, "voters": [CLIENTE, "573008021701"]}]  # fmt: skip
    despues = {**encuesta, "poll": {**ENCUESTA, "results": nuevos}}
    entregar(con_chat.app, **parche(encuesta, despues, changes=["poll"]))
    assert _votos(ver(con_chat, encuesta["id"])) == {"Mañana": (0, []), "Tarde": (2, [CLIENTE, "573008021701"])}


def test_la_ubicacion_en_vivo_se_mueve_sin_decir_que_se_edito(con_chat: Sesion, limpio: BaseDatos) -> None:
    viva = mensaje(CLIENTE, "live_location", {"latitude": 4.6, "longitude": -74.1})
    entregar(con_chat.app, viva)
    movida = {**viva, "live_location": {"latitude": 4.7, "longitude": -74.2}}
    entregar(con_chat.app, **parche(viva, movida, changes=["live_location"]))
    visto = ver(con_chat, viva["id"])
    assert (visto["data"]["latitude"], visto["data"]["live"], visto["edited_at"]) == (4.7, True, None)
    assert limpio.consultar(HISTORIA, (viva["id"],)) == []


def test_un_alfiler_se_pone_y_se_quita(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    entregar(con_chat.app, blanco, accion(blanco["id"], "pin", en=1_700_000_001))
    assert ver(con_chat, blanco["id"])["data"] == {"pinned": True}
    entregar(con_chat.app, accion(blanco["id"], "unpin", en=1_700_000_002))
    assert ver(con_chat, blanco["id"])["data"] is None


@pytest.mark.parametrize("aviso", [{"messages_removed_all": f"{CLIENTE}@s.whatsapp.net"},
                                   {"chats_removed": [f"{CLIENTE}@s.whatsapp.net"]}])  # fmt: skip
def test_vaciar_o_quitar_el_chat_en_el_telefono_se_anota_y_no_borra_nuestra_historia(
    con_chat: Sesion, limpio: BaseDatos, aviso: Json
) -> None:
    entregar(con_chat.app, **aviso)
    assert limpio.valor("SELECT count(*) FROM chat_acciones WHERE tipo IN ('delete_all', 'chat_removed')") == 1
    assert [m["deleted_at"] for m in con_chat.get(f"api/conversacion/{CLIENTE}").json()["twilio_messages"]] == [None]


# --- de quién es


def test_una_accion_nunca_toca_un_mensaje_de_otra_conversacion(con_chat: Sesion, limpio: BaseDatos) -> None:
    blanco = mensaje_texto(CLIENTE, "intacto")
    entregar(con_chat.app, blanco)
    entregar(con_chat.app, accion(blanco["id"], "delete", numero=OTRO))
    entregar(con_chat.app, accion(blanco["id"], "reaction", emoji="👍", numero=OTRO))
    entregar(con_chat.app, editar(blanco["id"], "cambiado", 1_700_000_999, numero=OTRO))
    entregar(con_chat.app, messages_removed=[{"id": blanco["id"], "chat_id": f"{OTRO}@s.whatsapp.net"}])
    visto = ver(con_chat, blanco["id"])
    assert (visto["body"], visto["deleted_at"], visto["edited_at"], visto["reactions"]) == ("intacto", None, None, [])
    assert limpio.valor("SELECT count(*) FROM chat_acciones") == 4


@pytest.mark.parametrize(
    ("nuestro", "de_la_linea", "cambia"),
    [
        (False, False, True),
        (False, True, False),
        (True, True, True),
        (True, False, False),
    ],
)
def test_solo_edita_quien_lo_escribio(con_chat: Sesion, nuestro: bool, de_la_linea: bool, cambia: bool) -> None:
    blanco = mensaje_texto(CLIENTE, "original", from_me=nuestro)
    entregar(con_chat.app, blanco, editar(blanco["id"], "cambiado", 1_700_000_999, from_me=de_la_linea))
    assert ver(con_chat, blanco["id"])["body"] == ("cambiado" if cambia else "original")


@pytest.mark.parametrize(
    ("nuestro", "de_la_linea", "borra"),
    [
        (False, False, True),
        (False, True, True),
        (True, True, True),
        (True, False, False),
    ],
)
def test_borra_quien_lo_escribio_o_la_linea(con_chat: Sesion, nuestro: bool, de_la_linea: bool, borra: bool) -> None:
    blanco = mensaje_texto(CLIENTE, "original", from_me=nuestro)
    entregar(con_chat.app, blanco, accion(blanco["id"], "delete", from_me=de_la_linea))
    assert bool(ver(con_chat, blanco["id"])["deleted_at"]) is borra


# --- en cualquier orden


def _vida(m: Json) -> tuple[Any, ...]:
    reacciones = sorted((r["emoji"], r["from_me"], r["at"]) for r in m["reactions"])
    return m["body"], m["edited_at"], m["deleted_at"], reacciones, m["data"]


def _historias(identificador: str) -> list[Json]:
    """Todo lo que le pasa a un mensaje, cada cosa con su hora."""
    return [
        editar(identificador, "uno", 1_700_000_010, id=f"{identificador}-e1"),
        editar(identificador, "dos", 1_700_000_020, id=f"{identificador}-e2"),
        editar(identificador, "tres", 1_700_000_030, id=f"{identificador}-e3"),
        accion(identificador, "reaction", emoji="👍", en=1_700_000_011, id=f"{identificador}-r1"),
        accion(identificador, "reaction", emoji="", en=1_700_000_012, id=f"{identificador}-r2"),
        accion(identificador, "reaction", emoji="❤️", en=1_700_000_013, id=f"{identificador}-r3"),
        accion(identificador, "reaction", emoji="🙏", en=1_700_000_014, id=f"{identificador}-r4", from_me=True),
    ]


@SIN_REINICIO
@given(azar=st.randoms(use_true_random=False), borrado=st.booleans(), repetidas=st.integers(0, 4))
def test_en_cualquier_orden_antes_o_despues_de_su_mensaje_y_repetidas_queda_lo_mismo(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, azar: random.Random, borrado: bool, repetidas: int
) -> None:
    identificador = f"Blanco{next(_cuenta)}.orden-gBgT"
    blanco = mensaje_texto(CLIENTE, "cero", id=identificador, en=1_700_000_000)
    cosas = [blanco, *_historias(identificador)]
    if borrado:
        cosas.append(accion(identificador, "delete", en=1_700_000_015, id=f"{identificador}-d"))
    cosas += azar.sample(cosas, repetidas)
    azar.shuffle(cosas)
    while cosas:  # en entregas de a una o de a varias
        lote, cosas = cosas[: (n := azar.randint(1, 3))], cosas[n:]
        entregar(app, *lote)
    visto = ver(agente1, identificador)
    historia = [fila[0] for fila in limpio.consultar(HISTORIA, (identificador,))]
    if borrado:
        assert (visto["body"], visto["deleted_at"], visto["reactions"]) == (BORRADO, "2023-11-14T22:13:35+00:00", [])
        assert historia == ["cero", "uno", "dos", "tres"]
    else:
        assert (visto["body"], visto["edited_at"]) == ("tres", "2023-11-14T22:13:50+00:00")
        assert {(r["emoji"], r["from_me"]) for r in visto["reactions"]} == {("❤️", False), ("🙏", True)}
        assert historia == ["cero", "uno", "dos"]
    assert limpio.valor("SELECT count(*) FROM chat_mensajes WHERE mensaje_id = %s", (identificador,)) == 1
    exigir_coherencia(limpio)


@SIN_REINICIO
@given(azar=st.randoms(use_true_random=False))
def test_el_voto_que_vale_es_el_ultimo_llegue_cuando_llegue(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, azar: random.Random
) -> None:
    identificador = f"Encuesta{next(_cuenta)}.orden-gBgT"
    votos = (("op1", False), ("op2", False), ("op1", True), ("op2", True), ("op1", False))
    cosas = [mensaje(CLIENTE, "poll", ENCUESTA, id=identificador)] + [
        accion(identificador, "vote", votes=[voto], en=1_700_000_000 + n, id=f"{identificador}-v{n}", from_me=propio)
        for n, (voto, propio) in enumerate(votos)
    ]
    azar.shuffle(cosas)
    for cosa in cosas:
        entregar(app, cosa)
    assert _votos(ver(agente1, identificador)) == {"Mañana": (1, [CLIENTE]), "Tarde": (1, ["573008021701"])}


def test_dos_avisos_sin_hora_que_se_cruzan_no_hacen_retroceder_el_texto(con_chat: Sesion) -> None:
    textos = [{"body": cuerpo} for cuerpo in ("cero", "uno", "dos")]
    cero, uno, dos = (mensaje_texto(CLIENTE, t["body"], id="SinHora1.x-gBgT") for t in textos)
    entregar(con_chat.app, cero)
    entregar(con_chat.app, **parche(uno, dos, changes=["text"]))
    entregar(con_chat.app, **parche(cero, uno, changes=["text"]))
    assert ver(con_chat, cero["id"])["body"] == "dos"


def test_a_la_misma_hora_decide_la_llegada_y_repetir_no_lo_cambia(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    primera = accion(blanco["id"], "reaction", emoji="👍", id="zzz-primera1")
    segunda = accion(blanco["id"], "reaction", emoji="❤️", id="aaa-segunda1")
    entregar(con_chat.app, blanco, primera, segunda)
    entregar(con_chat.app, primera)
    assert [r["emoji"] for r in ver(con_chat, blanco["id"])["reactions"]] == ["❤️"]


def test_lo_mismo_por_dos_caminos_es_una_sola_edicion(con_chat: Sesion, limpio: BaseDatos, pantalla: Escucha) -> None:
    blanco = mensaje_texto(CLIENTE, "antes")
    entregar(con_chat.app, blanco)
    disparador = editar(blanco["id"], "después", 1_700_000_200)
    nuevo = {**blanco, "text": {"body": "después"}}
    entregar(con_chat.app, disparador)
    entregar(con_chat.app, **parche(blanco, nuevo, trigger=disparador, changes=["text"]))
    entregar(con_chat.app, **parche(blanco, nuevo, changes=["text"]))
    assert limpio.consultar(HISTORIA, (blanco["id"],)) == [("antes",)]
    assert len(pantalla.eventos("message_update")) <= 1


# --- a la vez


def test_el_mensaje_y_lo_que_le_hacen_a_la_vez_no_se_pierden_uno_al_otro(con_chat: Sesion, limpio: BaseDatos) -> None:
    nuevos = [mensaje_texto(CLIENTE, f"m{i}") for i in range(20)]
    tareas: list[Callable[[], int]] = [lambda m=m: webhook(con_chat.app, entrega(m)).status_code for m in nuevos]
    for m in nuevos:
        for cosa in (accion(m["id"], "reaction", emoji="👍"), editar(m["id"], m["text"]["body"] + "!", 1_700_000_900)):
            tareas.append(lambda c=cosa: webhook(con_chat.app, entrega(c)).status_code)
    random.Random(2).shuffle(tareas)
    assert set(a_la_vez(tareas)) == {200}
    ids = [m["id"] for m in nuevos]
    filas = limpio.consultar("SELECT cuerpo, reacciones FROM chat_mensajes WHERE mensaje_id = ANY(%s)", (ids,))
    assert sorted(f[0] for f in filas) == sorted(f"m{i}!" for i in range(20))
    assert all([r["emoji"] for r in f[1]] == ["👍"] for f in filas)
    exigir_coherencia(limpio)


def test_dos_entregas_cruzadas_sobre_varios_chats_no_se_esperan_una_a_otra(con_chat: Sesion, limpio: BaseDatos) -> None:
    blancos = [mensaje_texto(f"5730055500{n:02d}", "hola") for n in range(6)]
    entregar(con_chat.app, *blancos)
    numeros = [b["from"] for b in blancos]
    lotes = []
    for vuelta in range(8):
        orden = list(range(6)) if vuelta % 2 else list(range(5, -1, -1))
        mas: Json = {"emoji": "👍", "en": 1_700_000_000 + vuelta}
        cosas = [accion(blancos[n]["id"], "reaction", numero=numeros[n], **mas) for n in orden]
        lotes.append(entrega(*cosas, *(mensaje_texto(numeros[n], f"v{vuelta}") for n in reversed(orden))))
    assert a_la_vez([lambda c=cuerpo: webhook(con_chat.app, c).status_code for cuerpo in lotes]) == [200] * 8
    exigir_coherencia(limpio)


# --- lo que la pantalla se perdió, y el libro de antes


def test_la_sincronia_trae_el_mensaje_que_cambio_y_su_conversacion(con_chat: Sesion) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    entregar(con_chat.app, blanco)
    cursor = con_chat.get("api/conversaciones").json()["cursor"]
    entregar(con_chat.app, editar(blanco["id"], "adiós", 1_700_000_900))
    cambios = con_chat.get("api/cambios", params={"desde": cursor}).json()
    assert [(m["id"], m["body"]) for m in cambios["mensajes"]] == [(blanco["id"], "adiós")]
    assert cambios["conversaciones"][CLIENTE]["last_message"] == "adiós"


def test_lo_que_una_version_anterior_solo_anotaba_se_aplica_una_vez(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos
) -> None:
    app = arrancar_app(base_datos)
    blanco, otro = mensaje_texto(CLIENTE, "antes"), mensaje_texto(CLIENTE, "borrame")
    entregar(app, blanco, otro)
    app.parar()
    nuevo = {"after_update": {**blanco, "text": {"body": "después"}}}
    anotadas = [
        (accion(blanco["id"], "reaction", emoji="👍"), "reaction", blanco["id"]),
        (nuevo, "edit", blanco["id"]), ({"id": otro["id"]}, "delete", otro["id"]),
    ]  # fmt: skip
    for n, (crudo, tipo, objetivo) in enumerate(anotadas):
        base_datos.ejecutar(
            "INSERT INTO chat_acciones (fuente, accion_id, tipo, objetivo, numero, en, crudo)"
            " VALUES ('whapi', %s, %s, %s, %s, now(), %s::jsonb)",
            (f"vieja-{n}", tipo, objetivo, f"+{CLIENTE}", json.dumps(crudo)),
        )
    base_datos.ejecutar("DELETE FROM chat_esquema")
    app.arrancar().esperar()
    filas = dict(base_datos.consultar("SELECT mensaje_id, cuerpo FROM chat_mensajes"))
    assert filas == {blanco["id"]: "después", otro["id"]: BORRADO}
    emoji = "SELECT reacciones -> 0 ->> 'emoji' FROM chat_mensajes WHERE mensaje_id = %s"
    assert base_datos.valor(emoji, (blanco["id"],)) == "👍"


def test_una_accion_y_su_mensaje_que_no_se_vieron_se_encuentran_en_la_ronda(
    con_chat: Sesion, limpio: BaseDatos
) -> None:
    blanco = mensaje_texto(CLIENTE, "hola")
    entregar(con_chat.app, accion(blanco["id"], "reaction", emoji="👍"))
    # El mensaje guardado por quien no vio la acción: lo que pasa si los dos confirman a la vez en un chat que nace.
    limpio.ejecutar(
        "INSERT INTO chat_mensajes"
        " (conversacion_id, mensaje_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en, origen)"
        " SELECT id, %s, 'x', FALSE, 'text', 'hola', 'delivered', now(), 'customer' FROM chat_conversaciones",
        (blanco["id"],),
    )
    assert limpio.consultar("SELECT * FROM chat_aplicar_pendientes()") != []
    assert [r["emoji"] for r in ver(con_chat, blanco["id"])["reactions"]] == ["👍"]


def test_una_accion_no_lee_todas_las_conversaciones(limpio: BaseDatos) -> None:
    accion = [{"id": "a1", "fuente": "whapi", "tipo": "reaction", "objetivo": "m1", "numero": "+573001110001",
               "en": "2026-01-07T00:00:00Z", "saliente": False, "datos": {}}]  # fmt: skip
    conexion = limpio.conectar()
    with conexion.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; BEGIN")
        cursor.execute("SELECT * FROM chat_recibir_acciones(%s)", [json.dumps(accion)])
        cursor.execute("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'chat_conversaciones'")
        assert cursor.fetchone() == (0,)
    conexion.close()
