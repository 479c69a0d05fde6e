-- Guarda un trozo y alarga el arriendo. Sin filas: ese archivo ya no es de quien lo escribe.
WITH mio AS (
    UPDATE chat_archivos SET proximo_en = now() + make_interval(secs => %(arriendo)s)
    WHERE id = %(id)s AND reclamo = %(reclamo)s AND estado = 'pending'
    RETURNING id
)
INSERT INTO chat_archivos_trozos (archivo_id, n, datos)
SELECT id, %(n)s, %(datos)s FROM mio
ON CONFLICT (archivo_id, n) DO UPDATE SET datos = EXCLUDED.datos
RETURNING n
