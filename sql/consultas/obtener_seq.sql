-- La clave de un mensaje de un chat por su id del proveedor. Sin filas: no está en ese chat.
SELECT m.seq FROM chat_mensajes m
JOIN chat_conversaciones c ON c.id = m.conversacion_id AND c.fuente = m.fuente
WHERE m.mensaje_id = %(id)s AND c.numero = chat_titular(%(numero)s)
LIMIT 1
