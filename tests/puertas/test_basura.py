"""Lo que no se entiende: JSON roto, tipos equivocados en cada campo, números absurdos. Siempre 4xx, nunca 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.apoyo.aplicacion import SECRETO_WEBHOOK, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir
from tests.apoyo.sesiones import Sesion

CLIENTE = "573001234567"
# Método y ruta, con un cuerpo bueno. Cada campo se estropea por turno.
ESCRITURAS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "api/conversaciones"): {"numero": CLIENTE, "nombre": "Alguien"},
    ("POST", "api/enviar-mensaje"): {
        "to": CLIENTE, "message": "hola", "media_url": "https://example.com/a.jpg", "client_id": "c-1",
        "quoted_id": "no-existe",
    },
    ("POST", "api/reintentar-mensaje"): {"seq": 1},
    ("POST", f"api/marcar-leido/{CLIENTE}"): {"hasta": 1},
    ("PUT", f"api/borrador/{CLIENTE}"): {"texto": "a medias"},
    ("PATCH", f"api/conversacion/{CLIENTE}"): {"pinned": True, "muted": False},
    ("POST", "api/respuestas-rapidas"): {"atajo": "hola", "texto": "Buenos días", "compartida": False},
    ("PUT", "api/respuestas-rapidas/1"): {"atajo": "hola", "texto": "Buenos días", "compartida": False},
}  # fmt: skip
OPCIONALES = {"nombre", "media_url", "client_id", "quoted_id", "hasta", "pinned", "muted", "compartida"}
DE_OTRO_TIPO: list[Any] = [[], {}, ["x"], {"a": 1}, 1.5, -1, 2**63, 10**400, float("nan"), float("inf")]
TEXTOS_ROTOS = ["\x00", "\ud800", "a\x00b", "\udfff\ud800", "x" * 900_000]
BOOLEANOS = {"pinned", "muted", "compartida"}
NUMEROS = {"seq", "hasta"}
CRUDOS = [
    b"", b"{", b"nada", b'"texto"', b"[]", b"3", b"null", b"true", b"NaN", b"\xff\xfe\x00", b"{'to': 1}", b'{"to": }',
    b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b'{"seq": ' + b"9" * 5_000 + b"}",
]  # fmt: skip


def _campos() -> list[Any]:
    casos = []
    for (metodo, ruta), bueno in ESCRITURAS.items():
        for campo in bueno:
            malos = list(DE_OTRO_TIPO)
            malos += [7] if campo not in NUMEROS else ["1", True]
            malos += ["sí", 1] if campo in BOOLEANOS else []
            malos += [] if campo in OPCIONALES else [None]
            casos += [pytest.param(metodo, ruta, campo, malos, id=f"{metodo} {ruta} {campo}")]
    return casos


@pytest.mark.parametrize(("metodo", "ruta", "campo", "malos"), _campos())
def test_un_campo_de_otro_tipo_es_400(agente1: Sesion, metodo: str, ruta: str, campo: str, malos: list[Any]) -> None:
    recibir(agente1.app, CLIENTE, "hola")
    for malo in malos:
        cuerpo = json.dumps(ESCRITURAS[metodo, ruta] | {campo: malo})
        respuesta = agente1.request(metodo, ruta, data=cuerpo)
        assert respuesta.status_code == 400, (malo, respuesta.text)
        assert respuesta.json().keys() == {"success", "error"}


@pytest.mark.parametrize(("metodo", "ruta"), ESCRITURAS)
def test_un_texto_que_la_base_no_admite_se_limpia_o_se_rechaza(agente1: Sesion, metodo: str, ruta: str) -> None:
    recibir(agente1.app, CLIENTE, "hola")
    bueno = {campo: valor for campo, valor in ESCRITURAS[metodo, ruta].items() if campo != "quoted_id"}
    for campo in ESCRITURAS[metodo, ruta]:
        for roto in TEXTOS_ROTOS:
            respuesta = agente1.request(metodo, ruta, data=json.dumps(bueno | {campo: roto}))
            assert respuesta.status_code < 500, (campo, roto[:9], respuesta.text)
            assert b"\x00" not in respuesta.content


@pytest.mark.parametrize(("metodo", "ruta"), [("POST", "api/login"), *ESCRITURAS])
def test_un_cuerpo_que_no_es_un_objeto_json_es_400(agente1: Sesion, metodo: str, ruta: str) -> None:
    recibir(agente1.app, CLIENTE, "hola")
    for crudo in CRUDOS:
        if crudo == b"" and "marcar-leido" in ruta:
            continue  # sin cuerpo marca todo
        respuesta = agente1.request(metodo, ruta, data=crudo)
        assert respuesta.status_code == 400, (crudo[:30], respuesta.text)
        assert respuesta.json()["success"] is False


def test_entrar_con_campos_de_otro_tipo_es_401_y_nunca_5xx(app: AppEnMarcha) -> None:
    for malo in DE_OTRO_TIPO:
        for datos in ({"username": malo, "password": "x"}, {"username": "nadie", "password": malo}, {}):
            respuesta = Sesion(app).post("api/login", data=json.dumps(datos))
            assert respuesta.status_code in (401, 429), (datos, respuesta.text)


# --- parámetros de la URL


@pytest.mark.parametrize("nombre", ["limit", "offset"])
@pytest.mark.parametrize("ruta", ["api/conversaciones", f"api/conversacion/{CLIENTE}"], ids=["lista", "chat"])
def test_un_limite_que_no_es_un_numero_es_400(agente1: Sesion, ruta: str, nombre: str) -> None:
    for malo in ("x", "1.5", "1e3", "--1", "-", "٣", "1 ", "0x10", "null", "\x00", "1;drop"):
        respuesta = agente1.get(ruta, params={nombre: malo})
        assert (respuesta.status_code, respuesta.json()["success"]) == (400, False), malo
        assert nombre in respuesta.json()["error"]


@pytest.mark.parametrize(
    ("ruta", "maximo"), [("api/conversaciones", 100), (f"api/conversacion/{CLIENTE}", 200)], ids=["lista", "chat"]
)
def test_los_limites_se_recortan_a_su_intervalo(agente1: Sesion, ruta: str, maximo: int) -> None:
    recibir(agente1.app, CLIENTE, "hola")
    for pedido, aplicado in ((0, 1), (-5, 1), (maximo, maximo), (maximo + 1, maximo), (10**30, maximo)):
        assert agente1.get(ruta, params={"limit": pedido}).json()["limit"] == aplicado
    for pedido, aplicado in ((-1, 0), (10**30, 10_000_000)):
        pagina = agente1.get(ruta, params={"offset": pedido}).json()
        assert (pagina["offset"], pagina["success"]) == (aplicado, True)


@pytest.mark.parametrize(
    "ruta",
    ["api/cambios", "api/cambios?desde=x", "api/cambios?desde=-1", "api/cambios?desde=1%00", "api/cambios?desde=1.5",
     f"api/conversacion/{CLIENTE}?before=x", f"api/conversacion/{CLIENTE}?after=1.5", "api/conversaciones?filtro=otro",
     f"api/conversacion/{CLIENTE}?around=x", "api/conversaciones?orden=otro"],
)  # fmt: skip
def test_un_parametro_que_no_se_entiende_es_400(agente1: Sesion, ruta: str) -> None:
    assert agente1.get(ruta).status_code == 400


def test_buscar_cualquier_cosa_nunca_es_5xx(agente1: Sesion) -> None:
    for q in ("%00", "a%00b", "%ED%A0%80", "%FF", "'", "%25", "_", "\\", "(", "|", "a" * 5_000):
        assert agente1.get(f"api/buscar?q={q}").status_code in (200, 400), q
        assert agente1.get(f"api/buscar?q=hola&numero={q}").status_code in (200, 400), q


@pytest.mark.parametrize("ruta", ["api/conversacion/{}", "api/marcar-leido/{}", "api/borrador/{}"])
def test_un_numero_que_no_es_un_telefono_es_400(agente1: Sesion, ruta: str) -> None:
    metodo = {"api/conversacion/{}": "GET", "api/marcar-leido/{}": "POST"}.get(ruta, "PUT")
    for numero in ("hola", "0", "123", "%00", "..%2F..", "57300123456712345678", "%F0%9F%98%80"):
        respuesta = agente1.request(metodo, ruta.format(numero), data=None if metodo == "GET" else '{"texto": "x"}')
        assert respuesta.status_code in (400, 404), (numero, respuesta.text)


def test_un_cuerpo_que_llega_por_trozos_se_lee_entero(app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion) -> None:
    """Sin Content-Length y con Transfer-Encoding: chunked, como lo puede dejar un intermediario."""
    cuerpo = json.dumps(entrega(mensaje_texto(CLIENTE, "por trozos"))).encode()

    def trozos() -> Iterator[bytes]:
        yield from (cuerpo[i : i + 50] for i in range(0, len(cuerpo), 50))

    cabeceras = {"Authorization": f"Bearer {SECRETO_WEBHOOK}", "Content-Type": "application/json"}
    respuesta = requests.post(app.webhook, data=trozos(), headers=cabeceras, timeout=20)
    assert respuesta.status_code == 200, respuesta.text
    assert limpio.valor("SELECT cuerpo FROM chat_mensajes") == "por trozos"
    mal = agente1.post(f"api/marcar-leido/{CLIENTE}", data=iter([b'{"hasta": "x"}']))
    assert mal.status_code == 400  # su cuerpo se miró
