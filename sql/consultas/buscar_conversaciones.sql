-- Chats de un agente por nombre (sin tildes, en cualquier parte) o por dígitos del número.
SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos,
       CASE WHEN c.fuente = 'twilio' THEN chat_ventana_hasta(c.id) END AS ventana_hasta,
       c.ultimo_seq, c.fijada, c.silenciada, b.texto AS borrador, m.cuerpo, m.tipo, m.saliente, m.estado, m.error
FROM chat_conversaciones c
LEFT JOIN chat_mensajes m ON m.seq = c.ultimo_seq
LEFT JOIN chat_borradores b ON b.agente = c.agente AND b.conversacion_id = c.id
WHERE c.agente = %(agente)s
  AND (strpos(c.nombre_normal, NULLIF(chat_normalizar(%(texto)s), '')) > 0
       OR (%(cifras)s <> '' AND c.numero NOT LIKE '%%@lid' AND strpos(c.numero, %(cifras)s) > 0))
ORDER BY c.ultimo_en DESC
LIMIT %(limite)s
