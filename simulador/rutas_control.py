"""El control del guion por HTTP, para un simulador en otro proceso. Solo desde esta máquina y sin navegadores."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from . import formas
from .envios import Envio
from .formas import Json
from .guion import Guion
from .respuestas import cuerpo_json, error, proveedor

rutas = Blueprint("control", __name__, url_prefix="/_control")

_AQUI: Final = ("127.0.0.1", "::1")
_NOMBRES_DE_AQUI: Final = ("127.0.0.1", "localhost", "[::1]")

_Orden = Callable[[Guion, Json], Json]


@rutas.before_request
def solo_de_aqui() -> Response | None:
    """Rechaza otra máquina, un nombre ajeno (DNS cambiado) y toda página web (que siempre lleva Origin)."""
    nombre = request.host.rsplit(":", 1)[0]
    if request.remote_addr not in _AQUI or nombre not in _NOMBRES_DE_AQUI or "Origin" in request.headers:
        return error(403, mensaje="El control solo se atiende desde esta máquina")
    return None


def _escribir(sim: Guion, pedido: Json) -> Json:
    return {"id": sim.escribir(pedido.pop("numero"), pedido.pop("texto"), pedido.pop("nombre", None), **pedido)}


def _desde_el_telefono(sim: Guion, pedido: Json) -> Json:
    return {"id": sim.desde_el_telefono(pedido.pop("numero"), pedido.pop("texto"), **pedido)}


def _mensaje(sim: Guion, pedido: Json) -> Json:
    esperar = bool(pedido.pop("esperar", False))
    construido = sim.mensaje(pedido.pop("tipo"), pedido.pop("numero"), pedido.pop("nombre", None), **pedido)
    return {"id": sim.recibir(construido, esperar=esperar)}


def _entregar(sim: Guion, pedido: Json) -> Json:
    respuesta = sim.entregar(pedido.pop("cuerpo"), **pedido)
    return {"codigo": respuesta.status_code, "cuerpo": respuesta.text}


def _avisar(sim: Guion, pedido: Json) -> Json:
    sim.avisar(pedido["tipo"], pedido["evento"], pedido["contenido"])
    return {}


def _reentregar(sim: Guion, pedido: Json) -> Json:
    return {"codigos": sim.reentregar(pedido.pop("id"), **pedido)}


def _fallar(sim: Guion, pedido: Json) -> Json:
    sim.fallar(pedido.pop("modo"), pedido.pop("veces", 1), **pedido)
    return {}


def _no_fallar(sim: Guion, pedido: Json) -> Json:
    sim.no_fallar()
    return {}


def _reiniciar(sim: Guion, pedido: Json) -> Json:
    sim.reiniciar()
    return {}


def _pausar(sim: Guion, pedido: Json) -> Json:
    sim.entregas.pausar(bool(pedido.get("pausa", True)))
    return {}


def _esperar(sim: Guion, pedido: Json) -> Json:
    return {"vacio": sim.esperar_entregas(float(pedido.get("segundos", 5)))}


def _linea(sim: Guion, pedido: Json) -> Json:
    sim.poner_linea(pedido["estado"], avisar=bool(pedido.get("avisar", True)))
    return {}


def _webhook(sim: Guion, pedido: Json) -> Json:
    sim.poner_webhook(pedido["url"], pedido.get("modo", "body"))
    return {}


def _enviados(sim: Guion, pedido: Json) -> Json:
    return {"enviados": [_ficha(envio) for envio in sim.enviados], "aceptados": len(sim.aceptados)}


def _ficha(envio: Envio) -> Json:
    """Un envío contado sin la ficha de autorización."""
    cabeceras = {clave: valor for clave, valor in envio.cabeceras.items() if clave.lower() != "authorization"}
    archivos = {
        clave: {"nombre": a.nombre, "mime": a.mime, "bytes": len(a.datos)} for clave, a in envio.archivos.items()
    }
    return {
        "ruta": envio.ruta,
        "tipo": envio.tipo,
        "cuerpo": envio.cuerpo,
        "cabeceras": cabeceras,
        "archivos": archivos,
        "aceptado": envio.aceptado,
        "codigo": envio.codigo,
        "id": envio.id,
    }


ORDENES: Final[dict[str, _Orden]] = {
    "escribir": _escribir,
    "desde_el_telefono": _desde_el_telefono,
    "mensaje": _mensaje,
    "entregar": _entregar,
    "avisar": _avisar,
    "reentregar": _reentregar,
    "fallar": _fallar,
    "no_fallar": _no_fallar,
    "reiniciar": _reiniciar,
    "pausar": _pausar,
    "esperar": _esperar,
    "linea": _linea,
    "webhook": _webhook,
    "enviados": _enviados,
}


@rutas.post("/<orden>")
def ordenar(orden: str) -> Response:
    """Cumple una orden del guion; lo que no se entiende es 400 con la razón."""
    hacer = ORDENES.get(orden)
    if hacer is None:
        return error(404, mensaje=f"No conozco la orden {orden}")
    pedido: dict[str, Any] = cuerpo_json()
    try:
        return jsonify({"success": True, **hacer(proveedor(), pedido)})
    except (KeyError, TypeError, ValueError, RuntimeError) as mala:
        respuesta = jsonify(formas.error(400, "Orden mal dada", f"{type(mala).__name__}: {mala}"))
        respuesta.status_code = 400
        return respuesta
