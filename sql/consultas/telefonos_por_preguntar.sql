-- Teléfonos que podrían ser de una identidad oculta que el proveedor no supo resolver: los que se llaman igual.
SELECT DISTINCT t.numero
FROM chat_conversaciones o
JOIN chat_preguntas_identidad p ON p.numero = o.numero
JOIN chat_conversaciones t ON t.nombre_normal = o.nombre_normal AND t.numero LIKE '+%%'
LEFT JOIN chat_preguntas_identidad q ON q.numero = t.numero
WHERE o.numero LIKE '%%@lid' AND o.total_mensajes > 0 AND o.nombre_normal <> '' AND (q.numero IS NULL OR q.proxima_en <= now())
  AND NOT EXISTS (SELECT 1 FROM chat_identidades i WHERE i.lid = o.numero OR i.numero = t.numero)
LIMIT %(limite)s
