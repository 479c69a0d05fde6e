"""Una base de antes de esta bandeja: con las dos tablas impresas y años de filas, que siguen siendo las mismas."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.apoyo.aplicacion import RAIZ, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir
from tests.apoyo.rafagas import a_la_vez
from tests.apoyo.retrato import filas_de, retrato
from tests.apoyo.sesiones import entrar
from tests.apoyo.verdades import contador, duenos

ArrancarApp = Callable[..., AppEnMarcha]

# Como se creaba entonces: tal cual lo imprime la especificación.
TABLAS = (RAIZ / "sql" / "init_conversaciones_whatsapp.sql").read_text(encoding="utf-8")
FILAS = """
INSERT INTO conversaciones_whatsapp
    (id, numero_telefono, agente_asignado, fecha_asignacion, fecha_ultima_actividad, estado, notas, created_at, updated_at)
VALUES
    (1, '+573011111111', 'agente1', '2025-03-01 08:00:00', '2025-03-02 09:30:00.123456', 'activa', 'Alergia: ñandú', '2025-03-01', '2025-03-02'),
    (2, '573012222222', 'agente2', '2025-04-01 08:00:00', '2025-04-02 10:00:00', 'activa', NULL, '2025-04-01', '2025-04-02'),
    (3, '3013333333', 'agente2', '2025-04-03', '2025-04-04', 'cerrada', 'número local', '2025-04-03', '2025-04-04'),
    (4, '573014444444', 'agente1', '2025-05-01', '2025-05-09', 'activa', 'sin +', '2025-05-01', '2025-05-09'),
    (5, '+573014444444', 'agente2', '2025-06-01', '2025-06-09', 'activa', 'con +', '2025-06-01', '2025-06-09'),
    (6, '+573015555555', NULL, NULL, NULL, NULL, E'dos\\nlíneas', NULL, NULL),
    (7, '+14155550100', 'agente9', '2025-07-01', '2025-07-02', 'activa', '', '2025-07-01', '2025-07-02'),
    (8, '14155550101', 'agente1', '2025-08-01', '2025-08-02', 'archivada', NULL, '2025-08-01', '2025-08-02');
SELECT setval('conversaciones_whatsapp_id_seq', 8);
UPDATE sistema_asignacion SET valor = 7, updated_at = '2025-08-02';
INSERT INTO sistema_asignacion (clave, valor) VALUES ('otra_cosa', 99);
CREATE TABLE facturas (id INT PRIMARY KEY, total NUMERIC);
INSERT INTO facturas VALUES (1, 10.50);
"""  # noqa: E501


@pytest.fixture
def antigua(base_datos: BaseDatos) -> BaseDatos:
    base_datos.ejecutar(TABLAS)
    base_datos.ejecutar(FILAS)
    return base_datos


def _de_antes(base: BaseDatos) -> dict[str, list[str]]:
    return {t: filas_de(base, t) for t in ("conversaciones_whatsapp", "sistema_asignacion", "facturas")}


def test_arrancar_sobre_la_base_antigua_no_cambia_ni_un_byte_de_lo_que_habia(
    arrancar_app: ArrancarApp, antigua: BaseDatos
) -> None:
    antes, columnas = _de_antes(antigua), retrato(antigua)["columnas"]
    app = arrancar_app(antigua)
    entrar(app, "agente1").get("api/conversaciones")
    app.reiniciar()
    assert _de_antes(antigua) == antes
    despues = retrato(antigua)["columnas"]
    assert [c for c in columnas if c not in despues] == []


def test_cada_agente_ve_las_suyas_una_vez_por_persona_con_su_ultima_actividad(
    arrancar_app: ArrancarApp, antigua: BaseDatos
) -> None:
    app = arrancar_app(antigua)
    lista1 = entrar(app, "agente1").get("api/conversaciones").json()["conversaciones"]
    lista2 = entrar(app, "agente2").get("api/conversaciones").json()["conversaciones"]
    assert list(lista1) == ["14155550101", "573011111111"]
    assert list(lista2) == ["573014444444", "573013333333", "573012222222"]
    assert lista1["573011111111"]["last_message_time"] == "2025-03-02T09:30:00+00:00"
    assert lista1["14155550101"]["nombre"] == "+1 415-555-0101"


def test_quien_estaba_sin_mas_o_en_su_forma_local_se_encuentra_y_no_se_dobla(
    arrancar_app: ArrancarApp, antigua: BaseDatos
) -> None:
    app = arrancar_app(antigua)
    escriben = ["573011111111", "573012222222", "573013333333", "573014444444", "14155550100", "14155550101"]
    a_la_vez([lambda n=n: recibir(app, n, "volví") for n in escriben for _ in range(3)])
    assert antigua.valor("SELECT count(*) FROM conversaciones_whatsapp") == 8
    assert contador(antigua) == 7
    assert {n: a for n, a in duenos(antigua).items() if n != "+573015555555"} == {
        "+573011111111": "agente1", "573012222222": "agente2", "3013333333": "agente2", "573014444444": "agente1",
        "+573014444444": "agente2", "+14155550100": "agente9", "14155550101": "agente1",
    }  # fmt: skip
    assert antigua.valor("SELECT count(*) FROM chat_conversaciones") == 7
    notas = "SELECT notas FROM conversaciones_whatsapp ORDER BY id"
    assert [f[0] for f in antigua.consultar(notas)] == [
        "Alergia: ñandú", None, "número local", "sin +", "con +", "dos\nlíneas", "", None
    ]  # fmt: skip
    chat = entrar(app, "agente2").get("api/conversacion/573013333333").json()
    assert (chat["total"], chat["unread_count"]) == (3, 3)


def test_el_turno_sigue_donde_iba_y_la_que_no_tenia_agente_lo_recibe_al_escribir(
    arrancar_app: ArrancarApp, antigua: BaseDatos
) -> None:
    app = arrancar_app(antigua)
    assert duenos(antigua)["+573015555555"] is None
    recibir(app, "573015555555", "¿alguien?")
    recibir(app, "573016666666", "nuevo")
    assert duenos(antigua)["+573015555555"] == "agente2"
    assert duenos(antigua)["+573016666666"] == "agente1"
    assert contador(antigua) == 9
    assert antigua.valor("SELECT notas FROM conversaciones_whatsapp WHERE id = 6") == "dos\nlíneas"


def test_reasignar_por_sql_una_fila_antigua_vale_desde_ya(arrancar_app: ArrancarApp, antigua: BaseDatos) -> None:
    sesion = entrar(arrancar_app(antigua), "agente1")
    # Con el número escrito de dos maneras manda la fila con «+»: cambiar la otra no mueve el chat.
    for escrito, numero, se_mueve in (
        ("573012222222", "573012222222", True),
        ("3013333333", "573013333333", True),
        ("573014444444", "573014444444", False),
        ("+573014444444", "573014444444", True),
    ):
        antigua.ejecutar(
            "UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1' WHERE numero_telefono = %s", (escrito,)
        )
        assert (numero in sesion.get("api/conversaciones").json()["conversaciones"]) is se_mueve, escrito


def test_borrar_o_vaciar_por_sql_deja_la_historia_sin_dueno_y_vuelve_a_repartirla(
    arrancar_app: ArrancarApp, antigua: BaseDatos
) -> None:
    app = arrancar_app(antigua)
    recibir(app, "573011111111", "uno")
    antigua.ejecutar("DELETE FROM conversaciones_whatsapp WHERE id = 1")
    recibir(app, "573011111111", "dos")
    assert duenos(antigua)["+573011111111"] == "agente2"
    antigua.ejecutar("TRUNCATE conversaciones_whatsapp")
    recibir(app, "573011111111", "tres")
    assert duenos(antigua) == {"+573011111111": "agente1"}
    chat = entrar(app, "agente1").get("api/conversacion/573011111111").json()
    assert [m["body"] for m in chat["twilio_messages"]] == ["uno", "dos", "tres"]


# De la primera versión, cuando cada escritura nacional era un chat, y las acciones y los archivos solo se anotaban.
DE_LA_PRIMERA = """
INSERT INTO conversaciones_whatsapp (numero_telefono, agente_asignado) VALUES
    ('+573011111111', 'agente1'), ('+5215512345678', 'agente2'), ('+525512345678', 'agente1'), ('123456789012345@lid', 'agente1');
INSERT INTO chat_conversaciones (numero, agente, nombre, foto, no_leidos, total_mensajes)
SELECT numero_telefono, agente_asignado, 'Persona ' || id, 'https://fotos.example/' || id, 1, 3 FROM conversaciones_whatsapp;
INSERT INTO chat_mensajes
    (conversacion_id, mensaje_id, client_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en, origen, media_id)
SELECT c.id, t.tipo || c.id, CASE WHEN t.saliente THEN 'clic' END, c.numero, t.saliente, t.tipo, t.tipo, 'delivered', now(),
    CASE WHEN t.saliente THEN 'agent' ELSE 'customer' END, CASE WHEN t.tipo = 'image' THEN 'medio' END
FROM chat_conversaciones c
CROSS JOIN (VALUES ('text', FALSE), ('image', FALSE), ('link_preview', TRUE)) AS t (tipo, saliente);
INSERT INTO chat_acciones (fuente, accion_id, tipo, objetivo, numero, en, crudo)
SELECT 'whapi', a.tipo || m.seq, a.tipo, m.mensaje_id, NULL, now(), a.crudo::JSONB
FROM chat_mensajes m
CROSS JOIN (VALUES ('reaction', '{"from_me": false, "action": {"emoji": "👍"}}'), ('edit', '[]'), ('vote', '{"action": {}}'))
    AS a (tipo, crudo) WHERE m.tipo = 'text';
INSERT INTO chat_borradores (agente, conversacion_id, texto) SELECT agente, id, 'a medias' FROM chat_conversaciones;
INSERT INTO chat_esquema VALUES ('huella', 'la de entonces');
"""  # noqa: E501


def test_una_base_de_la_primera_version_con_mensajes_pasa_a_esta_y_no_pierde_ninguno(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    base_datos.ejecutar(TABLAS)
    base_datos.ejecutar((RAIZ / "sql" / "chat_01_tablas.sql").read_text(encoding="utf-8"))
    base_datos.ejecutar(DE_LA_PRIMERA)
    app = arrancar_app(base_datos)
    guardados = "SELECT seq, conversacion_id, cuerpo, reacciones FROM chat_mensajes ORDER BY seq"
    primero = base_datos.consultar(guardados)
    assert len(primero) == 12
    assert base_datos.valor("SELECT count(*) FROM chat_mensajes WHERE reacciones <> '[]'") == 4
    assert base_datos.valor("SELECT count(*) FROM chat_archivos") == 4
    chat = entrar(app, "agente2").get("api/conversacion/525512345678").json()
    assert (chat["total"], chat["unread_count"]) == (6, 2)
    base_datos.ejecutar("UPDATE chat_esquema SET valor = 'otra' WHERE clave = 'huella'")
    app.reiniciar()
    assert base_datos.consultar(guardados) == primero
