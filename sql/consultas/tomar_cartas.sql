-- Cartas por volver a leer: una por su huella, o las pendientes más viejas (las ya intentadas, al final).
SELECT huella, fuente, clave, crudo FROM chat_ilegibles
WHERE reprocesada_en IS NULL AND (%(huella)s::TEXT IS NULL OR huella = %(huella)s)
ORDER BY intentada_en NULLS FIRST, recibido_en LIMIT %(limite)s
