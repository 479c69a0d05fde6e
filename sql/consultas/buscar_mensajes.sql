-- Mensajes de los chats de un agente que contienen las palabras (sin tildes, por prefijo). `numero` NULL = en todos.
SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos,
       m.seq, m.mensaje_id, m.client_id, m.chat_id, m.saliente, m.tipo, m.cuerpo, m.estado, m.enviado_en, m.origen,
       m.agente AS autor, m.fuente AS fuente_mensaje, m.media_url, m.error, m.cita, m.pasos, m.datos, m.reacciones,
       m.editado_en, m.borrado_en, m.recuperado, m.version, chat_archivo_de(m.seq, m.tipo) AS archivo
FROM chat_buscar(%(agente)s, %(texto)s, %(numero)s, %(limite)s) WITH ORDINALITY AS b (seq, orden)
JOIN chat_mensajes m ON m.seq = b.seq
JOIN chat_conversaciones c ON c.id = m.conversacion_id
ORDER BY b.orden
