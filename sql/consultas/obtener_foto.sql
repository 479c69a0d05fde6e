-- La foto de la persona de un chat y quién lo atiende. Sin filas: el chat no existe.
SELECT c.agente, f.datos, f.mime, f.version
FROM chat_conversaciones c LEFT JOIN chat_fotos f ON f.conversacion_id = c.id
WHERE c.numero = chat_titular(%(numero)s)
