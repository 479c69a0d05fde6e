-- Lo que cambió en la lista de un agente desde una transacción, con el cursor nuevo. Las transacciones que aún no
-- terminan quedan del lado de "lo que falta" (xmin): una que confirma tarde no se pierde, a lo sumo se repite.
SELECT pg_snapshot_xmin(pg_current_snapshot())::TEXT AS cursor_cambios,
       pg_current_snapshot()::TEXT AS foto_actual,
       %(desde)s::XID8 > pg_snapshot_xmax(pg_current_snapshot()) AS del_futuro,
       p.*
FROM (SELECT 1) AS siempre
LEFT JOIN LATERAL (
    SELECT c.numero, c.agente, c.nombre, c.foto, c.fuente, c.ultimo_en, c.total_mensajes, c.no_leidos, c.leido_en,
           m.cuerpo, m.tipo, m.saliente, m.estado, m.error
    FROM chat_conversaciones c
    LEFT JOIN chat_mensajes m ON m.seq = c.ultimo_seq
    WHERE (c.agente = %(agente)s OR c.agente_anterior = %(agente)s) AND c.cambio >= %(desde)s::XID8
    LIMIT %(limite)s + 1
) p ON TRUE
