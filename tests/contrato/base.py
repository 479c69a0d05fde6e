"""«Base de Datos», «Flujo de Asignación Round-Robin» y las recetas SQL de «Monitoreo» y «Troubleshooting»."""

from __future__ import annotations

from typing import Any

from tests.apoyo.aplicacion import RAIZ
from tests.contrato.comun import CLIENTE, OTRO, Mundo, caso

AHORA = "CURRENT_TIMESTAMP"
COLUMNAS: dict[str, list[tuple[str, str, int | None, str, str | None]]] = {
    "conversaciones_whatsapp": [
        ("id", "integer", None, "NO", "nextval('conversaciones_whatsapp_id_seq'::regclass)"),
        ("numero_telefono", "character varying", 20, "NO", None),
        ("agente_asignado", "character varying", 50, "YES", None),
        ("fecha_asignacion", "timestamp without time zone", None, "YES", AHORA),
        ("fecha_ultima_actividad", "timestamp without time zone", None, "YES", AHORA),
        ("estado", "character varying", 20, "YES", "'activa'::character varying"),
        ("notas", "text", None, "YES", None),
        ("created_at", "timestamp without time zone", None, "YES", AHORA),
        ("updated_at", "timestamp without time zone", None, "YES", AHORA),
    ],
    "sistema_asignacion": [
        ("id", "integer", None, "NO", "nextval('sistema_asignacion_id_seq'::regclass)"),
        ("clave", "character varying", 50, "NO", None),
        ("valor", "integer", None, "YES", "0"),
        ("updated_at", "timestamp without time zone", None, "YES", AHORA),
    ],
}
SECUENCIA = {
    "+573001234567": "agente1",
    "+573007654321": "agente2",
    "+573009876543": "agente1",
    "+573005555555": "agente2",
}


def _columnas(m: Mundo, tabla: str) -> list[tuple[Any, ...]]:
    return m.base.consultar(
        "SELECT column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
        [tabla],
    )


def _duenos(m: Mundo) -> dict[str, str]:
    return dict(m.base.consultar("SELECT numero_telefono, agente_asignado FROM conversaciones_whatsapp ORDER BY id"))


@caso("Base de Datos · Tabla conversaciones_whatsapp")
def tiene_las_columnas_impresas(m: Mundo) -> None:
    assert _columnas(m, "conversaciones_whatsapp") == COLUMNAS["conversaciones_whatsapp"]


@caso("Base de Datos · Tabla sistema_asignacion")
def tiene_sus_columnas_impresas(m: Mundo) -> None:
    assert _columnas(m, "sistema_asignacion") == COLUMNAS["sistema_asignacion"]


@caso("Base de Datos · Tabla conversaciones_whatsapp")
def tiene_los_indices_impresos_y_sus_claves_unicas(m: Mundo) -> None:
    indices = dict(m.base.consultar("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"))
    for indice, columna in (
        ("idx_numero_telefono", "numero_telefono"),
        ("idx_agente_asignado", "agente_asignado"),
        ("idx_estado", "estado"),
    ):  # fmt: skip
        assert indices[indice].endswith(f"ON public.conversaciones_whatsapp USING btree ({columna})")
    assert "UNIQUE" in indices["conversaciones_whatsapp_numero_telefono_key"]
    assert "UNIQUE" in indices["sistema_asignacion_clave_key"]


@caso("Base de Datos · Tabla sistema_asignacion")
def tiene_el_registro_inicial(m: Mundo) -> None:
    assert m.base.consultar("SELECT clave, valor FROM sistema_asignacion") == [("contador_round_robin", 0)]


@caso("Flujo de Asignación · 1. Mensaje Entrante Nuevo")
def un_numero_nuevo_queda_con_agente_y_una_fila_completa(m: Mundo) -> None:
    m.escribe(CLIENTE)
    assert m.base.consultar("SELECT numero_telefono, agente_asignado, estado, notas FROM conversaciones_whatsapp") == [
        ("+573001234567", "agente1", "activa", None)
    ]
    m.registrado("INFO:chat_whatsapp:🆕 Nueva conversación +573001234567 → agente1")


@caso("Flujo de Asignación · 1. Mensaje Entrante Nuevo")
def uno_conocido_solo_actualiza_su_actividad(m: Mundo) -> None:
    m.dos_chats()
    m.base.ejecutar(
        "UPDATE conversaciones_whatsapp SET fecha_ultima_actividad = '2020-01-01', updated_at = '2020-01-01'"
    )
    m.escribe(OTRO, "otra vez")
    tocadas = m.base.consultar(
        "SELECT numero_telefono, agente_asignado FROM conversaciones_whatsapp"
        " WHERE fecha_ultima_actividad > now() AT TIME ZONE 'UTC' - INTERVAL '1 minute' AND updated_at > '2020-01-02'"
    )
    assert tocadas == [("+573007654321", "agente2")]
    m.registrado("INFO:chat_whatsapp:📝 Conversación existente +573007654321 → agente2")


@caso("Flujo de Asignación · 2. Algoritmo Round-Robin")
def el_turno_es_el_contador_modulo_los_activos(m: Mundo) -> None:
    m.base.ejecutar("UPDATE sistema_asignacion SET valor = 7 WHERE clave = 'contador_round_robin'")
    m.escribe(CLIENTE)
    assert _duenos(m) == {"+573001234567": "agente2"}
    assert m.base.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 8


@caso("Flujo de Asignación · 3. Secuencia de Asignaciones")
def los_cuatro_numeros_impresos_quedan_como_se_imprimio(m: Mundo) -> None:
    for numero in SECUENCIA:
        m.escribe(numero.removeprefix("+"))
    assert _duenos(m) == SECUENCIA
    assert m.base.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 4


@caso("Monitoreo · Métricas Clave")
def las_consultas_impresas_cuentan_lo_que_hay(m: Mundo) -> None:
    for numero in SECUENCIA:
        m.escribe(numero.removeprefix("+"))
    assert m.base.valor("SELECT COUNT(*) FROM conversaciones_whatsapp WHERE estado = 'activa';") == 4
    por_agente = m.base.consultar("""
        SELECT agente_asignado, COUNT(*)
        FROM conversaciones_whatsapp
        WHERE estado = 'activa'
        GROUP BY agente_asignado;
    """)
    assert dict(por_agente) == {"agente1": 2, "agente2": 2}
    assert m.base.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin';") == 4
    m.escribe(CLIENTE, "ya no soy la más antigua")
    antiguas = m.base.consultar("""
        SELECT numero_telefono, agente_asignado, fecha_ultima_actividad
        FROM conversaciones_whatsapp
        WHERE estado = 'activa'
        ORDER BY fecha_ultima_actividad ASC
        LIMIT 10;
    """)
    assert [fila[0] for fila in antiguas] == ["+573007654321", "+573009876543", "+573005555555", "+573001234567"]


@caso("Troubleshooting · No tienes permiso para ver esta conversación")
def reasignar_con_la_receta_impresa_vale_al_instante_y_lo_saben_los_dos(m: Mundo) -> None:
    m.dos_chats()
    de1, de2 = m.pantalla(1), m.pantalla(2)
    m.base.ejecutar(
        "UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2' WHERE numero_telefono = '+573001234567'"
    )
    de1.olvidar()
    de2.olvidar()
    antes = m.base.valor("""
        SELECT agente_asignado FROM conversaciones_whatsapp
        WHERE numero_telefono = '+573001234567';
    """)
    assert antes == "agente2"
    m.base.ejecutar("""
        UPDATE conversaciones_whatsapp
        SET agente_asignado = 'agente1'
        WHERE numero_telefono = '+573001234567';
    """)
    assert m.agente(1).get(f"api/conversacion/{CLIENTE}").status_code == 200
    assert m.agente(2).get(f"api/conversacion/{CLIENTE}").status_code == 403
    for pantalla, tipo in ((de1, "assigned"), (de2, "unassigned")):
        aviso = pantalla.uno("conversation_update", lambda d, t=tipo: d["event_type"] == t)
        assert (aviso["numero"], aviso["source"]) == (CLIENTE, "whapi")


@caso("Troubleshooting · No tienes permiso para ver esta conversación")
def tras_reasignar_los_mensajes_y_los_envios_son_del_nuevo_dueno(m: Mundo) -> None:
    m.dos_chats()
    de1, de2 = m.pantalla(1), m.pantalla(2)
    m.base.ejecutar(
        "UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2' WHERE numero_telefono = '+573001234567'"
    )
    nuevo = m.escribe(CLIENTE, "¿sigue ahí?")
    assert de2.uno("new_message")["message_id"] == nuevo["id"]
    assert m.agente(2).post("api/enviar-mensaje", json={"to": CLIENTE, "message": "sí"}).status_code == 200
    assert m.agente(1).post("api/enviar-mensaje", json={"to": CLIENTE, "message": "sí"}).status_code == 403
    de1.ninguno("new_message", 0.2)


@caso("Troubleshooting · Conversaciones no aparecen en el chat")
def la_consulta_impresa_encuentra_las_asignadas_y_el_registro_los_entrantes(m: Mundo) -> None:
    m.dos_chats()
    filas = m.base.consultar("SELECT * FROM conversaciones_whatsapp WHERE agente_asignado = 'agente1';")
    assert [fila[1] for fila in filas] == ["+573001234567"]
    m.registrado("INFO:chat_whatsapp:📨 MENSAJE ENTRANTE DE WHAPI…")


@caso("Troubleshooting · Round-robin no distribuye equitativamente")
def resetear_el_contador_con_la_receta_impresa_vale_al_instante(m: Mundo) -> None:
    m.escribe(CLIENTE)
    m.base.ejecutar("""
        UPDATE sistema_asignacion
        SET valor = 0
        WHERE clave = 'contador_round_robin';
    """)
    m.escribe(OTRO)
    assert _duenos(m) == {"+573001234567": "agente1", "+573007654321": "agente1"}


@caso("Diagnóstico de Base de Datos")
def el_archivo_sql_impreso_se_puede_ejecutar_otra_vez_sin_perder_nada(m: Mundo) -> None:
    m.dos_chats()
    m.base.ejecutar((RAIZ / "sql" / "init_conversaciones_whatsapp.sql").read_text())
    assert len(_duenos(m)) == 2
    assert m.base.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 2
