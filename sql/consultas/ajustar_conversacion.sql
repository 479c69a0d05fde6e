-- Fija o silencia un chat del agente (NULL = dejar como está). Sin filas: el chat no es suyo.
UPDATE chat_conversaciones
SET fijada = COALESCE(%(fijada)s, fijada), silenciada = COALESCE(%(silenciada)s, silenciada), cambio = pg_current_xact_id()
WHERE numero = chat_titular(%(numero)s) AND agente = %(agente)s
RETURNING fijada, silenciada, fuente
