-- Un archivo por traer, tomado por un rato. Sin filas: no hay.
SELECT * FROM chat_tomar_archivo(%(arriendo)s, %(almacen)s, %(fuentes)s)
