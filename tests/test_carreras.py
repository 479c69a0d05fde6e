"""Recibir a la vez: muchos clientes, varios procesos y una sola base. La base decide; nadie se pierde ni se dobla."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, entrega, entrega_estados, estado, mensaje_texto, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import a_la_vez
from tests.apoyo.sesiones import entrar
from tests.apoyo.verdades import (
    contador,
    duenos,
    exigir_coherencia,
    exigir_turnos_alternos,
    guardados,
    reparto,
)

NUEVOS = [f"57310{n:07d}" for n in range(50)]


@pytest.fixture(scope="module")
def segunda(app: AppEnMarcha, carpeta_de_pruebas: Path, simulador: Simulador) -> Iterator[AppEnMarcha]:
    """Otro proceso sobre la misma base que la aplicación compartida."""
    otra = AppEnMarcha(app.entorno | {"PORT": ""}, carpeta_de_pruebas / "segunda")
    otra.entorno["PORT"] = str(otra.puerto)
    yield otra.arrancar().esperar()
    otra.parar()


def _entregar(app: AppEnMarcha, cuerpo: Json) -> Callable[[], int]:
    return lambda: webhook(app, cuerpo).status_code


def _primeros_mensajes() -> list[Json]:
    ahora = int(time.time()) - 100
    return [mensaje_texto(numero, f"hola {i}", en=ahora + i) for i in range(5) for numero in NUEVOS]


def _repartir_a_la_vez(apps: list[AppEnMarcha], mensajes: list[Json]) -> list[int]:
    """Los cinco primeros de cada número salen a la vez y caen en procesos distintos."""
    return a_la_vez([_entregar(apps[i % len(apps)], entrega(m)) for i, m in enumerate(mensajes)])


def test_cincuenta_numeros_nuevos_con_cinco_mensajes_a_la_vez_se_reparten_por_mitades(
    app: AppEnMarcha, segunda: AppEnMarcha, limpio: BaseDatos
) -> None:
    mensajes = _primeros_mensajes()
    random.Random(7).shuffle(mensajes)
    codigos = _repartir_a_la_vez([app, segunda], mensajes)
    assert Counter(codigos) == {200: 250}
    assert guardados(limpio) == Counter(m["id"] for m in mensajes)
    assert set(duenos(limpio)) == {f"+{n}" for n in NUEVOS}
    assert reparto(limpio) == {"agente1": 25, "agente2": 25}
    assert contador(limpio) == 50
    exigir_turnos_alternos(limpio, ["agente1", "agente2"])
    exigir_coherencia(limpio)


def test_tres_agentes_se_reparten_diecisiete_diecisiete_y_dieciseis(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos
) -> None:
    entorno = {"PASSWORD_AGENTE3": "clave-tres-3"}
    apps = [arrancar_app(base_datos, entorno, esperar=False) for _ in range(2)]
    for una in apps:
        una.esperar()
    codigos = _repartir_a_la_vez(apps, _primeros_mensajes())
    assert Counter(codigos) == {200: 250}
    assert reparto(base_datos) == {"agente1": 17, "agente2": 17, "agente3": 16}
    assert contador(base_datos) == 50
    exigir_turnos_alternos(base_datos, ["agente1", "agente2", "agente3"])
    exigir_coherencia(base_datos)


def test_la_misma_entrega_cuatro_veces_a_la_vez_es_una_fila_y_un_evento(
    app: AppEnMarcha, segunda: AppEnMarcha, limpio: BaseDatos, escucha: Callable[..., Escucha]
) -> None:
    pantallas = [escucha(una, entrar(una, usuario)) for una in (app, segunda) for usuario in ("agente1", "agente2")]
    for ronda in range(8):
        uno = mensaje_texto(f"57311000000{ronda}", "una sola vez")
        codigos = a_la_vez([_entregar(una, entrega(uno)) for una in (app, segunda, app, segunda)])
        assert codigos == [200] * 4
        assert guardados(limpio)[uno["id"]] == 1
    time.sleep(0.4)
    vistos = Counter(e["message_id"] for p in pantallas for e in p.eventos("new_message"))
    assert vistos == Counter(guardados(limpio))
    assert contador(limpio) == 8
    exigir_coherencia(limpio)


def _entregas_cruzadas(azar: random.Random, mensajes: list[Json]) -> list[Json]:
    """Lotes que se pisan, cada uno en su propio orden, con estados y nombres mezclados."""
    propios = [m["id"] for m in mensajes if m["from_me"]]
    lotes = []
    for _ in range(24):
        lote = entrega(*azar.sample(mensajes, 14))
        lote["statuses"] = [estado(i, azar.choice(["sent", "delivered", "read"])) for i in azar.sample(propios, 5)]
        lote["chats"] = [{"id": m["chat_id"], "name": f"Persona {azar.random()}"} for m in azar.sample(mensajes, 4)]
        lotes.append(lote)
    # El resto, para que no falte ninguno, también en lotes mezclados: así todo pasa por la misma transacción.
    un_estado = entrega_estados(estado(propios[0], "sent"))["statuses"]
    resto = [entrega(*reversed(mensajes[i : i + 10])) | {"statuses": un_estado} for i in range(0, len(mensajes), 10)]
    return lotes + resto


def test_lotes_que_se_pisan_en_ordenes_distintos_no_se_traban_ni_pierden_nada(
    app: AppEnMarcha, segunda: AppEnMarcha, limpio: BaseDatos
) -> None:
    azar = random.Random(11)
    numeros = [f"5731200000{n:02d}" for n in range(12)]
    for conocido in numeros[:6]:
        recibir(app, conocido, "ya nos conocemos", en=time.time() - 500)
    ahora = int(time.time()) - 300
    mensajes = [
        mensaje_texto(azar.choice(numeros), f"m{i}", en=ahora + i, from_me=i % 4 == 0, source="mobile")
        for i in range(60)
    ]
    lotes = _entregas_cruzadas(azar, mensajes)
    inicio = time.monotonic()
    codigos = a_la_vez([_entregar((app, segunda)[i % 2], lote) for i, lote in enumerate(lotes)])
    assert Counter(codigos) == {200: len(lotes)}
    assert time.monotonic() - inicio < 10
    filas = guardados(limpio)
    assert [m["id"] for m in mensajes if filas[m["id"]] != 1] == []
    assert contador(limpio) == sum(d is not None for d in duenos(limpio).values())
    exigir_coherencia(limpio)


def test_lotes_de_nombres_y_de_mensajes_cruzados_se_guardan_sin_interbloqueos(
    app: AppEnMarcha, segunda: AppEnMarcha, limpio: BaseDatos
) -> None:
    numeros = [f"5731300000{n:02d}" for n in range(20)]
    webhook(app, entrega(*[mensaje_texto(n, "hola", en=time.time() - 500) for n in numeros]))
    choques = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    antes = limpio.valor(choques)
    tareas = []
    for i in range(20):
        orden = random.Random(i).sample(numeros, len(numeros))
        nombres = {"chats": [{"id": f"{n}@s.whatsapp.net", "name": f"Nombre {i}"} for n in orden]}
        tareas.append(_entregar(app, entrega(*[mensaje_texto(n, f"lote {i}") for n in orden])))
        tareas.append(_entregar(segunda, nombres))
    assert Counter(a_la_vez(tareas)) == {200: 40}
    time.sleep(0.2)  # las estadísticas de interbloqueos se publican al quedar ociosa la conexión
    assert limpio.valor(choques) - antes == 0
    assert sum(guardados(limpio).values()) == 20 * 21
    exigir_coherencia(limpio)


def test_reasignar_por_sql_mientras_llegan_mensajes_no_pierde_ni_reasigna_nada(
    app: AppEnMarcha, segunda: AppEnMarcha, limpio: BaseDatos
) -> None:
    numero = "573140000001"
    primero = recibir(app, numero, "primero", en=time.time() - 200)
    turno = contador(limpio)
    mensajes = [mensaje_texto(numero, f"sigo {i}", en=time.time() - 100 + i) for i in range(60)]

    def reasignar() -> int:
        for i in range(40):
            limpio.ejecutar(
                "UPDATE conversaciones_whatsapp SET agente_asignado = %s WHERE numero_telefono = %s",
                (f"agente{i % 2 + 1}", f"+{numero}"),
            )
        return 200

    tareas = [_entregar((app, segunda)[i % 2], entrega(m)) for i, m in enumerate(mensajes)]
    assert Counter(a_la_vez([*tareas, reasignar])) == {200: 61}
    assert guardados(limpio) == Counter([primero["id"], *(m["id"] for m in mensajes)])
    assert duenos(limpio) == {f"+{numero}": "agente2"}
    assert contador(limpio) == turno
    exigir_coherencia(limpio)


def test_una_conversacion_que_se_queda_sin_dueno_por_sql_toma_un_solo_turno(
    app: AppEnMarcha, segunda: AppEnMarcha, limpio: BaseDatos
) -> None:
    for ronda in range(6):
        numero = f"57315000000{ronda}"
        recibir(app, numero, "hola")
        limpio.ejecutar(
            "UPDATE conversaciones_whatsapp SET agente_asignado = NULL WHERE numero_telefono = %s", (f"+{numero}",)
        )
        turno = contador(limpio)
        tareas = [_entregar((app, segunda)[i % 2], entrega(mensaje_texto(numero, f"m{i}"))) for i in range(8)]
        assert a_la_vez(tareas) == [200] * 8
        assert contador(limpio) == turno + 1
        assert duenos(limpio)[f"+{numero}"] is not None
    exigir_coherencia(limpio)


def test_el_contador_borrado_o_puesto_a_mano_por_sql_vale_desde_el_siguiente_mensaje(
    app: AppEnMarcha, segunda: AppEnMarcha, limpio: BaseDatos
) -> None:
    limpio.ejecutar("DELETE FROM sistema_asignacion WHERE clave = 'contador_round_robin'")
    tareas = [_entregar((app, segunda)[i % 2], entrega(mensaje_texto(n, "hola"))) for i, n in enumerate(NUEVOS[:10])]
    assert a_la_vez(tareas) == [200] * 10
    assert reparto(limpio) == {"agente1": 5, "agente2": 5}
    assert contador(limpio) == 10
    limpio.ejecutar("UPDATE sistema_asignacion SET valor = -3 WHERE clave = 'contador_round_robin'")
    recibir(app, NUEVOS[20], "hola")
    assert duenos(limpio)[f"+{NUEVOS[20]}"] == "agente2"
    assert contador(limpio) == -2


def test_dos_mensajes_sin_id_propio_e_identicos_en_una_entrega_son_uno(app: AppEnMarcha, limpio: BaseDatos) -> None:
    sin_id = {k: v for k, v in mensaje_texto("573160000001", "sin id").items() if k != "id"}
    assert a_la_vez([_entregar(app, entrega(sin_id, sin_id)) for _ in range(3)]) == [200] * 3
    assert sum(guardados(limpio).values()) == 1
