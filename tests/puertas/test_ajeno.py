"""Lo ajeno: una agente nunca lee, envía, marca, entra ni reintenta lo de otro; y toda ruta nace cerrada (S8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.en_proceso import AppEnProceso
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion

MIO, AJENO, NADIE = "573001234567", "573007654321", "573009999999"
FRASES = {
    "No tienes permiso para ver esta conversación",
    "No tienes permiso para enviar mensajes a esta conversación",
    "Esa conversación ya la atiende otra persona del equipo.",
}
# Lo que no pide sesión, y por qué: todo lo demás la pide.
ABIERTAS = {
    "chat_whatsapp.pagina_login": "la puerta",
    "chat_whatsapp.iniciar_sesion": "la puerta",
    "chat_whatsapp.cerrar_sesion": "salir nunca falla",
    "chat_whatsapp.ver_sesion": "contesta 401 por su cuenta",
    "chat_whatsapp.ver_salud": "la mira la plataforma",
    "chat_whatsapp.webhook_whapi": "se identifica con su secreto",
    "chat_whatsapp.service_worker": "el armazón sin red, sin datos de nadie",
    "chat_whatsapp.twilio.webhook_twilio": "se identifica con su firma; sin cuenta, 404",
    "chat_whatsapp.twilio.estado_twilio": "lo mismo",
    "chat_whatsapp.linea.ver_metricas": "desde esta máquina o con su ficha; las pruebas de la línea lo sujetan",
    "static": "estilos y guiones",
    "estatico_con_version": "los mismos, bajo una dirección que cambia con ellos",
    "inicio": "solo redirige",
}


def _intentos(numero: str, seq: int) -> list[tuple[str, str, Any]]:
    return [
        ("GET", f"api/conversacion/{numero}", None),
        ("GET", f"api/conversacion/%2B{numero}?before={seq}", None),
        ("GET", f"api/conversacion/{numero}?after={seq}", None),
        ("GET", f"api/conversacion/{numero}?around={seq}", None),
        ("GET", f"api/conversacion/{numero.removeprefix('57')}", None),
        ("POST", "api/enviar-mensaje", {"to": numero, "message": "hola"}),
        ("POST", "api/enviar-mensaje", {"to": f"+{numero}", "message": "", "media_url": "https://example.com/a.jpg"}),
        ("POST", f"api/marcar-leido/{numero}", {}),
        ("POST", f"api/marcar-leido/{numero}", {"hasta": seq}),
        ("POST", "api/reintentar-mensaje", {"seq": seq}),
        ("PUT", f"api/borrador/{numero}", {"texto": "x"}),
        ("PATCH", f"api/conversacion/{numero}", {"pinned": True}),
    ]


@pytest.fixture
def fallido_de_agente2(agente1: Sesion, agente2: Sesion, simulador: Simulador) -> int:
    """Un chat de cada uno, y en el de agente2 un mensaje que falló. Devuelve su seq."""
    recibir(agente1.app, MIO, "soy de agente1")
    recibir(agente1.app, AJENO, "soy de agente2")
    simulador.fallar(403)
    respuesta = agente2.post("api/enviar-mensaje", json={"to": AJENO, "message": "no sale"})
    assert respuesta.status_code == 502
    return int(respuesta.json()["message"]["seq"])


@pytest.mark.parametrize("cual", range(12))
def test_nada_de_lo_ajeno_se_lee_ni_se_toca(
    agente1: Sesion, agente2: Sesion, fallido_de_agente2: int, limpio: BaseDatos, simulador: Simulador, cual: int
) -> None:
    antes = limpio.consultar("SELECT * FROM chat_conversaciones ORDER BY id")
    metodo, ruta, cuerpo = _intentos(AJENO, fallido_de_agente2)[cual]
    respuesta = agente1.request(metodo, ruta, json=cuerpo)
    assert respuesta.status_code == 403, respuesta.text
    assert respuesta.json().keys() == {"success", "error"} and respuesta.json()["error"] in FRASES
    assert limpio.consultar("SELECT * FROM chat_conversaciones ORDER BY id") == antes
    assert len(simulador.enviados) == 1
    suyo = agente2.get(f"api/conversacion/{AJENO}").json()
    assert [m["status"] for m in suyo["twilio_messages"]] == ["delivered", "failed"] and suyo["unread_count"] == 1


def test_lo_que_no_existe_se_contesta_igual_que_lo_ajeno(agente1: Sesion, fallido_de_agente2: int) -> None:
    for (metodo, ruta, cuerpo), (_, inexistente, otro) in zip(
        _intentos(AJENO, fallido_de_agente2), _intentos(NADIE, fallido_de_agente2), strict=True
    ):
        ajena = agente1.request(metodo, ruta, json=cuerpo)
        ninguna = agente1.request(metodo, inexistente, json=otro)
        assert (ninguna.status_code, ninguna.json()) == (ajena.status_code, ajena.json()), inexistente


def test_el_seq_de_otro_chat_no_sirve_de_llave_en_el_propio(agente1: Sesion, fallido_de_agente2: int) -> None:
    for parametro in ("before", "after", "around"):
        respuesta = agente1.get(f"api/conversacion/{MIO}", params={parametro: fallido_de_agente2})
        cuerpos = [m["body"] for m in respuesta.json().get("twilio_messages", [])]
        assert set(cuerpos) <= {"soy de agente1"}, parametro
    assert agente1.post(f"api/marcar-leido/{MIO}", json={"hasta": fallido_de_agente2}).json()["unread_count"] == 1


def test_las_listas_los_cambios_y_la_busqueda_solo_traen_lo_propio(agente1: Sesion, fallido_de_agente2: int) -> None:
    busquedas = ("api/buscar?q=soy", "api/buscar?q=7654321", f"api/buscar?q=sale&numero={AJENO}")
    for ruta in ("api/conversaciones", "api/cambios?desde=3", *busquedas):
        texto = agente1.get(ruta).text
        assert AJENO not in texto.replace(f"numero={AJENO}", "") and "soy de agente2" not in texto, ruta
    assert agente1.post("api/conversaciones", json={"numero": AJENO}).status_code == 403


@pytest.mark.parametrize("cuerpo", [AJENO, {"numero": AJENO}, {"numero": f"+{AJENO}"}, {"numero": NADIE}])
def test_no_se_entra_a_la_conversacion_de_otro_por_el_socket(
    agente1: Sesion, escucha: Callable[..., Escucha], fallido_de_agente2: int, cuerpo: Any
) -> None:
    pantalla = escucha(agente1.app, agente1)
    pantalla.emitir("join_conversation", cuerpo)
    assert pantalla.uno("error")["error"] in FRASES
    recibir(agente1.app, AJENO, "esto no es para agente1")
    pantalla.ninguno("new_message", 0.2)


# --- cerrado por defecto


def test_toda_ruta_pide_sesion_salvo_las_abiertas_a_proposito(dentro: AppEnProceso) -> None:
    cliente, abiertas = dentro.cliente(), set()
    valores = {"numero": MIO, "_resto": "messages", "filename": "no-existe", "identificador": 1, "seq": 1}
    valores |= {"version": "0", "archivo": "no-existe"}
    for regla in dentro.app.url_map.iter_rules():
        ruta = dentro.app.url_map.bind("localhost").build(regla.endpoint, {a: valores[a] for a in regla.arguments})
        for metodo in regla.methods - {"OPTIONS", "HEAD"}:
            codigo = cliente.open(ruta, method=metodo, json=None if metodo == "GET" else {}).status_code
            es_pagina = "/api/" not in ruta and codigo == 302
            if regla.endpoint in ABIERTAS:
                abiertas.add(regla.endpoint)
            else:
                assert codigo == 401 or es_pagina, (metodo, ruta, codigo)
    assert abiertas == ABIERTAS.keys(), "una ruta abierta dejó de existir: quítala de la lista"


def test_una_ruta_nueva_sin_marca_no_se_atiende(dentro: AppEnProceso) -> None:
    dentro.app.view_functions["chat_whatsapp.ver_salud"] = lambda: "dentro"
    respuesta = dentro.entrar("agente1").get("/twilio-chat/health")
    assert (respuesta.status_code, "dentro" in respuesta.text) == (401, False)
