"""Las averías que una prueba encarga: qué falla, cuántas veces y en qué rutas. No responde nada: solo decide."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

CODIGOS: Final = {
    400: "Wrong request parameters",
    401: "Need channel authorization for authorization session, please try to use /users/login endpoint",
    402: "Trial version limit exceeded",
    403: "It is forbidden to send to this recipient",
    404: "Channel not found",
    413: "Request entity too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Internal error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
}

# Modos que cambian la respuesta, con lo que pasa con el mensaje si la prueba no dice otra cosa.
_ACEPTA_DE_FABRICA: Final = {
    "html": False,
    "no_enviado": False,
    "sin_id": True,
    "lento": True,
    "cortar": False,
    "cortar_a_medias": True,
    "vacio": False,
    "recortado": False,
    "otro_tipo": False,
}
# Modos que dejan la respuesta quieta y cambian los webhooks que siguen.
MODOS_DE_CICLO: Final = frozenset(
    {"eco_antes", "sin_eco", "estados_antes", "estados_al_reves", "sin_estados", "estado_fallido"}
)
ALCANCES: Final = ("envio", "lectura", "medio", "salud")


@dataclass(frozen=True, slots=True)
class Falla:
    """Una avería encargada. `aceptado` dice si el mensaje sale de todos modos aunque la respuesta sea mala."""

    modo: str
    codigo: int
    en: str
    aceptado: bool
    segundos: float
    html: bool
    reintentar_despues: str | None

    @property
    def cambia_respuesta(self) -> bool:
        """Falso en «lento» y en los modos que solo tocan los webhooks."""
        return self.modo != "lento" and self.modo not in MODOS_DE_CICLO


def crear_falla(
    modo: int | str,
    *,
    en: str = "envio",
    aceptado: bool | None = None,
    segundos: float = 0.0,
    html: bool = False,
    reintentar_despues: int | str | None = None,
) -> Falla:
    """Entiende el encargo de una prueba: un código HTTP o el nombre de un modo. Lo que no exista es ValueError."""
    nombre = str(modo)
    codigo = int(nombre) if nombre.isdigit() else (502 if nombre == "html" else 200)
    if codigo not in CODIGOS and nombre not in _ACEPTA_DE_FABRICA and nombre not in MODOS_DE_CICLO:
        raise ValueError(f"No conozco la falla {nombre!r}")
    if en not in ALCANCES:
        raise ValueError(f"Una falla vale en {', '.join(ALCANCES)}; no en {en!r}")
    de_fabrica = _ACEPTA_DE_FABRICA.get(nombre, nombre in MODOS_DE_CICLO)
    return Falla(
        modo="codigo" if nombre.isdigit() else nombre,
        codigo=codigo,
        en=en,
        aceptado=de_fabrica if aceptado is None else aceptado,
        segundos=segundos,
        html=html or nombre == "html",
        reintentar_despues=None if reintentar_despues is None else str(reintentar_despues),
    )


class Fallas:
    """La cola de averías pendientes; la primera que venga al caso se gasta."""

    def __init__(self) -> None:
        self._cerrojo = threading.Lock()
        self._cola: deque[tuple[Falla, int | None]] = deque()

    def encargar(self, falla: Falla, veces: int | None) -> None:
        """Añade una avería para las próximas `veces` peticiones, o para todas si es None."""
        with self._cerrojo:
            self._cola.append((falla, veces))

    def tomar(self, en: str) -> Falla | None:
        """Gasta y devuelve la avería que toca a una petición de ese alcance, o None."""
        with self._cerrojo:
            for lugar, (falla, veces) in enumerate(self._cola):
                if falla.en != en:
                    continue
                if veces is None:
                    return falla
                if veces > 1:
                    self._cola[lugar] = (falla, veces - 1)
                else:
                    del self._cola[lugar]
                return falla
        return None

    def limpiar(self) -> None:
        """Olvida las averías pendientes."""
        with self._cerrojo:
            self._cola.clear()
