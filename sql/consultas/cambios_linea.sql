-- Por qué estados pasó la línea, del más nuevo al más viejo.
SELECT estado, en, origen FROM chat_linea_cambios WHERE fuente = %(fuente)s ORDER BY id DESC LIMIT %(limite)s
