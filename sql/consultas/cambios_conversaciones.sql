-- Lo que cambió en la lista de un agente desde una transacción, con el cursor nuevo. Las transacciones que aún no
-- terminan quedan del lado de "lo que falta" (xmin): una que confirma tarde no se pierde, a lo sumo se repite.
SELECT pg_snapshot_xmin(pg_current_snapshot())::TEXT AS cursor_cambios,
       pg_current_snapshot()::TEXT AS foto_actual,
       %(desde)s::XID8 > pg_snapshot_xmax(pg_current_snapshot()) AS del_futuro,
       p.*
FROM (SELECT 1) AS siempre
LEFT JOIN LATERAL (
    SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos,
       CASE WHEN c.fuente = 'twilio' THEN chat_ventana_hasta(c.id) END AS ventana_hasta,
       c.ultimo_seq, c.fijada, c.silenciada, b.texto AS borrador,
           m.cuerpo, m.tipo, m.saliente, m.estado, m.error
    FROM (
        SELECT mia.id FROM chat_conversaciones mia WHERE mia.agente = %(agente)s AND mia.cambio >= %(desde)s::XID8
        UNION
        SELECT q.conversacion_id FROM chat_quitadas q WHERE q.agente = %(agente)s AND q.cambio >= %(desde)s::XID8
    ) t
    JOIN chat_conversaciones c ON c.id = t.id
    LEFT JOIN chat_mensajes m ON m.seq = c.ultimo_seq
    LEFT JOIN chat_borradores b ON b.agente = %(agente)s AND b.conversacion_id = c.id
    LIMIT %(limite)s + 1
) p ON TRUE
