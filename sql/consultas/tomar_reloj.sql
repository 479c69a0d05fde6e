-- Toma el turno de algo que se hace cada tanto entre todos los procesos. Sin filas: no toca todavía.
WITH estreno AS (
    INSERT INTO chat_relojes (clave, proxima_en) VALUES (%(clave)s, now() + INTERVAL '2 minutes') ON CONFLICT (clave) DO NOTHING
)
UPDATE chat_relojes SET proxima_en = now() + make_interval(secs => %(cada_s)s)
WHERE clave = %(clave)s AND proxima_en <= now()
RETURNING clave
