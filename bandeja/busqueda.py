"""Buscar: nombres, números y textos de los chats de un agente, con el trozo donde está lo encontrado."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bandeja import repositorio
from bandeja.bd import BaseDatos
from bandeja.errores import EntradaInvalida
from bandeja.modelos import Conversacion, Mensaje
from bandeja.telefono import Telefono

MAX_CONSULTA = 100
MAX_PALABRAS = 8
# Con una sola letra casi todo mensaje coincide: se buscan solo nombres y números.
MIN_LETRAS_MENSAJE = 2
MAX_CHATS = 20
LARGO_TROZO = 90
ANTES_DEL_HALLAZGO = 30
_PALABRA = re.compile(r"[^\W_]+")
_SIGNO = re.compile(r"[*_~`\n]")


@dataclass(frozen=True, slots=True)
class Hallazgo:
    """Un mensaje encontrado. `trozo`: pedazos de su texto, cada uno con si es lo buscado."""

    mensaje: Mensaje
    conversacion: Conversacion
    trozo: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Resultados:
    conversaciones: tuple[Conversacion, ...]
    mensajes: tuple[Hallazgo, ...]


class Busqueda:
    """El caso de uso de buscar."""

    def __init__(self, bd: BaseDatos) -> None:
        self._bd = bd

    def buscar(self, agente: str, texto: str, telefono: Telefono | None, limite: int) -> Resultados:
        """Busca en los chats de un agente, o solo en uno. Sin tildes ni mayúsculas, cada palabra por su comienzo.

        Lanza EntradaInvalida si la consulta es demasiado larga. Sin palabras no encuentra nada.
        """
        if len(texto) > MAX_CONSULTA:
            raise EntradaInvalida(f"La búsqueda es demasiado larga: el máximo son {MAX_CONSULTA} caracteres.")
        palabras = _palabras(texto)[:MAX_PALABRAS]
        if not palabras:
            return Resultados((), ())
        consulta = " ".join(palabras)
        cifras = re.sub(r"[\s+()-]", "", texto)
        cifras = cifras if cifras.isascii() and cifras.isdigit() else ""
        chats: list[Conversacion] = []
        if telefono is None:
            chats = self._bd.ejecutar(
                lambda con: repositorio.buscar_conversaciones(con, agente, consulta, cifras, MAX_CHATS)
            )
        hallados: list[tuple[Mensaje, Conversacion]] = []
        if max(map(len, palabras)) >= MIN_LETRAS_MENSAJE:
            hallados = self._bd.ejecutar(
                lambda con: repositorio.buscar_mensajes(con, agente, consulta, telefono, limite)
            )
        hallazgos = tuple(Hallazgo(m, c, marcar(m.cuerpo, palabras)) for m, c in hallados)
        return Resultados(tuple(chats), hallazgos)


def _plano(texto: str) -> str:
    """Sin tildes y en minúscula, letra por letra: cada posición sigue siendo la misma del original."""
    return "".join((unicodedata.normalize("NFD", letra)[:1] or letra).lower()[:1] or letra for letra in texto)


def _palabras(texto: str) -> list[str]:
    return _PALABRA.findall(_plano(texto.replace("\0", " ")))


def sin_formato(cuerpo: str) -> str:
    """El texto sin los signos con que WhatsApp marca negrita, cursiva, tachado y letra fija, en una sola pasada.

    Abre el que va pegado a lo que sigue y cierra el que va pegado a lo que precede, en su misma línea.
    """
    cuerpo = cuerpo.replace("```", "")
    abiertos: dict[str, int] = {}
    sobran: set[int] = set()
    for hallado in _SIGNO.finditer(cuerpo):
        signo, i = hallado.group(), hallado.start()
        antes, despues = cuerpo[i - 1 : i] or " ", cuerpo[i + 1 : i + 2] or " "
        if signo == "\n":
            abiertos.clear()
        elif i > abiertos.get(signo, i) + 1 and not antes.isspace() and not despues.isalnum():
            sobran |= {abiertos.pop(signo), i}
        elif not antes.isalnum() and not despues.isspace():
            abiertos.setdefault(signo, i)
    return "".join(letra for i, letra in enumerate(cuerpo) if i not in sobran) if sobran else cuerpo


def marcar(cuerpo: str, palabras: list[str]) -> tuple[tuple[str, bool], ...]:
    """El trozo de un texto alrededor del primer hallazgo, partido en pedazos (texto, si es lo buscado)."""
    cuerpo = sin_formato(cuerpo)
    comienzos = tuple(palabras)
    hallados = [
        (m.start(), m.start() + max(len(p) for p in palabras if m.group().startswith(p)))
        for m in _PALABRA.finditer(_plano(cuerpo))
        if m.group().startswith(comienzos)
    ]
    desde = max(0, hallados[0][0] - ANTES_DEL_HALLAZGO) if hallados else 0
    hasta = min(len(cuerpo), desde + LARGO_TROZO)
    pedazos: list[tuple[str, bool]] = [("…", False)] if desde else []
    cursor = desde
    for inicio, fin in hallados:
        if inicio >= hasta:
            break
        pedazos += [(cuerpo[cursor:inicio], False), (cuerpo[inicio:fin], True)]
        cursor = fin
    pedazos += [(cuerpo[cursor:hasta], False), ("…" if hasta < len(cuerpo) else "", False)]
    return tuple((texto, marca) for texto, marca in pedazos if texto)
