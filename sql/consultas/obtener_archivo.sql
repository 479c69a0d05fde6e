-- Un archivo, si su conversación es de ese agente (NULL: sin mirar de quién es). Sin filas: no existe, o es de otro, o su
-- mensaje se borró.
SELECT a.id, a.seq, a.estado, a.error, a.mime, a.nombre, a.tamano, a.sha256, a.almacen, a.clave, a.miniatura, m.tipo
FROM chat_archivos a
JOIN chat_mensajes m ON m.seq = a.seq
JOIN chat_conversaciones c ON c.id = m.conversacion_id
WHERE a.id = %(id)s
  AND (%(agente)s::TEXT IS NULL OR (c.agente = %(agente)s AND m.borrado_en IS NULL))
