-- Las respuestas rápidas de un agente y las del equipo, por atajo.
SELECT id, agente, atajo, texto FROM chat_respuestas_rapidas
WHERE agente = %(agente)s OR agente IS NULL
ORDER BY lower(atajo), agente NULLS LAST
