-- Con qué id conoce el proveedor a alguien que todavía no nos escribe.
INSERT INTO chat_destinos (conversacion_id, chat_id)
SELECT id, %(chat_id)s FROM chat_conversaciones WHERE numero = %(numero)s
ON CONFLICT (conversacion_id) DO UPDATE SET chat_id = EXCLUDED.chat_id
