"""Lo único que puede fallar hacia afuera: no hubo manera de tener el servidor en marcha."""

from __future__ import annotations

from bandeja.errores import ErrorBandeja


class ErrorPostgresLocal(ErrorBandeja):
    """No se pudo preparar o arrancar la base de datos local; la frase dice qué hacer."""

    frase = "No se pudo arrancar la base de datos local."
