-- Por dónde va un chat en el que todavía nadie ha escrito.
UPDATE chat_conversaciones SET fuente = %(fuente)s, cambio = pg_current_xact_id()
WHERE numero = %(numero)s AND agente = %(agente)s AND total_mensajes = 0 AND fuente <> %(fuente)s
