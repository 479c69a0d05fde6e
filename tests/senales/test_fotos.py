"""Nombres y fotos al día: los bytes son nuestros, los ve solo el dueño y un aviso falso no descarga nada."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from simulador import Simulador, muestras
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion

NUMERO = "573001234567"
ROJO, AZUL = (200, 30, 30), (30, 30, 200)


def enlace(simulador: Simulador, datos: bytes, mime: str = "image/png", firma: str = "oh=1") -> str:
    medio = simulador.estado.guardar_medio(datos, mime)
    return f"{simulador.url}/in-files/{simulador.linea}/{medio.id}.png?{firma}"


def avisar(app: AppEnMarcha, url: str, numero: str = NUMERO, nombre: str = "Ana") -> None:
    chat = {"id": f"{numero}@s.whatsapp.net", "type": "contact", "name": nombre, "chat_pic": url}
    assert webhook(app, {"chats": [chat], "event": {"type": "chats", "event": "post"}}).status_code == 200


def foto_de(sesion: Sesion, numero: str = NUMERO) -> str | None:
    dicha: str | None = sesion.get("api/conversaciones").json()["conversaciones"][numero]["profile_picture"]
    return dicha


def fotos(base: BaseDatos) -> list[Json]:
    columnas = ("version", "intentos", "pendiente")
    filas = base.consultar("SELECT version, intentos, proxima_en IS NOT NULL FROM chat_fotos")
    return [dict(zip(columnas, fila, strict=True)) for fila in filas]


def test_la_foto_se_guarda_achicada_y_se_sirve_solo_al_dueno(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, agente2: Sesion, simulador: Simulador,
    escucha: Callable[..., Escucha],
) -> None:  # fmt: skip
    recibir(app, NUMERO, "hola")
    uno, dos = escucha(app, agente1), escucha(app, agente2)
    assert foto_de(agente1) is None
    avisar(app, enlace(simulador, muestras.png(640, 640, ROJO)))
    anunciada = uno.uno("conversation_update", lambda d: d["event_type"] == "photo_changed", plazo=30)
    direccion = foto_de(agente1)
    assert direccion == anunciada["profile_picture"] and direccion.startswith(f"/twilio-chat/api/foto/{NUMERO}?v=")
    assert not dos.eventos("conversation_update")
    servida = agente1.get(direccion)
    with Image.open(io.BytesIO(servida.content)) as imagen:
        assert max(imagen.size) <= 320
    assert servida.headers["Content-Type"] == "image/webp"
    assert servida.headers["Cache-Control"].startswith("private")
    assert servida.headers["X-Content-Type-Options"] == "nosniff"
    assert agente1.get(direccion, headers={"If-None-Match": servida.headers["ETag"]}).status_code == 304
    assert agente2.get(direccion).status_code == 403
    assert Sesion(app).get(direccion).status_code == 401
    assert agente1.get("api/foto/573000000000").status_code == 403


def test_un_falso_aviso_de_foto_nueva_no_descarga_otra_vez(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador
) -> None:
    recibir(app, NUMERO, "hola")
    direccion = enlace(simulador, muestras.png(64, 64, ROJO))
    avisar(app, direccion)
    hasta(lambda: foto_de(agente1), 30)
    antes = foto_de(agente1)
    for firma in range(5):
        avisar(app, direccion.replace("oh=1", f"oh={firma}"))
    assert fotos(limpio) == [{"version": antes.partition("v=")[2], "intentos": 0, "pendiente": False}]
    # Una de verdad espera su turno: a lo sumo una descarga por hora y persona.
    avisar(app, enlace(simulador, muestras.png(64, 64, AZUL)))
    assert limpio.valor("SELECT proxima_en > now() + INTERVAL '50 minutes' FROM chat_fotos")
    limpio.ejecutar("UPDATE chat_fotos SET proxima_en = now()")
    hasta(lambda: foto_de(agente1) != antes, 30)


@pytest.mark.parametrize(("datos", "mime"), [
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
    (b"<html><script>1</script></html>", "image/png"), (b"", "image/png"),
    (b"\x89PNG\r\n\x1a\n" + b"x" * 300_000, "image/png"),
])  # fmt: skip
def test_lo_que_no_es_una_imagen_razonable_no_se_sirve(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador, datos: bytes, mime: str
) -> None:
    recibir(app, NUMERO, "hola")
    avisar(app, enlace(simulador, datos, mime))
    hasta(lambda: fotos(limpio)[0]["intentos"], 30)
    assert foto_de(agente1) is None
    assert agente1.get(f"api/foto/{NUMERO}").status_code == 404


@pytest.mark.parametrize("url", [
    "https://example.com/foto.jpg", "http://127.0.0.1:1/foto.jpg", "https://169.254.169.254/latest", "https://pps.whatsapp.net@evil.example/x",
])  # fmt: skip
def test_de_otros_servidores_no_se_trae_nada(app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, url: str) -> None:
    recibir(app, NUMERO, "hola")
    avisar(app, url)
    hasta(lambda: fotos(limpio)[0]["intentos"], 30)
    assert foto_de(agente1) is None
    assert "no está permitido" in app.registro()


def test_repasar_los_chats_pone_al_dia_a_todos_con_una_llamada_por_pagina(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador
) -> None:
    numeros = [f"57300123{n:04d}" for n in range(6)]
    for numero in numeros:
        recibir(app, numero, "hola", nombre=None)
        simulador.escribir(numero, "x", f"Persona {numero}")
    simulador.esperar_entregas()
    limpio.ejecutar("UPDATE chat_conversaciones SET nombre = NULL")
    ya = "INSERT INTO chat_relojes VALUES ('chats', now()) ON CONFLICT (clave) DO UPDATE SET proxima_en = now()"
    limpio.ejecutar(ya)
    hasta(lambda: limpio.valor("SELECT count(*) FROM chat_conversaciones WHERE nombre LIKE 'Persona %%'") == 6, 30)
    assert [p.ruta for p in simulador.peticiones if p.ruta.startswith(("/chats", "/contacts"))] == ["/chats"]


def test_los_avisos_de_contactos_tambien_ponen_nombre(app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion) -> None:
    recibir(app, NUMERO, "hola", nombre=None)
    webhook(app, {"contacts": [{"id": NUMERO, "name": "", "pushname": "Ana"}, {"id": "1203@g.us", "name": "Grupo"}]})
    assert limpio.valor("SELECT nombre FROM chat_conversaciones") == "Ana"
    cambio = {"before_update": {"id": NUMERO}, "after_update": {"id": NUMERO, "name": "Ana María"}}
    webhook(app, {"contacts_updates": [cambio]})
    assert limpio.valor("SELECT nombre FROM chat_conversaciones") == "Ana María"
    assert limpio.valor("SELECT count(*) FROM chat_ilegibles") == 0
