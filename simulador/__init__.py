"""Una puerta de Whapi.cloud simulada que habla HTTP de verdad: la usan la demostración y las pruebas.

No importa nada de la bandeja, y la bandeja no la importa: solo la lanza como otro proceso.
"""

from .entregas import AjustesEntrega
from .envios import Envio
from .nucleo import Ciclo, Demoras
from .puerta import Simulador

__all__ = ["AjustesEntrega", "Ciclo", "Demoras", "Envio", "Simulador"]
