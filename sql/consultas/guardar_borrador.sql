-- Guarda (o con texto vacío, borra) el borrador de un agente en un chat suyo. Sin filas: el chat no es suyo.
WITH propia AS (
    UPDATE chat_conversaciones SET cambio = pg_current_xact_id()
    WHERE numero = chat_titular(%(numero)s) AND agente = %(agente)s
    RETURNING id, fuente
), borrado AS (
    DELETE FROM chat_borradores WHERE %(texto)s = '' AND agente = %(agente)s AND conversacion_id IN (SELECT id FROM propia)
), guardado AS (
    INSERT INTO chat_borradores (agente, conversacion_id, texto)
    SELECT %(agente)s, id, %(texto)s FROM propia WHERE %(texto)s <> ''
    ON CONFLICT (agente, conversacion_id) DO UPDATE SET texto = EXCLUDED.texto, actualizado_en = now()
)
SELECT fuente FROM propia
