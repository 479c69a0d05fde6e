-- Guarda los mensajes de una entrega, en su orden.
SELECT * FROM chat_recibir_mensajes(%(mensajes)s, %(agentes)s)
