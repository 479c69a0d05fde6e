"""El número canónico, con `phonenumbers` como oráculo: dos escrituras de una persona son una, dos personas son dos."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bandeja.telefono import Telefono, desde_chat_id, desde_texto
from tests.apoyo.base_datos import BaseDatos
from tests.conftest import ArrancarApp

# Cualquier cosa con forma de número, y muchas de los tres países con dos escrituras.
CIFRAS = st.one_of(
    st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True),
    st.from_regex(r"521?[1-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"549?(11|[1-9][0-9])[0-9]{8}", fullmatch=True),
    st.from_regex(r"55[1-9][0-9]9?[0-9]{8}", fullmatch=True),
)
MEXICO = st.from_regex(r"[2-9][0-9]{9}", fullmatch=True)
ARGENTINA = st.from_regex(r"(11|[23][0-9])[0-9]{8}", fullmatch=True)
BRASIL = st.tuples(st.from_regex(r"[1-9]{2}", fullmatch=True), st.from_regex(r"[689][0-9]{7}", fullmatch=True))


def persona(cifras: str) -> Telefono:
    leida = desde_chat_id(f"{cifras}@s.whatsapp.net")
    assert leida is not None
    return leida


def pais(e164: str) -> int | None:
    try:
        return phonenumbers.parse(e164).country_code
    except phonenumbers.NumberParseException:
        return None


@given(CIFRAS)
@example("525512345678")
@example("541123456789")
@example("551187654321")
def test_el_canonico_de_un_canonico_es_el_mismo(cifras: str) -> None:
    una = persona(cifras)
    assert persona(una.numero.removeprefix("+")) == una
    assert desde_texto(una.numero) == una


@given(CIFRAS)
def test_nunca_cambia_de_pais(cifras: str) -> None:
    assert pais(persona(cifras).numero) == pais("+" + cifras)


@given(CIFRAS)
def test_un_numero_valido_sigue_siendolo(cifras: str) -> None:
    assume(phonenumbers.is_valid_number(leido) if (leido := _leer(cifras)) else False)
    assert phonenumbers.is_valid_number(phonenumbers.parse(persona(cifras).numero))


def _leer(cifras: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse("+" + cifras)
    except phonenumbers.NumberParseException:
        return None


@given(MEXICO)
def test_un_mexicano_con_1_y_sin_1_es_la_misma_persona(nacional: str) -> None:
    assert persona("521" + nacional) == persona("52" + nacional) == Telefono("+52" + nacional)


@given(ARGENTINA)
def test_un_argentino_con_9_y_sin_9_es_la_misma_persona(nacional: str) -> None:
    assert persona("549" + nacional) == persona("54" + nacional) == Telefono("+549" + nacional)


@given(BRASIL)
def test_un_brasileno_con_9_y_sin_9_es_la_misma_persona(partes: tuple[str, str]) -> None:
    zona, abonado = partes
    assert persona(f"55{zona}{abonado}") == persona(f"55{zona}9{abonado}") == Telefono(f"+55{zona}9{abonado}")


@given(CIFRAS, CIFRAS)
def test_dos_personas_distintas_son_distintas(una: str, otra: str) -> None:
    assume(_abonado(una) != _abonado(otra))
    assert persona(una) != persona(otra)


def _abonado(cifras: str) -> tuple[int | None, str]:
    """Quién es según el plan de cada país, dicho de otra manera que en el código: país y cifras que lo distinguen."""
    codigo, nacional = pais("+" + cifras), cifras
    if codigo in (52, 54, 55):
        nacional = cifras[2:]
        if codigo == 52 and len(nacional) == 11 and nacional[0] == "1" and nacional[1] not in "01":
            nacional = nacional[1:]
        de_area = nacional[1] in "23" or nacional[1:3] == "11"
        if codigo == 54 and len(nacional) == 11 and nacional[0] == "9" and de_area:
            nacional = nacional[1:]
        sin_nueve = len(nacional) == 11 and nacional[2] == "9" and nacional[3] in "689" and "0" not in nacional[:2]
        if codigo == 55 and sin_nueve:
            nacional = nacional[:2] + nacional[3:]
    return codigo, nacional


@pytest.mark.parametrize(("sin_nueve", "con_nueve"), [
    ("553133334444", "5531933334444"),  # un fijo: 3333-4444 no es el móvil 9 3333-4444
    ("551152345678", "5511952345678"),
    ("551177654321", "5511977654321"),  # los del 7 fueron radios de ocho cifras que nunca llevaron el 9
])
def test_en_brasil_lo_que_puede_ser_otra_persona_no_se_junta(sin_nueve: str, con_nueve: str) -> None:
    assert phonenumbers.is_valid_number(phonenumbers.parse("+" + con_nueve))
    assert persona(sin_nueve) != persona(con_nueve)


@pytest.mark.parametrize("cifras", ["56912345678", "14155550100", "3222123456", "5198765432", "593987654321"])
def test_a_ningun_otro_pais_se_le_toca(cifras: str) -> None:
    assert persona(cifras).numero == "+" + cifras


@given(CIFRAS)
def test_sql_dice_lo_mismo_que_python(base_lista: BaseDatos, cifras: str) -> None:
    esperada = persona(cifras)
    consulta = "SELECT chat_numero_canonico(%s), chat_variantes(%s), chat_numero_canonico('+' || %s)"
    ((canonico, variantes, con_mas),) = base_lista.consultar(consulta, (cifras, esperada.numero, cifras))
    local = desde_texto(cifras)
    assert local is not None
    assert (canonico, con_mas) == (local.numero, esperada.numero)
    assert tuple(variantes) == esperada.variantes


@pytest.fixture(scope="module")
def base_lista(app: object, base_compartida: BaseDatos) -> BaseDatos:
    """Una base con el esquema puesto."""
    return base_compartida


# --- bases que ya tenían las dos escrituras

DOS_ESCRITURAS = """
INSERT INTO conversaciones_whatsapp (numero_telefono, agente_asignado, fecha_ultima_actividad) VALUES
    ('+5215512345678', 'agente1', '2026-01-01'), ('+525512345678', 'agente2', '2026-02-01'),
    ('+5491123456789', 'agente2', '2026-01-05');
"""


def test_una_base_con_las_dos_escrituras_queda_con_una_conversacion_y_las_filas_impresas_intactas(
    arrancar_app: ArrancarApp, base_datos: BaseDatos
) -> None:
    app = arrancar_app(base_datos)
    app.parar()
    base_datos.ejecutar(DOS_ESCRITURAS)
    base_datos.ejecutar("DELETE FROM chat_conversaciones")
    # Como las dejaba la versión anterior: un chat por escritura, cada uno con su historia.
    base_datos.ejecutar(
        "INSERT INTO chat_conversaciones (numero, agente, no_leidos, total_mensajes) VALUES"
        " ('+5215512345678', 'agente1', 1, 1), ('+525512345678', 'agente2', 1, 1)"
    )
    base_datos.ejecutar(
        "INSERT INTO chat_mensajes"
        " (conversacion_id, mensaje_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en, origen)"
        " SELECT id, numero, numero, FALSE, 'text', numero, 'delivered',"
        " CASE WHEN numero LIKE '+521%%' THEN '2026-01-01'::TIMESTAMPTZ ELSE '2026-02-01' END, 'customer'"
        " FROM chat_conversaciones"
    )
    base_datos.ejecutar("DELETE FROM chat_esquema")
    antes = base_datos.consultar("SELECT * FROM conversaciones_whatsapp ORDER BY id")
    app.arrancar().esperar()
    assert base_datos.consultar("SELECT * FROM conversaciones_whatsapp ORDER BY id") == antes
    vivas = base_datos.consultar(
        "SELECT numero, agente, total_mensajes, no_leidos FROM chat_conversaciones WHERE total_mensajes > 0"
    )
    # Manda la fila con «+» más antigua, como siempre que una base antigua trae un número dos veces.
    assert vivas == [("+525512345678", "agente1", 2, 2)]
    orden = base_datos.consultar("SELECT cuerpo FROM chat_mensajes ORDER BY enviado_en")
    assert orden == [("+5215512345678",), ("+525512345678",)]
