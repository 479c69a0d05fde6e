-- Olvida lo que se subió y no llegó a enviarse: el proceso murió, o la pantalla se cerró.
DELETE FROM chat_archivos WHERE seq IS NULL AND creado_en < now() - INTERVAL '1 day'
