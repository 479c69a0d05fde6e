"""La configuración se lee una vez y se comprueba: un valor sin sentido detiene el arranque con su nombre."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bandeja.configuracion import BasePostgres, Configuracion, leer_agentes, leer_configuracion
from bandeja.errores import ConfiguracionInvalida
from tests.apoyo.aplicacion import ENTORNO_DE_PRUEBA
from tests.apoyo.ordenes import correr

POSTGRES = {"POSTGRES_HOST": "db.example.com", "POSTGRES_USER": "u", "POSTGRES_DB": "b", "POSTGRES_PASSWORD": "c"}
DE_FABRICA = {
    "agente1": {"password": "password1", "nombre": "Agente 1", "activo": True},
    "agente2": {"password": "password2", "nombre": "Agente 2", "activo": True},
}

SIN_SENTIDO = [
    ("PORT", "cinco"), ("PORT", "0"), ("PORT", "65536"), ("PORT", "-1"), ("PORT", "80.5"), ("PORT", "٣٤"),
    ("PROXIES_CONFIABLES", "muchos"), ("PROXIES_CONFIABLES", "-1"), ("PROXIES_CONFIABLES", "11"),
    ("LOG_LEVEL", "charlatán"), ("SOCKETIO_ASYNC_MODE", "magia"), ("REDIS_URL", "localhost:6379"),
    ("WHAPI_API_URL", "gate.whapi.cloud"), ("WHAPI_API_URL", "ftp://x"), ("WHAPI_NUMERO", "nueve"),
    ("WHAPI_NUMERO", "123456789012345@lid"), ("NUMEROS_EXCLUIDOS", "3001234567,abc"), ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "https://bien.com,mal.com"), ("CORS_ORIGINS", "https://x.com/ruta"),
    ("DATABASE_URL", "postgresql://"), ("DATABASE_URL", "mysql://u:c@h/b"), ("DATABASE_URL", "postgresql://u:c@h"),
    ("DATABASE_URL", "postgresql://u:c@h:puerto/b"), ("DATABASE_URL", "postgresql://u:c@h/b?sslmode=quizás"),
    ("DATABASE_URL", "postgresql://u:c@[::1/b"), ("POSTGRES_PORT", "abc"), ("POSTGRES_SSLMODE", "siempre"),
    ("POSTGRES_USER", ""), ("POSTGRES_DB", ""), ("TWILIO_ACCOUNT_SID", "AC con espacios"), ("TWILIO_AUTH_TOKEN", "ñ"),
    ("TWILIO_WHATSAPP_NUMBER", "whatsapp:nueve"), ("TWILIO_WEBHOOK_URL", "bandeja.example.com"),
    ("TWILIO_WEBHOOK_URL", "https://bandeja.example.com/x#rc=5"), ("TWILIO_API_URL", "ftp://x"),
]  # fmt: skip


def _leer(**variables: str) -> Configuracion:
    return leer_configuracion(variables)


@pytest.mark.parametrize(("variable", "valor"), SIN_SENTIDO)
def test_un_valor_sin_sentido_se_rechaza_nombrando_la_variable(variable: str, valor: str) -> None:
    with pytest.raises(ConfiguracionInvalida) as rechazo:
        leer_configuracion(POSTGRES | {variable: valor})
    assert variable in str(rechazo.value)
    assert "esper" in str(rechazo.value)


@pytest.mark.parametrize(("variable", "valor"), [("PORT", "x"), ("ACTIVO_AGENTE1", "quizás"), ("DATABASE_URL", "nada")])
def test_el_proceso_no_arranca_con_un_valor_sin_sentido_y_dice_cual(tmp_path: Path, variable: str, valor: str) -> None:
    codigo, dicho = correr("descargar_bsl.py", ENTORNO_DE_PRUEBA | POSTGRES | {variable: valor}, tmp_path)
    assert codigo != 0
    assert variable in dicho
    assert "Traceback" not in dicho


def test_una_clave_en_database_url_no_se_repite_en_el_error() -> None:
    with pytest.raises(ConfiguracionInvalida) as rechazo:
        _leer(DATABASE_URL="postgresql://usuario:muy-secreta@/")
    assert "muy-secreta" not in str(rechazo.value)


@pytest.mark.parametrize(
    ("host", "pedido", "sslmode"),
    [
        ("db.example.com", "", "require"), ("10.0.0.5", "", "require"), ("localhost", "", "prefer"),
        ("127.0.0.1", "", "prefer"), ("::1", "", "prefer"), ("/var/run/postgresql", "", "prefer"),
        ("db.example.com", "disable", "disable"), ("localhost", "require", "require"),
        ("db.example.com", "verify-full", "verify-full"), ("db.example.com", "  ", "require"),
    ],
)  # fmt: skip
def test_fuera_de_esta_maquina_se_exige_cifrado_salvo_que_se_pida_otra_cosa(
    host: str, pedido: str, sslmode: str
) -> None:
    base = leer_configuracion(POSTGRES | {"POSTGRES_HOST": host, "POSTGRES_SSLMODE": pedido}).base
    assert base is not None
    assert base.sslmode == sslmode


@pytest.mark.parametrize(
    ("url", "esperada"),
    [
        ("postgresql://u:c@db.example.com:25060/b", BasePostgres("db.example.com", 25060, "u", "c", "b", "require")),
        ("postgres://u:c@localhost/b", BasePostgres("localhost", 5432, "u", "c", "b", "prefer")),
        ("postgresql://u%40x:c%2F%3A@h/b%20c", BasePostgres("h", 5432, "u@x", "c/:", "b c", "require")),
        ("postgresql://u:c@h/b?sslmode=disable", BasePostgres("h", 5432, "u", "c", "b", "disable")),
        ("postgresql://u@/b?host=/run/pg", BasePostgres("/run/pg", 5432, "u", "", "b", "prefer")),
        ("postgresql://u:c@[::1]:6000/b", BasePostgres("::1", 6000, "u", "c", "b", "prefer")),
    ],
)
def test_database_url_dice_todo_y_manda_sobre_las_demas(url: str, esperada: BasePostgres) -> None:
    assert leer_configuracion(POSTGRES | {"DATABASE_URL": url}).base == esperada


def test_la_variable_de_cifrado_manda_tambien_sobre_database_url() -> None:
    base = _leer(DATABASE_URL="postgresql://u:c@h/b?sslmode=disable", POSTGRES_SSLMODE="verify-ca").base
    assert base is not None
    assert base.sslmode == "verify-ca"


@pytest.mark.parametrize(
    ("variables", "demostracion", "con_base", "host"),
    [
        ({}, True, False, "127.0.0.1"),
        ({"WHAPI_TOKEN": "t"}, False, False, "0.0.0.0"),
        (POSTGRES, False, True, "0.0.0.0"),
        (POSTGRES | {"WHAPI_TOKEN": "t", "HOST": "127.0.0.1"}, False, True, "127.0.0.1"),
        ({"POSTGRES_HOST": "  ", "WHAPI_TOKEN": " "}, True, False, "127.0.0.1"),
    ],
)
def test_solo_sin_base_y_sin_linea_es_una_demostracion_y_no_sale_de_esta_maquina(
    variables: Mapping[str, str], demostracion: bool, con_base: bool, host: str
) -> None:
    config = leer_configuracion(variables)
    assert (config.demostracion, config.base is not None, config.host) == (demostracion, con_base, host)


def test_la_configuracion_no_cambia_despues_de_leida() -> None:
    with pytest.raises(AttributeError):
        _leer().puerto = 1  # type: ignore[misc]


# --- Los agentes


def test_las_variables_crean_nombran_y_desactivan_agentes_en_el_orden_de_su_numero() -> None:
    entorno = {
        "PASSWORD_AGENTE10": "diez", "PASSWORD_AGENTE3": "tres", "NOMBRE_AGENTE3": "Carla", "ACTIVO_AGENTE2": "0",
        "NOMBRE_AGENTE1": "Ana", "PASSWORD_AGENTE0": "no", "PASSWORD_AGENTEX": "no", "ACTIVO_AGENTE77": "1",
    }  # fmt: skip
    agentes = leer_agentes(entorno, DE_FABRICA)
    assert list(agentes) == ["agente1", "agente2", "agente3", "agente10"]
    assert agentes["agente3"] == {"password": "tres", "nombre": "Carla", "activo": True}
    assert agentes["agente10"]["nombre"] == "Agente 10"
    assert [a["activo"] for a in agentes.values()] == [True, False, True, True]
    assert agentes["agente1"]["nombre"] == "Ana"
    assert DE_FABRICA["agente1"]["nombre"] == "Agente 1"


@pytest.mark.parametrize("valor", ["no", "2", "false", "sí"])
def test_activar_con_otra_cosa_que_cero_o_uno_detiene_el_arranque(valor: str) -> None:
    with pytest.raises(ConfiguracionInvalida, match="ACTIVO_AGENTE2"):
        leer_agentes({"ACTIVO_AGENTE2": valor}, DE_FABRICA)
