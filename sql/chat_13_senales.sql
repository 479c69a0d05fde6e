-- Señales pequeñas: qué se le deja ver al cliente y las fotos de las personas, guardadas por nosotros.

-- Lo que cada agente deja ver al cliente. Sin fila: todo.
CREATE TABLE IF NOT EXISTS chat_senales_agente (
    agente TEXT PRIMARY KEY,
    lectura BOOLEAN NOT NULL DEFAULT TRUE,
    escribiendo BOOLEAN NOT NULL DEFAULT TRUE
);

-- Hasta qué mensaje se le dijo a cada cliente que lo leímos: no se repite.
CREATE TABLE IF NOT EXISTS chat_lecturas_dichas (
    conversacion_id BIGINT PRIMARY KEY REFERENCES chat_conversaciones (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL
);

-- Toma para sí decirle al cliente que se leyó hasta `p_hasta` (NULL = todo). Devuelve el id del último mensaje suyo hasta
-- ahí; NULL si ya se le dijo, no hay, o el chat no es de ese agente.
CREATE OR REPLACE FUNCTION chat_tomar_lectura(p_numero TEXT, p_agente TEXT, p_hasta BIGINT) RETURNS TEXT
LANGUAGE sql AS $$
    WITH ultimo AS (
        SELECT c.id, x.seq, x.mensaje_id
        FROM chat_conversaciones c
        LEFT JOIN chat_mensajes h ON h.seq = p_hasta AND h.conversacion_id = c.id
        JOIN LATERAL (
            SELECT y.seq, y.mensaje_id FROM chat_mensajes y
            WHERE y.conversacion_id = c.id AND NOT y.saliente AND y.fuente = 'whapi' AND y.mensaje_id NOT LIKE 'sinid-%'
              AND (h.seq IS NULL OR (y.enviado_en, y.seq) <= (h.enviado_en, h.seq))
            ORDER BY y.enviado_en DESC, y.seq DESC LIMIT 1) x ON TRUE
        WHERE c.numero = chat_titular(p_numero) AND c.agente = p_agente
    ), dicha AS (
        INSERT INTO chat_lecturas_dichas AS d (conversacion_id, seq) SELECT id, seq FROM ultimo
        ON CONFLICT (conversacion_id) DO UPDATE SET seq = EXCLUDED.seq WHERE d.seq <> EXCLUDED.seq
        RETURNING d.seq
    )
    SELECT u.mensaje_id FROM ultimo u JOIN dicha d ON d.seq = u.seq
$$;

-- Versiones anteriores guardaban ahí el enlace del proveedor, que la pantalla no puede seguir.
UPDATE chat_conversaciones SET foto = NULL WHERE foto LIKE 'http%';

-- Anota de dónde traer las fotos de quien ya conversa. El mismo enlace con otra firma solo vuelve a contar si con el
-- anterior no se pudo; uno distinto, a lo sumo una vez por hora.
CREATE OR REPLACE FUNCTION chat_anotar_fotos(p_nombres JSONB) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO chat_fotos AS f (conversacion_id, url, clave)
    SELECT DISTINCT ON (c.id) c.id, n.foto, split_part(n.foto, '?', 1)
    FROM jsonb_to_recordset(p_nombres) AS n (numero TEXT, foto TEXT)
    JOIN chat_conversaciones c ON c.numero = chat_titular(n.numero)
    WHERE n.foto IS NOT NULL
    ON CONFLICT (conversacion_id) DO UPDATE SET url = EXCLUDED.url, clave = EXCLUDED.clave, intentos = 0,
        proxima_en = GREATEST(now(), f.traida_en + INTERVAL '1 hour')
    WHERE f.clave <> EXCLUDED.clave OR (f.intentos > 0 AND f.url <> EXCLUDED.url)
$$;

-- Toma una foto por traer. Si quien la tomó muere, otro la toma a los cinco minutos; a los cinco intentos se deja.
CREATE OR REPLACE FUNCTION chat_tomar_foto() RETURNS TABLE (r_conversacion BIGINT, r_url TEXT)
LANGUAGE sql AS $$
    UPDATE chat_fotos f SET intentos = f.intentos + 1,
        proxima_en = CASE WHEN f.intentos < 4 THEN now() + INTERVAL '5 minutes' * (f.intentos + 1) END
    WHERE f.conversacion_id = (SELECT g.conversacion_id FROM chat_fotos g WHERE g.proxima_en <= now()
                               ORDER BY g.proxima_en LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING f.conversacion_id, f.url
$$;

-- Guarda una foto traída. Devuelve el chat si es otra que la que había; sin filas, era la misma.
CREATE OR REPLACE FUNCTION chat_guardar_foto(p_conversacion BIGINT, p_url TEXT, p_datos BYTEA, p_mime TEXT)
RETURNS TABLE (r_numero TEXT, r_agente TEXT, r_version TEXT, r_fuente TEXT)
LANGUAGE sql AS $$
    -- La conversación antes que su foto, como quien anota de dónde traerla.
    SELECT 1 FROM chat_conversaciones WHERE id = p_conversacion FOR UPDATE;
    UPDATE chat_fotos SET datos = p_datos, mime = p_mime, version = left(md5(p_datos), 12), intentos = 0, traida_en = now(),
        proxima_en = CASE WHEN url = p_url THEN NULL ELSE now() END
    WHERE conversacion_id = p_conversacion;
    UPDATE chat_conversaciones SET foto = left(md5(p_datos), 12), cambio = pg_current_xact_id()
    WHERE id = p_conversacion AND foto IS DISTINCT FROM left(md5(p_datos), 12)
    RETURNING numero, agente, foto, fuente
$$;
