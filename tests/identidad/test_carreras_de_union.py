"""Unir mientras llegan mensajes por las dos identidades, y morir a la mitad: nada perdido, nada doble, un dueño."""

from __future__ import annotations

import time
from collections import Counter

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, estado, mensaje_texto, recibir, webhook
from tests.apoyo.rafagas import a_la_vez, hasta, reentregar_todo
from tests.apoyo.sesiones import Sesion, entrar
from tests.apoyo.verdades import guardados
from tests.conftest import ArrancarApp
from tests.identidad.apoyo import LID, TELEFONO, esperar_union, exigir_unida

RONDAS = 6
ESPERANDO = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%chat_fundir%%' AND wait_event_type = 'Lock'"


def unir(base: BaseDatos, oculta: str) -> int:
    base.consultar("SELECT * FROM chat_fundir(%s)", (oculta,))
    return 200


def test_llegan_mensajes_por_las_dos_mientras_se_unen(app: AppEnMarcha, limpio: BaseDatos) -> None:
    for ronda in range(RONDAS):
        oculta, telefono = f"9876543210{ronda:04d}@lid", f"5730011122{ronda:02d}"
        ahora = time.time() - 500
        mensajes = [mensaje_texto(n, f"{i}", en=ahora + i) for i in range(10) for n in (oculta, telefono)]
        recibir(app, oculta, "antes", en=ahora - 2)
        recibir(app, telefono, "antes", en=ahora - 1)
        limpio.ejecutar("SELECT chat_aprender_identidad(%s, %s, 'prueba')", (oculta, f"+{telefono}"))
        tareas = [lambda m=m: webhook(app, entrega(m)).status_code for m in mensajes]
        tareas += [lambda o=oculta: unir(limpio, o) for _ in range(3)]
        assert Counter(a_la_vez(tareas))[200] == len(tareas)
        assert Counter(m["id"] for m in mensajes) == Counter({i: n for i, n in guardados(limpio).items()
                                                              if i in {m["id"] for m in mensajes}})
        assert limpio.valor("SELECT count(*) FROM chat_fusiones WHERE lid = %s", (oculta,)) == 1
        repartidos = limpio.consultar(
            "SELECT c.numero, count(*), count(DISTINCT c.agente) FROM chat_mensajes m JOIN chat_conversaciones c"
            " ON c.id = m.conversacion_id WHERE c.numero IN (%s, %s) GROUP BY c.numero", (oculta, f"+{telefono}")
        )
        assert repartidos == [(f"+{telefono}", 22, 1)]


def test_enviar_y_recibir_estados_mientras_se_une_no_pierde_ninguno(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion
) -> None:
    limpio.ejecutar("UPDATE sistema_asignacion SET valor = 0")
    recibir(app, LID, "hola")
    enviar = lambda texto: agente1.post("api/enviar-mensaje", json={"to": LID, "message": texto})  # noqa: E731
    ids = [enviar(f"m{i}").json()["message_id"] for i in range(8)]
    limpio.ejecutar("SELECT chat_aprender_identidad(%s, %s, 'prueba')", (LID, f"+{TELEFONO}"))
    leidos = [lambda i=i: webhook(app, {"statuses": [estado(i, "read", numero=LID)]}).status_code for i in ids]
    envios = [lambda n=n: enviar(f"n{n}").status_code for n in range(4)]
    codigos = a_la_vez([*leidos, *envios, lambda: unir(limpio, LID)])
    assert set(codigos) == {200}
    esperar_union(limpio)
    estados = limpio.consultar("SELECT mensaje_id FROM chat_mensajes WHERE estado = 'read'")
    assert {e for (e,) in estados} >= set(ids)
    assert limpio.valor("SELECT count(*) FROM chat_mensajes WHERE saliente AND mensaje_id IS NULL") == 0
    exigir_unida(limpio)


def test_morir_a_la_mitad_de_una_union_no_deja_nada_a_medias(arrancar_app: ArrancarApp, base_datos: BaseDatos) -> None:
    app = arrancar_app(base_datos)
    ahora = time.time() - 5000
    mensajes = [mensaje_texto(n, f"{i}", en=ahora + i) for i in range(150) for n in (LID, TELEFONO)]
    reentregar_todo(app, mensajes)
    # Otra sesión retiene el chat: la unión empieza, se queda esperando dentro y ahí muere el proceso.
    with base_datos.conectar() as con:
        con.autocommit = False
        cursor = con.cursor()
        cursor.execute("SELECT 1 FROM chat_conversaciones WHERE numero = %s FOR UPDATE", (f"+{TELEFONO}",))
        base_datos.ejecutar("SELECT chat_aprender_identidad(%s, %s, 'prueba')", (LID, f"+{TELEFONO}"))
        hasta(lambda: base_datos.valor(ESPERANDO), 20)
        app.matar()
        assert base_datos.valor("SELECT count(*) FROM chat_fusiones") == 0
        con.rollback()
    app.arrancar().esperar()
    esperar_union(base_datos)
    assert guardados(base_datos) == Counter(m["id"] for m in mensajes)
    exigir_unida(base_datos)
    dueno = base_datos.valor("SELECT agente FROM chat_conversaciones WHERE numero = %s", (f"+{TELEFONO}",))
    chat = entrar(app, dueno).get(f"api/conversacion/{TELEFONO}?limit=200").json()
    assert chat["total"] == 300 and chat["merged"]
    horas = [m["date_sent"] for m in chat["twilio_messages"]]
    assert horas == sorted(horas)
