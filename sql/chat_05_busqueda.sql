-- Buscar en los mensajes de los chats de un agente.

-- La consulta de búsqueda: cada palabra, como prefijo, y todas a la vez. NULL = no hay palabras.
CREATE OR REPLACE FUNCTION chat_consulta(p_texto TEXT) RETURNS TSQUERY
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN chat_normalizar(p_texto) = '' THEN NULL
                ELSE to_tsquery('simple', replace(chat_normalizar(p_texto), ' ', ':* & ') || ':*') END
$$;

-- Los más nuevos de los chats más recientes, mirando en cada uno solo sus últimos mensajes. Una palabra común aparece ahí
-- enseguida; por el índice habría que leer antes todas sus apariciones en la empresa.
CREATE OR REPLACE FUNCTION chat_buscar_recientes(p_agente TEXT, p_consulta TSQUERY, p_limite INTEGER) RETURNS SETOF BIGINT
LANGUAGE sql STABLE SET enable_bitmapscan = off AS $$
    SELECT m.seq
    FROM (SELECT id FROM chat_conversaciones WHERE agente = p_agente ORDER BY ultimo_en DESC LIMIT 40) c
    CROSS JOIN LATERAL (
        SELECT u.seq, u.enviado_en
        FROM (SELECT x.seq, x.enviado_en, x.busqueda FROM chat_mensajes x WHERE x.conversacion_id = c.id
              ORDER BY x.enviado_en DESC, x.seq DESC LIMIT 60) u
        WHERE u.busqueda @@ p_consulta) m
    ORDER BY m.enviado_en DESC, m.seq DESC LIMIT p_limite
$$;

-- Mensajes de los chats de un agente que contienen esas palabras, del más nuevo al más viejo. `p_numero` limita a un chat.
-- Si los últimos mensajes de sus chats más recientes ya dan para llenar la respuesta, basta; si no, decide el índice.
CREATE OR REPLACE FUNCTION chat_buscar(p_agente TEXT, p_texto TEXT, p_numero TEXT, p_limite INTEGER) RETURNS SETOF BIGINT
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_consulta TSQUERY := chat_consulta(p_texto);
    v_recientes BIGINT[];
BEGIN
    IF v_consulta IS NULL THEN
        RETURN;
    ELSIF p_numero IS NOT NULL THEN
        RETURN QUERY
            SELECT m.seq FROM chat_mensajes m
            WHERE m.conversacion_id = (SELECT id FROM chat_conversaciones WHERE numero = p_numero AND agente = p_agente)
              AND m.busqueda @@ v_consulta
            ORDER BY m.enviado_en DESC, m.seq DESC LIMIT p_limite;
        RETURN;
    END IF;
    v_recientes := ARRAY(SELECT chat_buscar_recientes(p_agente, v_consulta, p_limite));
    IF cardinality(v_recientes) >= p_limite THEN
        RETURN QUERY SELECT unnest(v_recientes);
    ELSE
        RETURN QUERY
            SELECT m.seq FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id
            WHERE m.busqueda @@ v_consulta AND c.agente = p_agente
            ORDER BY m.enviado_en DESC, m.seq DESC LIMIT p_limite;
    END IF;
END
$$;
