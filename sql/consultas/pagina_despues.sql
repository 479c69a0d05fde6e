-- Los mensajes que siguen a uno (o desde él, con `incluido`), del más viejo al más nuevo. Solo si el chat es del agente.
SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos,
       m.seq, m.mensaje_id, m.client_id, m.chat_id, m.saliente, m.tipo, m.cuerpo, m.estado, m.enviado_en, m.origen,
       m.agente AS autor, m.fuente AS fuente_mensaje, m.media_url, m.error, m.cita, m.pasos, m.datos, m.reacciones,
       m.editado_en, m.borrado_en, m.recuperado, m.version, chat_archivo_de(m.seq, m.tipo) AS archivo
FROM chat_conversaciones c
JOIN chat_mensajes a ON a.seq = %(seq)s AND a.conversacion_id = c.id
JOIN LATERAL (
    SELECT * FROM chat_mensajes x
    WHERE x.conversacion_id = c.id
      AND ((x.enviado_en, x.seq) > (a.enviado_en, a.seq) OR (%(incluido)s AND x.seq = a.seq))
    ORDER BY x.enviado_en, x.seq
    LIMIT %(limite)s + 1
) m ON TRUE
WHERE c.numero = chat_titular(%(numero)s) AND c.agente = %(agente)s
ORDER BY m.enviado_en, m.seq
