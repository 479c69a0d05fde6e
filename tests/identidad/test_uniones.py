"""La identidad oculta y el teléfono de una persona se unen cuando el proveedor lo dice, y se separan."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, estado, mensaje_texto, recibir, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion
from tests.apoyo.verdades import contador, duenos, exigir_coherencia
from tests.identidad.apoyo import LID, TELEFONO, cuerpos, esperar_union, exigir_unida, las_dos, lista


def _preguntar_ya(base: BaseDatos) -> None:
    base.ejecutar(
        "INSERT INTO chat_relojes VALUES ('identidades', now()) ON CONFLICT (clave) DO UPDATE SET proxima_en = now()"
    )


def test_un_mismo_mensaje_con_las_dos_identidades_une_las_historias_en_su_orden(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, agente2: Sesion
) -> None:
    ahora = time.time() - 1000
    recibir(app, TELEFONO, "1 por teléfono", en=ahora)
    recibir(app, LID, "2 oculta", en=ahora + 1)
    recibir(app, TELEFONO, "3 por teléfono", en=ahora + 2)
    las_dos(app, "4 oculta", en=ahora + 3)
    esperar_union(limpio)
    # Lo último llegó por la oculta: la atiende quien la tenía.
    assert cuerpos(agente2, TELEFONO) == ["1 por teléfono", "2 oculta", "3 por teléfono", "4 oculta"]
    assert lista(agente1) == {}
    (unico,) = lista(agente2).values()
    assert (unico["numero"], unico["unread_count"], unico["message_count"]) == (TELEFONO, 4, 4)
    assert set(duenos(limpio)) == {f"+{TELEFONO}", LID}
    assert contador(limpio) == 2
    exigir_unida(limpio)


def test_los_dos_agentes_se_enteran_como_en_una_reasignacion(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, agente2: Sesion, escucha: Callable[..., Escucha]
) -> None:
    recibir(app, LID, "hola", en=time.time() - 100)
    recibir(app, TELEFONO, "hola", en=time.time() - 50, nombre="Del Dueño")
    uno, dos = escucha(app, agente1), escucha(app, agente2)
    las_dos(app, "soy yo", en=time.time() - 80)
    unida = dos.uno("conversation_update", lambda d: d["event_type"] == "merged", plazo=20)
    assert (unida["numero"], unida["merged"]) == (TELEFONO, LID)
    perdida = uno.uno("conversation_update", lambda d: d["event_type"] == "unassigned", plazo=20)
    # Del chat que ahora es de otro no se entera ni del nombre.
    assert perdida["numero"] == LID and "Del Dueño" not in str(uno.eventos("conversation_update"))
    assert not uno.eventos("conversation_update", lambda d: d["event_type"] == "merged")
    cambios = agente1.get("api/cambios?desde=0").json()
    assert LID in cambios["quitadas"]


def test_una_union_que_la_base_no_admite_no_deja_de_oir_las_reasignaciones(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, escucha: Callable[..., Escucha]
) -> None:
    recibir(app, LID, "hola")
    uno = escucha(app, agente1)
    limpio.ejecutar("INSERT INTO chat_identidades (lid, numero, prueba) VALUES (%s, %s, 'x')", (LID, "+1" + "2" * 30))
    limpio.ejecutar("SELECT pg_notify('chat_identidad', '')")
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2'")
    assert uno.uno("conversation_update", lambda d: d["event_type"] == "unassigned", plazo=20)["numero"] == LID


def test_lo_que_llega_despues_por_la_oculta_cae_en_la_unida(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    recibir(app, TELEFONO, "uno", en=time.time() - 100)
    las_dos(app, "dos", en=time.time() - 150)
    esperar_union(limpio)
    pantalla, turno = escucha(app, agente1), contador(limpio)
    recibir(app, LID, "tres")
    llegado = pantalla.uno("new_message", plazo=15)
    assert (llegado["numero"], llegado["body"]) == (TELEFONO, "tres")
    assert contador(limpio) == turno
    # Se le responde por donde escribió la última vez, también si la pantalla aún habla del chat viejo.
    assert agente1.post("api/enviar-mensaje", json={"to": LID, "message": "ok"}).status_code == 200
    assert simulador.enviados[-1].cuerpo["to"] == LID
    assert agente1.get(f"api/conversacion/{LID}").json()["numero"] == TELEFONO
    exigir_unida(limpio)


@pytest.mark.parametrize("sabe", ["ids", "lids"])
def test_se_pregunta_al_proveedor_en_segundo_plano(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador, sabe: str
) -> None:
    recibir(app, LID, "hola", nombre="Rosa Elena")
    recibir(app, TELEFONO, "hola", nombre="Rosa Elena")
    simulador.estado.lids[TELEFONO] = LID
    if sabe == "lids":
        simulador.fallar(404, en="lectura")  # la primera pregunta, por la oculta, no la sabe contestar
    _preguntar_ya(limpio)
    esperar_union(limpio)
    assert len(cuerpos(agente1, TELEFONO)) == 2 or len(lista(agente1)) == 0
    preguntas = [p.ruta for p in simulador.peticiones if p.ruta.startswith("/contacts/")]
    assert preguntas[0] == f"/contacts/ids/{LID}"
    assert (f"/contacts/lids/{TELEFONO}" in preguntas) is (sabe == "lids")


def test_lo_que_el_proveedor_no_sabe_no_se_le_pregunta_sin_parar(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador
) -> None:
    recibir(app, LID, "hola")
    for _ in range(3):
        _preguntar_ya(limpio)
        hasta(lambda: limpio.valor("SELECT proxima_en > now() FROM chat_relojes WHERE clave = 'identidades'"), 20)
    hasta(lambda: limpio.valor("SELECT count(*) FROM chat_preguntas_identidad"), 20)
    assert [p.ruta for p in simulador.peticiones if p.ruta.startswith("/contacts/ids/")] == [f"/contacts/ids/{LID}"]


def test_saber_el_telefono_de_quien_solo_escribio_oculto_le_da_su_numero(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador
) -> None:
    recibir(app, LID, "hola", nombre=None)
    simulador.estado.lids[TELEFONO] = LID
    _preguntar_ya(limpio)
    esperar_union(limpio)
    (chat,) = lista(agente1).values()
    assert (chat["numero"], chat["nombre"], chat["oculto"]) == (TELEFONO, "+57 300 111 2233", False)
    assert contador(limpio) == 1
    exigir_unida(limpio)


def test_lo_que_el_proveedor_no_dijo_no_se_une(app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion) -> None:
    # Mismo nombre, mismas palabras, y un mensaje de otro teléfono con el mismo id: nada de eso es prueba.
    uno = recibir(app, TELEFONO, "hola", nombre="Rosa")
    recibir(app, LID, "hola", nombre="Rosa")
    webhook(app, entrega(uno | {"chat_id": "573009998877@s.whatsapp.net"}))
    assert limpio.valor("SELECT count(*) FROM chat_identidades") == 0
    exigir_coherencia(limpio)


def test_un_telefono_con_dos_ocultas_no_es_seguro_y_no_se_une_a_la_segunda(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion
) -> None:
    las_dos(app, "hola")
    esperar_union(limpio)
    otra = mensaje_texto("11122233344455@lid", "hola")
    for chat in ("11122233344455@lid", f"{TELEFONO}@s.whatsapp.net"):
        webhook(app, entrega(otra | {"chat_id": chat}))
    assert limpio.consultar("SELECT lid, numero FROM chat_identidades") == [(LID, f"+{TELEFONO}")]


def test_el_eco_de_lo_nuestro_con_la_otra_identidad_tambien_las_une(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador
) -> None:
    recibir(app, TELEFONO, "hola")
    simulador.fallar("sin_eco")
    enviado = agente1.post("api/enviar-mensaje", json={"to": TELEFONO, "message": "buenas"}).json()["message_id"]
    webhook(app, entrega(mensaje_texto(LID, "buenas", id=enviado, from_me=True, source="api")))
    hasta(lambda: limpio.valor("SELECT count(*) FROM chat_identidades"), 15)
    assert cuerpos(agente1, TELEFONO) == ["hola", "buenas"]


def test_borradores_preferencias_y_estados_siguen_en_la_unida(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador
) -> None:
    limpio.ejecutar("UPDATE sistema_asignacion SET valor = 0")
    recibir(app, LID, "hola", en=time.time() - 100)
    limpio.ejecutar("UPDATE sistema_asignacion SET valor = 0")
    recibir(app, TELEFONO, "hola", en=time.time() - 90)
    simulador.fallar("sin_estados")
    enviado = agente1.post("api/enviar-mensaje", json={"to": LID, "message": "va"}).json()["message_id"]
    agente1.put(f"api/borrador/{TELEFONO}", json={"texto": "uno"})
    agente1.put(f"api/borrador/{LID}", json={"texto": "dos"})
    agente1.patch(f"api/conversacion/{LID}", json={"pinned": True})
    las_dos(app, "otra", en=time.time() - 95)
    esperar_union(limpio)
    webhook(app, {"statuses": [estado(enviado, "read", numero=LID)]})
    (chat,) = lista(agente1).values()
    assert (chat["draft"], chat["pinned"], chat["last_status"]) == ("uno\ndos", True, "read")


def test_reasignar_por_sql_la_unida_vale_y_las_dos_filas_lo_dicen(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, agente2: Sesion
) -> None:
    las_dos(app, "hola")
    esperar_union(limpio)
    limpio.ejecutar(
        "UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2' WHERE numero_telefono = %s", (f"+{TELEFONO}",)
    )
    assert set(duenos(limpio).values()) == {"agente2"}
    assert list(lista(agente2)) == [TELEFONO]
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1' WHERE agente_asignado = 'agente2'")
    assert (list(lista(agente1)), list(lista(agente2))) == ([TELEFONO], [])


# --- separar


def _fusion(sesion: Sesion) -> int:
    return int(sesion.get(f"api/conversacion/{TELEFONO}").json()["merged"])


def test_separar_devuelve_cada_mensaje_a_su_chat_y_cada_chat_a_su_dueno(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, agente2: Sesion
) -> None:
    ahora = time.time() - 1000
    recibir(app, TELEFONO, "t1", en=ahora)
    recibir(app, LID, "o1", en=ahora + 1)
    agente1.post(f"api/marcar-leido/{TELEFONO}", json={})
    las_dos(app, "o2", en=ahora + 2)
    esperar_union(limpio)
    recibir(app, LID, "o3", en=ahora + 3)
    recibir(app, TELEFONO, "t2", en=ahora + 4)
    assert agente2.post(f"api/fusiones/{_fusion(agente2)}/deshacer").status_code == 200
    assert cuerpos(agente1, TELEFONO) == ["t1", "t2"]
    assert cuerpos(agente2, LID) == ["o1", "o2", "o3"]
    assert (lista(agente1)[TELEFONO]["unread_count"], lista(agente2)[LID]["unread_count"]) == (1, 3)
    exigir_coherencia(limpio)


def test_lo_separado_a_mano_no_se_vuelve_a_unir_solo(app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion) -> None:
    las_dos(app, "hola")
    esperar_union(limpio)
    fusion = _fusion(agente1)
    assert agente1.post(f"api/fusiones/{fusion}/deshacer").status_code == 200
    assert agente1.post(f"api/fusiones/{fusion}/deshacer").status_code == 200  # dos clics son uno
    las_dos(app, "otra vez")
    recibir(app, LID, "y otra")
    assert limpio.consultar("SELECT unida, rechazada FROM chat_identidades") == [(False, True)]
    assert limpio.valor("SELECT count(*) FROM chat_fusiones") == 1
    assert cuerpos(agente1, LID)[-1] == "y otra"


def test_solo_quien_atiende_el_chat_puede_separarlo(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, agente2: Sesion
) -> None:
    las_dos(app, "hola")
    esperar_union(limpio)
    fusion = _fusion(agente1)
    assert agente2.post(f"api/fusiones/{fusion}/deshacer").status_code == 403
    assert agente1.post("api/fusiones/999999/deshacer").status_code == 404
    assert limpio.valor("SELECT count(*) FROM chat_fusiones WHERE deshecha_en IS NOT NULL") == 0


def test_una_persona_que_el_proveedor_rechaza_no_estorba_a_las_demas(
    app: AppEnMarcha, limpio: BaseDatos, agente1: Sesion, simulador: Simulador
) -> None:
    recibir(app, LID, "hola", en=time.time() - 100)
    recibir(app, "9" + LID, "hola", en=time.time() - 50)
    simulador.fallar(400, en="lectura")
    _preguntar_ya(limpio)
    hasta(lambda: limpio.valor("SELECT count(*) FROM chat_preguntas_identidad") == 2, 20)
    preguntas = [p.ruta for p in simulador.peticiones if p.ruta.startswith("/contacts/ids/")]
    assert preguntas == [f"/contacts/ids/9{LID}", f"/contacts/ids/{LID}"]
