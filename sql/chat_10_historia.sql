-- La historia del proveedor contra la nuestra, y el libro de lo que entra: comparaciones, entregas, cartas ilegibles.

-- Una comparación con la historia del proveedor. `latido_en` prueba que su proceso vive; `visto_hasta`, en la hora del
-- proveedor, hasta dónde se sabe que no falta nada: de ahí parte la siguiente, aunque esta se corte.
CREATE TABLE IF NOT EXISTS chat_comparaciones (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    motivo TEXT NOT NULL,
    desde TIMESTAMPTZ NOT NULL,
    visto_hasta TIMESTAMPTZ NOT NULL,
    empezo_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    latido_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    termino_en TIMESTAMPTZ,
    revisados INTEGER NOT NULL DEFAULT 0,
    recuperados INTEGER NOT NULL DEFAULT 0,
    error TEXT
);

-- Una a la vez entre todos los procesos: la base decide quién.
CREATE UNIQUE INDEX IF NOT EXISTS chat_comparaciones_en_curso ON chat_comparaciones ((termino_en IS NULL)) WHERE termino_en IS NULL;

-- Empieza una comparación si toca. `resultado`: "nueva" | "hecha" (otro proceso ya la hizo hace menos de `p_hace_s`) |
-- "ocupada" (otro la está haciendo). `p_margen_s` se mira de nuevo por si algo llegó tarde a la historia.
CREATE OR REPLACE FUNCTION chat_empezar_comparacion(
    p_motivo TEXT, p_hace_s INTEGER, p_arriendo_s INTEGER, p_margen_s INTEGER, p_tope_s INTEGER)
RETURNS TABLE (resultado TEXT, r_id BIGINT, r_desde TIMESTAMPTZ)
LANGUAGE plpgsql AS $$
DECLARE
    v_visto TIMESTAMPTZ;
BEGIN
    UPDATE chat_comparaciones SET termino_en = now(), error = 'Se interrumpió: el proceso que comparaba dejó de dar señales.'
    WHERE termino_en IS NULL AND latido_en < now() - make_interval(secs => p_arriendo_s);
    IF EXISTS (SELECT 1 FROM chat_comparaciones c WHERE c.termino_en IS NOT NULL AND c.error IS NULL
               AND c.empezo_en > now() - make_interval(secs => p_hace_s)) THEN
        resultado := 'hecha';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT c.visto_hasta INTO v_visto FROM chat_comparaciones c ORDER BY c.id DESC LIMIT 1;
    IF v_visto IS NULL THEN
        -- La primera vez: desde lo último que se guardó; en una base nueva todavía no se pudo perder nada.
        SELECT max(c.ultimo_en) INTO v_visto FROM chat_conversaciones c WHERE c.ultimo_seq > 0;
        p_margen_s := CASE WHEN v_visto IS NULL THEN LEAST(p_margen_s, 600) ELSE p_margen_s END;
        v_visto := LEAST(v_visto, now());
    END IF;
    -- El margen no llega a antes de la primera comparación: la vida anterior de la línea no es algo que se perdió.
    r_desde := GREATEST(v_visto - make_interval(secs => p_margen_s), now() - make_interval(secs => p_tope_s),
        LEAST(v_visto, (SELECT COALESCE(min(c.desde), '-infinity') FROM chat_comparaciones c)));
    INSERT INTO chat_comparaciones (motivo, desde, visto_hasta) VALUES (p_motivo, r_desde, v_visto)
    ON CONFLICT DO NOTHING
    RETURNING id INTO r_id;
    resultado := CASE WHEN r_id IS NULL THEN 'ocupada' ELSE 'nueva' END;
    DELETE FROM chat_comparaciones WHERE id < r_id - 1000;
    RETURN NEXT;
END
$$;

-- Un mensaje recuperado ya sumó como cualquiera. Si alguien respondió después de él, no estaba por leer; y si es él la
-- respuesta, nada anterior lo está. Lo que escriben los programas (origen "api") no lo leyó nadie.
CREATE OR REPLACE FUNCTION chat_ajustar_recuperado(p_seq BIGINT) RETURNS VOID
LANGUAGE sql AS $$
    UPDATE chat_conversaciones c SET no_leidos = CASE
        WHEN m.tipo = 'call' AND chat_llamada_cuenta(m.datos) = 0 THEN c.no_leidos  -- no llegó a contar
        WHEN m.saliente THEN LEAST(c.no_leidos, (
            SELECT count(*) FROM chat_mensajes x WHERE x.conversacion_id = c.id AND NOT x.saliente
            AND (x.enviado_en, x.seq) > (m.enviado_en, m.seq)))
        WHEN EXISTS (
            SELECT 1 FROM chat_mensajes x WHERE x.conversacion_id = c.id AND x.saliente AND x.origen IN ('agent', 'phone')
            AND x.estado <> 'failed' AND (x.enviado_en, x.seq) > (m.enviado_en, m.seq)) THEN GREATEST(c.no_leidos - 1, 0)
        ELSE c.no_leidos END
    FROM chat_mensajes m
    WHERE m.seq = p_seq AND c.id = m.conversacion_id AND m.origen <> 'api'
$$;

-- Lo anterior a lo nuestro en cada chat. `pedida_en` evita que dos pantallas lo pidan a la vez; `completa`: el proveedor
-- ya no tiene más.
CREATE TABLE IF NOT EXISTS chat_anteriores (
    conversacion_id BIGINT PRIMARY KEY REFERENCES chat_conversaciones (id) ON DELETE CASCADE,
    pedida_en TIMESTAMPTZ,
    completa BOOLEAN NOT NULL DEFAULT FALSE
);

-- Toma el turno de pedir lo anterior a un mensaje (NULL: a nada, el chat está vacío). `resultado`: "ajena" | "completa" |
-- "ocupada" | "nueva". De quien no habla por Whapi no hay más historia que la nuestra.
CREATE OR REPLACE FUNCTION chat_empezar_anteriores(p_numero TEXT, p_agente TEXT, p_antes BIGINT, p_arriendo_s INTEGER)
RETURNS TABLE (resultado TEXT, r_dueno TEXT, r_chat_id TEXT, r_hasta TIMESTAMPTZ)
LANGUAGE plpgsql AS $$
DECLARE
    v_id BIGINT;
    v_fuente TEXT;
    v_completa BOOLEAN;
BEGIN
    SELECT c.id, c.agente, c.fuente, a.completa INTO v_id, r_dueno, v_fuente, v_completa
    FROM chat_conversaciones c LEFT JOIN chat_anteriores a ON a.conversacion_id = c.id WHERE c.numero = chat_titular(p_numero);
    IF v_id IS NULL OR r_dueno IS DISTINCT FROM p_agente THEN
        resultado := 'ajena';
    ELSIF COALESCE(v_completa, FALSE) OR v_fuente <> 'whapi' THEN
        resultado := 'completa';
    ELSE
        SELECT x.chat_id, x.enviado_en INTO r_chat_id, r_hasta
        FROM chat_mensajes x WHERE x.conversacion_id = v_id AND x.seq = p_antes;
        INSERT INTO chat_anteriores AS a (conversacion_id, pedida_en) VALUES (v_id, now())
        ON CONFLICT (conversacion_id) DO UPDATE SET pedida_en = now()
        WHERE a.pedida_en IS NULL OR a.pedida_en < now() - make_interval(secs => p_arriendo_s);
        resultado := CASE WHEN FOUND THEN 'nueva' ELSE 'ocupada' END;
    END IF;
    RETURN NEXT;
END
$$;

-- Guarda mensajes viejos de un chat: ni turno, ni no leídos, ni su puesto en la lista. Devuelve cuántos faltaban.
CREATE OR REPLACE FUNCTION chat_guardar_anteriores(p_numero TEXT, p_mensajes JSONB) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    m RECORD;
    v_id BIGINT;
    v_seq BIGINT;
    v_nuevos INTEGER := 0;
BEGIN
    p_numero := chat_fijar_titular(p_numero);
    SELECT c.id INTO v_id FROM chat_conversaciones c WHERE c.numero = p_numero FOR UPDATE;
    FOR m IN
        SELECT * FROM jsonb_to_recordset(p_mensajes) AS e (
            id TEXT, fuente TEXT, chat_id TEXT, saliente BOOLEAN, tipo TEXT, cuerpo TEXT, estado TEXT, enviado_en TIMESTAMPTZ,
            enviado_por TEXT, media_id TEXT, media_url TEXT, media_mime TEXT, media_nombre TEXT, cita JSONB, crudo JSONB, datos JSONB,
            media_tamano BIGINT, media_sha256 TEXT, incompleto BOOLEAN)
    LOOP
        IF m.saliente AND m.enviado_por = 'api' THEN
            PERFORM chat_bloquear_id(m.fuente, m.id);
            CONTINUE WHEN EXISTS (SELECT 1 FROM chat_ids_anteriores i WHERE i.fuente = m.fuente AND i.mensaje_id = m.id);
            -- Pudo ser un envío nuestro que no se supo si salió: ya tiene fila.
            CONTINUE WHEN NOT EXISTS (SELECT 1 FROM chat_mensajes x WHERE x.fuente = m.fuente AND x.mensaje_id = m.id)
                AND chat_adoptar_eco(v_id, m.fuente, m.id, m.tipo, m.cuerpo, m.enviado_en, m.estado) IS NOT NULL;
        END IF;
        INSERT INTO chat_mensajes (conversacion_id, fuente, mensaje_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en,
            origen, media_id, media_url, media_mime, media_nombre, cita, crudo, datos, recuperado)
        VALUES (v_id, m.fuente, m.id, m.chat_id, m.saliente, m.tipo, m.cuerpo, m.estado, m.enviado_en, m.enviado_por,
            m.media_id, m.media_url, m.media_mime, m.media_nombre, m.cita, m.crudo, m.datos, TRUE)
        ON CONFLICT (fuente, mensaje_id) DO NOTHING
        RETURNING seq INTO v_seq;
        IF FOUND THEN
            v_nuevos := v_nuevos + 1;
            IF m.media_id IS NOT NULL OR m.media_url IS NOT NULL THEN
                PERFORM chat_esperar_archivo(v_seq, m.media_mime, m.media_nombre, m.datos, m.media_tamano, m.media_sha256);
            END IF;
            IF m.incompleto THEN
                INSERT INTO chat_pedidos (seq) VALUES (v_seq) ON CONFLICT DO NOTHING;
            END IF;
            PERFORM chat_aplicar_acciones(v_seq);
        END IF;
    END LOOP;
    IF v_nuevos > 0 THEN
        -- Un chat que estaba vacío estrena aquí su último mensaje.
        UPDATE chat_conversaciones c SET total_mensajes = c.total_mensajes + v_nuevos, cambio = pg_current_xact_id(),
            ultimo_seq = u.seq, ultimo_en = u.enviado_en, ultimo_saliente = u.saliente
        FROM (SELECT x.seq, x.enviado_en, x.saliente FROM chat_mensajes x WHERE x.conversacion_id = v_id
              ORDER BY x.enviado_en DESC, x.seq DESC LIMIT 1) u
        WHERE c.id = v_id;
    END IF;
    RETURN v_nuevos;
END
$$;

-- Cuántas entregas de cada clase se atendieron o se rechazaron, y cuándo la última. `clave`: "ok messages", "no 401"…
CREATE TABLE IF NOT EXISTS chat_entregas (
    clave TEXT PRIMARY KEY,
    veces BIGINT NOT NULL DEFAULT 0,
    ultima_en TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Lo que la relectura debe recordar: con qué lector se releyó lo guardado.
CREATE TABLE IF NOT EXISTS chat_libro (
    clave TEXT PRIMARY KEY,
    valor TEXT NOT NULL
);

-- `clave`: en qué lista venía, para leerla otra vez. `reprocesada_en`: ya se entendió y entró. `rechazo`: por qué no aún.
ALTER TABLE chat_ilegibles ADD COLUMN IF NOT EXISTS clave TEXT;
ALTER TABLE chat_ilegibles ADD COLUMN IF NOT EXISTS ultima_en TIMESTAMPTZ;
ALTER TABLE chat_ilegibles ADD COLUMN IF NOT EXISTS reprocesada_en TIMESTAMPTZ;
ALTER TABLE chat_ilegibles ADD COLUMN IF NOT EXISTS intentada_en TIMESTAMPTZ;
ALTER TABLE chat_ilegibles ADD COLUMN IF NOT EXISTS rechazo TEXT;
CREATE INDEX IF NOT EXISTS chat_ilegibles_pendientes ON chat_ilegibles (recibido_en) WHERE reprocesada_en IS NULL;

-- Una carta que vuelve a llegar ilegible está otra vez pendiente.
CREATE OR REPLACE FUNCTION chat_guardar_ilegibles(p_ilegibles JSONB) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO chat_ilegibles (huella, fuente, motivo, crudo, clave, ultima_en)
    SELECT DISTINCT ON (huella) huella, fuente, motivo, crudo, clave, now()
    FROM jsonb_to_recordset(p_ilegibles) AS i (huella TEXT, fuente TEXT, motivo TEXT, crudo JSONB, clave TEXT)
    ON CONFLICT (huella) DO UPDATE SET veces = chat_ilegibles.veces + 1, ultima_en = now(), reprocesada_en = NULL,
        clave = COALESCE(EXCLUDED.clave, chat_ilegibles.clave)
$$;

-- Los mensajes que un lector posterior puede entender mejor.
CREATE INDEX IF NOT EXISTS chat_mensajes_por_releer ON chat_mensajes (seq) WHERE tipo = 'unsupported' AND crudo IS NOT NULL;

-- Pone en su sitio lo que ahora se entiende de un mensaje guardado sin entender. Devuelve si cambió.
CREATE OR REPLACE FUNCTION chat_releer_mensaje(p_seq BIGINT, p JSONB) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat_mensajes SET tipo = p ->> 'tipo', cuerpo = p ->> 'cuerpo', datos = NULLIF(p -> 'datos', 'null'),
        crudo = NULLIF(p -> 'crudo', 'null'), media_id = p ->> 'media_id', media_url = p ->> 'media_url',
        media_mime = p ->> 'media_mime', media_nombre = p ->> 'media_nombre', cambio = pg_current_xact_id()
    WHERE seq = p_seq AND tipo = 'unsupported' AND editado_en IS NULL AND borrado_en IS NULL;
    IF FOUND AND COALESCE(p ->> 'media_id', p ->> 'media_url') IS NOT NULL THEN
        PERFORM chat_esperar_archivo(p_seq, p ->> 'media_mime', p ->> 'media_nombre', p -> 'datos',
            (p ->> 'media_tamano')::BIGINT, p ->> 'media_sha256');
        RETURN TRUE;
    END IF;
    RETURN FOUND;
END
$$;
