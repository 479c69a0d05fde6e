-- Cierra una comparación; `error` NULL = se miró todo.
UPDATE chat_comparaciones SET termino_en = now(), error = %(error)s WHERE id = %(id)s AND termino_en IS NULL
