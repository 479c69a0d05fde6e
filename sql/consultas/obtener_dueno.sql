-- El agente de un número, mirado en la tabla de la especificación. Sin filas o NULL: no tiene.
SELECT c.agente_asignado
FROM conversaciones_whatsapp c
WHERE c.numero_telefono = ANY (chat_variantes(chat_titular(%(numero)s)))
ORDER BY (c.numero_telefono LIKE '+%%') DESC, c.id
LIMIT 1
