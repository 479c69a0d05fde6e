-- Un trozo de un archivo. Sin filas: no está.
SELECT datos FROM chat_archivos_trozos WHERE archivo_id = %(id)s AND n = %(n)s
