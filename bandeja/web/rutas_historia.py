"""La historia del proveedor y el libro de lo que entra: pedir, ver y volver a leer; y contar cada entrega."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from bandeja.asientos import Carta, Comparacion, Contador, Libro
from bandeja.autenticacion import require_auth
from bandeja.errores import EntradaInvalida, SinProveedor
from bandeja.serializacion import iso
from bandeja.telefono import exigir
from bandeja.web.peticion import exigir_seq, leer_objeto
from bandeja.web.puertas import limitador
from bandeja.web.servicios import servicios

LIMITE_ANTERIORES = "30 per minute"
LIMITE_LIBRO = "6 per minute"
_RECHAZOS = {
    400: "No era una entrega que se pudiera leer",
    401: "Sin el secreto, o con otro",
    403: "Sin la firma, o con otra",
    413: "Demasiado grande",
    503: "La base de datos no respondió: el proveedor insiste",
}
_CLASES = {
    "messages": "Mensajes", "messages_updates": "Ediciones", "messages_removed": "Borrados",
    "messages_removed_all": "Chats vaciados", "statuses": "Estados de envío", "chats": "Chats",
    "chats_updates": "Cambios de chat", "chats_removed": "Chats borrados", "contacts": "Contactos",
    "contacts_updates": "Cambios de contacto", "presences": "Presencias", "calls": "Llamadas",
    "health": "Estado de la línea", "qr": "Código QR", "user": "Vinculación del teléfono", "groups": "Grupos",
    "labels": "Etiquetas",
}  # fmt: skip

historia_bp = Blueprint("historia", __name__, url_prefix="/api")


def _quien() -> str:
    return str(g.agente.username)


@historia_bp.post("/historia/<numero>")
@require_auth
@limitador.limit(LIMITE_ANTERIORES, key_func=_quien)
def traer_anteriores(numero: str) -> ResponseReturnValue:
    antes = leer_objeto().get("antes")
    seq = None if antes is None else exigir_seq(antes, "antes")
    traidos = servicios().respaldo.anteriores.traer(g.agente.username, exigir(numero), seq)
    return jsonify({"success": True, "guardados": traidos.cuantos, "history_complete": traidos.completa})


@historia_bp.get("/libro")
@require_auth
def ver_libro() -> ResponseReturnValue:
    return jsonify({"success": True, **_libro_json(servicios().respaldo.libro.leer())})


@historia_bp.post("/libro/comparar")
@require_auth
@limitador.limit(LIMITE_LIBRO, key_func=_quien)
def comparar_ya() -> ResponseReturnValue:
    if servicios().config.whapi_token is None:
        raise SinProveedor
    servicios().respaldo.historia.pedir("agente")
    return jsonify({"success": True}), 202


@historia_bp.post("/libro/reprocesar")
@require_auth
@limitador.limit(LIMITE_LIBRO, key_func=_quien)
def reprocesar() -> ResponseReturnValue:
    huella = leer_objeto().get("id")
    if huella is not None and not (isinstance(huella, str) and huella.isprintable()):
        raise EntradaInvalida("«id» debe ser el de una carta.")
    leidas = servicios().respaldo.relector.reprocesar(huella)
    rechazadas = [{"id": una, "motivo": motivo} for una, motivo in leidas.rechazadas]
    return jsonify({"success": True, "resueltas": len(leidas.resueltas), "rechazadas": rechazadas})


def contar_entrega(respuesta: Response) -> Response:
    """Después de contestar al proveedor: una cuenta más en el libro, en memoria."""
    vista = current_app.view_functions.get(request.endpoint or "")
    if getattr(vista, "acceso", None) != "webhook" or request.method in ("GET", "HEAD"):
        return respuesta
    fuente = "twilio" if "twilio" in request.path.rpartition("/webhook/")[2] else "whapi"
    if respuesta.status_code < 300:
        servicios().respaldo.libro.anotar_atendida(g.pop("entrega", ()), fuente)
    else:
        servicios().respaldo.libro.anotar_rechazada(respuesta.status_code, fuente)
    return respuesta


def claves_de(cuerpo: object) -> list[str]:
    """Qué trae una entrega, por sus claves."""
    ajenas = ("event", "channel_id", "errors")
    return [clave for clave in cuerpo if clave not in ajenas] if isinstance(cuerpo, dict) else []


def _libro_json(libro: Libro) -> dict[str, Any]:
    atendidas = [c for c in libro.contadores if c.clave.startswith("ok ")]
    return {
        "compare_every_minutes": servicios().config.historia_cada_min,
        "last_delivery": iso(atendidas[0].ultima_en) if atendidas else None,
        "deliveries": [_atendidas_json(c) for c in atendidas],
        "refused": [_rechazadas_json(c) for c in libro.contadores if c.clave.startswith("no ")],
        "recovered_total": libro.recuperados,
        "comparisons": [_comparacion_json(c) for c in libro.comparaciones],
        "dead_letters": {
            "pending": libro.pendientes,
            "resolved": libro.resueltas,
            "items": [_carta_json(c) for c in libro.cartas],
        },
    }


def _canal(partes: list[str]) -> str:
    return " (Twilio)" if "twilio" in partes[:-1] else ""


def _atendidas_json(c: Contador) -> dict[str, Any]:
    partes = c.clave.split()
    nombre = _CLASES.get(partes[-1], "Otros avisos") + _canal(partes)
    return {"type": " ".join(partes[1:]), "name": nombre, "count": c.veces, "last": iso(c.ultima_en)}


def _rechazadas_json(c: Contador) -> dict[str, Any]:
    partes = c.clave.split()
    codigo = int(partes[-1])
    motivo = _RECHAZOS.get(codigo, "Error inesperado") + _canal(partes)
    return {"code": codigo, "reason": motivo, "count": c.veces, "last": iso(c.ultima_en)}


def _comparacion_json(c: Comparacion) -> dict[str, Any]:
    estado = "running" if c.termino_en is None else "failed" if c.error else "done"
    return {
        "status": estado,
        "reason": c.motivo,
        "since": iso(c.desde),
        "started": iso(c.empezo_en),
        "finished": iso(c.termino_en) if c.termino_en else None,
        "checked": c.revisados,
        "recovered": c.recuperados,
        "error": c.error,
    }


def _carta_json(c: Carta) -> dict[str, Any]:
    return {
        "id": c.huella,
        "reason": c.motivo,
        "kind": _CLASES.get(c.clave or "", "Entrega"),
        "count": c.veces,
        "bytes": c.bytes,
        "received": iso(c.recibida_en),
        "last": iso(c.ultima_en),
        "tried": iso(c.intentada_en) if c.intentada_en else None,
        "refusal": c.rechazo,
    }
