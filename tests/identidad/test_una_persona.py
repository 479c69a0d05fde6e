"""Un cliente que llega con dos escrituras de su número es una conversación, y se le responde como escribió."""

from __future__ import annotations

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.apoyo.rafagas import a_la_vez, hasta
from tests.apoyo.sesiones import Sesion
from tests.apoyo.verdades import duenos, exigir_coherencia

PAREJAS = [("5215512345678", "525512345678"), ("5491123456789", "541123456789"), ("5531987654321", "553187654321")]


@pytest.mark.parametrize(("una", "otra"), PAREJAS)
def test_dos_escrituras_son_una_conversacion_y_un_turno(
    app: AppEnMarcha, limpio: BaseDatos, una: str, otra: str
) -> None:
    tareas = [lambda n=n: webhook(app, entrega(mensaje_texto(n, n))).status_code for n in (una, otra) * 4]
    assert set(a_la_vez(tareas)) == {200}
    assert len(duenos(limpio)) == 1
    assert limpio.valor("SELECT total_mensajes FROM chat_conversaciones") == 8
    exigir_coherencia(limpio)


def test_quien_estaba_con_la_otra_escritura_en_la_tabla_impresa_conserva_su_dueno(
    app: AppEnMarcha, limpio: BaseDatos
) -> None:
    limpio.ejecutar(
        "INSERT INTO conversaciones_whatsapp (numero_telefono, agente_asignado) VALUES ('+5215512345678', 'agente2')"
    )
    recibir(app, "525512345678", "volví")
    assert duenos(limpio) == {"+5215512345678": "agente2"}
    limpio.ejecutar(
        "UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1' WHERE numero_telefono = '+5215512345678'"
    )
    assert limpio.valor("SELECT agente FROM chat_conversaciones WHERE numero = '+525512345678'") == "agente1"


@pytest.mark.parametrize("como", [
    "5215512345678@s.whatsapp.net", "525512345678@s.whatsapp.net", "5511987654321@s.whatsapp.net",
    "551187654321@s.whatsapp.net", "87654321098765@lid",
])  # fmt: skip
def test_se_responde_al_mismo_id_con_que_llego(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador, como: str
) -> None:
    recibir(app, como, "hola")
    (numero,) = agente1.get("api/conversaciones").json()["conversaciones"]
    assert agente1.post("api/enviar-mensaje", json={"to": numero, "message": "buenas"}).status_code == 200
    assert simulador.enviados[-1].cuerpo["to"] == como


def test_si_el_cliente_cambia_de_escritura_se_le_responde_con_la_ultima(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador
) -> None:
    recibir(app, "525512345678", "uno")
    recibir(app, "5215512345678", "dos")
    agente1.post("api/enviar-mensaje", json={"to": "525512345678", "message": "buenas"})
    assert simulador.enviados[-1].cuerpo["to"] == "5215512345678@s.whatsapp.net"


def test_a_quien_no_ha_escrito_se_le_habla_con_el_id_que_dice_whatsapp(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    simulador.estado.wa_ids["525512345678"] = "5215512345678"
    assert agente1.post("api/conversaciones", json={"numero": "+52 55 1234 5678"}).status_code == 200
    hasta(lambda: limpio.valor("SELECT count(*) FROM chat_destinos"))
    agente1.post("api/enviar-mensaje", json={"to": "525512345678", "message": "buenas"})
    assert simulador.enviados[-1].cuerpo["to"] == "5215512345678@s.whatsapp.net"
