-- Cambia una respuesta rápida propia o del equipo. Sin filas: no existe o es de otro; un atajo repetido es un error.
UPDATE chat_respuestas_rapidas
SET agente = %(agente)s, atajo = %(atajo)s, texto = %(texto)s, actualizada_en = now()
WHERE id = %(id)s AND (agente = %(quien)s OR agente IS NULL)
  AND NOT EXISTS (SELECT 1 FROM chat_respuestas_rapidas o WHERE o.id <> %(id)s AND lower(o.atajo) = lower(%(atajo)s)
                  AND COALESCE(o.agente, '') = COALESCE(%(agente)s, ''))
RETURNING id, agente, atajo, texto
