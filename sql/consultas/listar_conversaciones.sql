-- Una página de la lista de un agente, de la más nueva a la más vieja, con el total y el cursor en el mismo viaje.
SELECT
    (SELECT count(*) FROM chat_conversaciones WHERE agente = %(agente)s) AS total,
    pg_snapshot_xmin(pg_current_snapshot())::TEXT AS cursor_cambios,
    p.*
FROM (SELECT 1) AS siempre
LEFT JOIN LATERAL (
    SELECT c.numero, c.fijada, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.ultimo_seq, c.id, c.total_mensajes, c.no_leidos, c.leido_en,
           m.cuerpo, m.tipo, m.saliente, m.estado, m.error
    FROM (
        SELECT * FROM chat_conversaciones
        WHERE agente = %(agente)s
        ORDER BY fijada DESC, ultimo_en DESC, ultimo_seq DESC, id DESC
        LIMIT %(limite)s OFFSET %(desde)s
    ) c
    LEFT JOIN chat_mensajes m ON m.seq = c.ultimo_seq
    ORDER BY c.fijada DESC, c.ultimo_en DESC, c.ultimo_seq DESC, c.id DESC
) p ON TRUE
