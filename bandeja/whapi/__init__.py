"""El canal de Whapi, por lo que se le pide: enviar mensajes y lo que vive en los módulos vecinos. No guarda nada."""

from __future__ import annotations

from collections.abc import Callable

from bandeja.errores import AlmacenNoDisponible, BaseNoDisponible, NoEncontrado, ProveedorRechazo
from bandeja.modelos import Mensaje
from bandeja.whapi import envios, medios
from bandeja.whapi.envios import tipo_de_media
from bandeja.whapi.puerta import PLAZO_RESPUESTA_S, Puerta

__all__ = ["Puerta", "Whapi", "tipo_de_media"]


class Whapi:
    """Cliente del canal. Sin `token` toda llamada lanza SinProveedor. `puerta` sirve para las demás llamadas."""

    # WhatsApp admite 65 536 caracteres por texto; la referencia del proveedor no da un límite menor.
    max_texto = 65_536
    con_citas = True

    def __init__(
        self,
        url: str,
        token: str | None,
        plazo_s: float = PLAZO_RESPUESTA_S,
        *,
        abrir_archivo: Callable[[int], medios.Fuente] | None = None,
    ) -> None:
        self.puerta = Puerta(url, token, plazo_s)
        self._abrir_archivo = abrir_archivo

    @property
    def configurado(self) -> bool:
        """Cierto si hay con qué enviar."""
        return self.puerta.configurada

    def enviar(self, m: Mensaje) -> str:
        """Envía un mensaje con un solo POST y devuelve el id del proveedor. Lanza lo que `envios.enviar`."""
        if m.archivo is None or self._abrir_archivo is None:
            return envios.enviar(self.puerta, m)
        try:
            return medios.enviar(self.puerta, m, m.archivo, self._abrir_archivo(m.archivo.id))
        except (AlmacenNoDisponible, BaseNoDisponible, NoEncontrado) as error:
            # El archivo no se pudo leer, antes o a la mitad: al proveedor no le llegó entero, así que no salió.
            raise ProveedorRechazo("No se pudo leer el archivo guardado: el mensaje no salió.") from error
