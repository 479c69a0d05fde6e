"""Por el webhook puede venir cualquier cosa: la respuesta es 200 o 400, y la aplicación sigue trabajando."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import (
    Json,
    entrega,
    entrega_estados,
    estado,
    mensaje,
    mensaje_imagen,
    mensaje_texto,
    recibir,
    webhook,
)
from tests.apoyo.rafagas import CABECERAS
from tests.apoyo.sesiones import Sesion

SIN_REINICIO = settings(max_examples=120, suppress_health_check=list(HealthCheck))
PERSONA = "573400000001"
_cuenta = itertools.count()
_hilo = requests.Session()

# Lo que rompe a quien confía: vacíos, NUL, sustitutos sueltos, números imposibles y tipos cambiados.
VENENOS: list[Any] = [
    None, "", " ", "\x00", "a\x00b", "\ud800", "\udfff x", "\u202e", "🙂" * 50, 0, -1, 1.5, True, False,
    10**30, -(10**400), 1e308, float("nan"), float("inf"), float("-inf"), "1e999", "99999999999999999999",
    "2026-01-07T10:30:00Z", [], {}, [[]], [None], {"": None}, {"\x00": "\x00"}, ["\ud83d"], "x" * 5000,
]  # fmt: skip
venenos = st.sampled_from(VENENOS).map(copy.deepcopy)
textos = st.text(st.characters(codec=None), max_size=20)
cualquiera = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | textos | venenos,
    lambda hijos: st.lists(hijos, max_size=4) | st.dictionaries(textos, hijos, max_size=4),
    max_leaves=12,
)
claves = st.sampled_from(
    ["messages", "statuses", "chats", "chats_updates", "messages_updates", "messages_removed", "messages_removed_all",
     "event", "contacts", "calls"]
)  # fmt: skip


def _modelos() -> list[Json]:
    """Los avisos de la referencia, uno por forma."""
    accion = {"type": "reaction", "target": "UnMensaje", "emoji": "👍"}
    cita = {"quoted_id": "Otro", "quoted_type": "text", "quoted_content": {"body": "antes"}}
    return [
        entrega(mensaje_texto(PERSONA, "hola", context=cita), mensaje_imagen(PERSONA, "pie")),
        entrega(mensaje(PERSONA, "action", accion), mensaje_texto(PERSONA, "propio", from_me=True, status="sent")),
        entrega(
            mensaje(PERSONA, "location", {"latitude": 4.6, "longitude": -74.1, "name": "Sede"}),
            mensaje(PERSONA, "contact", {"name": "Ana", "vcard": "BEGIN:VCARD\nFN:Ana\nEND:VCARD"}),
            mensaje(PERSONA, "link_preview", {"body": "https://example.com", "title": "t"}),
            mensaje(PERSONA, "poll", {"title": "¿Hoy?", "options": ["sí", "no"]}),
        ),
        entrega_estados(estado("UnMensaje", "read", numero=PERSONA)),
        {"chats": [{"id": f"{PERSONA}@s.whatsapp.net", "name": "Ana", "chat_pic": "https://example.com/a.jpg"}]},
        {"chats_updates": [{"before_update": {"id": PERSONA}, "after_update": {"name": "Ana", "unread": 1}}]},
        {"messages_updates": [{"id": "UnMensaje", "trigger": mensaje_texto(PERSONA, "x"), "changes": ["text"]}]},
        {"messages_removed": ["UnMensaje"], "messages_removed_all": f"{PERSONA}@s.whatsapp.net"},
    ]


def _caminos(valor: Any, hasta_aqui: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    hijos: list[tuple[Any, Any]] = []
    if isinstance(valor, dict):
        hijos = list(valor.items())
    elif isinstance(valor, list):
        hijos = list(enumerate(valor))
    return [hasta_aqui] * bool(hasta_aqui) + [c for clave, hijo in hijos for c in _caminos(hijo, (*hasta_aqui, clave))]


@st.composite
def mutados(sortear: st.DrawFn) -> Json:
    """Un aviso bueno con de una a cuatro piezas cambiadas o quitadas."""
    cuerpo = copy.deepcopy(sortear(st.sampled_from(_modelos())))
    for _ in range(sortear(st.integers(1, 4))):
        *padres, clave = sortear(st.sampled_from(_caminos(cuerpo)))
        lugar: Any = cuerpo
        for paso in padres:
            lugar = lugar[paso]
        if sortear(st.booleans()) or isinstance(lugar, list):
            lugar[clave] = sortear(venenos | cualquiera)
        else:
            del lugar[clave]
        if not cuerpo:
            break
    return cuerpo


def _publicar(app: AppEnMarcha, cuerpo: Any) -> int:
    """Con `json.dumps` de Python: escribe NaN, sustitutos sueltos y enteros enormes, como haría un cliente roto."""
    datos = cuerpo if isinstance(cuerpo, bytes) else json.dumps(cuerpo).encode()
    cabeceras = CABECERAS | {"Content-Type": "application/json"}
    return _hilo.post(app.webhook, data=datos, headers=cabeceras, timeout=20).status_code


def _exigir_sana(app: AppEnMarcha, base: BaseDatos) -> None:
    """El siguiente mensaje normal se guarda: lo anterior no dejó nada roto ni tomado."""
    normal = mensaje_texto(PERSONA, f"normal {next(_cuenta)}")
    assert _publicar(app, entrega(normal)) == 200
    assert base.valor("SELECT count(*) FROM chat_mensajes WHERE mensaje_id = %s", (normal["id"],)) == 1


@SIN_REINICIO
@given(cuerpo=cualquiera | st.dictionaries(claves, cualquiera | st.lists(cualquiera, max_size=4), max_size=4))
@example(cuerpo={"messages": [None, 1, "x", [], {}]})
@example(cuerpo={"messages": {"0": "no es una lista"}})
def test_cualquier_json_recibe_200_o_400(app: AppEnMarcha, limpio: BaseDatos, cuerpo: Any) -> None:
    assert _publicar(app, cuerpo) in (200, 400)
    _exigir_sana(app, limpio)


@SIN_REINICIO
@given(cuerpo=mutados())
def test_un_aviso_bueno_con_piezas_cambiadas_recibe_200_o_400_y_no_esconde_al_siguiente(
    app: AppEnMarcha, limpio: BaseDatos, cuerpo: Json
) -> None:
    assert _publicar(app, cuerpo) in (200, 400)
    _exigir_sana(app, limpio)


def _un_mensaje(cuerpo: Json) -> Any:
    mensajes = cuerpo.get("messages")
    return mensajes[0] if isinstance(mensajes, list) and mensajes else mensajes


@SIN_REINICIO
@given(roto=cualquiera | mutados().map(_un_mensaje))
def test_uno_roto_en_un_lote_no_esconde_a_sus_vecinos(app: AppEnMarcha, limpio: BaseDatos, roto: Any) -> None:
    antes, despues = mensaje_texto(PERSONA, "antes"), mensaje_texto(PERSONA, "después")
    assert _publicar(app, {"messages": [antes, roto, despues]}) == 200
    vecinos = "SELECT count(*) FROM chat_mensajes WHERE mensaje_id IN (%s, %s)"
    assert limpio.valor(vecinos, (antes["id"], despues["id"])) == 2


@pytest.mark.parametrize("campo", ["id", "type", "chat_id", "from_me", "timestamp", "text", "from", "from_name"])
def test_cada_campo_con_cada_veneno_recibe_200_y_la_cuenta_sigue_cuadrando(
    app: AppEnMarcha, limpio: BaseDatos, campo: str
) -> None:
    for veneno in VENENOS:
        assert _publicar(app, entrega(mensaje_texto(PERSONA, "hola") | {campo: veneno})) == 200, repr(veneno)[:60]
    _exigir_sana(app, limpio)
    total = limpio.valor("SELECT sum(total_mensajes) FROM chat_conversaciones")
    assert total == limpio.valor("SELECT count(*) FROM chat_mensajes")


@pytest.mark.parametrize(
    "crudo",
    [
        b"", b"{", b"null", b"[]", b'"texto"', b"\xff\xfe\x00", b'{"messages": [', b"\x00" * 100,
        b"[" * 100_000, b'{"messages":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
        b'{"messages": [' + b"1" * 10_000 + b"]}", b'{"messages":[{"timestamp":1e999999}]}', b"messages=hola&x=1",
        '{"messages":[{"id":"ñ'.encode("latin-1"),
    ],
    ids=range(15),
)  # fmt: skip
def test_un_cuerpo_que_no_es_un_aviso_se_rechaza_o_se_ignora_sin_romper_nada(
    app: AppEnMarcha, limpio: BaseDatos, crudo: bytes
) -> None:
    assert _publicar(app, crudo) in (200, 400)
    _exigir_sana(app, limpio)


def test_lo_ilegible_se_guarda_entero_con_su_motivo_y_una_sola_vez(app: AppEnMarcha, limpio: BaseDatos) -> None:
    roto = {"id": "Roto1", "type": "text", "text": {"body": "¿de quién?\x00"}, "timestamp": "ayer"}
    bueno = mensaje_texto(PERSONA, "bueno")
    for _ in range(3):
        assert webhook(app, entrega(roto, bueno)).status_code == 200
    ((motivo, crudo, veces),) = limpio.consultar("SELECT motivo, crudo, veces FROM chat_ilegibles")
    assert (motivo, veces) == ("El mensaje no dice con qué persona es.", 3)
    assert crudo["id"] == "Roto1"
    assert crudo["text"]["body"].startswith("¿de quién?")


HORAS = [0, -5, 1e18, "abc", None, "1767781800", 1767781800.9, 1767781800123, True, [], 10**40]


@pytest.mark.parametrize("hora", HORAS, ids=range(len(HORAS)))
def test_una_hora_absurda_se_cambia_por_la_de_llegada_y_una_escrita_de_otro_modo_se_entiende(
    app: AppEnMarcha, limpio: BaseDatos, hora: Any
) -> None:
    assert webhook(app, entrega(mensaje_texto(PERSONA, "hola") | {"timestamp": hora})).status_code == 200
    segundos = float(limpio.valor("SELECT extract(epoch FROM enviado_en) FROM chat_mensajes"))
    buena = str(hora).startswith("17677818")
    assert abs(segundos - (1767781800 if buena else time.time())) < 60


def test_el_texto_con_nul_y_sustitutos_sueltos_llega_a_la_pantalla(app: AppEnMarcha, agente1: Sesion) -> None:
    datos = json.dumps(entrega(mensaje_texto(PERSONA, "uno\x00dos\ud83dtres\nlínea")))
    assert _publicar(app, datos.encode()) == 200
    (visto,) = agente1.get(f"api/conversacion/{PERSONA}").json()["twilio_messages"]
    assert visto["body"] == "uno\ufffddos\ufffdtres\nlínea"


def test_un_cuerpo_demasiado_grande_es_413_y_la_aplicacion_sigue(app: AppEnMarcha, limpio: BaseDatos) -> None:
    enorme = b'{"messages":["' + b"x" * (21 * 1024 * 1024) + b'"]}'
    with contextlib.suppress(requests.ConnectionError):  # también vale que corte sin leerlo entero
        assert _publicar(app, enorme) == 413
    _exigir_sana(app, limpio)


def test_una_entrega_de_quinientos_mensajes_entra_entera(app: AppEnMarcha, limpio: BaseDatos) -> None:
    muchos = [mensaje_texto(f"5734100{n % 40:05d}", f"m{n}", en=time.time() - 600 + n) for n in range(500)]
    assert webhook(app, entrega(*muchos)).status_code == 200
    assert limpio.valor("SELECT count(*) FROM chat_mensajes") == 500
    assert limpio.valor("SELECT valor FROM sistema_asignacion") == 40


def _verbo(app: AppEnMarcha, verbo: str, ruta: str) -> Callable[[Any], int]:
    return lambda cuerpo: webhook(app, cuerpo, metodo=verbo, ruta=ruta).status_code


@pytest.mark.parametrize("verbo", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("ruta", ["", "/messages/post", "/messages", "/statuses", "/lo/que/sea"])
def test_por_cualquier_verbo_y_ruta_la_basura_no_rompe_y_lo_bueno_entra(
    app: AppEnMarcha, limpio: BaseDatos, verbo: str, ruta: str
) -> None:
    publicar = _verbo(app, verbo, ruta)
    assert publicar({"messages": "x"}) == 400
    assert publicar(entrega(mensaje_texto(PERSONA, "hola"))) == 200
    assert limpio.valor("SELECT count(*) FROM chat_mensajes") == 1
    recibir(app, PERSONA, "y otro")
