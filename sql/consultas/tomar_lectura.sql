-- El id del mensaje que hay que confirmarle leído al cliente, una sola vez; NULL si no hay nada que decir.
SELECT chat_tomar_lectura(%(numero)s, %(agente)s, %(hasta)s) AS mensaje_id
