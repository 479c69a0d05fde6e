"""Lo que se le hace a un archivo: saber qué es, medirlo, sacarle miniatura y volverlo nota de voz. Sin red ni base.

Lo que abre el contenido (Pillow, PyAV) corre en otro proceso: ver `oficio.py`.
"""

from __future__ import annotations

from bandeja.taller.proceso import Medidas, a_nota_de_voz, mirar
from bandeja.taller.tipos import (
    OCTETOS,
    TIPO_DE_NOTA,
    es_seguro,
    extension_de,
    leer_cabeza,
    nombre_limpio,
    tipo_de_mensaje,
    tipo_real,
)

__all__ = [
    "OCTETOS",
    "TIPO_DE_NOTA",
    "Medidas",
    "a_nota_de_voz",
    "es_seguro",
    "extension_de",
    "leer_cabeza",
    "mirar",
    "nombre_limpio",
    "tipo_de_mensaje",
    "tipo_real",
]
