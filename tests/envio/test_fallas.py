"""Enviar cuando el proveedor falla: un solo POST, el motivo a la vista y «Reintentar» (D11, D12)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from bandeja.whapi import Whapi
from simulador import Simulador
from tests.apoyo.aplicacion import puerto_libre
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.apoyo.en_proceso import en_proceso
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion
from tests.envio.conftest import CLIENTE, enviar, mensajes


@dataclass(frozen=True)
class Falla:
    """Lo que hace el proveedor, y cómo queda el mensaje: `failed` = seguro no salió; `unknown` = no se sabe."""

    modo: int | str
    estado: str
    frase: str
    opciones: dict[str, Any] = field(default_factory=dict)


NO_CONFIRMO = "puede que el mensaje haya salido"
FALLAS = [
    Falla(400, "failed", "revisa el contenido o el número"),
    Falla(401, "failed", "no está vinculada al teléfono"),
    Falla(402, "failed", "llegó a su límite"),
    Falla(403, "failed", "no permite escribir a este número"),
    Falla(404, "failed", "no encontró el canal o el número"),
    Falla(413, "failed", "demasiado grande"),
    Falla(415, "failed", "no acepta este tipo de archivo"),
    Falla(429, "failed", "pide esperar", {"reintentar_despues": 30}),
    Falla(500, "unknown", "tuvo un problema (500)"),
    Falla(502, "unknown", NO_CONFIRMO),
    Falla(503, "unknown", NO_CONFIRMO),
    Falla(504, "unknown", NO_CONFIRMO),
    Falla(502, "unknown", NO_CONFIRMO, {"html": True}),
    Falla("html", "unknown", NO_CONFIRMO),
    Falla("no_enviado", "failed", "no aceptó el mensaje"),
    Falla("sin_id", "unknown", NO_CONFIRMO, {"aceptado": False}),
    Falla("vacio", "unknown", NO_CONFIRMO),
    Falla("otro_tipo", "unknown", NO_CONFIRMO),
    Falla("cortar", "unknown", NO_CONFIRMO),
    Falla("cortar_a_medias", "unknown", NO_CONFIRMO, {"aceptado": False}),
]


def _comprobar_fallido(sesion: Sesion, respuesta: Any, estado: str, frase: str) -> dict[str, Any]:
    """El mismo fallo en la respuesta, en la página y en la lista. Devuelve el mensaje."""
    datos = respuesta.json()
    assert datos["success"] is False and frase in datos["error"]
    assert (datos["message"]["status"], datos["message"]["error"]) == (estado, datos["error"])
    pagina = sesion.get(f"api/conversacion/{CLIENTE}").json()
    assert pagina["twilio_messages"][-1] == datos["message"] and pagina["total"] == 2
    en_lista = sesion.get("api/conversaciones").json()["conversaciones"][CLIENTE]
    assert (en_lista["last_status"], en_lista["last_error"]) == (estado, datos["error"])
    return dict(datos["message"])


@pytest.mark.parametrize("falla", FALLAS, ids=lambda f: f"{f.modo} {f.opciones or ''}".strip())
def test_un_fallo_es_un_solo_post_y_queda_a_la_vista_con_su_motivo(
    con_chat: Sesion, simulador: Simulador, escucha: Callable[..., Escucha], falla: Falla
) -> None:
    pantalla = escucha(con_chat.app, con_chat)
    simulador.fallar(falla.modo, None, **falla.opciones)
    respuesta = enviar(con_chat)
    assert respuesta.status_code == 502
    guardado = _comprobar_fallido(con_chat, respuesta, falla.estado, falla.frase)
    aviso = pantalla.uno("new_message", lambda d: d["status"] == falla.estado)
    assert (aviso["seq"], aviso["error"]) == (guardado["seq"], guardado["error"])
    pantalla.ninguno("message_status", 0.1)
    assert len(simulador.enviados) == 1


def test_si_el_proveedor_no_contesta_a_tiempo_es_504_y_no_se_repite(
    monkeypatch: pytest.MonkeyPatch, limpio: BaseDatos, simulador: Simulador
) -> None:
    monkeypatch.setattr("descargar_bsl.Whapi", partial(Whapi, plazo_s=0.3))
    with en_proceso(monkeypatch, limpio, WHAPI_API_URL=simulador.url) as app:
        app.recibir(entrega(mensaje_texto(CLIENTE, "hola")))
        simulador.fallar("lento", segundos=0.6, aceptado=False)  # lo acepta, pero tarde
        respuesta = app.entrar("agente1").post(
            "/twilio-chat/api/enviar-mensaje", json={"to": CLIENTE, "message": "hola"}
        )
    assert respuesta.status_code == 504
    assert respuesta.json["error"] == "WhatsApp no respondió a tiempo: puede que el mensaje haya salido."
    assert respuesta.json["message"]["status"] == "unknown" and len(simulador.enviados) == 1
    while not simulador.aceptados:
        time.sleep(0.02)
    assert simulador.esperar_entregas()
    assert limpio.consultar("SELECT estado, error FROM chat_mensajes WHERE saliente") == [("read", None)]


def test_si_nunca_hubo_conexion_seguro_no_salio(monkeypatch: pytest.MonkeyPatch, limpio: BaseDatos) -> None:
    with en_proceso(monkeypatch, limpio, WHAPI_API_URL=f"http://127.0.0.1:{puerto_libre()}") as app:
        app.recibir(entrega(mensaje_texto(CLIENTE, "hola")))
        respuesta = app.entrar("agente1").post(
            "/twilio-chat/api/enviar-mensaje", json={"to": CLIENTE, "message": "hola"}
        )
    assert respuesta.status_code == 502
    assert respuesta.json["error"] == "No se pudo conectar con WhatsApp: el mensaje no salió. Intenta de nuevo."
    assert respuesta.json["message"]["status"] == "failed"


# --- reintentar


def _reintentar(sesion: Sesion, seq: int) -> Any:
    return sesion.post("api/reintentar-mensaje", json={"seq": seq})


@pytest.mark.parametrize("modo", [403, 502], ids=["fallido", "incierto"])
def test_reintentar_es_un_post_mas_de_la_misma_fila(con_chat: Sesion, simulador: Simulador, modo: int) -> None:
    simulador.fallar(modo)
    fallido = enviar(con_chat, "de nuevo", media_url="https://example.com/a.jpg").json()["message"]
    respuesta = _reintentar(con_chat, fallido["seq"])
    assert respuesta.status_code == 200 and respuesta.json()["success"] is True
    primero, segundo = simulador.enviados
    assert (primero.ruta, primero.cuerpo) == (segundo.ruta, segundo.cuerpo)
    assert simulador.esperar_entregas()
    todos = mensajes(con_chat)
    assert [m["body"] for m in todos] == ["Hola", "de nuevo"], todos
    mensaje = todos[-1]
    assert (mensaje["seq"], mensaje["id"], mensaje["status"]) == (fallido["seq"], segundo.id, "read")
    assert (mensaje["error"], mensaje["client_id"]) == (None, fallido["client_id"])


def test_el_primer_intento_de_un_reintentado_no_vuelve_como_otro_mensaje(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    primero = enviar(con_chat, "no llegó").json()
    assert simulador.esperar_entregas()
    limpio.ejecutar("UPDATE chat_mensajes SET estado = 'failed' WHERE saliente")
    assert _reintentar(con_chat, primero["message"]["seq"]).status_code == 200
    assert simulador.esperar_entregas()
    viejo = simulador.estado.mensaje(primero["message_id"])
    assert webhook(con_chat.app, entrega(viejo)).status_code == 200
    assert [m["body"] for m in mensajes(con_chat)] == ["Hola", "no llegó"]


def test_reintentar_y_volver_a_fallar_deja_el_motivo_nuevo(con_chat: Sesion, simulador: Simulador) -> None:
    simulador.fallar(429)
    seq = enviar(con_chat).json()["message"]["seq"]
    simulador.fallar(401)
    respuesta = _reintentar(con_chat, seq)
    assert respuesta.status_code == 502
    assert _comprobar_fallido(con_chat, respuesta, "failed", "no está vinculada")["seq"] == seq
    assert _reintentar(con_chat, seq).status_code == 200
    assert len(simulador.enviados) == 3


def test_lo_que_ya_salio_o_no_es_propio_no_se_reintenta(con_chat: Sesion, simulador: Simulador) -> None:
    enviado = enviar(con_chat).json()["message"]
    entrante = mensajes(con_chat)[0]
    assert _reintentar(con_chat, enviado["seq"]).status_code == 409
    assert _reintentar(con_chat, entrante["seq"]).status_code == 404
    assert _reintentar(con_chat, 10**12).status_code == 404
    assert len(simulador.enviados) == 1


def test_dos_reintentos_a_la_vez_son_un_solo_post(con_chat: Sesion, simulador: Simulador) -> None:
    simulador.fallar(403)
    seq = enviar(con_chat).json()["message"]["seq"]
    simulador.fallar("lento", segundos=0.2)
    codigos: list[int] = []
    salida = threading.Barrier(2)

    def uno() -> None:
        salida.wait()
        codigos.append(_reintentar(con_chat, seq).status_code)

    hilos = [threading.Thread(target=uno) for _ in range(2)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    assert sorted(codigos) == [200, 409] and len(simulador.enviados) == 2


def test_lo_fallido_lo_reintenta_el_dueno_de_hoy_y_no_el_de_ayer(
    con_chat: Sesion, agente2: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    simulador.fallar(403)
    seq = enviar(con_chat).json()["message"]["seq"]
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2'")
    assert _reintentar(con_chat, seq).status_code == 403
    respuesta = _reintentar(agente2, seq)
    assert (respuesta.status_code, respuesta.json()["message"]["agent"]) == (200, "agente2")


def test_un_envio_fallido_no_estorba_a_los_demas(con_chat: Sesion, simulador: Simulador) -> None:
    simulador.fallar(502)
    assert enviar(con_chat, "uno").status_code == 502
    assert enviar(con_chat, "dos").status_code == 200
    recibir(con_chat.app, CLIENTE, "¿y?")
    assert simulador.esperar_entregas()
    assert [(m["body"], m["status"]) for m in mensajes(con_chat)] == [
        ("Hola", "delivered"), ("uno", "unknown"), ("dos", "read"), ("¿y?", "delivered"),
    ]  # fmt: skip
