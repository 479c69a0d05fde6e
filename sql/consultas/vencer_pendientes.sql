-- Lo que quedó a mitad de camino pasa a desconocido.
SELECT chat_vencer_pendientes(%(segundos)s, %(error)s) AS seq
