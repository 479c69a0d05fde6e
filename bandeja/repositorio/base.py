"""Lo común de quien habla con la base: las consultas con nombre de `sql/consultas/` y el paso de filas a formas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bandeja.bd import Conexion, filas
from bandeja.configuracion import RAIZ
from bandeja.modelos import Archivo, Conversacion, Mensaje

_CONSULTAS = {ruta.stem: ruta.read_text(encoding="utf-8") for ruta in (RAIZ / "sql" / "consultas").glob("*.sql")}


def consultar(con: Conexion, consulta: str, /, **parametros: Any) -> list[dict[str, Any]]:
    """Las filas de una consulta de `sql/consultas/`, por su nombre de archivo."""
    return filas(con, _CONSULTAS[consulta], parametros)


def conversacion_de(f: dict[str, Any]) -> Conversacion:
    """La forma de una fila que trae las columnas de una conversación."""
    return Conversacion(
        numero=f["numero"], agente=f["agente"], nombre=f["nombre"], foto=f["foto"], fuente=f["fuente"],
        ultima_actividad=_aware(f["ultimo_en"]), total_mensajes=f["total_mensajes"], no_leidos=f["no_leidos"],
        ultimo_cuerpo=f.get("cuerpo") or "", ultimo_tipo=f.get("tipo"),
        ultimo_saliente=f.get("saliente"), ultimo_estado=f.get("estado"), ultimo_error=f.get("error"),
        fijada=f.get("fijada") or False, silenciada=f.get("silenciada") or False, borrador=f.get("borrador") or "",
        ultimo_seq=f.get("ultimo_seq") or None, fusion=f.get("fusion"), ventana_hasta=f.get("ventana_hasta"),
    )  # fmt: skip


def mensaje_de(f: dict[str, Any]) -> Mensaje:
    """La forma de una fila que trae las columnas de un mensaje. De uno borrado no sale nada de lo que decía."""
    if f["borrado_en"] is not None:
        f = {**f, "media_url": None, "cita": None, "datos": None, "reacciones": (), "archivo": None}
    return Mensaje(
        seq=f["seq"], numero=f["numero"], id=f["mensaje_id"], client_id=f["client_id"], chat_id=f["chat_id"],
        saliente=f["saliente"], tipo=f["tipo"], cuerpo=f["cuerpo"], estado=f["estado"],
        enviado_en=_aware(f["enviado_en"]), origen=f["origen"], agente=f["autor"], fuente=f["fuente_mensaje"],
        media_url=f["media_url"], error=f["error"], cita=f["cita"], pasos=f["pasos"], datos=f["datos"],
        reacciones=tuple(f["reacciones"]), editado_en=f["editado_en"], borrado_en=f["borrado_en"],
        recuperado=f["recuperado"], version=f["version"], archivo=Archivo(**f["archivo"]) if f["archivo"] else None,
    )  # fmt: skip


def _aware(momento: Any) -> datetime:
    """Las conexiones van en UTC: TIMESTAMPTZ llega con zona."""
    assert isinstance(momento, datetime) and momento.tzinfo is not None
    return momento
