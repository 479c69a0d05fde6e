-- Suelta el turno de un chat y anota si ya no hay más.
UPDATE chat_anteriores a SET pedida_en = NULL, completa = a.completa OR %(completa)s
FROM chat_conversaciones c WHERE c.numero = chat_titular(%(numero)s) AND a.conversacion_id = c.id
