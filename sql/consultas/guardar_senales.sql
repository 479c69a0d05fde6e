-- Cambia lo que un agente deja ver (NULL = dejar como está). Devuelve cómo quedó.
INSERT INTO chat_senales_agente AS s (agente, lectura, escribiendo)
VALUES (%(agente)s, COALESCE(%(lectura)s, TRUE), COALESCE(%(escribiendo)s, TRUE))
ON CONFLICT (agente) DO UPDATE SET lectura = COALESCE(%(lectura)s, s.lectura), escribiendo = COALESCE(%(escribiendo)s, s.escribiendo)
RETURNING lectura, escribiendo
