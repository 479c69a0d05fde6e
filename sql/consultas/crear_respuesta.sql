-- Crea una respuesta rápida (agente NULL = de todo el equipo). Sin filas: ese atajo ya existe.
INSERT INTO chat_respuestas_rapidas (agente, atajo, texto, creada_por)
VALUES (%(agente)s, %(atajo)s, %(texto)s, %(creada_por)s)
ON CONFLICT DO NOTHING
RETURNING id, agente, atajo, texto
