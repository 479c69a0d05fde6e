-- Un envío largo sigue en marcha: todavía no se da por interrumpido.
UPDATE chat_mensajes SET intentado_en = now()
WHERE seq = (SELECT seq FROM chat_archivos WHERE id = %(archivo)s) AND estado = 'pending'
