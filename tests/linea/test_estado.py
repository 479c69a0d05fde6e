"""El estado de la línea: de dónde se aprende, a quién se le cuenta y qué se hace con él."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import recibir, webhook
from tests.apoyo.en_proceso import en_proceso
from tests.apoyo.escucha import Escucha
from tests.apoyo.rafagas import hasta
from tests.apoyo.sesiones import Sesion, entrar
from tests.linea.conftest import CLIENTE, PLAZO, enviar, esperar_estado, poner, ver

ArrancarApp = Callable[..., AppEnMarcha]
Oir = Callable[..., Escucha]


def _saludes(simulador: Simulador) -> list[dict[str, str]]:
    return [peticion.consulta for peticion in list(simulador.peticiones) if peticion.ruta == "/health"]


def _comprobar_ya(base: BaseDatos) -> None:
    """Como si el último turno de preguntar hubiera sido hace mucho."""
    base.ejecutar("UPDATE chat_linea SET comprobada_en = '-infinity'")


def _sin_turnos(base: BaseDatos) -> None:
    """Contestada la pregunta en curso, nadie pregunta por rutina: solo si algo lo pide enseguida."""
    hasta(lambda: base.valor("SELECT visto_en > comprobada_en FROM chat_linea"), PLAZO)
    base.ejecutar("UPDATE chat_linea SET comprobada_en = 'infinity'")


def test_con_la_linea_desvinculada_enviar_se_rechaza_enseguida_y_no_queda_nada_a_medias(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    linea = poner(simulador, con_chat, "QR")
    assert not linea["ok"] and "se desvinculó del teléfono" in linea["text"]
    respuesta = enviar(con_chat, client_id="un-clic")
    assert (respuesta.status_code, respuesta.json()["error"]) == (503, linea["text"])
    assert simulador.enviados == []
    assert limpio.valor("SELECT count(*) FROM chat_mensajes WHERE saliente") == 0
    poner(simulador, con_chat, "AUTH")
    assert enviar(con_chat, client_id="un-clic").status_code == 200
    assert len(simulador.enviados) == 1


def test_con_la_linea_caida_tampoco_sale_ni_se_guarda_un_archivo_una_ubicacion_un_contacto_o_una_encuesta(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    linea = poner(simulador, con_chat, "QR")
    encuesta = {"title": "¿Cuándo?", "options": ["Hoy", "Mañana"]}
    for tipo, datos in (
        ("location", {"latitude": 4.6, "longitude": -74.1}), ("contact", {"name": "Ana", "phone": "3001112233"}),
        ("poll", encuesta),
    ):  # fmt: skip
        respuesta = con_chat.post("api/enviar-mensaje", json={"to": CLIENTE, "type": tipo, "data": datos})
        assert (respuesta.status_code, respuesta.json()["error"]) == (503, linea["text"]), tipo
    archivo = con_chat.post(f"api/enviar-archivo/{CLIENTE}", files={"file": ("a.txt", b"hola", "text/plain")})
    assert (archivo.status_code, archivo.json()["error"]) == (503, linea["text"])
    assert simulador.enviados == []
    assert limpio.valor("SELECT count(*) FROM chat_mensajes WHERE saliente") == 0
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 0


def test_lo_que_ya_salio_se_contesta_igual_aunque_la_linea_se_caiga(con_chat: Sesion, simulador: Simulador) -> None:
    primera = enviar(con_chat, client_id="el-mismo-clic")
    poner(simulador, con_chat, "STOP")
    segunda = enviar(con_chat, client_id="el-mismo-clic")
    assert segunda.status_code == 200, segunda.text
    assert segunda.json()["message_id"] == primera.json()["message_id"]
    assert len(simulador.enviados) == 1


def test_reintentar_con_la_linea_caida_tambien_espera(con_chat: Sesion, simulador: Simulador) -> None:
    simulador.fallar(400)
    fallido = enviar(con_chat).json()["message"]
    poner(simulador, con_chat, "SYNC_ERROR")
    respuesta = con_chat.post("api/reintentar-mensaje", json={"seq": fallido["seq"]})
    assert respuesta.status_code == 503 and "no se sincroniza" in respuesta.json()["error"]
    assert len(simulador.enviados) == 1


def test_cada_cambio_se_cuenta_a_las_pantallas_de_todos_los_agentes_y_una_sola_vez(
    agente1: Sesion, agente2: Sesion, simulador: Simulador, escucha: Oir
) -> None:
    poner(simulador, agente1, "AUTH")
    pantallas = [escucha(agente1.app, agente1), escucha(agente1.app, agente1), escucha(agente2.app, agente2)]
    simulador.poner_linea("QR")
    for pantalla in pantallas:
        aviso = pantalla.uno("line_status", plazo=PLAZO)
        assert (aviso["state"], aviso["ok"]) == ("QR", False) and aviso["text"] and aviso["since"]
    simulador.avisar("channel", "post", simulador.salud())  # el proveedor se repite
    assert simulador.esperar_entregas()
    for pantalla in pantallas:
        pantalla.ninguno("line_status", condicion=lambda d: d["state"] != "QR")
        assert len(pantalla.eventos("line_status")) == 1


def test_soltar_el_telefono_se_sabe_por_el_aviso_de_usuario(agente1: Sesion, simulador: Simulador) -> None:
    simulador.estado.linea_estado = "QR"
    simulador.avisar("users", "delete", {"id": "573008021701", "name": "Mi Empresa"})
    esperar_estado(agente1, "QR")
    simulador.estado.linea_estado = "AUTH"
    simulador.avisar("users", "post", {"id": "573008021701", "name": "Mi Empresa"})
    esperar_estado(agente1, "AUTH")


def test_un_aviso_viejo_no_pisa_a_uno_nuevo(agente1: Sesion, simulador: Simulador, limpio: BaseDatos) -> None:
    poner(simulador, agente1, "AUTH")
    viejo = {**simulador.salud(), "status": {"code": 3, "text": "QR"}, "start_at": int(time.time()) - 7200}
    respuesta = webhook(agente1.app, {"health": viejo, "event": {"type": "channel", "event": "post"}})
    assert respuesta.status_code == 200
    assert ver(agente1)["state"] == "AUTH"
    assert limpio.valor("SELECT count(*) FROM chat_linea_cambios WHERE estado = 'QR'") == 0


def test_un_aviso_que_miente_se_corrige_preguntando_enseguida(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    """Una entrega repetida horas después diría que no hay teléfono: no deja la línea cerrada."""
    poner(simulador, con_chat, "AUTH")
    _sin_turnos(limpio)
    cuerpo = {"user": {"id": "573008021701"}, "event": {"type": "users", "event": "delete"}}
    assert webhook(con_chat.app, cuerpo).status_code == 200
    esperar_estado(con_chat, "AUTH")
    historia = limpio.consultar("SELECT estado, origen FROM chat_linea_cambios ORDER BY id")
    assert historia[-2:] == [("QR", "aviso"), ("AUTH", "comprobacion")]
    assert enviar(con_chat).status_code == 200


def test_sin_aviso_un_envio_rechazado_hace_preguntar_y_el_siguiente_ya_no_sale(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    poner(simulador, con_chat, "AUTH")
    _sin_turnos(limpio)
    simulador.poner_linea("QR", avisar=False)
    assert enviar(con_chat).status_code == 502
    esperar_estado(con_chat, "QR")
    assert enviar(con_chat).status_code == 503
    assert len(simulador.enviados) == 1


def test_preguntar_nunca_despierta_el_canal(agente1: Sesion, simulador: Simulador, limpio: BaseDatos) -> None:
    poner(simulador, agente1, "STOP")
    antes = len(_saludes(simulador))
    _comprobar_ya(limpio)
    hasta(lambda: len(_saludes(simulador)) > antes, PLAZO)
    assert simulador.estado.linea_estado == "STOP" and ver(agente1)["state"] == "STOP"
    assert all(consulta == {"wakeup": "false"} for consulta in _saludes(simulador))


def test_cuando_vuelve_sin_avisar_se_nota_en_segundos(agente1: Sesion, simulador: Simulador) -> None:
    poner(simulador, agente1, "ERROR")
    simulador.poner_linea("AUTH", avisar=False)
    assert esperar_estado(agente1, "AUTH")["ok"]


def test_sin_credito_frena_un_rato_aunque_el_telefono_este_vinculado_y_despues_se_vuelve_a_probar(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    simulador.fallar(402)
    assert enviar(con_chat).status_code == 502
    assert ver(con_chat)["state"] == "SIN_CREDITO"
    respuesta = enviar(con_chat)
    assert respuesta.status_code == 503 and "llegó a su límite" in respuesta.json()["error"]
    antes = len(_saludes(simulador))
    _comprobar_ya(limpio)
    hasta(lambda: len(_saludes(simulador)) > antes, PLAZO)
    assert ver(con_chat)["state"] == "SIN_CREDITO"
    limpio.ejecutar("UPDATE chat_linea SET en = en - INTERVAL '2 minutes', comprobada_en = '-infinity'")
    esperar_estado(con_chat, "AUTH")
    assert enviar(con_chat).status_code == 200


@pytest.mark.parametrize("edad", ["10 minutes", None])
def test_lo_que_se_supo_hace_mucho_o_nunca_no_frena_y_un_envio_que_sale_lo_aclara(
    con_chat: Sesion, simulador: Simulador, limpio: BaseDatos, edad: str | None
) -> None:
    poner(simulador, con_chat, "AUTH")
    simulador.fallar(500, None, en="salud")  # y preguntar no ayuda
    limpio.ejecutar(
        "UPDATE chat_linea SET estado = %s, visto_en = now() - %s::interval", ("QR" if edad else None, edad or "0")
    )
    assert ver(con_chat)["state"] is None
    assert enviar(con_chat).status_code == 200
    assert ver(con_chat)["state"] == "AUTH"
    assert limpio.valor("SELECT origen FROM chat_linea_cambios ORDER BY id DESC LIMIT 1") == "envio"


def test_que_el_proveedor_no_conteste_no_cambia_lo_que_se_sabe(
    agente1: Sesion, simulador: Simulador, limpio: BaseDatos
) -> None:
    poner(simulador, agente1, "AUTH")
    simulador.fallar(502, None, en="salud", html=True)
    antes = len(_saludes(simulador))
    _comprobar_ya(limpio)
    hasta(lambda: len(_saludes(simulador)) > antes, PLAZO)
    assert ver(agente1)["state"] == "AUTH"


def test_una_ficha_que_el_proveedor_no_reconoce_se_dice(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos, {"WHAPI_TOKEN": "otra-ficha"})
    sesion = entrar(app, "agente1")
    assert "no reconoce el canal" in esperar_estado(sesion, "SIN_CANAL")["text"]


def test_varios_procesos_y_un_reinicio_saben_lo_mismo_y_preguntan_por_turnos(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    una = arrancar_app(base_datos)
    otra = arrancar_app(base_datos)
    sesion = entrar(otra, "agente1")
    esperar_estado(sesion, "AUTH")
    simulador_propio.poner_linea("QR")  # el aviso llega solo a la primera
    esperar_estado(sesion, "QR")
    una.parar()
    simulador_propio.fallar(500, None, en="salud")
    otra.reiniciar()
    assert ver(entrar(otra, "agente1"))["state"] == "QR"


def test_el_turno_de_preguntar_es_de_un_solo_proceso(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrancar_app(base_datos).parar()
    with en_proceso(monkeypatch, base_datos) as dentro:
        from bandeja import repositorio

        def reclamar(ya: bool = False) -> bool:
            return dentro.servicios.bd.ejecutar(
                lambda con: repositorio.reclamar_comprobacion(con, "whapi", ya=ya, bien_s=55, mal_s=8)
            )

        _comprobar_ya(base_datos)
        assert [reclamar(), reclamar(), reclamar(ya=True)] == [True, False, True]
        base_datos.ejecutar("UPDATE chat_linea SET estado = 'AUTH', comprobada_en = now() - INTERVAL '30 seconds'")
        assert not reclamar()
        base_datos.ejecutar("UPDATE chat_linea SET estado = 'QR'")
        assert reclamar()


def test_por_twilio_no_se_frena_nada(monkeypatch: pytest.MonkeyPatch) -> None:
    with en_proceso(monkeypatch) as dentro:  # sin base: si mirara el estado, fallaría
        dentro.servicios.linea.exigir("twilio")


def test_la_salud_lo_dice_y_no_se_degrada_por_la_linea(agente1: Sesion, simulador: Simulador) -> None:
    poner(simulador, agente1, "QR")
    respuesta = agente1.get("health")
    assert respuesta.status_code == 200 and respuesta.json()["status"] == "healthy"
    assert respuesta.json()["linea"]["state"] == "QR"


def test_el_estado_pide_sesion(app: AppEnMarcha, limpio: BaseDatos) -> None:
    assert Sesion(app).get("api/linea").status_code == 401


def test_con_la_linea_caida_los_mensajes_siguen_entrando(con_chat: Sesion, simulador: Simulador) -> None:
    poner(simulador, con_chat, "QR")
    recibir(con_chat.app, "573001234567", "¿siguen ahí?")
    assert con_chat.get("api/conversacion/573001234567").json()["total"] == 2
