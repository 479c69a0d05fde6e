"""El único piso que habla SQL: cada módulo ejecuta consultas de `sql/consultas/` y devuelve formas, nunca filas."""

from __future__ import annotations

from bandeja.repositorio.asignacion import (
    actualizar_actividad,
    asignar,
    asignar_pendientes,
    iniciar_conversacion,
    obtener_dueno,
)
from bandeja.repositorio.envio import (
    confirmar_envio,
    fallar_envio,
    preparar_envio,
    reclamar_reintento,
    vencer_pendientes,
)
from bandeja.repositorio.escritorio import (
    ajustar_conversacion,
    borrar_respuesta,
    buscar_conversaciones,
    buscar_mensajes,
    cambiar_respuesta,
    crear_respuesta,
    guardar_borrador,
    listar_respuestas,
    notificar,
)
from bandeja.repositorio.lectura import (
    cambios_desde,
    es_cursor,
    hay_base,
    listar_conversaciones,
    marcar_leido,
    obtener_conversacion,
    obtener_mensaje,
    obtener_seq,
    pagina_despues,
    pagina_mensajes,
)
from bandeja.repositorio.recepcion import (
    guardar_acciones,
    guardar_estados,
    guardar_ilegibles,
    guardar_mensajes,
    guardar_nombres,
)

__all__ = [
    "actualizar_actividad",
    "ajustar_conversacion",
    "asignar",
    "asignar_pendientes",
    "borrar_respuesta",
    "buscar_conversaciones",
    "buscar_mensajes",
    "cambiar_respuesta",
    "cambios_desde",
    "confirmar_envio",
    "crear_respuesta",
    "es_cursor",
    "fallar_envio",
    "guardar_acciones",
    "guardar_borrador",
    "guardar_estados",
    "guardar_ilegibles",
    "guardar_mensajes",
    "guardar_nombres",
    "hay_base",
    "iniciar_conversacion",
    "listar_conversaciones",
    "listar_respuestas",
    "notificar",
    "marcar_leido",
    "obtener_conversacion",
    "obtener_dueno",
    "obtener_mensaje",
    "obtener_seq",
    "pagina_despues",
    "pagina_mensajes",
    "preparar_envio",
    "reclamar_reintento",
    "vencer_pendientes",
]
