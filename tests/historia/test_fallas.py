"""El proveedor falla, tarda, se contradice o tiene otra hora: nada se pierde, nada se repite y queda anotado."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from bandeja import historia
from bandeja.errores import HistoriaNoDisponible
from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.en_proceso import AppEnProceso
from tests.apoyo.rafagas import hasta
from tests.historia.comun import ANA, hace, perder, textos

FALLAS: list[tuple[int | str, dict[str, Any]]] = [
    (429, {}), (500, {}), (502, {"html": True}), (401, {}), (404, {}), ("html", {}), ("cortar", {}),
    ("vacio", {}), ("otro_tipo", {}),
]  # fmt: skip


@pytest.mark.parametrize(("modo", "opciones"), FALLAS)
def test_si_el_proveedor_no_da_su_historia_queda_anotado_y_la_proxima_la_trae(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, modo: int | str, opciones: dict[str, Any]
) -> None:
    perder(simulador_propio, ANA, "perdido", hace(8))
    simulador_propio.fallar(modo, en="lectura", **opciones)
    with pytest.raises(HistoriaNoDisponible):
        bandeja.servicios.respaldo.historia.comparar("agente")
    error = base_datos.valor("SELECT error FROM chat_comparaciones ORDER BY id DESC LIMIT 1")
    assert error.startswith(("WhatsApp", "La línea"))
    assert bandeja.servicios.respaldo.historia.comparar("agente") == "hecha"
    assert textos(base_datos, ANA) == ["perdido"]


def test_un_429_dice_cuanto_esperar(bandeja: AppEnProceso, simulador_propio: Simulador) -> None:
    simulador_propio.fallar(429, en="lectura", reintentar_despues=7)
    with pytest.raises(HistoriaNoDisponible) as fallo:
        bandeja.servicios.respaldo.historia.comparar("agente")
    assert fallo.value.espera_s == 7.0


def test_la_ronda_insiste_sola_hasta_que_el_proveedor_contesta(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historia, "ESPERAS_S", (0.1,))
    monkeypatch.setattr(historia, "TIC_S", 0.05)
    perder(simulador_propio, ANA, "perdido", hace(8))
    simulador_propio.fallar(502, 3, en="lectura")
    threading.Thread(target=bandeja.servicios.respaldo.historia.rondar, daemon=True).start()
    bandeja.servicios.respaldo.historia.pedir("agente")
    hasta(lambda: textos(base_datos, ANA) == ["perdido"], 15)
    errores = "SELECT count(*) FROM chat_comparaciones WHERE error LIKE 'WhatsApp contestó con un error (502)%'"
    assert base_datos.valor(errores) == 3


def test_un_fallo_a_media_historia_no_pierde_lo_visto(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historia, "POR_PAGINA", 30)
    for i in range(70):
        perder(simulador_propio, ANA, f"{i:02}", hace(9) + i)
    simulador_propio.fallar("lento", 1, en="lectura")
    simulador_propio.fallar(502, 1, en="lectura")
    with pytest.raises(HistoriaNoDisponible):
        bandeja.servicios.respaldo.historia.comparar("agente")
    assert len(textos(base_datos, ANA)) == 30
    assert bandeja.servicios.respaldo.historia.comparar("agente") == "hecha"
    assert textos(base_datos, ANA) == [f"{i:02}" for i in range(70)]


def al_listar(sim: Simulador, monkeypatch: pytest.MonkeyPatch, hacer: Any) -> None:
    """`hacer(número de página)` justo después de que el proveedor conteste cada una."""
    listar, vez = sim.estado.listar_mensajes, iter(range(1000))

    def con_cambio(*args: Any, **mas: Any) -> Any:
        contestado = listar(*args, **mas)
        hacer(next(vez))
        return contestado

    monkeypatch.setattr(sim.estado, "listar_mensajes", con_cambio)


def test_si_se_borra_lo_ya_visto_las_paginas_se_corren_y_no_se_salta_ninguno(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historia, "POR_PAGINA", 40)
    ids = [perder(simulador_propio, ANA, f"{i:03}", hace(9) + i) for i in range(120)]
    al_listar(
        simulador_propio, monkeypatch,
        lambda n: [simulador_propio.estado.borrar_mensaje(uno) for uno in ids[n * 5 : n * 5 + 5]],
    )  # fmt: skip
    bandeja.servicios.respaldo.historia.comparar("agente")
    assert textos(base_datos, ANA) == [f"{i:03}" for i in range(120)]


def test_si_llegan_nuevos_y_viejos_mientras_se_lee_ninguno_se_pierde_ni_se_repite(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historia, "POR_PAGINA", 40)
    for i in range(120):
        perder(simulador_propio, ANA, f"{i:03}", hace(9) + i)

    def escribir(n: int) -> None:
        for j in range(5 if n < 3 else 0):
            perder(simulador_propio, ANA, f"x{n}{j}", hace(6 if j else 9) + n)

    al_listar(simulador_propio, monkeypatch, escribir)
    for _ in range(2):
        bandeja.servicios.respaldo.historia.comparar("agente")
    leidos = textos(base_datos, ANA)
    assert sorted(leidos) == sorted([f"{i:03}" for i in range(120)] + [f"x{n}{j}" for n in range(3) for j in range(5)])


def test_un_proveedor_que_no_atiende_el_orden_se_recorre_igual(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historia, "POR_PAGINA", 40)
    for i in range(120):
        perder(simulador_propio, ANA, f"{i:03}", hace(9) + i)
    listar = simulador_propio.estado.listar_mensajes
    monkeypatch.setattr(
        simulador_propio.estado, "listar_mensajes", lambda filtro, ascendente=False: listar(filtro, ascendente=False)
    )
    simulador_propio.fallar("lento", 1, en="lectura")
    simulador_propio.fallar(502, 1, en="lectura")
    with pytest.raises(HistoriaNoDisponible):
        bandeja.servicios.respaldo.historia.comparar("agente")
    bandeja.servicios.respaldo.historia.comparar("agente")
    assert textos(base_datos, ANA) == [f"{i:03}" for i in range(120)]


def test_un_proveedor_que_da_menos_de_lo_pedido_se_recorre_igual(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(90):
        perder(simulador_propio, ANA, f"{i:02}", hace(9) + i)
    llamar = bandeja.servicios.respaldo.historia._puerta.llamar

    def con_menos(metodo: str, ruta: str, **mas: Any) -> Any:
        mas["params"]["count"] = 40
        return llamar(metodo, ruta, **mas)

    monkeypatch.setattr(bandeja.servicios.respaldo.historia._puerta, "llamar", con_menos)
    bandeja.servicios.respaldo.historia.comparar("agente")
    assert textos(base_datos, ANA) == [f"{i:02}" for i in range(90)]


@pytest.mark.parametrize("minutos", [-50, -180, 300, 2 * 24 * 60])
def test_con_el_reloj_del_proveedor_adelantado_o_atrasado_se_recupera_lo_que_siga(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, minutos: int
) -> None:
    """Lo visto se mide con la hora del proveedor, y nunca más allá de la nuestra."""
    perder(simulador_propio, ANA, "uno", hace(minutos + 2))
    bandeja.servicios.respaldo.historia.comparar("línea" if minutos > 50 else "agente")
    if minutos > 0:  # atrasado: lo primero quedó fuera solo si es más viejo de lo que se mira
        base_datos.ejecutar("UPDATE chat_comparaciones SET visto_hasta = to_timestamp(%s)", [hace(minutos + 2)])
    perder(simulador_propio, ANA, "dos", hace(minutos + 1))
    for _ in range(2):
        bandeja.servicios.respaldo.historia.comparar("horario")
    assert textos(base_datos, ANA)[-1] == "dos"
    visto = base_datos.valor("SELECT max(visto_hasta) <= now() FROM chat_comparaciones")
    assert visto


def test_horas_absurdas_no_mueven_hasta_donde_se_vio(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    for n, hora in enumerate((4_102_444_800, -5, "ayer", None, 1e300, True)):
        mensaje = simulador_propio.mensaje("text", ANA, "Ana", contenido={"body": f"absurdo {n}"}, timestamp=hora)
        listar = simulador_propio.estado.listar_mensajes
        simulador_propio.estado.listar_mensajes = (  # type: ignore[method-assign]
            lambda filtro, ascendente=False, uno=mensaje, listar=listar: [uno, *listar(filtro, ascendente=ascendente)]
        )
    bandeja.servicios.respaldo.historia.comparar("agente")
    assert len(textos(base_datos, ANA)) == 6
    assert base_datos.valor("SELECT max(visto_hasta) <= now() FROM chat_comparaciones")


def test_un_proveedor_lento_no_retiene_una_conexion_de_la_base(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    simulador_propio.fallar("lento", en="lectura", segundos=1.5)
    hilo = threading.Thread(target=bandeja.servicios.respaldo.historia.comparar, args=("agente",))
    hilo.start()
    hasta(lambda: base_datos.valor("SELECT count(*) FROM chat_comparaciones WHERE termino_en IS NULL") == 1)
    time.sleep(0.2)
    abiertas = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state LIKE 'idle in%%'"
    assert base_datos.valor(abiertas, [base_datos.nombre]) == 0
    hilo.join(20)
    assert not hilo.is_alive()
