"""La identidad de una persona: un solo canon en cada entrada. Las letras son las de «lecciones»."""

from __future__ import annotations

import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandeja.errores import EntradaInvalida
from bandeja.telefono import (
    Telefono,
    desde_chat_id,
    desde_texto,
    es_persona,
    exigir,
    obtener_motivo_ajeno,
)

ANA = Telefono("+573001234567")
LID = Telefono("123456789012345@lid")


# Teléfonos: «the worst recurring bug: four fixes in a week, later 2,306 duplicate groups».
@pytest.mark.parametrize("escrito", [
    "+573001234567", "573001234567", "3001234567", "+57 300 123 4567", "57 (300) 123-4567", "300 123 4567",
    "300.123.4567", " 573001234567 ", "00573001234567", "whatsapp:+573001234567", "WhatsApp:573001234567",
    "tel:+57-300-123-4567", "573001234567@s.whatsapp.net", "573001234567@c.us", "+573001234567@s.whatsapp.net",
    "whatsapp:573001234567@s.whatsapp.net", "\u202a+57\u00a0300\u00a0123\u20114567\u202c",
])
def test_todas_las_escrituras_de_un_movil_colombiano_son_la_misma_persona(escrito: str) -> None:
    assert desde_texto(escrito) == ANA


@pytest.mark.parametrize(("escrito", "numero"), [
    ("+12015550123", "+12015550123"),
    ("12015550123", "+12015550123"),
    ("whatsapp:+34612345678", "+34612345678"),
    ("+3221234567", "+3221234567"),      # Bruselas: con «+» no es un móvil 322
    ("+3546111234", "+3546111234"),
    ("3546111234", "+3546111234"),       # Islandia, tal como la escriben las URL de la bandeja
    ("3725012345", "+3725012345"),       # Estonia
    ("2015550123", "+2015550123"),       # diez dígitos que no empiezan por 3
    ("3001234567@s.whatsapp.net", "+3001234567"),  # un id del proveedor ya trae su indicativo
])
def test_a_un_numero_extranjero_nunca_se_le_fuerza_el_57(escrito: str, numero: str) -> None:
    assert desde_texto(escrito) == Telefono(numero)


@pytest.mark.parametrize("chat_id", [
    "573001234567", "573001234567@s.whatsapp.net", "573001234567@c.us", "573001234567@S.WhatsApp.Net",
])
def test_un_id_del_proveedor_con_o_sin_sufijo_es_la_misma_persona(chat_id: str) -> None:
    assert desde_chat_id(chat_id) == ANA
    assert es_persona(chat_id)


def test_un_id_del_proveedor_de_diez_digitos_no_es_de_colombia() -> None:
    assert desde_chat_id("3001234567") == Telefono("+3001234567")


# D6: grupos, estados, boletines e ids vacíos abrían conversación y gastaban turno.
@pytest.mark.parametrize(("chat_id", "motivo"), [
    ("120363194050948049@g.us", "grupo"),
    ("573001234567-1600000000@g.us", "grupo"),
    ("573001234567-1600000000", "grupo"),
    ("573001234567-1600000000@s.whatsapp.net", "grupo"),
    ("status@broadcast", "estado"),
    ("stories", "estado"),
    ("1234567890@broadcast", "difusión"),
    ("120363171743427809@newsletter", "canal"),
    ("0@s.whatsapp.net", "sistema"),
    ("0@c.us", "sistema"),
])
def test_lo_que_no_es_una_persona_se_nombra_y_no_da_telefono(chat_id: str, motivo: str) -> None:
    assert desde_chat_id(chat_id) is None
    assert obtener_motivo_ajeno(chat_id) == motivo


@pytest.mark.parametrize("basura", [
    "", " ", "hola", "123456", "1234567890123456", "+573001234567", "573001234567@", "573001234567@s.whatsapp.net\n",
    "٥٧٣٠٠١٢٣٤٥٦٧", "5730012345６7", "0573001234567", "@lid", "12a4567@lid", "1234567890123456@lid", "a" * 100_000,
    None, 573001234567, 5.7, True, [], {}, b"573001234567", ["573001234567"],
])
def test_un_id_que_es_basura_no_es_persona_ni_ajeno(basura: object) -> None:
    assert desde_chat_id(basura) is None
    assert obtener_motivo_ajeno(basura) is None


@pytest.mark.parametrize("basura", [
    "", "  ", "+", "++573001234567", "+57+3001234567", "300123456a", "٣٠٠١٢٣٤٥٦٧", "+٥٧٣٠٠١٢٣٤٥٦٧", "03001234567",
    "123456", "+1234567890123456", "3" * 70, "whatsapp:", "whatsapp:whatsapp:573001234567", "573001234567\x00",
    "573001234567@g.us", None, 3001234567, [], {}, True,
])
def test_lo_que_no_es_un_telefono_no_se_adivina(basura: object) -> None:
    assert desde_texto(basura) is None
    with pytest.raises(EntradaInvalida, match=r"^El número de teléfono no es válido\.$"):
        exigir(basura)


def test_un_movil_colombiano_tiene_todas_sus_formas() -> None:
    assert ANA.digitos == "573001234567"
    assert ANA.chat_id == "573001234567@s.whatsapp.net"
    assert ANA.legible == "+57 300 123 4567"
    assert ANA.variantes == ("+573001234567", "573001234567", "3001234567")
    assert not ANA.oculto


def test_una_identidad_oculta_es_ella_misma_y_nunca_se_muestra_como_telefono() -> None:
    assert desde_chat_id("123456789012345@lid") == desde_texto("123456789012345@lid") == exigir(LID.numero) == LID
    assert LID.oculto
    assert LID.digitos == LID.chat_id == LID.numero
    assert LID.variantes == (LID.numero,)
    assert LID.legible == "Número oculto"


def test_un_lid_y_un_telefono_de_los_mismos_digitos_son_dos_personas() -> None:
    assert desde_texto("573001234567@lid") != desde_texto("573001234567")


@pytest.mark.parametrize(("numero", "legible"), [
    ("+12015550123", "+1 201-555-0123"),
    ("+34612345678", "+34 612 34 56 78"),
    ("+576015551234", "+57 601 5551234"),
])
def test_un_numero_de_otra_parte_se_lee_como_en_su_pais(numero: str, legible: str) -> None:
    assert Telefono(numero).legible == legible


@pytest.mark.parametrize("numero", ["", "+", "hola", "+9999999", "+" + "9" * 400, "\ud800", "+0000000"])
def test_leer_un_numero_nunca_falla(numero: str) -> None:
    assert Telefono(numero).legible == numero


def test_un_fijo_colombiano_no_tiene_escritura_local() -> None:
    assert Telefono("+576015551234").variantes == ("+576015551234", "576015551234")


def test_arrancar_no_carga_las_tablas_de_todos_los_paises() -> None:
    orden = "import sys, bandeja.modelos; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", orden], check=False, timeout=30).returncode == 0


def _ejemplos() -> list[str]:
    tipos = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    hallados = (phonenumbers.example_number_for_type(region, tipo)
                for region in sorted(phonenumbers.SUPPORTED_REGIONS) for tipo in tipos)
    return sorted({phonenumbers.format_number(uno, phonenumbers.PhoneNumberFormat.E164) for uno in hallados if uno})


def _persona(e164: str) -> Telefono:
    """La persona de un número; en un país con dos escrituras puede no guardarse con la que da el oráculo."""
    persona = desde_chat_id(e164.removeprefix("+"))
    assert persona is not None and e164 in persona.variantes
    return persona


def _se_conserva(e164: str) -> bool:
    persona = _persona(e164)
    internacional = phonenumbers.format_number(
        phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    escrituras = (e164, internacional, "whatsapp:" + e164, persona.chat_id, persona.legible)
    return all(desde_texto(una) == persona for una in escrituras) and desde_chat_id(persona.chat_id) == persona


def test_los_numeros_de_cada_pais_se_conservan_en_todas_sus_escrituras() -> None:
    ejemplos = _ejemplos()
    assert len(ejemplos) > 300
    assert [uno for uno in ejemplos if not _se_conserva(uno)] == []


def test_los_digitos_de_una_url_vuelven_a_la_misma_persona() -> None:
    # Un fijo belga comparte sus diez dígitos con un móvil colombiano: solo él los lleva con «+».
    assert [uno for uno in _ejemplos() if desde_texto(_persona(uno).digitos) != _persona(uno)] == []
    belga, movil = Telefono("+3221234567"), Telefono("+573221234567")
    assert (belga.digitos, belga.chat_id) == ("+3221234567", "3221234567@s.whatsapp.net")
    assert not set(belga.variantes) & set(movil.variantes)


_ALFABETO = st.sampled_from("0123456789+@.-() whatsp:netlidcugr٣\u200e\x00")
_TEXTOS = st.one_of(
    st.text(max_size=80),
    st.text(_ALFABETO, max_size=40),
    st.from_regex(r"\A(whatsapp:)?\+?[0-9]{5,17}(@(s\.whatsapp\.net|c\.us|lid|g\.us))?\Z"),
)


@settings(max_examples=400, deadline=None)
@given(_TEXTOS)
def test_el_canon_es_estable_y_cabe_en_la_columna(texto: str) -> None:
    for telefono in (desde_texto(texto), desde_chat_id(texto)):
        if telefono is None:
            continue
        assert desde_texto(telefono.numero) == telefono
        assert desde_chat_id(telefono.chat_id) == desde_texto(telefono.chat_id) == telefono
        assert len(telefono.numero) <= 20
        assert telefono.numero.isascii()
        assert telefono.numero in telefono.variantes
        assert telefono.legible


@settings(max_examples=200, deadline=None)
@given(_TEXTOS)
def test_un_id_es_persona_o_ajeno_pero_nunca_las_dos(texto: str) -> None:
    assert not (es_persona(texto) and obtener_motivo_ajeno(texto))


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"\A3(0[0-5]|1[0-9]|2[0-4]|5[01])[0-9]{7}\Z"))
def test_cada_variante_de_un_movil_colombiano_vuelve_a_el(local: str) -> None:
    telefono = Telefono("+57" + local)
    assert {desde_texto(variante) for variante in telefono.variantes} == {telefono}
    assert len(telefono.variantes) == 3
