"""Las presencias del proveedor: quién está escribiendo o grabando. No se guardan en ninguna parte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bandeja.telefono import Telefono, desde_chat_id
from bandeja.webhook.lectura import lista, objeto, primero

# Los demás estados (en línea, desconectado, pendiente…) dicen que dejó de escribir.
_ESTADOS: Mapping[str, str] = {"typing": "typing", "composing": "typing", "recording": "recording"}
MAX_PRESENCIAS = 100


@dataclass(frozen=True, slots=True)
class Presencia:
    """`estado` = "typing" | "recording" | "paused"."""

    telefono: Telefono
    estado: str


def leer_presencias(cuerpo: object) -> tuple[Presencia, ...]:
    """Las presencias de personas que trae una entrega; lo que no se entiende no se cuenta."""
    leidas = []
    for crudo in lista(objeto(cuerpo).get("presences"))[:MAX_PRESENCIAS]:
        telefono = desde_chat_id(objeto(crudo).get("contact_id"))
        if telefono is not None:
            leidas.append(Presencia(telefono, _ESTADOS.get(primero(objeto(crudo), "status").lower(), "paused")))
    return tuple(leidas)
