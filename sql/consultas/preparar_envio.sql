-- Crea la fila de un envío antes de llamar al proveedor.
SELECT * FROM chat_preparar_envio(%(numero)s, %(agente)s, %(client_id)s, %(chat_id)s, %(tipo)s, %(cuerpo)s, %(media_url)s,
    %(citado)s, %(fuente)s, %(datos)s)
