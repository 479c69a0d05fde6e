-- La clave de un envío por el id que le puso el navegador, en un chat del agente. Sin filas: todavía no existe.
SELECT m.seq FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id
WHERE c.numero = chat_titular(%(numero)s) AND c.agente = %(agente)s AND m.client_id = %(client_id)s
