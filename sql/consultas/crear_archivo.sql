-- La fila de un archivo que sube un agente, todavía sin mensaje.
INSERT INTO chat_archivos (nombre, tamano, almacen, clave)
VALUES (%(nombre)s, %(tamano)s, %(almacen)s, 'chat/' || gen_random_uuid())
RETURNING id, clave
