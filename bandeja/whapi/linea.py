"""Lo que se le pregunta y se le pide a Whapi sobre el canal: salud, ajustes y vinculación. No guarda ni decide nada."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bandeja.errores import ErrorBandeja, EstadoNoPermite, ProveedorIncierto, ProveedorRechazo
from bandeja.estado_linea import SIN_CANAL, SIN_CREDITO, obtener_estado
from bandeja.whapi.puerta import Puerta, exigir_exito, json_de

# Una comprobación que tarda más que esto no dice nada útil.
PLAZO_SALUD_S = 15.0
_CODIGOS_DE_SALUD = {401: SIN_CANAL, 402: SIN_CREDITO, 403: SIN_CANAL, 404: SIN_CANAL}
_FRASES_VINCULAR = {
    400: "Whapi no acepta ese número de teléfono.",
    406: "Este canal es de tipo móvil: no se vincula con un QR. Hazlo desde el panel de Whapi.",
}
Ajustes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Codigo:
    """Un código QR. `datos` es lo que lleva escrito; `imagen`, el PNG si no se sabe lo escrito; vale `segundos`."""

    datos: str | None
    imagen: bytes | None
    segundos: float


def consultar_salud(puerta: Puerta, *, despertar: bool = False) -> str | None:
    """El estado de la línea; None si Whapi dice uno que no se conoce. Sin `despertar` no arranca un canal detenido.

    Lanza ProveedorRechazo o ProveedorIncierto si no se pudo saber.
    """
    consulta = {"wakeup": "true" if despertar else "false"}
    respuesta = puerta.llamar("GET", "/health", params=consulta, plazo_total_s=PLAZO_SALUD_S)
    if respuesta.status_code in _CODIGOS_DE_SALUD:
        return _CODIGOS_DE_SALUD[respuesta.status_code]
    exigir_exito(respuesta)
    datos = json_de(respuesta)
    estado = datos.get("status") if isinstance(datos, dict) else None
    return obtener_estado(estado.get("text")) if isinstance(estado, dict) else None


def leer_ajustes(puerta: Puerta) -> dict[str, Any]:
    """Los ajustes del canal, enteros."""
    return dict(puerta.pedir("GET", "/settings"))


def cambiar_ajustes(puerta: Puerta, cambios: Ajustes) -> None:
    """Cambia los campos dados y deja los demás; `webhooks` se reemplaza entero. Lanza ErrorBandeja con el porqué."""
    respuesta = puerta.llamar("PATCH", "/settings", json=dict(cambios))
    if respuesta.status_code == 409:  # así contesta mientras la dirección nueva no responde a un GET
        raise EstadoNoPermite("Whapi no guardó los ajustes: la dirección del webhook debe contestar 200 a un GET.")
    _exigir(respuesta, "Whapi no aceptó los ajustes")


def probar_webhook(puerta: Puerta, url: str, cabeceras: Mapping[str, str]) -> None:
    """Pide una entrega de muestra a una dirección. Lanza ErrorBandeja si Whapi dice que no pudo."""
    pedido = {"url": url, "type": "messages", "mode": "body", "headers": dict(cabeceras)}
    _exigir(puerta.llamar("POST", "/settings/webhook_test", json=pedido), "Whapi no pudo entregar la prueba")


def pedir_qr(puerta: Puerta) -> Codigo | None:
    """Un QR para vincular; None si el canal todavía no lo tiene listo. Lanza EstadoNoPermite si ya está vinculado."""
    respuesta = puerta.llamar("GET", "/users/login")
    if respuesta.status_code == 422:  # no alcanzó a dibujarlo: el siguiente intento suele bastar
        return None
    datos = _de_vinculacion(respuesta)
    crudo, imagen = datos.get("rowdata"), datos.get("base64")
    escrito = crudo if isinstance(crudo, str) and crudo else None
    dibujo = _imagen(imagen) if escrito is None and isinstance(imagen, str) else None
    if datos.get("status") not in ("OK", None) or (escrito is None and dibujo is None):
        return None
    vale = datos.get("expire")
    return Codigo(escrito, dibujo, float(vale) if isinstance(vale, int | float) and 1 <= vale <= 300 else 20.0)


def pedir_codigo(puerta: Puerta, digitos: str) -> str:
    """El código que se escribe en el teléfono para vincularlo sin QR. Lanza EstadoNoPermite si ya está vinculado."""
    datos = _de_vinculacion(puerta.llamar("GET", f"/users/login/{digitos}"))
    codigo = datos.get("code") or datos.get("auth_code")
    if not isinstance(codigo, str):
        raise ProveedorIncierto("Whapi no dio un código para ese número. Prueba con el QR.")
    return codigo


def _de_vinculacion(respuesta: Any) -> dict[str, Any]:
    if respuesta.status_code == 409:
        raise EstadoNoPermite("La línea ya está vinculada a un teléfono.")
    if respuesta.status_code in _FRASES_VINCULAR:
        raise ProveedorRechazo(_FRASES_VINCULAR[respuesta.status_code])
    _exigir(respuesta, "Whapi no dejó vincular")
    datos = json_de(respuesta)
    return datos if isinstance(datos, dict) else {}


def _imagen(texto: str) -> bytes | None:
    """El PNG, venga o no con su `data:image/png;base64,` delante: las dos formas existen."""
    try:
        return base64.b64decode(texto.rpartition(",")[2], validate=True) or None
    except binascii.Error:
        return None


def _exigir(respuesta: Any, que: str) -> None:
    """Como `exigir_exito`, con lo que dice el proveedor: aquí quien lee es quien administra."""
    if 200 <= respuesta.status_code < 300:
        return
    datos = json_de(respuesta)
    error = datos.get("error") if isinstance(datos, dict) else None
    partes = [error.get(clave) for clave in ("message", "details")] if isinstance(error, dict) else []
    detalle = ": ".join(str(parte)[:200] for parte in partes if parte)
    raise ErrorBandeja(f"{que} ({respuesta.status_code}{': ' + detalle if detalle else ''}).")
