-- Los archivos: traerlos del proveedor, guardar los que salen y olvidar los que sobran. Repetible.

-- Un archivo que sube un agente existe antes que su mensaje: `seq` NULL hasta que se envía.
ALTER TABLE chat_archivos ALTER COLUMN seq DROP NOT NULL;
-- Cada vez que un proceso toma un archivo para traerlo; quien tenga un reclamo viejo ya no puede escribirlo.
ALTER TABLE chat_archivos ADD COLUMN IF NOT EXISTS reclamo INTEGER NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS chat_archivos_sueltos ON chat_archivos (creado_en) WHERE seq IS NULL;

-- Lo que quedó en S3 de archivos que ya no existen: se borra después, con calma.
CREATE TABLE IF NOT EXISTS chat_objetos_sobrantes (
    clave TEXT PRIMARY KEY,
    desde TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE OR REPLACE FUNCTION chat_al_borrar_archivo() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chat_objetos_sobrantes (clave) VALUES (OLD.clave) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS chat_archivo_borrado ON chat_archivos;
CREATE TRIGGER chat_archivo_borrado AFTER DELETE ON chat_archivos
    FOR EACH ROW WHEN (OLD.almacen = 's3') EXECUTE FUNCTION chat_al_borrar_archivo();

-- Una suma SHA-256 en hexadecimal, venga así o en base64; NULL si no es una suma.
CREATE OR REPLACE FUNCTION chat_suma(p_texto TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF p_texto ~ '^[0-9a-fA-F]{64}$' THEN
        RETURN lower(p_texto);
    ELSIF p_texto ~ '^[A-Za-z0-9+/]{43}=$' THEN
        RETURN encode(decode(p_texto, 'base64'), 'hex');
    END IF;
    RETURN NULL;
END
$$;

-- Apunta el archivo de un mensaje recién guardado, para traerlo después, y despierta a quien los trae. `p_datos` son las
-- medidas que dio el proveedor; tamaño y suma, los que anunció: con ellos se comprueba lo que llegue.
DROP FUNCTION IF EXISTS chat_esperar_archivo(BIGINT, TEXT, TEXT, JSONB);
CREATE OR REPLACE FUNCTION chat_esperar_archivo(
    p_seq BIGINT, p_mime TEXT, p_nombre TEXT, p_datos JSONB, p_tamano BIGINT DEFAULT NULL, p_sha256 TEXT DEFAULT NULL)
RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chat_archivos (seq, mime, nombre, tamano, sha256, ancho, alto, segundos, paginas, onda)
    VALUES (p_seq, p_mime, p_nombre, p_tamano, chat_suma(p_sha256), chat_entero(p_datos ->> 'width'),
        chat_entero(p_datos ->> 'height'), chat_entero(p_datos ->> 'seconds'), chat_entero(p_datos ->> 'pages'),
        p_datos ->> 'waveform')
    ON CONFLICT (seq) DO NOTHING;
    PERFORM pg_notify('chat_archivo', '');
END
$$;

-- Toma el archivo que más lleva esperando, por un rato: si quien lo tomó muere, al vencer lo toma otro. Con dos procesos
-- a la vez cada uno se lleva uno distinto. Sin filas: no hay nada que traer ahora.
CREATE OR REPLACE FUNCTION chat_tomar_archivo(p_arriendo INTEGER, p_almacen TEXT, p_fuentes TEXT[])
RETURNS TABLE (
    r_id BIGINT, r_seq BIGINT, r_reclamo INTEGER, r_intentos INTEGER, r_clave TEXT, r_tipo TEXT, r_fuente TEXT,
    r_media_id TEXT, r_media_url TEXT, r_mime TEXT, r_tamano BIGINT, r_sha256 TEXT, r_segundos REAL, r_onda TEXT,
    r_vista TEXT)
LANGUAGE sql AS $$
    UPDATE chat_archivos a SET reclamo = a.reclamo + 1, almacen = p_almacen,
        clave = COALESCE(a.clave, 'chat/' || gen_random_uuid()),
        proximo_en = now() + make_interval(secs => p_arriendo)
    FROM chat_mensajes m
    WHERE a.id = (
            SELECT x.id FROM chat_archivos x JOIN chat_mensajes xm ON xm.seq = x.seq
            WHERE x.estado = 'pending' AND x.proximo_en <= now() AND xm.fuente = ANY (p_fuentes)
            ORDER BY x.proximo_en LIMIT 1 FOR UPDATE OF x SKIP LOCKED)
      AND m.seq = a.seq
    RETURNING a.id, a.seq, a.reclamo, a.intentos, a.clave, m.tipo, m.fuente, m.media_id, m.media_url, a.mime, a.tamano,
        a.sha256, a.segundos, a.onda, m.datos ->> 'preview'
$$;

-- Termina un archivo (o lo deja para después), si el reclamo sigue siendo el vigente. Devuelve si lo era. Lo que cambia a
-- la vista cuenta como un cambio de su mensaje: quien se perdió el aviso lo pide al volver.
CREATE OR REPLACE FUNCTION chat_cerrar_archivo(p_id BIGINT, p_reclamo INTEGER, p JSONB, p_miniatura BYTEA) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    v_seq BIGINT;
BEGIN
    -- El mensaje antes que su archivo, como quien borra un eco.
    PERFORM 1 FROM chat_mensajes m WHERE m.seq = (SELECT a.seq FROM chat_archivos a WHERE a.id = p_id) FOR UPDATE;
    UPDATE chat_archivos a SET
        estado = p ->> 'estado', error = p ->> 'error',
        intentos = a.intentos + (p ->> 'fallos')::INTEGER,
        proximo_en = now() + make_interval(secs => (p ->> 'espera')::DOUBLE PRECISION),
        mime = COALESCE(p ->> 'mime', a.mime), tamano = COALESCE((p ->> 'tamano')::BIGINT, a.tamano),
        sha256 = COALESCE(p ->> 'sha256', a.sha256), ancho = COALESCE((p ->> 'ancho')::INTEGER, a.ancho),
        alto = COALESCE((p ->> 'alto')::INTEGER, a.alto), segundos = COALESCE((p ->> 'segundos')::REAL, a.segundos),
        onda = COALESCE(a.onda, p ->> 'onda'), miniatura = COALESCE(p_miniatura, a.miniatura)
    WHERE a.id = p_id AND a.reclamo = p_reclamo AND a.estado = 'pending'
    RETURNING a.seq INTO v_seq;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF p ->> 'estado' = 'ready' THEN  -- de un intento anterior pudieron quedar trozos de más
        DELETE FROM chat_archivos_trozos t
        WHERE t.archivo_id = p_id AND t.n >= ceil((p ->> 'tamano')::NUMERIC / (p ->> 'trozo')::NUMERIC);
    END IF;
    IF p ->> 'estado' <> 'pending' THEN
        UPDATE chat_mensajes SET cambio = pg_current_xact_id() WHERE seq = v_seq;
    END IF;
    RETURN TRUE;
END
$$;

-- Vuelve a pedir un archivo perdido o fallido. `resultado`: "no_existe" (tampoco si es de otro) | "no_procede" | "nuevo".
CREATE OR REPLACE FUNCTION chat_reintentar_archivo(p_id BIGINT, p_agente TEXT)
RETURNS TABLE (resultado TEXT, r_seq BIGINT)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT a.seq INTO r_seq FROM chat_archivos a JOIN chat_mensajes m ON m.seq = a.seq
    JOIN chat_conversaciones c ON c.id = m.conversacion_id
    WHERE a.id = p_id AND c.agente = p_agente AND m.borrado_en IS NULL;
    IF r_seq IS NULL THEN
        resultado := 'no_existe';
        RETURN NEXT;
        RETURN;
    END IF;
    UPDATE chat_archivos SET estado = 'pending', error = NULL, intentos = 0, proximo_en = now()
    WHERE id = p_id AND estado IN ('lost', 'failed');
    resultado := CASE WHEN FOUND THEN 'nuevo' ELSE 'no_procede' END;
    IF FOUND THEN
        UPDATE chat_mensajes SET cambio = pg_current_xact_id() WHERE seq = r_seq;
        PERFORM pg_notify('chat_archivo', '');
    END IF;
    RETURN NEXT;
END
$$;

-- Como chat_preparar_envio, para un archivo ya guardado: la fila "pending" nace con él puesto. Las demás respuestas son
-- las mismas, y entonces el archivo sigue suelto.
CREATE OR REPLACE FUNCTION chat_preparar_archivo(
    p_numero TEXT, p_agente TEXT, p_client_id TEXT, p_chat_id TEXT, p_tipo TEXT, p_cuerpo TEXT, p_citado TEXT,
    p_fuente TEXT, p_archivo BIGINT)
RETURNS TABLE (resultado TEXT, r_seq BIGINT, r_dueno TEXT)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT e.resultado, e.r_seq, e.r_dueno INTO resultado, r_seq, r_dueno
    FROM chat_preparar_envio(p_numero, p_agente, p_client_id, p_chat_id, p_tipo, p_cuerpo, NULL, p_citado, p_fuente) e;
    IF resultado = 'nuevo' THEN
        UPDATE chat_archivos SET seq = r_seq WHERE id = p_archivo AND seq IS NULL AND estado = 'ready';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'el archivo % no está listo para enviarse', p_archivo;
        END IF;
        UPDATE chat_mensajes m SET media_mime = a.mime, media_nombre = a.nombre
        FROM chat_archivos a WHERE m.seq = r_seq AND a.seq = r_seq;
    END IF;
    RETURN NEXT;
END
$$;

-- Los mensajes con archivo de antes de que se guardaran: el proveedor los conserva 30 días.
INSERT INTO chat_archivos (seq, mime, nombre)
SELECT m.seq, m.media_mime, m.media_nombre FROM chat_mensajes m
WHERE (m.media_id IS NOT NULL OR (m.media_url IS NOT NULL AND m.origen <> 'agent'))
  AND m.enviado_en > now() - INTERVAL '30 days'
  AND NOT EXISTS (SELECT 1 FROM chat_archivos a WHERE a.seq = m.seq);
