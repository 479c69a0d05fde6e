"""El libro de lo que entra: cuántas entregas se atendieron y cuántas se rechazaron y por qué, comparaciones y cartas.

Cuenta en memoria y vuelca cada tanto: una escritura por entrega costaría más que muchas entregas. Sin contenidos.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from bandeja import repositorio
from bandeja.asientos import Contador, Libro
from bandeja.bd import BaseDatos
from bandeja.errores import BaseNoDisponible
from bandeja.segundo_plano import intentar

VOLCAR_CADA_S = 15.0
# Las clases de entrega que se cuentan por su nombre; quien llame sin secreto no puede inventar otras.
CLASES = frozenset({
    "messages", "messages_updates", "messages_removed", "messages_removed_all", "statuses", "chats", "chats_updates",
    "chats_removed", "contacts", "contacts_updates", "presences", "calls", "health", "qr", "user", "groups", "labels",
})  # fmt: skip
OTRAS = "otras"


class LibroDeEntregas:
    """Los contadores de un proceso y la lectura de lo que contaron todos."""

    def __init__(self, bd: BaseDatos) -> None:
        self._bd = bd
        self._cuentas: dict[str, tuple[int, datetime]] = {}
        self._candado = threading.Lock()

    def anotar_atendida(self, claves: Iterable[str], fuente: str) -> None:
        """Una entrega confirmada: una cuenta por cada clase de cosas que traía."""
        conocidas = {clave if clave in CLASES else OTRAS for clave in claves} or {OTRAS}
        prefijo = "ok" if fuente == "whapi" else f"ok {fuente}"
        for clave in conocidas:
            self._sumar(f"{prefijo} {clave}")

    def anotar_rechazada(self, codigo: int, fuente: str) -> None:
        """Una entrega a la que no se le contestó 200."""
        self._sumar(f"no {codigo}" if fuente == "whapi" else f"no {fuente} {codigo}")

    def _sumar(self, clave: str) -> None:
        with self._candado:
            veces, _ = self._cuentas.get(clave, (0, None))
            self._cuentas[clave] = (veces + 1, datetime.now(UTC))

    def volcar(self) -> None:
        """Pasa lo contado a la base. Si no se puede, sigue contando desde ahí."""
        with self._candado:
            cuentas, self._cuentas = self._cuentas, {}
        if not cuentas:
            return
        contadores = [Contador(clave, veces, ultima) for clave, (veces, ultima) in cuentas.items()]
        try:
            # No se repite si se corta: pudo haberse confirmado, y contar de menos engaña menos que contar de más.
            self._bd.ejecutar(lambda con: repositorio.anotar_entregas(con, contadores), repetible=False)
        except BaseNoDisponible:
            with self._candado:
                for c in contadores:
                    veces, ultima = self._cuentas.get(c.clave, (0, c.ultima_en))
                    self._cuentas[c.clave] = (veces + c.veces, max(ultima, c.ultima_en))
            raise

    def rondar(self) -> None:
        """El volcado periódico, para siempre."""
        while True:
            time.sleep(VOLCAR_CADA_S)
            intentar("Volcar el libro", self.volcar)

    def leer(self) -> Libro:
        """El libro al día de este proceso."""
        self.volcar()
        return self._bd.ejecutar(repositorio.leer_libro)
