"""La base se cae con trabajo encima: nada se da por recibido sin guardarse, nadie cambia de dueño y vuelve sola."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from bandeja import bd, repositorio
from bandeja.configuracion import BasePostgres
from bandeja.errores import BaseNoDisponible
from bandeja.esquema import aplicar_esquema
from bandeja.postgres_local import PostgresLocal
from bandeja.telefono import exigir
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos, crear_base
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.apoyo.rafagas import Carga, conversacion, hasta, reentregar_todo
from tests.apoyo.sesiones import Sesion, entrar
from tests.apoyo.verdades import contador, duenos, exigir_coherencia, exigir_turnos_alternos, guardados

ArrancarApp = Callable[..., AppEnMarcha]
FRASE = "No hay conexión con la base de datos"
RUTAS = (
    ("GET", "api/conversaciones", None),
    ("GET", "api/conversacion/573300000000", None),
    ("GET", "api/cambios?desde=1", None),
    ("POST", "api/marcar-leido/573300000000", {}),
    ("POST", "api/enviar-mensaje", {"to": "573300000000", "message": "hola"}),
    ("POST", "api/reintentar-mensaje", {"seq": 1}),
    ("POST", "api/conversaciones", {"numero": "573300000009"}),
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresLocal]:
    """Un PostgreSQL de verdad, durable, solo para tumbarlo."""
    carpeta = Path(tempfile.mkdtemp(prefix="bandeja-caidas-"))
    carpeta.chmod(0o755)
    servidor = PostgresLocal(carpeta)
    servidor.iniciar()
    yield servidor
    servidor.parar()
    shutil.rmtree(carpeta, ignore_errors=True)


def _tumbar(servidor: PostgresLocal) -> None:
    """Como un corte de luz: sin despedirse de nadie ni escribir lo pendiente."""
    pid = int((Path(servidor.host) / "datos" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)
    servidor.parar()


def _exigir_sin_base(app: AppEnMarcha, sesion: Sesion) -> None:
    salud = requests.get(f"{app.url}/twilio-chat/health", timeout=10)
    assert (salud.status_code, salud.json()["status"]) == (503, "unhealthy")
    assert salud.json()["database"] == "unavailable"
    for metodo, ruta, cuerpo in RUTAS:
        respuesta = sesion.request(metodo, ruta, json=cuerpo)
        assert respuesta.status_code == 503, (ruta, respuesta.text)
        assert respuesta.json()["success"] is False
        assert FRASE in respuesta.json()["error"]
        assert "conversaciones" not in respuesta.json()


def test_la_base_cae_dos_veces_bajo_carga_y_no_hay_un_200_sin_guardar_ni_cambia_ningun_dueno(
    arrancar_app: ArrancarApp, postgres: PostgresLocal
) -> None:
    base = crear_base(postgres)
    app = arrancar_app(base)
    sesion = entrar(app, "agente1")
    clientes = [conversacion(f"57330{n:07d}", 4000, time.time() - 5000) for n in range(8)]
    recibir(app, clientes[0][0]["from"], "antes de todo", en=time.time() - 6000)
    carga = Carga(app, clientes, pausa=0.002).empezar()
    vueltas = []
    for tumbar in (_tumbar, PostgresLocal.parar):
        carga.esperar_contestados(len(carga.con_codigo(200)) + 150)
        antes = duenos(base)
        tumbar(postgres)
        _exigir_sin_base(app, sesion)
        postgres.iniciar()
        levantada = time.monotonic()
        hasta(lambda: app.salud() == 200, 10, 0.02)
        vueltas.append(time.monotonic() - levantada)
        carga.esperar_contestados(len(carga.con_codigo(200)) + 50)
        assert antes.items() <= duenos(base).items()
    carga.terminar()
    assert max(vueltas) < 5
    assert carga.codigos() == {200, 503}
    assert all(FRASE in e.frase for e in carga.con_codigo(503))
    filas = guardados(base)
    assert {e.mensaje["id"] for e in carga.con_codigo(200)} - set(filas) == set()
    pedidos = [e.mensaje for e in carga.hechos]
    reentregar_todo(app, pedidos)
    esperados = {m["id"] for m in pedidos}
    assert {i: n for i, n in guardados(base).items() if i in esperados} == Counter(esperados)
    assert contador(base) == len(duenos(base)) == len(clientes)
    exigir_turnos_alternos(base, ["agente1", "agente2"])
    exigir_coherencia(base)


def test_arrancar_con_la_base_caida_lo_dice_y_empieza_a_trabajar_cuando_vuelve(
    arrancar_app: ArrancarApp, postgres: PostgresLocal
) -> None:
    base = crear_base(postgres)
    postgres.parar()
    app = arrancar_app(base, salud=503)
    app.esperar_en_registro("Arranca sin base de datos")
    sesion = entrar(app, "agente1")
    _exigir_sin_base(app, sesion)
    assert webhook(app, entrega(mensaje_texto("573300000001", "hola"))).status_code == 503
    postgres.iniciar()
    hasta(lambda: app.salud() == 200, 10)
    recibir(app, "573300000001", "hola")
    assert list(sesion.get("api/conversaciones").json()["conversaciones"]) == ["573300000001"]
    exigir_coherencia(base)


def test_tras_reiniciar_la_base_las_reasignaciones_por_sql_se_vuelven_a_anunciar(
    arrancar_app: ArrancarApp, postgres: PostgresLocal, escucha: Callable[..., object]
) -> None:
    base = crear_base(postgres)
    app = arrancar_app(base)
    recibir(app, "573300000002", "hola")
    postgres.parar()
    postgres.iniciar()
    hasta(lambda: app.salud() == 200, 10)
    oyentes = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%'"
    hasta(lambda: base.valor(oyentes) == 1, 10)
    pantalla = escucha(app, entrar(app, "agente2"))
    base.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2'")
    aviso = pantalla.uno("conversation_update")  # type: ignore[attr-defined]
    assert (aviso["numero"], aviso["event_type"]) == ("573300000002", "assigned")


@contextmanager
def _agujero_negro() -> Iterator[int]:
    """Un puerto que acepta y nunca contesta, como una red que se traga los paquetes."""
    with socket.socket() as mudo:
        mudo.bind(("127.0.0.1", 0))
        mudo.listen(100)
        yield mudo.getsockname()[1]


@pytest.mark.lento
def test_una_base_que_acepta_y_no_contesta_no_cuelga_ni_el_arranque_ni_las_peticiones(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    with _agujero_negro() as puerto:
        entorno = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(puerto)}
        inicio = time.monotonic()
        app = arrancar_app(base_datos, entorno, esperar=False)
        app.esperar_en_registro("Escuchando", 30)
        assert time.monotonic() - inicio < 20
        inicio = time.monotonic()
        codigos: list[int] = []
        hilos = [
            threading.Thread(
                target=lambda: codigos.append(requests.get(f"{app.url}/twilio-chat/health", timeout=40).status_code)
            )
            for _ in range(4)
        ]
        for hilo in hilos:
            hilo.start()
        sesion = entrar(app, "agente1")
        assert sesion.get("api/session").status_code == 200
        for hilo in hilos:
            hilo.join()
        assert codigos == [503] * 4
        assert time.monotonic() - inicio < 20


def _con_plazos(monkeypatch: pytest.MonkeyPatch, base: BaseDatos, plazos: str) -> bd.BaseDatos:
    monkeypatch.setattr(bd, "_AJUSTES", plazos)
    destino = BasePostgres(base.host, base.puerto, base.usuario, "", base.nombre, "disable")
    return bd.BaseDatos(lambda: destino, aplicar_esquema)


def test_poner_al_dia_una_base_grande_no_se_corta_por_el_plazo_de_las_consultas(
    monkeypatch: pytest.MonkeyPatch, base_datos: BaseDatos
) -> None:
    bandeja = _con_plazos(monkeypatch, base_datos, "SET statement_timeout = '60ms'")
    assert bandeja.ejecutar(repositorio.hay_base)
    with pytest.raises(BaseNoDisponible):  # y el plazo sigue vigente para lo demás
        bandeja.ejecutar(lambda con: bd.filas(con, "SELECT pg_sleep(1)"))


def test_un_candado_que_alguien_dejo_tomado_se_espera_una_vez_y_no_tira_las_demas_conexiones(
    monkeypatch: pytest.MonkeyPatch, base_datos: BaseDatos
) -> None:
    bandeja = _con_plazos(monkeypatch, base_datos, "SET lock_timeout = '300ms'")
    bandeja.ejecutar(repositorio.hay_base)
    otro = base_datos.conectar()
    otro.autocommit = False
    with otro.cursor() as cursor:
        cursor.execute("UPDATE sistema_asignacion SET valor = 0")
    desde = time.monotonic()
    with pytest.raises(BaseNoDisponible):
        bandeja.ejecutar(lambda con: repositorio.asignar(con, exigir("573001234567"), ["agente1"]))
    assert time.monotonic() - desde < 0.55
    otro.close()
    assert bandeja._ultima_caida == 0
