-- Enviar: la fila existe antes de llamar al proveedor y la llamada ocurre fuera de toda transacción.

-- Con qué id conoce el proveedor a quien todavía no nos escribe, cuando no es el de su número canónico.
CREATE TABLE IF NOT EXISTS chat_destinos (
    conversacion_id BIGINT PRIMARY KEY REFERENCES chat_conversaciones (id) ON DELETE CASCADE,
    chat_id TEXT NOT NULL
);

-- A dónde se le escribe a una persona: al mismo id con que escribió por última vez, tal como llegó (@lid, con o sin el 9 o
-- el 1 de su país); si no ha escrito, al que dijo el proveedor, y si no dijo nada, a `p_chat_id`.
CREATE OR REPLACE FUNCTION chat_destino(p_conversacion BIGINT, p_fuente TEXT, p_chat_id TEXT) RETURNS TEXT
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
        (SELECT CASE WHEN x.chat_id LIKE '%@lid' THEN x.chat_id ELSE split_part(x.chat_id, '@', 1) || '@s.whatsapp.net' END
         FROM chat_mensajes x WHERE x.conversacion_id = p_conversacion AND x.fuente = p_fuente AND NOT x.saliente
         ORDER BY x.enviado_en DESC, x.seq DESC LIMIT 1),
        (SELECT d.chat_id FROM chat_destinos d WHERE d.conversacion_id = p_conversacion AND p_fuente = 'whapi'),
        p_chat_id)
$$;

-- Crea la fila "pending" de un envío. `resultado`: "ajena" (no es de ese agente, o no existe) | "sin_cita" (el mensaje
-- citado no está en ese chat) | "repetido" (ese client_id ya tiene fila: no se vuelve a llamar al proveedor) | "nuevo".
-- `p_fuente` es el canal por el que sale; NULL, el del chat.
DROP FUNCTION IF EXISTS chat_preparar_envio(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT);
CREATE OR REPLACE FUNCTION chat_preparar_envio(
    p_numero TEXT, p_agente TEXT, p_client_id TEXT, p_chat_id TEXT, p_tipo TEXT, p_cuerpo TEXT, p_media_url TEXT,
    p_citado TEXT, p_fuente TEXT DEFAULT NULL, p_datos JSONB DEFAULT NULL)
RETURNS TABLE (resultado TEXT, r_seq BIGINT, r_dueno TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    v_conversacion BIGINT;
    v_fuente TEXT;
    v_ahora TIMESTAMPTZ := now();
    v_cita JSONB;
BEGIN
    p_numero := chat_fijar_titular(p_numero);
    PERFORM 1 FROM conversaciones_whatsapp w WHERE w.numero_telefono = ANY (chat_variantes(p_numero)) ORDER BY w.numero_telefono FOR UPDATE;
    SELECT c.id, c.agente, COALESCE(p_fuente, c.fuente), GREATEST(v_ahora, c.ultimo_en) INTO v_conversacion, r_dueno, v_fuente, v_ahora
    FROM chat_conversaciones c WHERE c.numero = p_numero FOR UPDATE;
    IF r_dueno IS DISTINCT FROM p_agente OR v_conversacion IS NULL THEN
        resultado := 'ajena';
        RETURN NEXT;
        RETURN;
    END IF;
    IF p_citado IS NOT NULL THEN
        SELECT jsonb_build_object('id', x.mensaje_id, 'body', left(x.cuerpo, 500), 'type', x.tipo, 'from_me', x.saliente)
        INTO v_cita FROM chat_mensajes x
        WHERE x.conversacion_id = v_conversacion AND x.fuente = v_fuente AND x.mensaje_id = p_citado
          AND x.borrado_en IS NULL;
        IF v_cita IS NULL THEN
            resultado := 'sin_cita';
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    -- El reloj del proveedor puede ir un poco adelante: lo que respondemos va después de lo que leímos. Y da segundos
    -- enteros: con los nuestros también enteros, dentro del mismo segundo decide el orden de llegada.
    v_ahora := date_trunc('second', LEAST(v_ahora, now() + INTERVAL '5 minutes'));
    INSERT INTO chat_mensajes (conversacion_id, fuente, client_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en,
        intentado_en, origen, agente, media_url, cita, datos)
    VALUES (v_conversacion, v_fuente, p_client_id, chat_destino(v_conversacion, v_fuente, p_chat_id), TRUE, p_tipo, p_cuerpo,
        'pending', v_ahora, now(), 'agent', p_agente, p_media_url, v_cita, p_datos)
    ON CONFLICT (conversacion_id, client_id) WHERE client_id IS NOT NULL DO NOTHING
    RETURNING seq INTO r_seq;
    IF r_seq IS NULL THEN
        resultado := 'repetido';
        SELECT x.seq INTO r_seq FROM chat_mensajes x WHERE x.conversacion_id = v_conversacion AND x.client_id = p_client_id;
        RETURN NEXT;
        RETURN;
    END IF;
    resultado := 'nuevo';
    PERFORM chat_sumar_a_conversacion(v_conversacion, r_seq, v_ahora, FALSE, NULL, v_fuente);
    UPDATE conversaciones_whatsapp w
    SET fecha_ultima_actividad = now() AT TIME ZONE 'UTC', updated_at = now() AT TIME ZONE 'UTC'
    WHERE w.numero_telefono = ANY (chat_variantes(p_numero));
    RETURN NEXT;
END
$$;

-- Una fila deja el id que tomó de un eco porque el suyo era otro. Ese mensaje existe: lo recibe otra fila nuestra igual
-- que espera el suyo o, si no la hay, una propia (lo mandó otro programa con el mismo texto). Su estado va con él.
CREATE OR REPLACE FUNCTION chat_soltar_eco(f chat_mensajes) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    v_seq BIGINT;
BEGIN
    INSERT INTO chat_estados_sueltos (fuente, mensaje_id, estado, error, en)
    VALUES (f.fuente, f.mensaje_id, f.estado, f.error, now()) ON CONFLICT DO NOTHING;
    IF chat_adoptar_eco(f.conversacion_id, f.fuente, f.mensaje_id, f.tipo, f.cuerpo) IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO chat_mensajes (conversacion_id, fuente, mensaje_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en, origen, datos)
    VALUES (f.conversacion_id, f.fuente, f.mensaje_id, f.chat_id, TRUE, f.tipo, f.cuerpo, 'sent', f.enviado_en, 'api', f.datos)
    RETURNING seq INTO v_seq;
    PERFORM chat_aplicar_sueltos(v_seq, f.fuente, f.mensaje_id);
    PERFORM chat_sumar_a_conversacion(f.conversacion_id, v_seq, f.enviado_en, FALSE, NULL, f.fuente);
    PERFORM chat_aplicar_acciones(v_seq);
END
$$;

-- El proveedor aceptó: la fila toma su id, y con él el estado a que haya llegado. Si el eco llegó antes y quedó en otra
-- fila, hay dos casos: era un envío nuestro idéntico (se intercambian: cada respuesta acaba en su fila) o era una fila
-- de eco (se absorbe). Devuelve la fila absorbida, o NULL.
CREATE OR REPLACE FUNCTION chat_confirmar_envio(p_seq BIGINT, p_mensaje_id TEXT) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    f chat_mensajes;
    otra chat_mensajes;
    v_absorbida BIGINT;
    v_conversacion BIGINT;
BEGIN
    SELECT * INTO f FROM chat_mensajes WHERE seq = p_seq;
    LOOP
        PERFORM 1 FROM chat_conversaciones WHERE id = f.conversacion_id FOR UPDATE;
        v_conversacion := f.conversacion_id;
        SELECT * INTO f FROM chat_mensajes WHERE seq = p_seq;
        EXIT WHEN f.conversacion_id = v_conversacion;  -- si no, la unieron a otra mientras esperábamos
    END LOOP;
    IF f.mensaje_id = p_mensaje_id THEN
        RETURN NULL;  -- el eco ya la había encontrado
    END IF;
    -- Con la conversación en la mano ningún id cambia de fila. Los dos en juego se bloquean en orden, como los estados.
    PERFORM chat_bloquear_id(f.fuente, LEAST(f.mensaje_id, p_mensaje_id));
    PERFORM chat_bloquear_id(f.fuente, GREATEST(f.mensaje_id, p_mensaje_id));
    SELECT * INTO f FROM chat_mensajes WHERE seq = p_seq FOR UPDATE;
    SELECT * INTO otra FROM chat_mensajes WHERE fuente = f.fuente AND mensaje_id = p_mensaje_id AND saliente FOR UPDATE;
    IF otra.origen <> 'agent' THEN
        PERFORM chat_aprender_identidad(a.numero, b.numero, 'eco') FROM chat_conversaciones a, chat_conversaciones b
        WHERE a.id = f.conversacion_id AND b.id = otra.conversacion_id AND a.id <> b.id;
        DELETE FROM chat_mensajes WHERE seq = otra.seq;
        v_absorbida := otra.seq;
        -- El eco pudo llegar con la otra identidad de la persona (@lid): se descuenta del chat donde quedó.
        UPDATE chat_conversaciones SET
            total_mensajes = total_mensajes - 1,
            ultimo_seq = CASE WHEN ultimo_seq <> otra.seq THEN ultimo_seq WHEN id = f.conversacion_id THEN p_seq ELSE 0 END,
            cambio = pg_current_xact_id()
        WHERE id = otra.conversacion_id;
    ELSIF otra.seq IS NOT NULL THEN
        UPDATE chat_mensajes SET mensaje_id = NULL WHERE seq = otra.seq;
    END IF;
    UPDATE chat_mensajes SET
        mensaje_id = p_mensaje_id, estado = COALESCE(otra.estado, 'sent'), error = otra.error,
        pasos = jsonb_build_object('sent', now()) || COALESCE(otra.pasos, '{}'), cambio = pg_current_xact_id()
    WHERE seq = p_seq;
    PERFORM chat_aplicar_sueltos(p_seq, f.fuente, p_mensaje_id);
    PERFORM chat_aplicar_acciones(p_seq);
    IF otra.seq IS NOT NULL AND v_absorbida IS NULL THEN
        -- La otra fila nuestra se queda con el id que ya tenía esta, o vuelve a esperar el suyo.
        UPDATE chat_mensajes SET
            mensaje_id = f.mensaje_id, error = NULL,
            estado = CASE WHEN f.mensaje_id IS NULL THEN 'pending' ELSE f.estado END,
            pasos = CASE WHEN f.mensaje_id IS NULL THEN '{}' ELSE f.pasos END, cambio = pg_current_xact_id()
        WHERE seq = otra.seq;
        PERFORM chat_aplicar_acciones(otra.seq);
    ELSIF f.mensaje_id IS NOT NULL THEN
        PERFORM chat_soltar_eco(f);
    END IF;
    RETURN v_absorbida;
END
$$;

-- No salió ("failed") o no se sabe ("unknown"). Si entretanto el eco demostró que sí salió, no toca nada.
CREATE OR REPLACE FUNCTION chat_fallar_envio(p_seq BIGINT, p_estado TEXT, p_error TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat_mensajes SET estado = p_estado, error = p_error, cambio = pg_current_xact_id()
    WHERE seq = p_seq AND mensaje_id IS NULL AND estado = 'pending';
    RETURN FOUND;
END
$$;

-- El id que tuvo un envío antes de reintentarse: si el proveedor lo vuelve a nombrar no es otro mensaje.
CREATE TABLE IF NOT EXISTS chat_ids_anteriores (
    fuente TEXT NOT NULL,
    mensaje_id TEXT NOT NULL,
    seq BIGINT NOT NULL REFERENCES chat_mensajes (seq) ON DELETE CASCADE,
    PRIMARY KEY (fuente, mensaje_id)
);

-- Toma para sí el reintento de un mensaje propio que falló: de dos clics, uno gana.
-- `resultado`: "ajena" | "no_existe" | "no_procede" (no está fallido) | "nuevo".
CREATE OR REPLACE FUNCTION chat_reclamar_reintento(p_seq BIGINT, p_agente TEXT)
RETURNS TABLE (resultado TEXT, r_seq BIGINT, r_dueno TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    v_conversacion BIGINT;
BEGIN
    r_seq := p_seq;
    SELECT c.id, c.agente INTO v_conversacion, r_dueno
    FROM chat_conversaciones c JOIN chat_mensajes x ON x.conversacion_id = c.id
    WHERE x.seq = p_seq AND x.saliente AND x.origen = 'agent' FOR UPDATE OF c;
    IF v_conversacion IS NULL THEN
        resultado := 'no_existe';
    ELSIF r_dueno IS DISTINCT FROM p_agente THEN
        resultado := 'ajena';
    ELSE
        INSERT INTO chat_ids_anteriores (fuente, mensaje_id, seq)
        SELECT x.fuente, x.mensaje_id, x.seq FROM chat_mensajes x
        WHERE x.seq = p_seq AND x.mensaje_id IS NOT NULL AND x.estado IN ('failed', 'unknown')
        ON CONFLICT DO NOTHING;
        UPDATE chat_mensajes SET estado = 'pending', error = NULL, mensaje_id = NULL, agente = p_agente,
            enviado_en = date_trunc('second', now()), intentado_en = now(), cambio = pg_current_xact_id()
        WHERE seq = p_seq AND estado IN ('failed', 'unknown');
        resultado := CASE WHEN FOUND THEN 'nuevo' ELSE 'no_procede' END;
        IF FOUND THEN
            UPDATE chat_conversaciones SET ultimo_seq = p_seq, ultimo_saliente = TRUE, ultimo_en = date_trunc('second', now()),
                cambio = pg_current_xact_id()
            WHERE id = v_conversacion AND date_trunc('second', now()) >= ultimo_en;
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

-- Lo que quedó "pending" porque el proceso murió a mitad del envío: pudo haber salido. Devuelve sus filas.
-- De paso olvida los estados sueltos cuyo mensaje no apareció en un mes: ya no aparecerá.
CREATE OR REPLACE FUNCTION chat_vencer_pendientes(p_segundos INTEGER, p_error TEXT) RETURNS SETOF BIGINT
LANGUAGE sql AS $$
    DELETE FROM chat_estados_sueltos WHERE recibido_en < now() - INTERVAL '30 days';
    UPDATE chat_mensajes SET estado = 'unknown', error = p_error, cambio = pg_current_xact_id()
    WHERE saliente AND mensaje_id IS NULL AND estado = 'pending' AND intentado_en < now() - make_interval(secs => p_segundos)
    RETURNING seq
$$;

-- Marca leído hasta un mensaje (NULL = todo). Devuelve lo que falta por leer, o NULL si no es de ese agente.
DROP FUNCTION IF EXISTS chat_marcar_leido(TEXT, TEXT, BIGINT);
CREATE OR REPLACE FUNCTION chat_marcar_leido(p_numero TEXT, p_agente TEXT, p_hasta BIGINT)
RETURNS TABLE (r_dueno TEXT, r_no_leidos INTEGER, r_leido_en TIMESTAMPTZ, r_cambio BOOLEAN, r_nombre TEXT, r_fuente TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    c chat_conversaciones;
    v_hasta TIMESTAMPTZ;
BEGIN
    SELECT * INTO c FROM chat_conversaciones WHERE numero = chat_titular(p_numero) FOR UPDATE;
    r_dueno := c.agente; r_no_leidos := c.no_leidos; r_leido_en := c.leido_en; r_cambio := FALSE; r_nombre := c.nombre;
    r_fuente := c.fuente;
    IF c.id IS NULL OR c.agente IS DISTINCT FROM p_agente THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF p_hasta IS NOT NULL THEN
        SELECT x.enviado_en INTO v_hasta FROM chat_mensajes x WHERE x.seq = p_hasta AND x.conversacion_id = c.id;
        IF v_hasta IS NOT NULL THEN  -- un mensaje de otro chat no marca nada en este
            SELECT LEAST(count(*), c.no_leidos) INTO r_no_leidos FROM chat_mensajes x
            WHERE x.conversacion_id = c.id AND NOT x.saliente AND (x.enviado_en, x.seq) > (v_hasta, p_hasta);
        END IF;
    ELSE
        r_no_leidos := 0;
    END IF;
    IF r_no_leidos < c.no_leidos THEN
        r_leido_en := now(); r_cambio := TRUE;
        UPDATE chat_conversaciones SET no_leidos = r_no_leidos, leido_en = r_leido_en, cambio = pg_current_xact_id()
        WHERE id = c.id;
    END IF;
    RETURN NEXT;
END
$$;

-- Abre un chat por iniciativa del agente: si nadie lo atiende, queda suyo sin gastar turno.
CREATE OR REPLACE FUNCTION chat_iniciar(p_numero TEXT, p_agente TEXT, p_nombre TEXT) RETURNS TEXT
LANGUAGE plpgsql AS $$
DECLARE
    v_dueno TEXT;
BEGIN
    p_numero := chat_fijar_titular(p_numero);
    PERFORM chat_bloquear_contador();
    SELECT a.agente INTO v_dueno FROM chat_asignar(p_numero, '{}'::TEXT[]) a;
    IF v_dueno IS NULL THEN
        UPDATE conversaciones_whatsapp SET agente_asignado = p_agente, fecha_asignacion = now() AT TIME ZONE 'UTC'
        WHERE numero_telefono = ANY (chat_variantes(p_numero));
        v_dueno := p_agente;
    END IF;
    IF v_dueno = p_agente THEN
        UPDATE chat_conversaciones SET nombre = COALESCE(nombre, p_nombre), cambio = pg_current_xact_id() WHERE numero = p_numero;
    END IF;
    RETURN v_dueno;
END
$$;

-- Reparte las conversaciones de clientes que esperan sin dueño. Devuelve cada número con su agente.
CREATE OR REPLACE FUNCTION chat_asignar_pendientes(p_agentes TEXT[]) RETURNS TABLE (r_numero TEXT, r_agente TEXT)
-- Con muchas sin dueño preferiría leer enteros los mensajes; por índice son unas pocas páginas.
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF COALESCE(array_length(p_agentes, 1), 0) = 0 THEN
        RETURN;
    END IF;
    FOR r_numero IN
        SELECT c.numero FROM chat_conversaciones c
        WHERE c.agente IS NULL AND EXISTS (SELECT 1 FROM chat_mensajes x WHERE x.conversacion_id = c.id AND NOT x.saliente)
        ORDER BY c.id
    LOOP
        SELECT a.agente INTO r_agente FROM chat_asignar(r_numero, p_agentes) a WHERE a.turno;
        IF FOUND THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
