-- El id o la dirección con que el proveedor reconoce el archivo de un mensaje. Sin filas o NULL: no se sabe.
SELECT COALESCE(media_id, media_url) AS medio FROM chat_mensajes WHERE seq = %(seq)s
