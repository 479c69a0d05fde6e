"""Lo que llega del proveedor, a la base: mensajes, estados, nombres, acciones e ilegibles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bandeja.bd import Conexion, json_de
from bandeja.modelos import (
    Archivo,
    Conversacion,
    EstadoAplicado,
    EstadoRecibido,
    Guardado,
    Ilegible,
    Mensaje,
    MensajeRecibido,
    NombreAplicado,
    NombreRecibido,
)
from bandeja.repositorio.base import consultar, conversacion_de, mensaje_de


def guardar_mensajes(con: Conexion, mensajes: Sequence[MensajeRecibido], agentes: Sequence[str]) -> list[Guardado]:
    """Guarda los mensajes de una entrega en su orden: dueño, turno, fila y cuenta, en un viaje."""
    datos = [mensaje_para_sql(m) for m in mensajes]
    resultado = consultar(con, "recibir_mensajes", mensajes=json_de(datos), agentes=list(agentes))
    return [_guardado(con, m, fila) for m, fila in zip(mensajes, resultado, strict=True)]


def mensaje_para_sql(m: MensajeRecibido) -> dict[str, Any]:
    """Un mensaje recibido como lo esperan las funciones de `sql/`."""
    return {
        "id": m.id, "fuente": m.fuente, "numero": m.telefono.numero, "chat_id": m.chat_id, "saliente": m.saliente,
        "tipo": m.tipo, "cuerpo": m.cuerpo, "estado": _estado_inicial(m), "enviado_en": m.enviado_en.isoformat(),
        "enviado_por": m.enviado_por, "nombre": m.nombre, "media_id": m.media_id, "media_url": m.media_url,
        "media_mime": m.media_mime, "media_nombre": m.media_nombre, "crudo": m.crudo,
        "media_tamano": m.media_tamano, "media_sha256": m.media_sha256,
        "datos": m.datos, "recuperado": m.recuperado, "incompleto": m.incompleto,
        "cita": m.cita.como_datos() if m.cita else None,
    }  # fmt: skip


def _estado_inicial(m: MensajeRecibido) -> str:
    if not m.saliente:
        return "delivered"
    # "pending" del proveedor significa que ya lo aceptó; el nuestro, que todavía no.
    return "sent" if m.estado in (None, "pending", "unknown", "deleted") else str(m.estado)


def _guardado(con: Conexion, m: MensajeRecibido, fila: dict[str, Any]) -> Guardado:
    if fila["resultado"] == "repetido":
        return Guardado("repetido", None, None)
    # Su fila pudo existir ya, o tener estados y acciones esperándola; y hay canales que citan sin decir qué decía.
    if m.saliente or fila["r_tocado"] or (m.cita and not m.cita.cuerpo):
        propia = consultar(con, "obtener_mensaje", seq=fila["r_seq"])[0]
        leido, conversacion = mensaje_de(propia), conversacion_de(propia)
        return Guardado(fila["resultado"], leido, conversacion, nueva=fila["r_nueva"], turno=fila["r_turno"])
    mensaje = Mensaje(
        seq=fila["r_seq"], numero=fila["r_numero"], id=m.id, client_id=fila["r_client_id"], chat_id=m.chat_id,
        saliente=m.saliente, tipo=m.tipo, cuerpo=m.cuerpo, estado=fila["r_estado"], enviado_en=m.enviado_en,
        origen=m.enviado_por, agente=fila["r_autor"], fuente=m.fuente,
        media_url=m.media_url, error=None, datos=m.datos, recuperado=m.recuperado,
        cita=m.cita.como_datos() if m.cita else None,
        archivo=Archivo(**fila["r_archivo"]) if fila["r_archivo"] else None,
    )  # fmt: skip
    conversacion = Conversacion(
        numero=fila["r_numero"], agente=fila["r_agente"], nombre=fila["r_nombre"], foto=fila["r_foto"],
        fuente=m.fuente, ultima_actividad=fila["r_ultimo_en"], total_mensajes=fila["r_total"],
        no_leidos=fila["r_no_leidos"], fijada=fila["r_fijada"], silenciada=fila["r_silenciada"],
        ventana_hasta=fila["r_ventana_hasta"],
    )  # fmt: skip
    return Guardado(fila["resultado"], mensaje, conversacion, nueva=fila["r_nueva"], turno=fila["r_turno"])


def guardar_estados(con: Conexion, estados: Sequence[EstadoRecibido]) -> list[EstadoAplicado]:
    """Aplica pasos de mensajes nuestros (o los guarda hasta que aparezca el suyo). Devuelve los que cambiaron algo."""
    datos = [
        {"id": e.id, "fuente": e.fuente, "estado": e.estado, "en": e.en.isoformat(), "error": e.error} for e in estados
    ]
    return [
        EstadoAplicado(
            seq=f["r_seq"], id=f["r_mensaje_id"], numero=f["r_numero"], agente=f["r_agente"],
            client_id=f["r_client_id"], estado=f["r_estado"], error=f["r_error"], en=f["r_en"], fuente=f["r_fuente"],
        )
        for f in consultar(con, "recibir_estados", estados=json_de(datos))
    ]  # fmt: skip


def reconocer_envios(con: Conexion, estados: Sequence[EstadoRecibido]) -> list[Guardado]:
    """Da su id a los envíos nuestros que no sabíamos si salieron y de los que el proveedor ya habla."""
    reconocidos = []
    for e in estados:
        if e.envio is None:
            continue
        fila = consultar(con, "reconocer_envio", seq=e.envio.seq, en=e.envio.en, fuente=e.fuente, id=e.id)[0]
        if fila["reconocido"]:
            propia = consultar(con, "obtener_mensaje", seq=e.envio.seq)[0]
            reconocidos.append(Guardado("eco", mensaje_de(propia), conversacion_de(propia)))
    return reconocidos


def guardar_nombres(con: Conexion, nombres: Sequence[NombreRecibido]) -> list[NombreAplicado]:
    """Actualiza nombre y foto de contactos que ya conversan. Devuelve los que cambiaron."""
    datos = [{"numero": n.telefono.numero, "nombre": n.nombre, "foto": n.foto} for n in nombres]
    return [
        NombreAplicado(numero=f["r_numero"], agente=f["r_agente"], nombre=f["r_nombre"], fuente=f["r_fuente"])
        for f in consultar(con, "recibir_nombres", nombres=json_de(datos))
    ]


def guardar_ilegibles(con: Conexion, ilegibles: Sequence[Ilegible]) -> None:
    """Guarda lo que no se entendió, una vez por contenido."""
    datos = [
        {"huella": i.huella, "fuente": i.fuente, "motivo": i.motivo, "crudo": i.crudo, "clave": i.clave}
        for i in ilegibles
    ]
    consultar(con, "guardar_ilegibles", ilegibles=json_de(datos))
