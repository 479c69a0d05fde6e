-- Guarda una foto traída. Sin filas: era la misma.
SELECT * FROM chat_guardar_foto(%(conversacion)s, %(url)s, %(datos)s, %(mime)s)
