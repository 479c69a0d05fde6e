"""El libro: cada entrega contada, cada rechazo con su porqué, y lo ilegible se puede volver a leer sin verlo."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from bandeja import libro, relectura
from bandeja.webhook import contenido
from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, entrega_estados, estado, mensaje, mensaje_texto
from tests.apoyo.en_proceso import AppEnProceso
from tests.apoyo.verdades import exigir_coherencia
from tests.historia.comun import ANA, hace, perder, recuperados, textos

WEBHOOK = "/twilio-chat/webhook/whapi"
ILEGIBLE = "El mensaje no dice con qué persona es."


def ver(cliente: FlaskClient) -> Any:
    respuesta = cliente.get("/twilio-chat/api/libro")
    assert respuesta.status_code == 200
    return respuesta.json


def reprocesar(cliente: FlaskClient, **cuerpo: str) -> Any:
    return cliente.post("/twilio-chat/api/libro/reprocesar", json=cuerpo)


@pytest.fixture
def uno(bandeja: AppEnProceso) -> FlaskClient:
    return bandeja.entrar("agente1")


# --- entregas


def test_cada_clase_de_entrega_se_cuenta(bandeja: AppEnProceso, uno: FlaskClient) -> None:
    for i in range(3):
        bandeja.recibir(entrega(mensaje_texto(ANA, f"{i}")))
    bandeja.recibir(entrega_estados(estado("abcd1234-efgh5678", "read")))
    bandeja.recibir({"lo que sea": [], "event": {"type": "x", "event": "y"}})
    visto = ver(uno)
    assert {(d["type"], d["name"], d["count"]) for d in visto["deliveries"]} == {
        ("messages", "Mensajes", 3), ("statuses", "Estados de envío", 1), ("otras", "Otros avisos", 1),
    }  # fmt: skip
    assert visto["last_delivery"]
    assert visto["refused"] == []


def test_los_rechazos_dicen_por_que(
    bandeja: AppEnProceso, uno: FlaskClient, base_datos: BaseDatos, monkeypatch: pytest.MonkeyPatch
) -> None:
    cliente, bueno = bandeja.cliente(), {"Authorization": "Bearer secreto-de-prueba"}
    cliente.post(WEBHOOK, json={}, headers={"Authorization": "Bearer otro"})
    cliente.post(WEBHOOK, json={})
    cliente.post(WEBHOOK, data="esto no es json", headers=bueno)
    cliente.post(WEBHOOK, data=b"[" + b" " * 21_000_000 + b"]", headers=bueno)
    with monkeypatch.context() as roto:
        roto.setattr(bandeja.servicios.bd, "ejecutar", _sin_base)
        assert bandeja.recibir(entrega(mensaje_texto(ANA, "hola"))) == 503
    vistos = {(r["code"], r["reason"], r["count"]) for r in ver(uno)["refused"]}
    assert vistos == {
        (401, "Sin el secreto, o con otro", 2), (400, "No era una entrega que se pudiera leer", 1),
        (413, "Demasiado grande", 1), (503, "La base de datos no respondió: el proveedor insiste", 1),
    }  # fmt: skip


def _sin_base(*_args: object, **_mas: object) -> None:
    raise libro.BaseNoDisponible


def test_contar_no_escribe_en_la_base_en_cada_entrega(bandeja: AppEnProceso, base_datos: BaseDatos) -> None:
    for i in range(20):
        bandeja.recibir(entrega(mensaje_texto(ANA, f"{i}")))
    assert base_datos.valor("SELECT count(*) FROM chat_entregas") == 0
    bandeja.servicios.respaldo.libro.volcar()
    assert base_datos.consultar("SELECT clave, veces FROM chat_entregas") == [("ok messages", 20)]


def test_sin_base_lo_contado_espera_y_los_procesos_suman(
    bandeja: AppEnProceso, base_datos: BaseDatos, monkeypatch: pytest.MonkeyPatch
) -> None:
    propio, otro = bandeja.servicios.respaldo.libro, libro.LibroDeEntregas(bandeja.servicios.bd)
    propio.anotar_atendida(["messages"], "whapi")
    with monkeypatch.context() as roto:
        roto.setattr(bandeja.servicios.bd, "ejecutar", _sin_base)
        with pytest.raises(libro.BaseNoDisponible):
            propio.volcar()
    propio.anotar_atendida(["messages"], "whapi")
    otro.anotar_atendida(["messages"], "whapi")
    propio.volcar()
    otro.volcar()
    assert base_datos.consultar("SELECT clave, veces FROM chat_entregas") == [("ok messages", 3)]


def test_el_libro_pide_sesion_y_lo_ve_cualquier_agente(bandeja: AppEnProceso) -> None:
    for ruta, metodo in (("libro", "get"), ("libro/comparar", "post"), ("libro/reprocesar", "post")):
        assert getattr(bandeja.cliente(), metodo)(f"/twilio-chat/api/{ruta}", json={}).status_code == 401
    assert ver(bandeja.entrar("agente2"))["success"]


# --- comparaciones


def test_las_comparaciones_quedan_en_el_libro(
    bandeja: AppEnProceso, uno: FlaskClient, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "perdido", hace(8))
    bandeja.servicios.respaldo.historia.comparar("agente")
    visto = ver(uno)
    ultima = visto["comparisons"][0]
    assert (ultima["status"], ultima["reason"], ultima["checked"], ultima["recovered"]) == ("done", "agente", 1, 1)
    assert visto["recovered_total"] == 1
    assert visto["compare_every_minutes"] == 0


def test_pedir_comparar_tiene_freno(uno: FlaskClient) -> None:
    codigos = [uno.post("/twilio-chat/api/libro/comparar").status_code for _ in range(7)]
    assert codigos[0] == 202
    assert codigos[-1] == 429


# --- cartas


def sin_persona(texto: str = "secreto del cliente") -> dict[str, Any]:
    return mensaje_texto(ANA, texto, en=hace(8)) | {"chat_id": ""}


def test_lo_ilegible_se_ve_sin_su_contenido(bandeja: AppEnProceso, uno: FlaskClient) -> None:
    llego = sin_persona()
    for _ in range(2):
        bandeja.recibir(entrega(llego))
    cartas = ver(uno)["dead_letters"]
    assert (cartas["pending"], cartas["resolved"]) == (1, 0)
    (carta,) = cartas["items"]
    assert (carta["reason"], carta["kind"], carta["count"]) == (ILEGIBLE, "Mensajes", 2)
    assert carta["bytes"] > 100
    assert "secreto del cliente" not in json.dumps(cartas)


def test_una_carta_que_ahora_se_entiende_entra_por_el_camino_de_siempre(
    bandeja: AppEnProceso, uno: FlaskClient, base_datos: BaseDatos
) -> None:
    bandeja.recibir(entrega(sin_persona("ya se entiende")))
    # El lector de ayer no la entendía: lo que llegó, con la persona donde el de hoy sí mira.
    chat = json.dumps(f"{ANA}@s.whatsapp.net")
    base_datos.ejecutar("UPDATE chat_ilegibles SET crudo = jsonb_set(crudo, '{chat_id}', %s::JSONB)", [chat])
    assert reprocesar(uno).json == {"success": True, "resueltas": 1, "rechazadas": []}
    assert textos(base_datos, ANA) == ["ya se entiende"]
    assert recuperados(base_datos) == {"ya se entiende"}
    assert ver(uno)["dead_letters"] == {"pending": 0, "resolved": 1, "items": []}
    assert reprocesar(uno).json["resueltas"] == 0
    exigir_coherencia(base_datos)


def test_la_que_sigue_sin_entenderse_dice_por_que(bandeja: AppEnProceso, uno: FlaskClient) -> None:
    bandeja.recibir(entrega(sin_persona()))
    huella = ver(uno)["dead_letters"]["items"][0]["id"]
    assert reprocesar(uno, id=huella).json["rechazadas"] == [{"id": huella, "motivo": ILEGIBLE}]
    (carta,) = ver(uno)["dead_letters"]["items"]
    assert carta["refusal"] == ILEGIBLE
    assert carta["tried"]


def test_una_que_no_existe_es_404(uno: FlaskClient) -> None:
    assert reprocesar(uno, id="no-existe").status_code == 404
    assert reprocesar(uno, id="a\0b").status_code == 400


def test_si_vuelve_a_llegar_ilegible_esta_otra_vez_pendiente(
    bandeja: AppEnProceso, uno: FlaskClient, base_datos: BaseDatos
) -> None:
    carta = sin_persona()
    bandeja.recibir(entrega(carta))
    base_datos.ejecutar("UPDATE chat_ilegibles SET reprocesada_en = now()")
    bandeja.recibir(entrega(carta))
    assert ver(uno)["dead_letters"]["pending"] == 1


@pytest.mark.parametrize(
    ("clave", "crudo"),
    [
        (None, {"id": "abcd1234-efgh5678", "status": "read", "recipient_id": f"{ANA}@s.whatsapp.net"}),
        (None, {"id": "m-1", "type": "text", "chat_id": f"{ANA}@s.whatsapp.net", "text": {"body": "hola"}}),
        (None, {"chats": [{"id": f"{ANA}@s.whatsapp.net", "name": "Ana"}]}),
        ("chats", {"id": f"{ANA}@s.whatsapp.net", "name": "Ana"}),
    ],
)
def test_las_cartas_viejas_se_leen_por_su_forma(
    uno: FlaskClient, base_datos: BaseDatos, clave: str | None, crudo: dict[str, Any]
) -> None:
    base_datos.ejecutar(
        "INSERT INTO chat_ilegibles (huella, fuente, motivo, crudo, clave) VALUES ('h', 'whapi', 'm', %s, %s)",
        [json.dumps(crudo), clave],
    )
    assert reprocesar(uno).json["resueltas"] == 1


def test_de_la_que_no_guardo_lo_que_llego_se_dice(uno: FlaskClient, base_datos: BaseDatos) -> None:
    base_datos.ejecutar(
        "INSERT INTO chat_ilegibles (huella, fuente, motivo, crudo) VALUES ('h', 'whapi', 'm', '\"Entrega(…)\"')"
    )
    assert reprocesar(uno).json["rechazadas"] == [{"id": "h", "motivo": relectura.NO_GUARDA_ENTREGA}]


def test_una_carta_de_twilio_la_lee_su_lector(uno: FlaskClient, base_datos: BaseDatos) -> None:
    base_datos.ejecutar(
        "INSERT INTO chat_ilegibles (huella, fuente, motivo, crudo) VALUES ('h', 'twilio', 'm', '{\"From\": \"x\"}')"
    )
    assert reprocesar(uno).json["resueltas"] == 0
    crudo = {"MessageSid": "SM1", "From": f"whatsapp:+{ANA}", "WaId": ANA, "Body": "hola", "NumMedia": "0"}
    base_datos.ejecutar("UPDATE chat_ilegibles SET crudo = %s", [json.dumps(crudo)])
    assert reprocesar(uno).json["resueltas"] == 1
    assert textos(base_datos, ANA) == ["hola"]


# --- tipos que una versión posterior conoce


def test_lo_guardado_sin_entender_se_relee_cuando_cambia_el_lector(
    bandeja: AppEnProceso, base_datos: BaseDatos, monkeypatch: pytest.MonkeyPatch
) -> None:
    futuro = mensaje(ANA, "holograma", {"body": "te saludo en 3D"}, en=hace(8))
    bandeja.recibir(entrega(futuro, mensaje(ANA, "otro_misterio", {"x": 1}, en=hace(7))))
    assert base_datos.consultar("SELECT tipo FROM chat_mensajes ORDER BY seq") == [("unsupported",), ("unsupported",)]
    relector = bandeja.servicios.respaldo.relector
    assert relector._releer_guardados("v1") == 0
    monkeypatch.setattr(contenido, "_LECTORES", {**contenido._LECTORES, "holograma": contenido._LECTORES["text"]})
    assert relector._releer_guardados("v1") == 0, "con el mismo lector no se recorre otra vez"
    antes = base_datos.valor("SELECT no_leidos FROM chat_conversaciones")
    assert relector._releer_guardados("v2") == 1
    tipos = base_datos.consultar("SELECT tipo, cuerpo FROM chat_mensajes ORDER BY seq")
    assert tipos[0] == ("holograma", "te saludo en 3D")
    assert tipos[1][0] == "unsupported"
    assert base_datos.valor("SELECT no_leidos FROM chat_conversaciones") == antes
    exigir_coherencia(base_datos)


def test_la_huella_del_lector_cambia_con_su_codigo() -> None:
    assert len(relectura.huella_del_lector()) == 64
