-- La conversación y una página de sus mensajes, del más nuevo al más viejo, en un viaje. Los mensajes solo salen si la
-- conversación es de ese agente. `antes` (un seq) pide los anteriores a ese mensaje; sin él se usa el desplazamiento.
-- Sin filas: la conversación no existe. Se pide uno de más para saber si quedan.
SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos,
       (SELECT max(f.id) FROM chat_fusiones f WHERE f.titular_id = c.id AND f.deshecha_en IS NULL) AS fusion,
       CASE WHEN c.fuente = 'twilio' THEN chat_ventana_hasta(c.id) END AS ventana_hasta,
       m.seq, m.mensaje_id, m.client_id, m.chat_id, m.saliente, m.tipo, m.cuerpo, m.estado, m.enviado_en, m.origen,
       m.agente AS autor, m.fuente AS fuente_mensaje, m.media_url, m.error, m.cita, m.pasos, m.datos, m.reacciones,
       m.editado_en, m.borrado_en, m.recuperado, m.version, chat_archivo_de(m.seq, m.tipo) AS archivo,
       c.fuente <> 'whapi' OR COALESCE(a.completa, FALSE) AS historia_completa
FROM chat_conversaciones c
LEFT JOIN chat_anteriores a ON a.conversacion_id = c.id
LEFT JOIN LATERAL (
    SELECT * FROM chat_mensajes x
    WHERE x.conversacion_id = c.id AND c.agente = %(agente)s
      AND (%(antes)s::BIGINT IS NULL
           OR (x.enviado_en, x.seq) < (SELECT a.enviado_en, a.seq FROM chat_mensajes a WHERE a.seq = %(antes)s::BIGINT AND a.conversacion_id = c.id))
    ORDER BY x.enviado_en DESC, x.seq DESC
    LIMIT %(limite)s + 1 OFFSET %(desde)s
) m ON TRUE
WHERE c.numero = chat_titular(%(numero)s)
ORDER BY m.enviado_en DESC, m.seq DESC
