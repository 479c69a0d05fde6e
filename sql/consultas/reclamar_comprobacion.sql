-- El turno de preguntarle al proveedor cómo está la línea.
SELECT chat_reclamar_comprobacion(%(fuente)s, %(ya)s, %(bien_s)s, %(mal_s)s) AS toca
