-- Identidades ocultas con conversación de las que no se sabe el teléfono y ya es hora de preguntar.
SELECT c.numero
FROM chat_conversaciones c
LEFT JOIN chat_preguntas_identidad p ON p.numero = c.numero
WHERE c.numero LIKE '%%@lid' AND c.total_mensajes > 0 AND (p.numero IS NULL OR p.proxima_en <= now())
  AND NOT EXISTS (SELECT 1 FROM chat_identidades i WHERE i.lid = c.numero)
ORDER BY c.ultimo_en DESC
LIMIT %(limite)s
