-- Vuelve a pedir un archivo perdido o fallido de un chat propio.
SELECT * FROM chat_reintentar_archivo(%(id)s, %(agente)s)
