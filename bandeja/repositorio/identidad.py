"""Las identidades de una persona, en la base: qué se sabe, qué se unió y qué falta preguntar."""

from __future__ import annotations

from dataclasses import dataclass

from bandeja.bd import Conexion
from bandeja.repositorio.base import consultar
from bandeja.telefono import Telefono


@dataclass(frozen=True, slots=True)
class Fusion:
    """Dos chats que se hicieron uno. `agente` atiende el que queda; `agente_oculta`, quien atendía el otro."""

    id: int
    oculta: str
    titular: str
    agente: str | None
    agente_oculta: str | None


@dataclass(frozen=True, slots=True)
class Separacion:
    """`resultado` = "nueva" | "hecha" (ya estaba) | "ajena" | "no_existe"."""

    resultado: str
    oculta: str | None
    titular: str | None
    dueno: str | None


def identidades_por_unir(con: Conexion) -> list[str]:
    """Las identidades ocultas que ya se sabe de quién son y siguen aparte."""
    return [f["lid"] for f in consultar(con, "identidades_por_unir")]


def fundir(con: Conexion, lid: str) -> Fusion | None:
    """Une una identidad oculta con su teléfono; None si no había dos chats que unir."""
    hechas = consultar(con, "fundir", lid=lid)
    if not hechas:
        return None
    f = hechas[0]
    return Fusion(f["r_id"], f["r_oculta"], f["r_titular"], f["r_agente"], f["r_agente_oculta"])


def deshacer_fusion(con: Conexion, identificador: int, agente: str) -> Separacion:
    """Separa lo que una fusión unió, si el chat es de ese agente."""
    f = consultar(con, "deshacer_fusion", id=identificador, agente=agente)[0]
    return Separacion(f["resultado"], f["r_oculta"], f["r_titular"], f["r_dueno"])


def aprender_identidad(con: Conexion, lid: Telefono, telefono: Telefono) -> None:
    """Anota que son la misma persona. Si ya se sabía otra cosa, no cambia nada."""
    consultar(con, "aprender_identidad", lid=lid.numero, numero=telefono.numero, prueba="consulta")


def ocultas_por_preguntar(con: Conexion, limite: int) -> list[Telefono]:
    """Identidades ocultas por cuyo teléfono toca preguntar."""
    return [Telefono(f["numero"]) for f in consultar(con, "ocultas_por_preguntar", limite=limite)]


def telefonos_por_preguntar(con: Conexion, limite: int) -> list[Telefono]:
    """Teléfonos por cuya identidad oculta toca preguntar."""
    return [Telefono(f["numero"]) for f in consultar(con, "telefonos_por_preguntar", limite=limite)]


def anotar_pregunta(con: Conexion, telefono: Telefono) -> None:
    """Se preguntó y no se supo: se volverá a preguntar más tarde."""
    consultar(con, "anotar_pregunta", numero=telefono.numero)


def tomar_reloj(con: Conexion, clave: str, cada_s: float) -> bool:
    """Cierto si a este proceso le toca hacer ahora algo que se hace cada tanto."""
    return bool(consultar(con, "tomar_reloj", clave=clave, cada_s=cada_s))


def guardar_destino(con: Conexion, telefono: Telefono, chat_id: str) -> None:
    """Anota con qué id conoce el proveedor a alguien que aún no escribe."""
    consultar(con, "guardar_destino", numero=telefono.numero, chat_id=chat_id)
