-- De unos ids del proveedor, los que ya tenemos y en qué estado están; de los que son acciones, cuáles.
SELECT m.mensaje_id AS id, m.estado FROM chat_mensajes m WHERE m.fuente = %(fuente)s AND m.mensaje_id = ANY (%(ids)s)
UNION ALL
SELECT a.accion_id, NULL FROM chat_acciones a WHERE a.fuente = %(fuente)s AND a.accion_id = ANY (%(ids)s)
UNION ALL
SELECT i.mensaje_id, NULL FROM chat_ids_anteriores i WHERE i.fuente = %(fuente)s AND i.mensaje_id = ANY (%(ids)s)
