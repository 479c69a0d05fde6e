"""El plantel: quién atiende, en el orden del turno. Mira siempre el AGENTES vivo de la cara, nunca una copia."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bandeja.configuracion import agente_de
from bandeja.modelos import Agente


class Plantel:
    """Vista tipada de AGENTES. Desactivar a alguien allí se nota en la siguiente pregunta."""

    def __init__(self, ver_agentes: Callable[[], Mapping[str, Mapping[str, object]]]) -> None:
        self._ver_agentes = ver_agentes

    def activos(self) -> list[str]:
        """Los usuarios que reciben conversaciones nuevas, en el orden del turno."""
        return [usuario for usuario, datos in self._ver_agentes().items() if datos.get("activo") is True]

    def obtener_agente(self, usuario: object) -> Agente | None:
        """La ficha de un usuario, activo o no; None si no existe."""
        datos = self._ver_agentes().get(usuario) if isinstance(usuario, str) else None
        return agente_de(usuario, datos) if datos is not None and isinstance(usuario, str) else None

    def obtener_activo(self, usuario: object) -> Agente | None:
        """La ficha de un usuario que puede trabajar ahora; None si no existe o está desactivado."""
        agente = self.obtener_agente(usuario)
        return agente if agente is not None and agente.activo else None

    def nombre_de(self, usuario: str | None) -> str | None:
        """El nombre visible de un usuario, aunque ya no esté activo."""
        agente = self.obtener_agente(usuario)
        return agente.nombre if agente else usuario
