"""Lo que las pantallas leen de la base: listas, páginas, cambios y lo ya leído."""

from __future__ import annotations

import re

from bandeja.bd import Conexion, filas
from bandeja.modelos import Cambios, Conteos, Conversacion, Lectura, Mensaje, PaginaConversaciones, PaginaMensajes
from bandeja.repositorio.base import consultar, conversacion_de, mensaje_de
from bandeja.telefono import Telefono

# Más que esto de una vez no es ponerse al día: la pantalla carga todo de nuevo.
MAX_CAMBIOS = 1000


def listar_conversaciones(
    con: Conexion, agente: str, limite: int, desde: int, filtro: str, orden: str
) -> PaginaConversaciones:
    """Una página de la lista de un agente. `filtro` y `orden`: ver `listar_conversaciones.sql`."""
    encontradas = consultar(
        con, "listar_conversaciones", agente=agente, limite=limite, desde=desde, filtro=filtro, orden=orden
    )
    primera = encontradas[0]
    conteos = Conteos(primera["todos"], primera["con_no_leidos"], primera["sin_responder"])
    return PaginaConversaciones(
        conversaciones=tuple(conversacion_de(f) for f in encontradas if f["numero"]),
        total=getattr(conteos, filtro),
        cursor=primera["cursor_cambios"],
        conteos=conteos,
    )


def obtener_conversacion(con: Conexion, telefono: Telefono) -> Conversacion | None:
    """Una conversación con su último mensaje, sea de quien sea; None si no existe."""
    encontradas = consultar(con, "obtener_conversacion", numero=telefono.numero)
    return conversacion_de(encontradas[0]) if encontradas else None


def pagina_mensajes(
    con: Conexion, telefono: Telefono, agente: str, limite: int, desde: int, antes: int | None
) -> PaginaMensajes | None:
    """Una página ascendente de mensajes; vacía si la conversación es de otro. None si no existe."""
    encontradas = consultar(
        con, "pagina_mensajes", numero=telefono.numero, agente=agente, limite=limite, desde=desde, antes=antes
    )
    if not encontradas:
        return None
    mensajes = [mensaje_de(f) for f in encontradas if f["seq"] is not None]
    return PaginaMensajes(
        conversacion=conversacion_de(encontradas[0]),
        mensajes=tuple(reversed(mensajes[:limite])),
        total=encontradas[0]["total_mensajes"],
        hay_mas=len(mensajes) > limite,
        historia_completa=encontradas[0]["historia_completa"],
    )


def pagina_despues(
    con: Conexion, telefono: Telefono, agente: str, limite: int, seq: int, *, incluido: bool
) -> tuple[tuple[Mensaje, ...], bool]:
    """Los mensajes que siguen a uno (o desde él) en un chat del agente, y si quedan más. Vacío si no es suyo."""
    encontradas = consultar(
        con, "pagina_despues", numero=telefono.numero, agente=agente, limite=limite, seq=seq, incluido=incluido
    )
    return tuple(mensaje_de(f) for f in encontradas[:limite]), len(encontradas) > limite


def obtener_seq(con: Conexion, telefono: Telefono, identificador: str) -> int | None:
    """La clave de un mensaje de un chat por su id del proveedor; None si no está."""
    encontradas = consultar(con, "obtener_seq", numero=telefono.numero, id=identificador)
    return encontradas[0]["seq"] if encontradas else None


def obtener_mensaje(con: Conexion, seq: int) -> tuple[Mensaje, Conversacion] | None:
    """Un mensaje por su clave, con su conversación; None si no existe."""
    encontradas = consultar(con, "obtener_mensaje", seq=seq)
    return (mensaje_de(encontradas[0]), conversacion_de(encontradas[0])) if encontradas else None


def marcar_leido(con: Conexion, telefono: Telefono, agente: str, hasta: int | None) -> Lectura:
    """Marca leída una conversación propia hasta un mensaje (None = entera)."""
    fila = consultar(con, "marcar_leido", numero=telefono.numero, agente=agente, hasta=hasta)[0]
    return Lectura(
        dueno=fila["r_dueno"], no_leidos=fila["r_no_leidos"] or 0, leido_en=fila["r_leido_en"],
        cambio=fila["r_cambio"], nombre=fila["r_nombre"], fuente=fila["r_fuente"],
    )  # fmt: skip


def cambios_desde(con: Conexion, agente: str, desde: str) -> Cambios:
    """Lo nuevo y lo cambiado para un agente desde una transacción (ver `cambios_conversaciones.sql`)."""
    listas = consultar(con, "cambios_conversaciones", agente=agente, desde=desde, limite=MAX_CAMBIOS)
    cursor = listas[0]["cursor_cambios"]
    if listas[0]["del_futuro"] or len(listas) > MAX_CAMBIOS:
        return Cambios(cursor=cursor, reiniciar=True)
    mensajes = consultar(con, "cambios_mensajes", agente=agente, desde=desde, limite=MAX_CAMBIOS)
    if len(mensajes) > MAX_CAMBIOS:
        return Cambios(cursor=cursor, reiniciar=True)
    conversaciones = [conversacion_de(f) for f in listas if f["numero"]]
    return Cambios(
        cursor=cursor,
        conversaciones=tuple(c for c in conversaciones if c.agente == agente),
        mensajes=tuple(mensaje_de(f) for f in mensajes),
        quitadas=tuple(c.numero for c in conversaciones if c.agente != agente),
    )


def hay_base(con: Conexion) -> bool:
    """Cierto si la base contesta."""
    return bool(filas(con, "SELECT 1 AS uno"))


def es_cursor(texto: str) -> bool:
    """Cierto si un texto puede ser un cursor de cambios (un número de transacción de 64 bits)."""
    return re.fullmatch(r"[0-9]{1,19}", texto, re.ASCII) is not None
