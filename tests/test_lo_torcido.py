"""Lo torcido no esconde a lo bueno: claves que no son listas, valores que la base no admite, sesiones ya vencidas."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import bandeja.autenticacion
from bandeja.errores import DatoRechazado, EntradaInvalida
from bandeja.modelos import Entrega, EstadoRecibido, Ilegible, Lineas
from bandeja.recepcion import MAX_TANDA, Recepcion, _por_tandas
from bandeja.webhook import MAX_ELEMENTOS, interpretar
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, webhook
from tests.apoyo.sesiones import Sesion

AHORA = datetime(2026, 1, 7, tzinfo=UTC)


def test_una_clave_torcida_no_esconde_a_los_mensajes_de_al_lado(app: AppEnMarcha, limpio: BaseDatos) -> None:
    respuesta = webhook(app, entrega(mensaje_texto("573001234567", "hola")) | {"statuses": {"no": "es una lista"}})
    assert respuesta.status_code == 200
    assert limpio.valor("SELECT count(*) FROM chat_mensajes") == 1
    assert limpio.valor("SELECT motivo FROM chat_ilegibles") == "«statuses» debe ser una lista"


def test_una_lista_desmedida_se_rechaza_entera() -> None:
    with pytest.raises(EntradaInvalida, match="demasiados elementos"):
        interpretar({"messages": [[]] * (MAX_ELEMENTOS + 1)}, linea="1", excluidos=frozenset(), ahora=AHORA)


def test_lo_que_la_base_no_admite_se_guarda_como_ilegible_y_no_hunde_a_sus_vecinos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """La base rechaza la entrega mientras esté el malo; de a uno, los buenos quedan y el malo también, aparte."""
    guardadas: list[Entrega] = []

    def guardar(_self: Recepcion, parte: Entrega) -> int:
        if any(m.cuerpo == "malo" for m in parte.mensajes):
            raise DatoRechazado
        guardadas.append(parte)
        return len(parte.mensajes)

    monkeypatch.setattr(Recepcion, "_guardar_y_avisar", guardar)
    recepcion = Recepcion(None, None, None, Lineas("573008021701"), frozenset(), None, None)  # type: ignore[arg-type]
    recepcion.recibir(entrega(*(mensaje_texto("573001234567", texto) for texto in ("uno", "malo", "dos"))))

    assert [m.cuerpo for parte in guardadas for m in parte.mensajes] == ["uno", "dos"]
    (ilegible,) = (i for parte in guardadas for i in parte.ilegibles)
    assert ilegible.motivo == "la base no admite uno de sus datos"


def test_la_sesion_vencida_no_vale_ni_para_el_socket_que_quedo_abierto(monkeypatch: pytest.MonkeyPatch) -> None:
    from bandeja.plantel import Plantel
    from bandeja.tiempo_real import Avisos

    agente = {"agente1": {"password": "clave", "nombre": "Uno", "activo": True}}
    plantel = Plantel(lambda: agente)
    ficha = plantel.obtener_agente("agente1")
    assert ficha is not None
    datos = {"username": "agente1", "sello": bandeja.autenticacion._sello(ficha, "s"), "vence": 1}
    cerradas = bandeja.autenticacion.SesionesCerradas()
    assert bandeja.autenticacion.agente_de_sesion(plantel, datos, "s", cerradas) is None
    assert bandeja.autenticacion.agente_de_sesion(plantel, datos | {"vence": 9e12}, "s", cerradas) is not None

    avisos = Avisos(None)
    avisos.anotar("sid", "agente1", "esta", 1.0)
    assert avisos.vencidas() == {"esta"}


@pytest.mark.parametrize("numero", ("573008021701", "+57 300 802 1701"))
def test_no_se_abre_un_chat_con_la_propia_linea(agente1: Sesion, numero: str) -> None:
    respuesta = agente1.post("/twilio-chat/api/conversaciones", json={"numero": numero})
    assert (respuesta.status_code, respuesta.json()["success"]) == (400, False)


def test_una_entrega_enorme_se_guarda_por_tandas_sin_perder_ni_desordenar_nada() -> None:
    estados = tuple(EstadoRecibido(f"m{n}", "sent", AHORA) for n in range(1_000))
    ilegibles = tuple(Ilegible(f"h{n}", "motivo", "{}") for n in range(3))
    tandas = list(_por_tandas(Entrega(estados=estados, ilegibles=ilegibles)))
    assert max(len(tanda.estados) for tanda in tandas) <= MAX_TANDA
    assert tuple(e for tanda in tandas for e in tanda.estados) == estados
    assert tuple(i for tanda in tandas for i in tanda.ilegibles) == ilegibles
    chica = Entrega(estados=estados[:2], ilegibles=ilegibles)
    assert list(_por_tandas(chica)) == [chica]  # lo de siempre es una sola transacción
