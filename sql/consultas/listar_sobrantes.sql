-- Objetos de S3 que ya no son de ningún archivo. Un rato después de quedar sueltos: quien los estaba leyendo termina.
SELECT clave FROM chat_objetos_sobrantes WHERE desde < now() - INTERVAL '10 minutes' ORDER BY desde LIMIT %(limite)s
