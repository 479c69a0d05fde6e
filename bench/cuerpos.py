"""Las peticiones, escritas enteras: entregas del proveedor inventadas y lecturas de la pantalla. Siempre las mismas."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

SECRETO = "secreto-del-banco"
LINEA = "573008021701"
RUTA_WEBHOOK = "/twilio-chat/webhook/whapi"
# Una de cada tantas entregas medidas es de alguien que escribe por primera vez.
CADA_NUEVO = 50
PRIMER_NUEVO = 5_000_000
MENSAJES_POR_LOTE = 100
DIAS_DE_HISTORIA = 60
_FRASE = (
    "buenos días quisiera confirmar la cita del martes en la sede norte por favor gracias quedo atento al horario "
    "adjunto el comprobante y me avisan si falta algún documento para mañana"
)
_PALABRAS = _FRASE.split()
# Lo que teclea quien busca, con y sin tilde.
CONSULTAS = ("cita", "co", "comprob", "dias martes", "confirmar sede", "cliente 12", "30012", "zapato")


def numero(indice: int) -> str:
    """El número (solo dígitos) de la conversación `indice`: móviles colombianos inventados."""
    return f"57300{indice:07d}"


def mensaje(id: str, indice: int, en: int, azar: random.Random, *, saliente: bool = False) -> dict[str, Any]:
    """Un mensaje como los del proveedor; uno de cada diez es una imagen con pie."""
    texto = " ".join(azar.choices(_PALABRAS, k=azar.randint(3, 30)))
    cuerpo: dict[str, Any] = {
        "id": id,
        "from_me": saliente,
        "type": "text",
        "chat_id": f"{numero(indice)}@s.whatsapp.net",
        "timestamp": en,
        "source": "mobile",
        "text": {"body": texto},
        "from": LINEA if saliente else numero(indice),
    }
    if azar.random() < 0.1:
        del cuerpo["text"]
        enlace = f"https://archivos.example.com/{id}.jpeg"
        imagen = {"id": f"jpeg-{id}", "mime_type": "image/jpeg", "caption": texto, "link": enlace}
        cuerpo |= {"type": "image", "image": imagen}
    if not saliente:
        cuerpo["from_name"] = f"Cliente {indice}"
    return cuerpo


def entrega(mensajes: Sequence[dict[str, Any]]) -> bytes:
    """La petición entera de una entrega."""
    sobre = {"messages": list(mensajes), "event": {"type": "messages", "event": "post"}, "channel_id": "BANCO-A1234"}
    cuerpo = json.dumps(sobre, ensure_ascii=False).encode()
    cabeza = (
        f"POST {RUTA_WEBHOOK} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: banco\r\nAccept: */*\r\n"
        f"Authorization: Bearer {SECRETO}\r\nContent-Type: application/json\r\nContent-Length: {len(cuerpo)}\r\n\r\n"
    )
    return cabeza.encode() + cuerpo


def entregas_de_carga(prefijo: str, conversaciones: int, mensajes: int) -> Iterator[bytes]:
    """La historia: lotes con mensajes de muchas conversaciones, del más viejo al más nuevo.

    Una de cada cinco conversaciones es larga y se lleva el 60 % de los mensajes; uno de cada tres lo escribió la línea.
    """
    azar = random.Random(prefijo)
    orden = _orden_de_carga(azar, conversaciones, mensajes)
    ahora = int(time.time())
    inicio = ahora - DIAS_DE_HISTORIA * 86_400
    lote: list[dict[str, Any]] = []
    for n, indice in enumerate(orden):
        en = inicio + (ahora - inicio) * n // len(orden)
        saliente = n >= conversaciones and azar.random() < 1 / 3
        lote.append(mensaje(f"{prefijo}-{n}", indice, en, azar, saliente=saliente))
        if len(lote) == MENSAJES_POR_LOTE or n == len(orden) - 1:
            yield entrega(lote)
            lote = []


def conversaciones_largas(conversaciones: int) -> int:
    """Cuántas de las primeras conversaciones son largas."""
    return max(1, conversaciones // 5)


def _orden_de_carga(azar: random.Random, conversaciones: int, mensajes: int) -> list[int]:
    """Qué conversación escribe en cada turno: primero todas una vez, luego mezcladas."""
    largas = conversaciones_largas(conversaciones)
    resto = max(0, mensajes - conversaciones)
    de_largas = [n % largas for n in range(int(resto * 0.6))]
    de_todas = [n % conversaciones for n in range(resto - len(de_largas))]
    mezcla = de_largas + de_todas
    azar.shuffle(mezcla)
    primeros = list(range(conversaciones))
    azar.shuffle(primeros)
    return primeros + mezcla


def entregas_sueltas(prefijo: str, conversaciones: int, cuantas: int) -> Iterator[bytes]:
    """Entregas de un mensaje a conversaciones al azar; el id del mensaje n es `{prefijo}-{n}`."""
    azar = random.Random(prefijo)
    ahora = int(time.time())
    for n in range(cuantas):
        nuevo = n % CADA_NUEVO == CADA_NUEVO - 1
        indice = PRIMER_NUEVO + azar.randrange(4_000_000) if nuevo else azar.randrange(conversaciones)
        yield entrega([mensaje(f"{prefijo}-{n}", indice, ahora, azar)])


def lecturas(rutas: Sequence[tuple[str, str]], cuantas: int) -> Iterator[bytes]:
    """Lecturas de la pantalla: pares (ruta, galleta de sesión), repetidos en ronda."""
    escritas = [
        f"GET {ruta} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nCookie: {galleta}\r\n\r\n".encode()
        for ruta, galleta in rutas
    ]
    for n in range(cuantas):
        yield escritas[n % len(escritas)]
