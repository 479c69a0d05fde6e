-- Buscar en los mensajes de los chats de un agente.

-- La consulta de búsqueda: cada palabra, como prefijo, y todas a la vez. NULL = no hay palabras.
CREATE OR REPLACE FUNCTION chat_consulta(p_texto TEXT) RETURNS TSQUERY
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN chat_normalizar(p_texto) = '' THEN NULL
                ELSE to_tsquery('simple', replace(chat_normalizar(p_texto), ' ', ':* & ') || ':*') END
$$;

-- Los más nuevos de los chats más recientes, mirando cada chat de adelante hacia atrás. Para palabras comunes: aparecen
-- en las primeras filas de cada chat, y volver a recorrer el índice de búsqueda por chat sería cien veces más lento.
CREATE OR REPLACE FUNCTION chat_buscar_recientes(p_agente TEXT, p_consulta TSQUERY, p_limite INTEGER) RETURNS SETOF BIGINT
LANGUAGE sql STABLE SET enable_bitmapscan = off AS $$
    SELECT m.seq
    FROM (SELECT id FROM chat_conversaciones WHERE agente = p_agente ORDER BY ultimo_en DESC LIMIT 40) c
    CROSS JOIN LATERAL (
        SELECT x.seq, x.enviado_en FROM chat_mensajes x
        WHERE x.conversacion_id = c.id AND x.busqueda @@ p_consulta
        ORDER BY x.enviado_en DESC, x.seq DESC LIMIT 10) m
    ORDER BY m.enviado_en DESC, m.seq DESC LIMIT p_limite
$$;

-- Mensajes de los chats de un agente que contienen esas palabras, del más nuevo al más viejo. Primero por el índice con
-- tope; una palabra tan común que alcanza el tope se busca en los chats más recientes. `p_numero` limita a un chat.
CREATE OR REPLACE FUNCTION chat_buscar(p_agente TEXT, p_texto TEXT, p_numero TEXT, p_limite INTEGER) RETURNS SETOF BIGINT
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_consulta TSQUERY := chat_consulta(p_texto);
    v_tope CONSTANT INTEGER := 2000;
    v_seqs BIGINT[];
    v_hallados INTEGER;
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
    SELECT array_agg(t.seq) INTO v_seqs
    FROM (SELECT m.seq FROM chat_mensajes m WHERE m.busqueda @@ v_consulta LIMIT v_tope) t;
    IF COALESCE(array_length(v_seqs, 1), 0) < v_tope THEN
        RETURN QUERY
            SELECT m.seq FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id
            WHERE m.seq = ANY (v_seqs) AND c.agente = p_agente
            ORDER BY m.enviado_en DESC, m.seq DESC LIMIT p_limite;
    ELSE
        RETURN QUERY SELECT chat_buscar_recientes(p_agente, v_consulta, p_limite);
        GET DIAGNOSTICS v_hallados = ROW_COUNT;
        IF v_hallados < p_limite THEN  -- común en la empresa pero rara en este agente: los que falten, sin tope
            RETURN QUERY
                SELECT m.seq FROM chat_mensajes m JOIN chat_conversaciones c ON c.id = m.conversacion_id
                WHERE m.busqueda @@ v_consulta AND c.agente = p_agente
                  AND m.seq NOT IN (SELECT chat_buscar_recientes(p_agente, v_consulta, p_limite))
                ORDER BY m.enviado_en DESC, m.seq DESC LIMIT p_limite - v_hallados;
        END IF;
    END IF;
END
$$;
