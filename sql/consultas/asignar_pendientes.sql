-- Reparte las conversaciones que esperan sin dueño.
SELECT r_numero, r_agente FROM chat_asignar_pendientes(%(agentes)s)
