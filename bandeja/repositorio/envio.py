"""El recorrido de un envío en la base: preparado, confirmado, fallido, vencido o reclamado de nuevo."""

from __future__ import annotations

from bandeja.bd import Conexion, json_de
from bandeja.modelos import PorEnviar, Preparado
from bandeja.repositorio.base import consultar
from bandeja.telefono import Telefono


def preparar_envio(con: Conexion, telefono: Telefono, agente: str, envio: PorEnviar) -> Preparado:
    """Crea la fila "pending" si la conversación es del agente y ese client_id no tiene ya una."""
    if envio.archivo is not None:
        return _preparar_archivo(con, telefono, agente, envio)
    fila = consultar(
        con, "preparar_envio", numero=telefono.numero, agente=agente, client_id=envio.client_id,
        chat_id=telefono.chat_id,
        tipo=envio.tipo, cuerpo=envio.cuerpo, media_url=envio.media_url, citado=envio.citado, fuente=envio.fuente,
        datos=json_de(dict(envio.datos)) if envio.datos else None,
    )[0]  # fmt: skip
    return Preparado(fila["resultado"], fila["r_seq"], fila["r_dueno"])


def _preparar_archivo(con: Conexion, telefono: Telefono, agente: str, envio: PorEnviar) -> Preparado:
    fila = consultar(
        con, "preparar_archivo", numero=telefono.numero, agente=agente, client_id=envio.client_id,
        chat_id=telefono.chat_id, tipo=envio.tipo, cuerpo=envio.cuerpo, citado=envio.citado, fuente=envio.fuente,
        archivo=envio.archivo,
    )[0]  # fmt: skip
    return Preparado(fila["resultado"], fila["r_seq"], fila["r_dueno"])


def reclamar_reintento(con: Conexion, seq: int, agente: str) -> Preparado:
    """Pasa a "pending" un mensaje propio fallido; de dos reclamos a la vez gana uno."""
    fila = consultar(con, "reclamar_reintento", seq=seq, agente=agente)[0]
    return Preparado(fila["resultado"], fila["r_seq"], fila["r_dueno"])


def confirmar_envio(con: Conexion, seq: int, mensaje_id: str) -> int | None:
    """Da a la fila el id del proveedor. Devuelve la fila de eco que absorbió, o None."""
    absorbida = consultar(con, "confirmar_envio", seq=seq, mensaje_id=mensaje_id)[0]["absorbida"]
    return int(absorbida) if absorbida is not None else None


def buscar_envio(con: Conexion, telefono: Telefono, agente: str, client_id: str) -> int | None:
    """La clave de un envío de un chat del agente por el id que le puso el navegador; None si no existe."""
    encontradas = consultar(con, "buscar_envio", numero=telefono.numero, agente=agente, client_id=client_id)
    return encontradas[0]["seq"] if encontradas else None


def fallar_envio(con: Conexion, seq: int, estado: str, error: str) -> bool:
    """Anota que no salió o no se sabe. Falso si entretanto se supo que sí salió."""
    return bool(consultar(con, "fallar_envio", seq=seq, estado=estado, error=error)[0]["cambio"])


def vencer_pendientes(con: Conexion, segundos: int, error: str) -> list[int]:
    """Pasa a "unknown" los envíos a medias más viejos que eso. Devuelve sus claves."""
    return [f["seq"] for f in consultar(con, "vencer_pendientes", segundos=segundos, error=error)]
