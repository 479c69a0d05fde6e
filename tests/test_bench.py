"""El banco de velocidad corre entero y no se deja líneas. No se miran sus tiempos: eso se lee en la tabla."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.navegador import hay_navegador
from bench.tabla import LINEAS
from tests.apoyo.aplicacion import RAIZ, entorno_limpio


@pytest.mark.lento
def test_el_banco_rapido_corre_e_imprime_todas_sus_lineas() -> None:
    hecho = subprocess.run(
        [sys.executable, "-m", "bench", "--rapido"],
        cwd=RAIZ, env=entorno_limpio({}), capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert hecho.returncode == 0, hecho.stderr[-3000:]
    filas = [linea for linea in hecho.stdout.splitlines() if linea.startswith("| ")]
    for linea in [una for una in LINEAS if hay_navegador() or not una.en_pantalla]:
        (escrita,) = [fila for fila in filas if fila.startswith(f"| {linea.titulo} ")]
        assert "nan" not in escrita
    assert any(fila.startswith("| Memoria") for fila in filas)
    assert "Avisos perdidos: 0; vistos por otro agente: 0" in hecho.stdout
