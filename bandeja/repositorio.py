"""El único que habla con la base: ejecuta las consultas de `sql/consultas/` y devuelve formas, nunca filas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bandeja.bd import Conexion, filas, json_de
from bandeja.configuracion import RAIZ
from bandeja.modelos import (
    AccionRecibida,
    Cambios,
    Conversacion,
    EstadoAplicado,
    EstadoRecibido,
    Guardado,
    Ilegible,
    Lectura,
    Mensaje,
    MensajeRecibido,
    NombreAplicado,
    NombreRecibido,
    PaginaConversaciones,
    PaginaMensajes,
    Preparado,
)
from bandeja.telefono import Telefono

_CONSULTAS = {ruta.stem: ruta.read_text(encoding="utf-8") for ruta in (RAIZ / "sql" / "consultas").glob("*.sql")}
FUENTE = "whapi"
MAX_CAMBIOS = 1000


def _consultar(con: Conexion, nombre: str, /, **parametros: Any) -> list[dict[str, Any]]:
    return filas(con, _CONSULTAS[nombre], parametros)


# --- asignación -----------------------------------------------------------------------------------------------------


def obtener_dueno(con: Conexion, telefono: Telefono) -> str | None:
    """El agente de un número, o None si no tiene. Un fallo es una excepción, nunca None (D3)."""
    encontradas = _consultar(con, "obtener_dueno", numero=telefono.numero)
    return encontradas[0]["agente_asignado"] if encontradas else None


def asignar(con: Conexion, telefono: Telefono, agentes: Sequence[str]) -> tuple[str | None, bool]:
    """Da dueño a un número. Devuelve (agente, si gastó turno); agente None = nadie activo."""
    fila = _consultar(con, "asignar", numero=telefono.numero, agentes=list(agentes))[0]
    return fila["agente"], fila["turno"]


def asignar_pendientes(con: Conexion, agentes: Sequence[str]) -> list[tuple[str, str]]:
    """Reparte las conversaciones que esperan. Devuelve (numero canónico, agente) de cada una."""
    return [(f["r_numero"], f["r_agente"]) for f in _consultar(con, "asignar_pendientes", agentes=list(agentes))]


def actualizar_actividad(con: Conexion, telefono: Telefono) -> None:
    """Anota actividad ahora. Si la conversación no existe no hace nada."""
    _consultar(con, "actualizar_actividad", numero=telefono.numero)


def iniciar_conversacion(con: Conexion, telefono: Telefono, agente: str, nombre: str | None) -> str:
    """Abre un chat por iniciativa de un agente. Devuelve el dueño, que puede ser otro."""
    fila = _consultar(con, "iniciar_conversacion", numero=telefono.numero, agente=agente, nombre=nombre)[0]
    return str(fila["dueno"])


# --- recepción ------------------------------------------------------------------------------------------------------


def guardar_mensajes(con: Conexion, mensajes: Sequence[MensajeRecibido], agentes: Sequence[str]) -> list[Guardado]:
    """Guarda los mensajes de una entrega en su orden: dueño, turno, fila y cuenta, en un viaje."""
    datos = [_para_sql(m) for m in mensajes]
    resultado = _consultar(con, "recibir_mensajes", mensajes=json_de(datos), agentes=list(agentes))
    return [_guardado(m, fila) for m, fila in zip(mensajes, resultado, strict=True)]


def _para_sql(m: MensajeRecibido) -> dict[str, Any]:
    return {
        "id": m.id, "fuente": FUENTE, "numero": m.telefono.numero, "chat_id": m.chat_id, "saliente": m.saliente,
        "tipo": m.tipo, "cuerpo": m.cuerpo, "estado": _estado_inicial(m), "enviado_en": m.enviado_en.isoformat(),
        "enviado_por": m.enviado_por, "nombre": m.nombre, "media_id": m.media_id, "media_url": m.media_url,
        "media_mime": m.media_mime, "media_nombre": m.media_nombre, "crudo": m.crudo,
        "cita": {"id": m.cita.id, "body": m.cita.cuerpo, "type": m.cita.tipo} if m.cita else None,
    }  # fmt: skip


def _estado_inicial(m: MensajeRecibido) -> str:
    if not m.saliente:
        return "delivered"
    # "pending" del proveedor significa que ya lo aceptó; el nuestro, que todavía no.
    return "sent" if m.estado in (None, "pending", "unknown", "deleted") else str(m.estado)


def _guardado(m: MensajeRecibido, fila: dict[str, Any]) -> Guardado:
    if fila["resultado"] == "repetido":
        return Guardado("repetido", None, None)
    mensaje = Mensaje(
        seq=fila["r_seq"], numero=m.telefono.numero, id=m.id, client_id=fila["r_client_id"], chat_id=m.chat_id,
        saliente=m.saliente, tipo=m.tipo, cuerpo=m.cuerpo, estado=fila["r_estado"], enviado_en=m.enviado_en,
        origen="agent" if fila["resultado"] == "eco" else m.enviado_por, agente=fila["r_autor"], fuente=FUENTE,
        media_url=m.media_url, error=None,
        cita={"id": m.cita.id, "body": m.cita.cuerpo, "type": m.cita.tipo} if m.cita else None,
    )  # fmt: skip
    conversacion = Conversacion(
        numero=m.telefono.numero, agente=fila["r_agente"], nombre=fila["r_nombre"], foto=fila["r_foto"], fuente=FUENTE,
        ultima_actividad=fila["r_ultimo_en"], total_mensajes=fila["r_total"], no_leidos=fila["r_no_leidos"],
    )  # fmt: skip
    return Guardado(fila["resultado"], mensaje, conversacion, nueva=fila["r_nueva"], turno=fila["r_turno"])


def guardar_estados(con: Conexion, estados: Sequence[EstadoRecibido]) -> list[EstadoAplicado]:
    """Aplica pasos de mensajes nuestros (o los guarda hasta que aparezca el suyo). Devuelve los que cambiaron algo."""
    datos = [
        {"id": e.id, "fuente": FUENTE, "estado": e.estado, "en": e.en.isoformat(), "error": e.error} for e in estados
    ]
    return [
        EstadoAplicado(
            seq=f["r_seq"], id=f["r_mensaje_id"], numero=f["r_numero"], agente=f["r_agente"],
            client_id=f["r_client_id"], estado=f["r_estado"], error=f["r_error"], en=f["r_en"], fuente=FUENTE,
        )
        for f in _consultar(con, "recibir_estados", estados=json_de(datos))
    ]  # fmt: skip


def guardar_nombres(con: Conexion, nombres: Sequence[NombreRecibido]) -> list[NombreAplicado]:
    """Actualiza nombre y foto de contactos que ya conversan. Devuelve los que cambiaron."""
    datos = [{"numero": n.telefono.numero, "nombre": n.nombre, "foto": n.foto} for n in nombres]
    return [
        NombreAplicado(numero=f["r_numero"], agente=f["r_agente"], nombre=f["r_nombre"])
        for f in _consultar(con, "recibir_nombres", nombres=json_de(datos))
    ]


def guardar_acciones(con: Conexion, acciones: Sequence[AccionRecibida]) -> None:
    """Guarda reacciones, ediciones y borrados tal como llegaron; repetidas no cambian nada."""
    datos = [
        {
            "fuente": FUENTE, "id": a.id, "tipo": a.tipo, "objetivo": a.objetivo,
            "numero": a.telefono.numero if a.telefono else None, "en": a.en.isoformat(), "crudo": a.crudo,
        }
        for a in acciones
    ]  # fmt: skip
    _consultar(con, "guardar_acciones", acciones=json_de(datos))


def guardar_ilegibles(con: Conexion, ilegibles: Sequence[Ilegible]) -> None:
    """Guarda lo que no se entendió, una vez por contenido."""
    datos = [{"huella": i.huella, "fuente": FUENTE, "motivo": i.motivo, "crudo": i.crudo} for i in ilegibles]
    _consultar(con, "guardar_ilegibles", ilegibles=json_de(datos))


# --- envío ----------------------------------------------------------------------------------------------------------


def preparar_envio(
    con: Conexion, telefono: Telefono, agente: str, client_id: str, tipo: str, cuerpo: str, media_url: str | None
) -> Preparado:
    """Crea la fila "pending" si la conversación es del agente y ese client_id no tiene ya una."""
    fila = _consultar(
        con, "preparar_envio", numero=telefono.numero, agente=agente, client_id=client_id, chat_id=telefono.chat_id,
        tipo=tipo, cuerpo=cuerpo, media_url=media_url,
    )[0]  # fmt: skip
    return Preparado(fila["resultado"], fila["r_seq"], fila["r_dueno"])


def reclamar_reintento(con: Conexion, seq: int, agente: str) -> Preparado:
    """Pasa a "pending" un mensaje propio fallido; de dos reclamos a la vez gana uno."""
    fila = _consultar(con, "reclamar_reintento", seq=seq, agente=agente)[0]
    return Preparado(fila["resultado"], fila["r_seq"], fila["r_dueno"])


def confirmar_envio(con: Conexion, seq: int, mensaje_id: str) -> int | None:
    """Da a la fila el id del proveedor. Devuelve la fila de eco que absorbió, o None."""
    absorbida = _consultar(con, "confirmar_envio", seq=seq, mensaje_id=mensaje_id)[0]["absorbida"]
    return int(absorbida) if absorbida is not None else None


def fallar_envio(con: Conexion, seq: int, estado: str, error: str) -> bool:
    """Anota que no salió o no se sabe. Falso si entretanto se supo que sí salió."""
    return bool(_consultar(con, "fallar_envio", seq=seq, estado=estado, error=error)[0]["cambio"])


def vencer_pendientes(con: Conexion, segundos: int, error: str) -> list[int]:
    """Pasa a "unknown" los envíos a medias más viejos que eso. Devuelve sus claves."""
    return [f["seq"] for f in _consultar(con, "vencer_pendientes", segundos=segundos, error=error)]


# --- lectura --------------------------------------------------------------------------------------------------------


def listar_conversaciones(con: Conexion, agente: str, limite: int, desde: int) -> PaginaConversaciones:
    """Una página de la lista de un agente, de la más nueva a la más vieja."""
    encontradas = _consultar(con, "listar_conversaciones", agente=agente, limite=limite, desde=desde)
    return PaginaConversaciones(
        conversaciones=tuple(_conversacion(f) for f in encontradas if f["numero"]),
        total=encontradas[0]["total"],
        cursor=encontradas[0]["cursor_cambios"],
    )


def obtener_conversacion(con: Conexion, telefono: Telefono) -> Conversacion | None:
    """Una conversación con su último mensaje, sea de quien sea; None si no existe."""
    encontradas = _consultar(con, "obtener_conversacion", numero=telefono.numero)
    return _conversacion(encontradas[0]) if encontradas else None


def pagina_mensajes(
    con: Conexion, telefono: Telefono, agente: str, limite: int, desde: int, antes: int | None
) -> PaginaMensajes | None:
    """Una página ascendente de mensajes; vacía si la conversación es de otro. None si no existe."""
    encontradas = _consultar(
        con, "pagina_mensajes", numero=telefono.numero, agente=agente, limite=limite, desde=desde, antes=antes
    )
    if not encontradas:
        return None
    mensajes = [_mensaje(f) for f in encontradas if f["seq"] is not None]
    return PaginaMensajes(
        conversacion=_conversacion(encontradas[0]),
        mensajes=tuple(reversed(mensajes[:limite])),
        total=encontradas[0]["total_mensajes"],
        hay_mas=len(mensajes) > limite,
    )


def obtener_mensaje(con: Conexion, seq: int) -> tuple[Mensaje, Conversacion] | None:
    """Un mensaje por su clave, con su conversación; None si no existe."""
    encontradas = _consultar(con, "obtener_mensaje", seq=seq)
    return (_mensaje(encontradas[0]), _conversacion(encontradas[0])) if encontradas else None


def marcar_leido(con: Conexion, telefono: Telefono, agente: str, hasta: int | None) -> Lectura:
    """Marca leída una conversación propia hasta un mensaje (None = entera)."""
    fila = _consultar(con, "marcar_leido", numero=telefono.numero, agente=agente, hasta=hasta)[0]
    return Lectura(
        dueno=fila["r_dueno"], no_leidos=fila["r_no_leidos"] or 0, leido_en=fila["r_leido_en"],
        cambio=fila["r_cambio"], nombre=fila["r_nombre"],
    )  # fmt: skip


def cambios_desde(con: Conexion, agente: str, desde: str) -> Cambios:
    """Lo nuevo y lo cambiado para un agente desde una transacción (ver `cambios_conversaciones.sql`)."""
    listas = _consultar(con, "cambios_conversaciones", agente=agente, desde=desde, limite=MAX_CAMBIOS)
    cursor = listas[0]["cursor_cambios"]
    if listas[0]["del_futuro"] or len(listas) > MAX_CAMBIOS:
        return Cambios(cursor=cursor, reiniciar=True)
    mensajes = _consultar(con, "cambios_mensajes", agente=agente, desde=desde, limite=MAX_CAMBIOS)
    if len(mensajes) > MAX_CAMBIOS:
        return Cambios(cursor=cursor, reiniciar=True)
    conversaciones = [_conversacion(f) for f in listas if f["numero"]]
    return Cambios(
        cursor=cursor,
        conversaciones=tuple(c for c in conversaciones if c.agente == agente),
        mensajes=tuple(_mensaje(f) for f in mensajes),
        quitadas=tuple(c.numero for c in conversaciones if c.agente != agente),
    )


def hay_base(con: Conexion) -> bool:
    """Cierto si la base contesta."""
    return bool(filas(con, "SELECT 1 AS uno"))


def es_cursor(texto: str) -> bool:
    """Cierto si un texto puede ser un cursor de cambios (un número de transacción de 64 bits)."""
    return re.fullmatch(r"[0-9]{1,19}", texto, re.ASCII) is not None


def _conversacion(f: dict[str, Any]) -> Conversacion:
    return Conversacion(
        numero=f["numero"], agente=f["agente"], nombre=f["nombre"], foto=f["foto"], fuente=f["fuente"],
        ultima_actividad=_aware(f["ultimo_en"]), total_mensajes=f["total_mensajes"], no_leidos=f["no_leidos"],
        leido_hasta=f["leido_en"], ultimo_cuerpo=f.get("cuerpo") or "", ultimo_tipo=f.get("tipo"),
        ultimo_saliente=f.get("saliente"), ultimo_estado=f.get("estado"), ultimo_error=f.get("error"),
    )  # fmt: skip


def _mensaje(f: dict[str, Any]) -> Mensaje:
    return Mensaje(
        seq=f["seq"], numero=f["numero"], id=f["mensaje_id"], client_id=f["client_id"], chat_id=f["chat_id"],
        saliente=f["saliente"], tipo=f["tipo"], cuerpo=f["cuerpo"], estado=f["estado"],
        enviado_en=_aware(f["enviado_en"]), origen=f["origen"], agente=f["autor"], fuente=f["fuente_mensaje"],
        media_url=f["media_url"], error=f["error"], cita=f["cita"],
    )  # fmt: skip


def _aware(momento: Any) -> datetime:
    """Las conexiones van en UTC: TIMESTAMPTZ llega con zona."""
    assert isinstance(momento, datetime) and momento.tzinfo is not None
    return momento
