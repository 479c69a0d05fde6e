"""La aplicación muere o la mandan parar con trabajo encima: lo contestado está, nada se dobla y nada sale dos veces."""

from __future__ import annotations

import os
import resource
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests

from simulador import Simulador
from simulador.nucleo import Ciclo
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, recibir
from tests.apoyo.rafagas import SIN_RESPUESTA, Carga, conversacion, hasta, reentregar_todo
from tests.apoyo.sesiones import Sesion, entrar
from tests.apoyo.verdades import contador, duenos, exigir_coherencia, exigir_turnos_alternos, guardados, reparto

ArrancarApp = Callable[..., AppEnMarcha]
CLIENTES = [f"57320{n:07d}" for n in range(12)]
INTERRUMPIDO = "El envío se interrumpió"


def _clientes(mensajes: int = 60) -> list[list[Json]]:
    desde = time.time() - 1000
    return [conversacion(numero, mensajes, desde) for numero in CLIENTES]


def _exigir_orden(base: BaseDatos, clientes: Sequence[list[Json]]) -> None:
    """Cada chat, leído como lo lee la pantalla, está completo y en el orden en que se escribió."""
    for mensajes in clientes:
        filas = base.consultar(
            "SELECT m.mensaje_id FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id"
            " WHERE c.numero = %s ORDER BY m.enviado_en, m.seq",
            (f"+{mensajes[0]['from']}",),
        )
        assert [f[0] for f in filas] == [m["id"] for m in mensajes]


def test_lo_contestado_antes_de_un_kill_9_esta_y_la_reentrega_no_dobla_ni_desordena(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    app, clientes = arrancar_app(base_datos), _clientes()
    for muerte in range(2):
        carga = Carga(app, clientes).empezar()
        carga.esperar_contestados(100 + 150 * muerte)
        app.matar()
        carga.terminar()
        filas = guardados(base_datos)
        confirmados = {e.mensaje["id"] for e in carga.con_codigo(200)}
        assert carga.codigos() <= {200, SIN_RESPUESTA}
        assert confirmados - set(filas) == set()
        assert max(filas.values()) == 1
        assert contador(base_datos) == len(duenos(base_datos))
        app.arrancar().esperar()
    antes = duenos(base_datos)
    reentregar_todo(app, [m for mensajes in zip(*clientes, strict=True) for m in mensajes])
    reentregar_todo(app, [m for mensajes in reversed(clientes) for m in mensajes])
    assert guardados(base_datos) == Counter(m["id"] for mensajes in clientes for m in mensajes)
    assert antes.items() <= duenos(base_datos).items()
    assert reparto(base_datos) == {"agente1": 6, "agente2": 6}
    assert contador(base_datos) == len(CLIENTES)
    exigir_turnos_alternos(base_datos, ["agente1", "agente2"])
    _exigir_orden(base_datos, clientes)
    exigir_coherencia(base_datos)


@pytest.mark.parametrize("reusar_conexion", [True, False])
def test_sigterm_bajo_carga_deja_terminar_lo_empezado_y_sale_pronto(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, reusar_conexion: bool
) -> None:
    app = arrancar_app(base_datos)
    carga = Carga(app, _clientes(400), reusar_conexion=reusar_conexion).empezar()
    carga.esperar_contestados(150)
    pedido = time.monotonic()
    assert app.parar() == 0
    demora = time.monotonic() - pedido
    carga.terminar()
    assert demora < 5
    assert carga.codigos() <= {200, SIN_RESPUESTA}
    assert {e.mensaje["id"] for e in carga.con_codigo(200)} <= set(guardados(base_datos))
    # Quien ya había entregado su petición recibe respuesta: los cortes, si los hay, son de conexiones rechazadas.
    cortados = [e for e in carga.con_codigo(SIN_RESPUESTA) if e.enviado_en < pedido]
    assert [e.fallo for e in cortados] == []


def test_sigterm_espera_a_un_envio_que_esta_en_manos_del_proveedor(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    sesion, respuestas = _chat(app), []
    simulador_propio.fallar("lento", segundos=1.0)
    hilo = threading.Thread(target=lambda: respuestas.append(_enviar(sesion)))
    hilo.start()
    hasta(lambda: simulador_propio.enviados)
    assert app.parar() == 0
    hilo.join(10)
    assert [r.status_code for r in respuestas] == [200]
    assert base_datos.valor("SELECT mensaje_id FROM chat_mensajes WHERE saliente") == respuestas[0].json()["message_id"]


def test_sigterm_sin_nada_en_curso_sale_enseguida_aunque_haya_pantallas_abiertas(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, escucha: Callable[..., Any]
) -> None:
    app = arrancar_app(base_datos)
    for _ in range(3):
        escucha(app, entrar(app, "agente1"))
    inicio = time.monotonic()
    assert app.parar() == 0
    assert time.monotonic() - inicio < 2


# --- La aplicación muere a mitad de un envío


def _chat(app: AppEnMarcha) -> Sesion:
    recibir(app, CLIENTES[0], "hola")
    return entrar(app, "agente1")


def _enviar(sesion: Sesion) -> requests.Response:
    return sesion.post(
        "api/enviar-mensaje", json={"to": CLIENTES[0], "message": "a medias", "client_id": "el-de-la-caida"}
    )


def _morir_a_mitad_de_un_envio(app: AppEnMarcha, simulador: Simulador) -> None:
    sesion = _chat(app)
    simulador.fallar("lento", segundos=1.5)

    def enviar() -> None:
        with pytest.raises(requests.RequestException):
            _enviar(sesion)

    hilo = threading.Thread(target=enviar)
    hilo.start()
    hasta(lambda: simulador.enviados)
    app.matar()
    hilo.join(10)


def _envejecer(base: BaseDatos) -> None:
    """Como si el envío se hubiera empezado hace rato: los dos minutos no se esperan de verdad."""
    base.ejecutar("UPDATE chat_mensajes SET intentado_en = intentado_en - INTERVAL '3 minutes' WHERE saliente")


def test_un_envio_cortado_por_la_muerte_queda_desconocido_con_su_razon_y_nunca_se_repite(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    simulador_propio.ciclo = Ciclo(eco=False, estados=())
    app = arrancar_app(base_datos)
    _morir_a_mitad_de_un_envio(app, simulador_propio)
    fila = "SELECT estado, COALESCE(error, '') FROM chat_mensajes WHERE saliente"
    assert base_datos.consultar(fila) == [("pending", "")]
    app.arrancar().esperar()
    time.sleep(0.5)
    assert base_datos.consultar(fila) == [("pending", "")], "un envío reciente puede seguir en manos de otro proceso"
    app.matar()
    _envejecer(base_datos)
    app.arrancar().esperar()
    hasta(lambda: base_datos.valor("SELECT estado FROM chat_mensajes WHERE saliente") == "unknown")
    sesion = entrar(app, "agente1")
    visto = sesion.get(f"api/conversacion/{CLIENTES[0]}").json()["twilio_messages"][-1]
    assert (visto["status"], visto["body"]) == ("unknown", "a medias")
    assert INTERRUMPIDO in visto["error"]
    _enviar(sesion)
    assert len(simulador_propio.enviados) == 1
    assert sesion.post("api/reintentar-mensaje", json={"seq": visto["seq"]}).status_code == 200
    assert len(simulador_propio.enviados) == 2


def test_si_el_eco_llega_despues_de_la_muerte_se_sabe_que_si_salio(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    simulador_propio.pausar()
    _morir_a_mitad_de_un_envio(app, simulador_propio)
    app.arrancar().esperar()
    simulador_propio.reanudar()
    estados = "SELECT estado, mensaje_id FROM chat_mensajes WHERE saliente"
    hasta(lambda: base_datos.consultar(estados) == [("read", simulador_propio.aceptados[0].id)])
    _envejecer(base_datos)
    assert len(simulador_propio.enviados) == 1
    exigir_coherencia(base_datos)


def test_dos_procesos_y_uno_muere_el_otro_sigue_y_el_reparto_no_se_salta_a_nadie(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    apps = [arrancar_app(base_datos, esperar=False) for _ in range(2)]
    for una in apps:
        una.esperar()
    clientes = _clientes(40)
    cargas = [Carga(una, clientes[i::2], pausa=0.002).empezar() for i, una in enumerate(apps)]
    cargas[1].esperar_contestados(40)
    os.kill(apps[1].proceso.pid, signal.SIGKILL)
    for carga in cargas:
        carga.terminar()
    assert cargas[0].codigos() == {200}
    reentregar_todo(apps[0], [m for mensajes in clientes for m in mensajes])
    assert guardados(base_datos) == Counter(m["id"] for mensajes in clientes for m in mensajes)
    exigir_turnos_alternos(base_datos, ["agente1", "agente2"])
    _exigir_orden(base_datos, clientes)
    exigir_coherencia(base_datos)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="este sistema no deja cambiar el tope de otro proceso")
def test_quedarse_sin_archivos_por_abrir_no_deja_al_proceso_vivo_y_sordo(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    app = arrancar_app(base_datos)
    pid = app.proceso.pid
    _, tope = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")) + 10, tope))
    ocupadas = [socket.create_connection(("127.0.0.1", app.puerto)) for _ in range(40)]
    app.esperar_en_registro("No se pudo aceptar una conexión")
    for ocupada in ocupadas:
        ocupada.close()
    app.esperar(plazo=5)
    recibir(app, CLIENTES[0], "después del apuro")
    assert len(guardados(base_datos)) == 1
