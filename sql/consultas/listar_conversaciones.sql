-- Una página de la lista de un agente, fijadas primero y de la más nueva a la más vieja, con los conteos y el cursor en
-- el mismo viaje. `filtro`: todos | no_leidos | sin_responder. `orden`: reciente | no_leidos.
SELECT n.todos, n.no_leidos AS con_no_leidos, n.sin_responder,
       pg_snapshot_xmin(pg_current_snapshot())::TEXT AS cursor_cambios, p.*
FROM (
    SELECT count(*) AS todos, count(*) FILTER (WHERE no_leidos > 0) AS no_leidos,
           count(*) FILTER (WHERE NOT ultimo_saliente) AS sin_responder
    FROM chat_conversaciones WHERE agente = %(agente)s
) n
LEFT JOIN LATERAL (
    SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos,
           CASE WHEN c.fuente = 'twilio' THEN chat_ventana_hasta(c.id) END AS ventana_hasta,
           c.ultimo_seq, c.fijada, c.silenciada, b.texto AS borrador, m.cuerpo, m.tipo, m.saliente, m.estado, m.error
    FROM (
        SELECT row_number() OVER () AS puesto, t.* FROM (
            SELECT * FROM chat_conversaciones
            WHERE agente = %(agente)s
              AND (%(filtro)s = 'todos' OR (%(filtro)s = 'no_leidos' AND no_leidos > 0)
                   OR (%(filtro)s = 'sin_responder' AND NOT ultimo_saliente))
            ORDER BY fijada DESC, (%(orden)s = 'no_leidos' AND no_leidos > 0) DESC, ultimo_en DESC, ultimo_seq DESC, id DESC
            LIMIT %(limite)s OFFSET %(desde)s
        ) t
    ) c
    LEFT JOIN chat_mensajes m ON m.seq = c.ultimo_seq
    LEFT JOIN chat_borradores b ON b.agente = c.agente AND b.conversacion_id = c.id
    ORDER BY c.puesto
) p ON TRUE
