"""El registro: un solo nombre y un solo formato. Cuenta qué pasó, con ids; nunca textos, contraseñas ni fichas."""

from __future__ import annotations

import logging
import sys

# El nombre con que la especificación imprime sus líneas: "INFO:chat_whatsapp:✅ Login exitoso: agente1".
registro = logging.getLogger("chat_whatsapp")


def configurar_registro(nivel: str) -> None:
    """Manda el registro a la salida de errores con el formato de la especificación.

    Parámetros: `nivel` = "DEBUG" | "INFO" | "WARNING" | "ERROR".
    """
    manejador = logging.StreamHandler(sys.stderr)
    manejador.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    # Son varias líneas por mensaje y el formato no los lleva: averiguarlos costaba casi tanto como escribir la línea.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    raiz = logging.getLogger()
    raiz.handlers[:] = [manejador]
    raiz.setLevel(nivel)
    for ruidoso in ("urllib3", "werkzeug", "engineio", "socketio"):
        logging.getLogger(ruidoso).setLevel(logging.WARNING)


def en_una_linea(error: BaseException) -> str:
    """La primera línea de un error, para que un fallo previsto ocupe una línea del registro."""
    texto = str(error).strip()
    return texto.splitlines()[0] if texto else type(error).__name__
