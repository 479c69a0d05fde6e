-- Una persona, una conversación: unir su identidad oculta con su teléfono, separarlas otra vez y juntar lo que una base
-- antigua tenía escrito de dos maneras. Orden de los candados: identidad, contador, conversación, mensaje.

CREATE INDEX IF NOT EXISTS chat_conversaciones_ocultas ON chat_conversaciones (ultimo_en) WHERE numero LIKE '%@lid';

-- Cada unión, con lo que hace falta para deshacerla: qué mensajes se movieron y quién atendía cada chat.
CREATE TABLE IF NOT EXISTS chat_fusiones (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lid TEXT NOT NULL,
    titular_id BIGINT NOT NULL REFERENCES chat_conversaciones (id),
    oculta_id BIGINT NOT NULL REFERENCES chat_conversaciones (id),
    agente_titular TEXT,
    agente_oculta TEXT,
    agente_final TEXT,
    nombre_titular TEXT,
    nombre_oculta TEXT,
    seqs BIGINT[] NOT NULL,
    hecha_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    deshecha_en TIMESTAMPTZ,
    deshecha_por TEXT
);

CREATE INDEX IF NOT EXISTS chat_fusiones_vigentes ON chat_fusiones (titular_id) WHERE deshecha_en IS NULL;

-- Cuándo volver a preguntarle al proveedor por una identidad que no supo decir.
CREATE TABLE IF NOT EXISTS chat_preguntas_identidad (
    numero TEXT PRIMARY KEY,
    veces INTEGER NOT NULL DEFAULT 0,
    proxima_en TIMESTAMPTZ NOT NULL
);

-- Lo que se hace cada tanto y una sola vez entre todos los procesos.
CREATE TABLE IF NOT EXISTS chat_relojes (
    clave TEXT PRIMARY KEY,
    proxima_en TIMESTAMPTZ NOT NULL
);

-- La foto de una persona: sus bytes y de dónde salieron. Los enlaces del proveedor caducan y cambian de firma en cada
-- aviso aunque la foto sea la misma: `clave` es el enlace sin su firma. `proxima_en`: cuándo traerla; NULL, no hace falta.
CREATE TABLE IF NOT EXISTS chat_fotos (
    conversacion_id BIGINT PRIMARY KEY REFERENCES chat_conversaciones (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    clave TEXT NOT NULL,
    datos BYTEA,
    mime TEXT,
    version TEXT,
    intentos INTEGER NOT NULL DEFAULT 0,
    traida_en TIMESTAMPTZ,
    proxima_en TIMESTAMPTZ DEFAULT now()
);

CREATE INDEX IF NOT EXISTS chat_fotos_por_traer ON chat_fotos (proxima_en) WHERE proxima_en IS NOT NULL;

-- El proveedor dijo que dos identidades son una persona. Solo vale entre una oculta y un teléfono, y lo primero que dijo:
-- si después dice otra cosa no es seguro, y no se unen.
CREATE OR REPLACE FUNCTION chat_aprender_identidad(p_una TEXT, p_otra TEXT, p_prueba TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    v_lid TEXT := CASE WHEN p_una LIKE '%@lid' THEN p_una ELSE p_otra END;
    v_numero TEXT := CASE WHEN p_una LIKE '%@lid' THEN p_otra ELSE p_una END;
BEGIN
    IF v_lid LIKE '%@lid' AND v_numero LIKE '+%' THEN
        INSERT INTO chat_identidades (lid, numero, prueba) VALUES (v_lid, v_numero, p_prueba) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            PERFORM pg_notify('chat_identidad', v_lid);
        END IF;
    END IF;
END
$$;

-- Rehace las cuentas y el último mensaje de un chat a partir de sus filas.
CREATE OR REPLACE FUNCTION chat_recontar(p_id BIGINT, p_no_leidos INTEGER) RETURNS VOID
LANGUAGE sql AS $$
    UPDATE chat_conversaciones c SET
        total_mensajes = r.total, no_leidos = LEAST(p_no_leidos, r.entrantes), ultimo_seq = COALESCE(u.seq, 0),
        ultimo_en = COALESCE(u.enviado_en, c.ultimo_en), ultimo_saliente = u.saliente,
        fuente = COALESCE(e.fuente, c.fuente), cambio = pg_current_xact_id()
    FROM (SELECT count(*) AS total, count(*) FILTER (WHERE NOT x.saliente) AS entrantes
          FROM chat_mensajes x WHERE x.conversacion_id = p_id) r
    LEFT JOIN LATERAL (SELECT x.seq, x.enviado_en, x.saliente FROM chat_mensajes x WHERE x.conversacion_id = p_id
                       ORDER BY x.enviado_en DESC, x.seq DESC LIMIT 1) u ON TRUE
    LEFT JOIN LATERAL (SELECT x.fuente FROM chat_mensajes x WHERE x.conversacion_id = p_id AND NOT x.saliente
                       ORDER BY x.enviado_en DESC, x.seq DESC LIMIT 1) e ON TRUE
    WHERE c.id = p_id
$$;

-- Pasa mensajes de un chat a otro. `p_seqs` NULL = todos. Devuelve los que movió. Quien llama tiene los dos en la mano.
CREATE OR REPLACE FUNCTION chat_mover_mensajes(p_de BIGINT, p_a BIGINT, p_seqs BIGINT[]) RETURNS BIGINT[]
LANGUAGE sql AS $$
    UPDATE chat_mensajes x SET client_id = x.client_id || '~' || x.seq
    WHERE x.conversacion_id = p_de
      AND EXISTS (SELECT 1 FROM chat_mensajes o WHERE o.conversacion_id = p_a AND o.client_id = x.client_id);
    WITH movidos AS (
        UPDATE chat_mensajes x SET conversacion_id = p_a, cambio = pg_current_xact_id()
        WHERE x.conversacion_id = p_de AND (p_seqs IS NULL OR x.seq = ANY (p_seqs))
        RETURNING x.seq
    )
    SELECT COALESCE(array_agg(seq), '{}') FROM movidos
$$;

-- Junta un chat en otro: mensajes en su orden, no leídos, borradores, nombre, foto y preferencias. El primero queda vacío
-- y sin dueño. Devuelve los mensajes movidos. Quien llama tiene los dos en la mano.
CREATE OR REPLACE FUNCTION chat_juntar(p_de BIGINT, p_a BIGINT) RETURNS BIGINT[]
LANGUAGE plpgsql AS $$
DECLARE
    d chat_conversaciones;
    a chat_conversaciones;
    v_seqs BIGINT[] := chat_mover_mensajes(p_de, p_a, NULL);
BEGIN
    SELECT * INTO d FROM chat_conversaciones WHERE id = p_de;
    SELECT * INTO a FROM chat_conversaciones WHERE id = p_a;
    PERFORM chat_recontar(p_a, a.no_leidos + d.no_leidos);
    UPDATE chat_conversaciones SET nombre = COALESCE(a.nombre, d.nombre), leido_en = GREATEST(a.leido_en, d.leido_en),
        foto = COALESCE(a.foto, d.foto), fijada = a.fijada OR d.fijada
    WHERE id = p_a;
    UPDATE chat_conversaciones SET agente = NULL, fijada = FALSE WHERE id = p_de;
    PERFORM chat_recontar(p_de, 0);
    INSERT INTO chat_fotos (conversacion_id, url, clave, datos, mime, version)
    SELECT p_a, url, clave, datos, mime, version FROM chat_fotos WHERE conversacion_id = p_de
    ON CONFLICT (conversacion_id) DO NOTHING;
    INSERT INTO chat_borradores AS b (agente, conversacion_id, texto)
    SELECT agente, p_a, texto FROM chat_borradores WHERE conversacion_id = p_de
    ON CONFLICT (agente, conversacion_id) DO UPDATE SET texto = b.texto || E'\n' || EXCLUDED.texto, actualizado_en = now();
    DELETE FROM chat_borradores WHERE conversacion_id = p_de;
    DELETE FROM chat_anteriores WHERE conversacion_id = p_a;  -- la historia de la otra identidad aún se puede pedir
    IF d.agente IS NOT NULL THEN
        INSERT INTO chat_quitadas (agente, conversacion_id) VALUES (d.agente, p_de)
        ON CONFLICT (agente, conversacion_id) DO UPDATE SET cambio = pg_current_xact_id();
    END IF;
    RETURN v_seqs;
END
$$;

-- Toma en la mano las filas de los dos chats de una persona, en el orden de siempre.
CREATE OR REPLACE FUNCTION chat_bloquear_pareja(p_lid TEXT, p_numero TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM conversaciones_whatsapp w
    WHERE w.numero_telefono = ANY (p_lid || chat_variantes(p_numero)) ORDER BY w.numero_telefono FOR UPDATE;
    PERFORM 1 FROM chat_conversaciones c WHERE c.numero IN (p_lid, p_numero) ORDER BY c.numero FOR UPDATE;
END
$$;

-- Une la identidad oculta con el chat del teléfono, si se sabe que son la misma persona y nadie las separó. Sin filas: no
-- había nada que unir. Queda dueño quien tuviera el chat con el mensaje más reciente; sin dueño, el otro.
CREATE OR REPLACE FUNCTION chat_fundir(p_lid TEXT)
RETURNS TABLE (r_id BIGINT, r_oculta TEXT, r_titular TEXT, r_agente TEXT, r_agente_oculta TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    i chat_identidades;
    o chat_conversaciones;
    t chat_conversaciones;
    v_ahora TIMESTAMP := now() AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_lid, 11));
    SELECT * INTO i FROM chat_identidades WHERE lid = p_lid AND NOT unida AND NOT rechazada FOR UPDATE;
    SELECT * INTO o FROM chat_conversaciones WHERE numero = p_lid;
    IF i.lid IS NULL OR o.id IS NULL THEN
        UPDATE chat_identidades SET unida = TRUE WHERE lid = i.lid;
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM chat_conversaciones WHERE numero = i.numero) THEN
        PERFORM chat_bloquear_contador();  -- como al estrenar cualquier chat: nadie más lo estrena a la vez
        INSERT INTO conversaciones_whatsapp
            (numero_telefono, agente_asignado, fecha_asignacion, fecha_ultima_actividad, created_at, updated_at)
        SELECT i.numero, o.agente, v_ahora, o.ultimo_en AT TIME ZONE 'UTC', v_ahora, v_ahora
        WHERE NOT EXISTS (SELECT 1 FROM conversaciones_whatsapp w WHERE w.numero_telefono = ANY (chat_variantes(i.numero)));
    END IF;
    PERFORM chat_bloquear_pareja(p_lid, i.numero);
    SELECT * INTO o FROM chat_conversaciones WHERE numero = p_lid;
    SELECT * INTO t FROM chat_conversaciones WHERE numero = i.numero;
    r_oculta := p_lid; r_titular := i.numero; r_agente_oculta := o.agente;
    r_agente := CASE WHEN o.ultimo_en > t.ultimo_en THEN COALESCE(o.agente, t.agente) ELSE COALESCE(t.agente, o.agente) END;
    INSERT INTO chat_fusiones (lid, titular_id, oculta_id, agente_titular, agente_oculta, agente_final, nombre_titular,
        nombre_oculta, seqs)
    VALUES (p_lid, t.id, o.id, t.agente, o.agente, r_agente, t.nombre, o.nombre, chat_juntar(o.id, t.id))
    RETURNING id INTO r_id;
    UPDATE chat_identidades SET unida = TRUE WHERE lid = p_lid;
    -- Las dos filas impresas dicen al mismo dueño; el disparador lo refleja y avisa a quien cambie.
    UPDATE conversaciones_whatsapp w SET agente_asignado = r_agente, updated_at = v_ahora
    WHERE w.numero_telefono = ANY (p_lid || chat_variantes(i.numero)) AND w.agente_asignado IS DISTINCT FROM r_agente;
    RETURN NEXT;
END
$$;

-- Separa lo que se unió: vuelven sus mensajes, los que después llegaron o salieron por la identidad oculta, sus no leídos
-- y su dueño; el proveedor ya no las vuelve a unir. `resultado`: "no_existe" | "ajena" | "hecha" (ya lo estaba) | "nueva".
CREATE OR REPLACE FUNCTION chat_deshacer_fusion(p_id BIGINT, p_agente TEXT)
RETURNS TABLE (resultado TEXT, r_oculta TEXT, r_titular TEXT, r_dueno TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    f chat_fusiones;
    t chat_conversaciones;
    v_vuelven BIGINT[];
    v_por_leer INTEGER;
BEGIN
    SELECT * INTO f FROM chat_fusiones WHERE id = p_id;
    PERFORM pg_advisory_xact_lock(hashtextextended(f.lid, 11));
    SELECT c.numero INTO r_titular FROM chat_conversaciones c WHERE c.id = f.titular_id;
    PERFORM chat_bloquear_pareja(f.lid, r_titular);
    SELECT * INTO f FROM chat_fusiones WHERE id = p_id FOR UPDATE;
    SELECT * INTO t FROM chat_conversaciones WHERE id = f.titular_id;
    r_oculta := f.lid; r_dueno := t.agente;
    resultado := CASE WHEN f.id IS NULL THEN 'no_existe' WHEN t.agente IS DISTINCT FROM p_agente THEN 'ajena'
                      WHEN f.deshecha_en IS NOT NULL THEN 'hecha' ELSE 'nueva' END;
    IF resultado <> 'nueva' THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT COALESCE(array_agg(x.seq), '{}') INTO v_vuelven FROM chat_mensajes x
    WHERE x.conversacion_id = t.id AND (x.seq = ANY (f.seqs) OR x.chat_id = f.lid);
    SELECT count(*) INTO v_por_leer FROM (
        SELECT x.seq FROM chat_mensajes x WHERE x.conversacion_id = t.id AND NOT x.saliente
        ORDER BY x.enviado_en DESC, x.seq DESC LIMIT t.no_leidos) u
    WHERE u.seq = ANY (v_vuelven);
    PERFORM chat_mover_mensajes(t.id, f.oculta_id, v_vuelven);
    PERFORM chat_recontar(t.id, t.no_leidos - v_por_leer);
    PERFORM chat_recontar(f.oculta_id, v_por_leer);
    UPDATE chat_conversaciones SET nombre = f.nombre_titular WHERE id = t.id AND f.nombre_titular IS NULL AND nombre = f.nombre_oculta;
    UPDATE chat_conversaciones SET nombre = f.nombre_oculta WHERE id = f.oculta_id;
    UPDATE chat_identidades SET unida = FALSE, rechazada = TRUE WHERE lid = f.lid;
    UPDATE chat_fusiones SET deshecha_en = now(), deshecha_por = p_agente WHERE id = p_id;
    UPDATE conversaciones_whatsapp w SET agente_asignado = f.agente_oculta WHERE w.numero_telefono = f.lid;
    -- El teléfono vuelve a quien lo tenía, salvo que alguien lo haya reasignado después.
    UPDATE conversaciones_whatsapp w SET agente_asignado = f.agente_titular
    WHERE w.numero_telefono = ANY (chat_variantes(r_titular)) AND f.agente_titular IS NOT NULL
      AND w.agente_asignado = f.agente_final AND f.agente_titular <> f.agente_final;
    RETURN NEXT;
END
$$;

-- Las conversaciones que una versión anterior guardó con otra escritura nacional del mismo número pasan a la canónica.
-- Las filas de la tabla impresa se quedan como están: se encuentran por sus variantes.
DO $$
DECLARE
    v RECORD;
    v_canonica BIGINT;
BEGIN
    FOR v IN
        SELECT c.id, c.numero, c.ultimo_en, chat_sin_variantes(c.numero) AS canonico FROM chat_conversaciones c
        WHERE c.numero <> chat_sin_variantes(c.numero) AND (c.total_mensajes > 0 OR c.agente IS NOT NULL)
        ORDER BY c.numero FOR UPDATE
    LOOP
        INSERT INTO chat_conversaciones (numero, ultimo_en) VALUES (v.canonico, v.ultimo_en) ON CONFLICT (numero) DO NOTHING;
        SELECT c.id INTO v_canonica FROM chat_conversaciones c WHERE c.numero = v.canonico FOR UPDATE;
        PERFORM chat_juntar(v.id, v_canonica);
        PERFORM chat_reflejar_dueno(v.canonico);
    END LOOP;
END
$$;
