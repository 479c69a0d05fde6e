-- La fila "pending" de un envío con archivo.
SELECT * FROM chat_preparar_archivo(%(numero)s, %(agente)s, %(client_id)s, %(chat_id)s, %(tipo)s, %(cuerpo)s, %(citado)s,
    %(fuente)s, %(archivo)s)
