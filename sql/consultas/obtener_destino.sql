-- A dónde se le habla a la persona de un chat, quién lo atiende y por qué canal. Sin filas: no existe.
SELECT c.numero, c.agente, c.fuente, chat_destino(c.id, c.fuente, %(chat_id)s) AS chat_id
FROM chat_conversaciones c WHERE c.numero = chat_titular(%(numero)s)
