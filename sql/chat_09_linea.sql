-- El estado de la línea de WhatsApp: uno para todos los procesos, y que sobrevive a un reinicio. Repetible; solo añade.

-- `en` es la hora de la última noticia que valió; `visto_en`, cuándo la supimos; `comprobada_en`, cuándo se le preguntó al
-- proveedor por última vez; `prueba`, la marca de la última entrega de prueba que llegó al webhook.
CREATE TABLE IF NOT EXISTS chat_linea (
    fuente TEXT PRIMARY KEY,
    estado TEXT,
    en TIMESTAMPTZ,
    desde TIMESTAMPTZ,
    visto_en TIMESTAMPTZ,
    comprobada_en TIMESTAMPTZ,
    prueba TEXT
);

-- Por qué estados pasó, lo más nuevo al final. `origen` = aviso (webhook) | comprobacion | envio.
CREATE TABLE IF NOT EXISTS chat_linea_cambios (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fuente TEXT NOT NULL,
    estado TEXT NOT NULL,
    en TIMESTAMPTZ NOT NULL,
    origen TEXT NOT NULL
);

-- Anota una noticia. `resultado`: "viejo" (se sabía algo más nuevo) | "igual" | "cambio". La hora se compara por segundos
-- enteros, que es lo que da el proveedor. Que el teléfono esté vinculado no dice que haya crédito: tras un «sin crédito»
-- solo lo desmiente un envío que sale, o el tiempo (`p_credito_s`).
CREATE OR REPLACE FUNCTION chat_anotar_linea(p_fuente TEXT, p_estado TEXT, p_en TIMESTAMPTZ, p_origen TEXT, p_credito_s INTEGER)
RETURNS TABLE (resultado TEXT, r_estado TEXT, r_desde TIMESTAMPTZ)
LANGUAGE plpgsql AS $$
DECLARE
    v chat_linea;
    v_en TIMESTAMPTZ := date_trunc('second', LEAST(p_en, now()));
BEGIN
    INSERT INTO chat_linea (fuente) VALUES (p_fuente) ON CONFLICT (fuente) DO NOTHING;
    SELECT * INTO v FROM chat_linea l WHERE l.fuente = p_fuente FOR UPDATE;
    IF v.en > v_en OR (v.estado = 'SIN_CREDITO' AND p_estado = 'AUTH' AND p_origen <> 'envio'
                       AND v_en < v.en + make_interval(secs => p_credito_s)) THEN
        RETURN QUERY SELECT 'viejo', v.estado, v.desde;
        RETURN;
    END IF;
    resultado := CASE WHEN v.estado IS DISTINCT FROM p_estado THEN 'cambio' ELSE 'igual' END;
    r_estado := p_estado;
    r_desde := CASE WHEN resultado = 'cambio' THEN v_en ELSE v.desde END;
    UPDATE chat_linea l SET estado = p_estado, en = v_en, desde = r_desde, visto_en = now() WHERE l.fuente = p_fuente;
    IF resultado = 'cambio' THEN
        INSERT INTO chat_linea_cambios (fuente, estado, en, origen) VALUES (p_fuente, p_estado, v_en, p_origen);
        DELETE FROM chat_linea_cambios c WHERE c.id <= (
            SELECT x.id FROM chat_linea_cambios x WHERE x.fuente = p_fuente ORDER BY x.id DESC OFFSET 500 LIMIT 1)
            AND c.fuente = p_fuente;
    END IF;
    RETURN NEXT;
END
$$;

-- Toma el turno de preguntarle al proveedor; cierto para uno solo de los procesos. Con la línea bien se pregunta menos.
CREATE OR REPLACE FUNCTION chat_reclamar_comprobacion(p_fuente TEXT, p_ya BOOLEAN, p_bien_s INTEGER, p_mal_s INTEGER) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chat_linea (fuente) VALUES (p_fuente) ON CONFLICT (fuente) DO NOTHING;
    UPDATE chat_linea l SET comprobada_en = now()
    WHERE l.fuente = p_fuente
      AND (p_ya OR l.comprobada_en IS NULL
           OR l.comprobada_en <= now() - make_interval(secs => CASE WHEN l.estado = 'AUTH' THEN p_bien_s ELSE p_mal_s END));
    RETURN FOUND;
END
$$;
