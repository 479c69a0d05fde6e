"""El trozo que se enseña de cada mensaje hallado: lo que se lee, no los signos con que se le dio formato."""

from __future__ import annotations

import time

import pytest

from bandeja.busqueda import marcar, sin_formato


@pytest.mark.parametrize(
    ("escrito", "se_lee"),
    [
        ("*hola* _a_ ~x~ `c`", "hola a x c"),
        ("*_las dos_* y ~*otra*~", "las dos y otra"),
        ("```lunes\na viernes```", "lunes\na viernes"),
        ("2*3*4, nombre_de_archivo_1 y ** sueltos *", "2*3*4, nombre_de_archivo_1 y ** sueltos *"),
        ("*empieza aquí\ny no cierra*", "*empieza aquí\ny no cierra*"),
    ],
)
def test_los_signos_de_formato_no_se_leen_y_los_demas_si(escrito: str, se_lee: str) -> None:
    assert sin_formato(escrito) == se_lee


def test_el_trozo_marca_lo_buscado_y_no_deja_signos_aunque_su_pareja_quede_fuera() -> None:
    trozo = marcar(f"Para *pagar la factura {'y otras cosas ' * 20}hoy* ven", ["factura"])
    assert trozo[:3] == (("Para pagar la ", False), ("factura", True), trozo[2])
    assert "*" not in "".join(texto for texto, _ in trozo)


@pytest.mark.parametrize("hostil", ["-*a ", "*", "(*(_", "-*a -_b "])
def test_un_texto_hecho_de_signos_no_cuesta_de_mas(hostil: str) -> None:
    empieza = time.process_time()
    sin_formato(hostil * 40_000)
    assert time.process_time() - empieza < 2
