"""Lo que Twilio entrega (un formulario, no JSON), en las mismas formas que lo demás. No comprueba la firma ni guarda.

Lee los parámetros que conoce y guarda entero lo que no: cambian sin aviso (referencia, «Inbound webhook»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bandeja.modelos import Cita, Entrega, EstadoRecibido, Ilegible, MensajeRecibido, Referencia
from bandeja.telefono import Telefono, desde_digitos, desde_texto
from bandeja.webhook.contenido import NO_SOPORTADO
from bandeja.webhook.lectura import (
    LARGO_CUERPO,
    Contexto,
    Objeto,
    crear_contexto,
    obtener_id,
    obtener_nombre,
    obtener_url,
)
from bandeja.webhook.limpieza import huella, limpiar

FUENTE = "twilio"
Parametros = Mapping[str, str]

# Twilio manda a lo sumo diez archivos por mensaje; WhatsApp, uno.
_MAX_ARCHIVOS = 10
_ESTADOS = {
    "sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed", "undelivered": "failed",
    "canceled": "failed",
}  # fmt: skip
# Anteriores a la aceptación, que la fila ya tiene, o que no dicen nada de un mensaje de WhatsApp.
_SIN_EFECTO = frozenset({"accepted", "scheduled", "queued", "sending", "receiving", "received", "partially_delivered"})
_FRASES = {
    "63016": "WhatsApp no lo entregó: pasaron más de 24 horas desde que la persona escribió. Usa una plantilla.",
    "63019": "WhatsApp no pudo descargar el archivo.",
}
_FAMILIAS = ("image", "video", "audio")
_REFERENCIA = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,10})", re.ASCII)
_GRADOS = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,20})?", re.ASCII)
# WhatsApp marca así lo reenviado muchas veces.
_MUY_REENVIADO = 5


def interpretar(parametros: Parametros, *, linea: str, excluidos: frozenset[str], ahora: datetime) -> Entrega:
    """El mensaje de un cliente: uno por archivo, o uno solo si no trae. Lo que no se entiende queda ilegible."""
    p: Objeto = limpiar(dict(parametros))
    contexto = crear_contexto(linea, excluidos, ahora)
    mensaje_id, telefono = obtener_id(p.get("MessageSid")), _persona(p)
    if mensaje_id is None or telefono is None:
        motivo = "Twilio no dice de quién es el mensaje." if mensaje_id else "El mensaje de Twilio no trae MessageSid."
        return Entrega(ilegibles=(Ilegible(huella(p), motivo, p, FUENTE),))
    if contexto.omite(telefono):
        return Entrega(ignorados=1)
    return Entrega(mensajes=tuple(_mensajes(p, mensaje_id, telefono, contexto)))


def interpretar_estado(parametros: Parametros, envio: str | None, *, ahora: datetime) -> Entrega:
    """El aviso de estado de un mensaje nuestro. `envio`: la referencia que iba en la dirección de aviso."""
    p: Objeto = limpiar(dict(parametros))
    mensaje_id, nombre = obtener_id(p.get("MessageSid")), _texto(p, "MessageStatus").lower()
    if mensaje_id is None:
        return Entrega(ilegibles=(Ilegible(huella(p), "El estado de Twilio no trae MessageSid.", p, FUENTE),))
    referencia = _referencia(envio)
    # Cualquier aviso de un envío prueba que Twilio lo aceptó, aunque su respuesta se haya perdido.
    estado = _ESTADOS.get(nombre) or ("sent" if referencia and nombre in _SIN_EFECTO else None)
    if estado is None:
        return Entrega(ignorados=1)
    error = _frase(_texto(p, "ErrorCode"), nombre) if estado == "failed" else None
    en = ahora.astimezone(UTC).replace(microsecond=0)
    return Entrega(estados=(EstadoRecibido(mensaje_id, estado, en, error, FUENTE, referencia),))


def _persona(p: Objeto) -> Telefono | None:
    """Quien escribe; None si no es de WhatsApp (el mismo número de Twilio puede recibir SMS)."""
    desde = _texto(p, "From")
    return desde_texto(desde) if desde.lower().startswith("whatsapp:+") else None


def _mensajes(p: Objeto, mensaje_id: str, telefono: Telefono, contexto: Contexto) -> Iterator[MensajeRecibido]:
    comun: dict[str, Any] = {
        "telefono": telefono,
        "chat_id": desde_digitos(_texto(p, "From")),
        "saliente": False,
        "enviado_en": contexto.ahora.replace(microsecond=0),  # Twilio no dice la hora
        "enviado_por": "customer",
        "nombre": obtener_nombre(p.get("ProfileName"), telefono),
        "cita": _cita(p, contexto),
        "fuente": FUENTE,
    }
    tipo, cuerpo, propios = _contenido(p)
    datos = {**propios, **_marcas(p)} or None
    archivos = list(_archivos(p))
    if not archivos:
        crudo = p if tipo == NO_SOPORTADO or len(cuerpo) > LARGO_CUERPO else None
        yield MensajeRecibido(
            id=mensaje_id, tipo=tipo, cuerpo=cuerpo[:LARGO_CUERPO], datos=datos, crudo=crudo, **comun
        )
    for n, (direccion, mime) in enumerate(archivos):
        yield MensajeRecibido(
            id=mensaje_id if n == 0 else f"{mensaje_id}-{n}",
            tipo=_tipo_de_archivo(p, mime),
            cuerpo=cuerpo[:LARGO_CUERPO] if n == 0 else "",
            datos=datos,
            media_url=direccion,
            media_mime=mime[:127] or None,
            crudo=None if direccion else p,
            **comun,
        )


def _contenido(p: Objeto) -> tuple[str, str, Objeto]:
    """Tipo, texto legible y contenido con forma propia de un mensaje sin archivo."""
    cuerpo = _texto(p, "Body")
    if _texto(p, "Latitude") and _texto(p, "Longitude"):
        return _ubicacion(p)
    elegido = _texto(p, "ButtonText") or _texto(p, "ListTitle")
    if elegido:
        clave = _texto(p, "ButtonPayload") or _texto(p, "ListId")
        return "reply", elegido, {"title": elegido, **({"id": clave} if clave else {})}
    return "text" if cuerpo.strip() else NO_SOPORTADO, cuerpo, {}


def _ubicacion(p: Objeto) -> tuple[str, str, Objeto]:
    coordenadas: Objeto = {clave: _grados(_texto(p, clave.title())) for clave in ("latitude", "longitude")}
    if None in coordenadas.values():
        return NO_SOPORTADO, _texto(p, "Body"), {}
    nombre, direccion = _texto(p, "Label"), _texto(p, "Address")
    lugar = ", ".join(filter(None, (nombre, direccion)))
    donde = f"{_texto(p, 'Latitude')}, {_texto(p, 'Longitude')}"
    datos = {**coordenadas, **({"name": nombre} if nombre else {}), **({"address": direccion} if direccion else {})}
    return "location", f"{lugar} ({donde})" if lugar else donde, datos


def _grados(escrito: str) -> float | None:
    return float(escrito) if _GRADOS.fullmatch(escrito) else None


def _archivos(p: Objeto) -> Iterator[tuple[str | None, str]]:
    numero = _texto(p, "NumMedia")
    cuantos = min(int(numero), _MAX_ARCHIVOS) if numero.isascii() and numero.isdigit() else 0
    for n in range(cuantos):
        yield obtener_url(p, f"MediaUrl{n}"), _texto(p, f"MediaContentType{n}").lower()


def _tipo_de_archivo(p: Objeto, mime: str) -> str:
    if _texto(p, "MessageType") == "sticker" or mime == "image/webp":
        return "sticker"
    familia = mime.split("/")[0]
    return familia if familia in _FAMILIAS else "document"


def _marcas(p: Objeto) -> Objeto:
    """Lo que acompaña a cualquier tipo: reenviado y de qué anuncio vino."""
    marcas: Objeto = {}
    if _texto(p, "FrequentlyForwarded") == "true":
        marcas["forwarded"] = _MUY_REENVIADO
    elif _texto(p, "Forwarded") == "true":
        marcas["forwarded"] = 1
    anuncio = {
        "title": _texto(p, "ReferralHeadline"),
        "body": _texto(p, "ReferralBody"),
        "url": obtener_url(p, "ReferralSourceUrl") or "",
    }
    if any(anuncio.values()):
        marcas["ad"] = {clave: valor[:1000] for clave, valor in anuncio.items() if valor}
    return marcas


def _cita(p: Objeto, contexto: Contexto) -> Cita | None:
    """Twilio solo dice a cuál mensaje responde: lo que decía se busca entre los guardados."""
    citado = obtener_id(p.get("OriginalRepliedMessageSid"))
    if citado is None:
        return None
    autor = desde_texto(_texto(p, "OriginalRepliedMessageSender"))
    return Cita(citado, "", "text", None if autor is None else autor == contexto.linea)


def _referencia(envio: str | None) -> Referencia | None:
    partes = _REFERENCIA.fullmatch(envio or "")
    return Referencia(int(partes[1]), datetime.fromtimestamp(int(partes[2]), UTC)) if partes else None


def _frase(codigo: str, estado: str) -> str:
    if codigo in _FRASES:
        return _FRASES[codigo]
    if estado == "canceled":
        return "El envío se canceló en Twilio."
    return f"Twilio no pudo entregar el mensaje (código {codigo})." if codigo else "Twilio no pudo entregar el mensaje."


def _texto(p: Objeto, clave: str) -> str:
    valor = p.get(clave)
    return valor if isinstance(valor, str) else ""
