-- Alarga el arriendo de un archivo que se está trayendo. Sin filas: ya no es de quien lo pide.
UPDATE chat_archivos SET proximo_en = now() + make_interval(secs => %(arriendo)s)
WHERE id = %(id)s AND reclamo = %(reclamo)s AND estado = 'pending'
RETURNING id
