-- Unos mensajes por su clave, cada uno con la conversación a la que pertenece, en ese orden.
SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos,
       m.seq, m.mensaje_id, m.client_id, m.chat_id, m.saliente, m.tipo, m.cuerpo, m.estado, m.enviado_en, m.origen,
       m.agente AS autor, m.fuente AS fuente_mensaje, m.media_url, m.error, m.cita, m.pasos, m.datos, m.reacciones,
       m.editado_en, m.borrado_en, m.recuperado, m.version, chat_archivo_de(m.seq, m.tipo) AS archivo
FROM chat_mensajes m
JOIN chat_conversaciones c ON c.id = m.conversacion_id
WHERE m.seq = ANY (%(seqs)s)
ORDER BY m.seq
