"""La aplicación de verdad: se muere a la brava mientras escriben, arranca al volver la línea, y no detiene lo vivo."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any

import pytest
import requests

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import CABECERAS, hasta
from tests.apoyo.sesiones import Sesion, entrar
from tests.apoyo.verdades import exigir_coherencia, guardados
from tests.conftest import ArrancarApp
from tests.historia.comun import ANA, BETO, hace, perder, recuperados, textos

ENCENDIDA = {"HISTORIA_CADA_MIN": "15"}
PLAZO = 60.0
# Al arrancar se descubre también que la línea está bien: vale cualquiera de los dos motivos.
AL_ARRANCAR = ("arranque", "línea")


def comparada(base: BaseDatos, *motivos: str) -> Callable[[], bool]:
    """Cierto cuando hay una comparación terminada y sin error por alguno de esos motivos."""
    terminadas = "SELECT count(*) FROM chat_comparaciones WHERE termino_en IS NOT NULL AND error IS NULL"
    return lambda: bool(base.valor(f"{terminadas} AND motivo = ANY(%s)", [list(motivos)]))


def vaciar_comparaciones(base: BaseDatos) -> None:
    """Olvida las hechas, menos hasta dónde se vio, y vence el arriendo de la que estuviera a medias."""
    base.ejecutar("UPDATE chat_comparaciones SET motivo = 'anterior', empezo_en = now() - INTERVAL '1 day'")
    # Que pase de verdad el minuto y medio no prueba más.
    base.ejecutar("UPDATE chat_comparaciones SET latido_en = now() - INTERVAL '1 hour' WHERE termino_en IS NULL")


def test_matar_la_aplicacion_mientras_escriben_no_pierde_ninguno(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador, escucha: Callable[..., Escucha]
) -> None:
    simulador_propio.entregas.ajustes.max_intentos = 1  # no insiste: lo que no se entregó solo está en su historia
    app = arrancar_app(base_datos, ENCENDIDA)
    hasta(comparada(base_datos, *AL_ARRANCAR), PLAZO)
    # De hace poco: si otra comparación los ve primero en la historia, les da tiempo de llegar por su aviso.
    simulador_propio.escribir(ANA, "antes 1", "Ana", esperar=True, timestamp=hace(0.5))
    simulador_propio.escribir(BETO, "antes 2", "Beto", esperar=True, timestamp=hace(0.5))
    app.matar()
    vaciar_comparaciones(base_datos)
    for i in range(30):
        simulador_propio.escribir(ANA if i % 2 else BETO, f"caída {i:02}", timestamp=hace(0.4) + i, esperar=True)
    simulador_propio.recibir(
        simulador_propio.mensaje("image", ANA, "Ana", contenido={"caption": "foto"}, timestamp=hace(0.4) + 31),
        esperar=True,
    )
    app.arrancar().esperar()
    pantalla = escucha(app, entrar(app, "agente1"))
    hasta(comparada(base_datos, *AL_ARRANCAR), PLAZO)
    assert textos(base_datos, ANA) == ["antes 1", *(f"caída {i:02}" for i in range(30) if i % 2), "foto"]
    assert textos(base_datos, BETO) == ["antes 2", *(f"caída {i:02}" for i in range(30) if not i % 2)]
    assert set(guardados(base_datos).values()) == {1}
    assert recuperados(base_datos) == {"foto", *(f"caída {i:02}" for i in range(30))}
    assert all(evento["recovered"] for evento in pantalla.eventos("new_message"))
    exigir_coherencia(base_datos)


def test_morir_en_medio_de_la_comparacion_tampoco(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos, ENCENDIDA)
    hasta(comparada(base_datos, *AL_ARRANCAR), PLAZO)
    for i in range(600):
        perder(simulador_propio, ANA, f"{i:03}", hace(9) + i // 3)
    entrar(app, "agente1").post("api/libro/comparar")
    hasta(lambda: len(textos(base_datos, ANA)) > 100, PLAZO)
    app.matar()
    vaciar_comparaciones(base_datos)
    app.arrancar().esperar()
    hasta(comparada(base_datos, *AL_ARRANCAR), PLAZO)
    assert textos(base_datos, ANA) == [f"{i:03}" for i in range(600)]
    exigir_coherencia(base_datos)


def test_apagada_no_se_le_pregunta_nada_al_proveedor(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    perder(simulador_propio, ANA, "perdido", hace(8))
    time.sleep(1.0)
    assert not [p for p in simulador_propio.peticiones if p.ruta.startswith("/messages/list")]
    assert entrar(app, "agente1").post("api/libro/comparar").status_code == 202
    hasta(comparada(base_datos, "agente"), PLAZO)


def historia_de(sim: Simulador, cuantos: int) -> None:
    """Una historia enorme que el simulador no copia entera en cada página."""
    hora = hace(59)
    todos = [
        sim.mensaje("text", f"5730020{i % 500:05}", "Ana", contenido={"body": f"viejo {i}"}, timestamp=hora + i // 10)
        for i in range(cuantos)
    ]

    def listar(filtro: Any, *, ascendente: bool = False) -> list[Any]:
        return todos

    sim.estado.listar_mensajes = listar  # type: ignore[method-assign]


@pytest.mark.parametrize("faltan", [False, True], ids=["no falta nada", "faltan todos"])
def test_veinte_mil_mensajes_de_historia_no_detienen_lo_vivo(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador, faltan: bool
) -> None:
    app = arrancar_app(base_datos)
    sesion = entrar(app, "agente1")
    historia_de(simulador_propio, 20_000)
    base_datos.ejecutar(
        "INSERT INTO chat_comparaciones (motivo, desde, visto_hasta, termino_en, empezo_en)"
        " SELECT 'anterior', now(), now() - INTERVAL '1 hour', now(), now() - INTERVAL '1 day'"
    )
    if not faltan:
        guardar_directo(base_datos, simulador_propio)
    quieta = latencias(app, 40)
    pedir_comparacion(sesion)
    hasta(lambda: base_datos.valor("SELECT count(*) FROM chat_comparaciones WHERE termino_en IS NULL") == 1, PLAZO)
    ocupada = latencias(app, 80)
    print(f"\n  quieta p95 {p95(quieta):.0f} ms · comparando p95 {p95(ocupada):.0f} ms, máximo {max(ocupada):.0f} ms")
    revisados, traidos = base_datos.consultar("SELECT max(revisados), max(recuperados) FROM chat_comparaciones")[0]
    assert revisados > 0
    assert (traidos > 0) == faltan
    assert p95(ocupada) < 500


def guardar_directo(base: BaseDatos, sim: Simulador) -> None:
    """Los mismos veinte mil, ya guardados."""
    base.ejecutar("INSERT INTO chat_conversaciones (numero) VALUES ('+573002000000')")
    ids = [m["id"] for m in sim.estado.listar_mensajes(None)]  # type: ignore[arg-type]
    base.ejecutar(
        "INSERT INTO chat_mensajes (conversacion_id, mensaje_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en,"
        " origen) SELECT c.id, i, 'x', FALSE, 'text', '', 'delivered', now() - INTERVAL '1 hour', 'customer'"
        " FROM chat_conversaciones c, unnest(%s) AS i",
        [ids],
    )


def pedir_comparacion(sesion: Sesion) -> None:
    assert sesion.post("api/libro/comparar").status_code == 202


def latencias(app: AppEnMarcha, cuantas: int) -> list[float]:
    """Milisegundos que tarda cada aviso de un mensaje nuevo."""
    cliente, tiempos = requests.Session(), []
    for i in range(cuantas):
        empezo = time.monotonic()
        cuerpo = entrega(mensaje_texto(ANA, f"vivo {i}"))
        respuesta = cliente.post(app.webhook, json=cuerpo, headers=CABECERAS, timeout=20)
        tiempos.append((time.monotonic() - empezo) * 1000)
        assert respuesta.status_code == 200
        time.sleep(0.02)
    return tiempos


def p95(tiempos: list[float]) -> float:
    return quantiles(tiempos, n=20)[-1]
