-- Olvida un archivo subido que no se envió.
DELETE FROM chat_archivos WHERE id = %(id)s AND seq IS NULL
