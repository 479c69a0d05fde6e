"""«Configuración · Variables de Entorno» y lo que de ellas se ve desde fuera."""

from __future__ import annotations

import runpy
from typing import Any

from bandeja.configuracion import VARIABLES, leer_configuracion
from tests.apoyo.aplicacion import RAIZ
from tests.apoyo.en_proceso import en_proceso
from tests.contrato.comun import Mundo, caso

IMPRESAS = {
    "FLASK_SECRET_KEY": "llave",
    "PASSWORD_AGENTE1": "una",
    "PASSWORD_AGENTE2": "dos",
    "POSTGRES_HOST": "db.example.com",
    "POSTGRES_PORT": "25060",
    "POSTGRES_USER": "usuario",
    "POSTGRES_PASSWORD": "clave",
    "POSTGRES_DB": "base",
    "WHAPI_TOKEN": "ficha",
    "TWILIO_ACCOUNT_SID": "sid",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_WHATSAPP_NUMBER": "whatsapp:+573153369631",
}


@caso("Configuración · Variables de Entorno")
def las_impresas_se_conocen_y_se_leen(_m: Mundo) -> None:
    assert set(VARIABLES) >= IMPRESAS.keys()
    config = leer_configuracion(IMPRESAS)
    assert config.base is not None
    leido = (config.base.host, config.base.puerto, config.base.usuario, config.base.clave, config.base.base)
    assert leido == ("db.example.com", 25060, "usuario", "clave", "base")
    assert (config.clave_secreta, config.whapi_token, config.twilio_configurado) == ("llave", "ficha", True)
    assert config.demostracion is False


@caso("Configuración · Variables de Entorno")
def sin_nada_configurado_es_demostracion_con_la_linea_impresa(_m: Mundo) -> None:
    config = leer_configuracion({})
    assert (config.demostracion, config.base, config.whapi_token, config.linea) == (True, None, None, "573008021701")


@caso("Configuración · Variables de Entorno")
def port_decide_el_puerto_y_el_procfile_usa_la_orden_impresa(m: Mundo) -> None:
    assert leer_configuracion({"PORT": "8080"}).puerto == 8080
    assert m.app.entorno["PORT"] == str(m.app.puerto) and m.app.salud() == 200
    assert (RAIZ / "Procfile").read_text().strip() == "web: python descargar_bsl.py"


@caso("Seguridad · Base de Datos")
def fuera_de_esta_maquina_la_conexion_va_con_sslmode_require(_m: Mundo) -> None:
    def sslmode(**mas: str) -> str:
        base = leer_configuracion(IMPRESAS | mas).base
        assert base is not None
        return base.sslmode

    assert sslmode() == "require"
    assert sslmode(POSTGRES_HOST="localhost") == "prefer"
    assert sslmode(POSTGRES_SSLMODE="verify-full") == "verify-full"


@caso("Monitoreo · Health Check")
def twilio_configured_dice_si_sus_tres_variables_estan(m: Mundo) -> None:
    twilio = {clave: valor for clave, valor in IMPRESAS.items() if clave.startswith("TWILIO_")}
    with en_proceso(m.pedir("monkeypatch"), m.base, **twilio) as app:
        assert app.cliente().get("/twilio-chat/health").json["twilio_configured"] is True


def _claves_de(m: Mundo, entorno: dict[str, str]) -> dict[str, Any]:
    """Lo que vale AGENTES al importar chat_whatsapp con ese entorno."""
    parche = m.pedir("monkeypatch")
    for clave in ("PASSWORD_AGENTE1", "PASSWORD_AGENTE2"):
        parche.delenv(clave, raising=False)
    for clave, valor in entorno.items():
        parche.setenv(clave, valor)
    return dict(runpy.run_path(str(RAIZ / "chat_whatsapp.py"), run_name="cara")["AGENTES"])


@caso("Configuración · Agentes Configurados")
def agentes_es_el_diccionario_impreso(m: Mundo) -> None:
    assert _claves_de(m, {}) == {
        "agente1": {"password": "password1", "nombre": "Agente 1", "activo": True},
        "agente2": {"password": "password2", "nombre": "Agente 2", "activo": True},
    }


@caso("Configuración · Agentes Configurados")
def sus_claves_nombres_y_agentes_de_mas_salen_del_entorno(m: Mundo) -> None:
    agentes = _claves_de(
        m, {"PASSWORD_AGENTE2": "otra", "NOMBRE_AGENTE2": "Recepción", "PASSWORD_AGENTE4": "x", "ACTIVO_AGENTE4": "0"}
    )
    assert agentes["agente2"] == {"password": "otra", "nombre": "Recepción", "activo": True}
    assert agentes["agente4"] == {"password": "x", "nombre": "Agente 4", "activo": False}
    assert list(agentes) == ["agente1", "agente2", "agente4"]
