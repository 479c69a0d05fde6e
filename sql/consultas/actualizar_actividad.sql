-- Anota actividad ahora en una conversación. 0 filas: no existe.
UPDATE conversaciones_whatsapp
SET fecha_ultima_actividad = now() AT TIME ZONE 'UTC', updated_at = now() AT TIME ZONE 'UTC'
WHERE numero_telefono = ANY (chat_variantes(chat_titular(%(numero)s)))
