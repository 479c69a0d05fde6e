-- Lo que le pasa a un mensaje después de llegar: reacciones, ediciones, borrados, votos, llamadas que cambian y contenidos
-- que llegaron tarde. chat_acciones es el libro y cada mensaje se recalcula desde él: así da igual en qué orden llegue
-- todo, cuántas veces, o si la acción llega antes que su mensaje.

ALTER TABLE chat_acciones ADD COLUMN IF NOT EXISTS saliente BOOLEAN;
ALTER TABLE chat_acciones ADD COLUMN IF NOT EXISTS datos JSONB;
ALTER TABLE chat_acciones ADD COLUMN IF NOT EXISTS agente TEXT;
ALTER TABLE chat_acciones ADD COLUMN IF NOT EXISTS orden BIGINT GENERATED ALWAYS AS IDENTITY;
-- TRUE mientras no se haya visto su mensaje.
ALTER TABLE chat_acciones ADD COLUMN IF NOT EXISTS pendiente BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE chat_ediciones ADD COLUMN IF NOT EXISTS orden INTEGER NOT NULL DEFAULT 1;

CREATE INDEX IF NOT EXISTS chat_acciones_objetivo ON chat_acciones (fuente, objetivo);
CREATE INDEX IF NOT EXISTS chat_acciones_pendientes ON chat_acciones (recibido_en) WHERE pendiente;

-- Mensajes que llegaron sin su contenido y hay que volver a pedir. `proximo_en` NULL: se agotaron los intentos.
CREATE TABLE IF NOT EXISTS chat_pedidos (
    seq BIGINT PRIMARY KEY REFERENCES chat_mensajes (seq) ON DELETE CASCADE,
    intentos INTEGER NOT NULL DEFAULT 0,
    proximo_en TIMESTAMPTZ DEFAULT now(),
    creado_en TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS chat_pedidos_por_hacer ON chat_pedidos (proximo_en) WHERE proximo_en IS NOT NULL;

-- ¿Es la misma conversación? NULL: el aviso no dijo de cuál era.
CREATE OR REPLACE FUNCTION chat_misma_conversacion(p_dicho TEXT, p_numero TEXT) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
    SELECT p_dicho IS NULL OR chat_titular(p_dicho) = p_numero
$$;

-- Las acciones que alcanzan a un mensaje, de la más vieja a la más nueva; a igual hora decide la llegada. Solo las de su
-- propia conversación. Un mensaje lo edita quien lo escribió; lo borra quien lo escribió o la línea.
DROP FUNCTION IF EXISTS chat_acciones_de(BIGINT);
CREATE OR REPLACE FUNCTION chat_acciones_de(p_seq BIGINT)
RETURNS TABLE (accion_id TEXT, tipo TEXT, en TIMESTAMPTZ, orden BIGINT, saliente BOOLEAN, datos JSONB, agente TEXT)
LANGUAGE sql STABLE AS $$
    SELECT a.accion_id, a.tipo, a.en, a.orden, a.saliente, a.datos, a.agente
    FROM chat_mensajes m
    JOIN chat_conversaciones c ON c.id = m.conversacion_id
    JOIN chat_acciones a ON a.fuente = m.fuente AND a.objetivo = m.mensaje_id
    WHERE m.seq = p_seq AND a.datos IS NOT NULL AND chat_misma_conversacion(a.numero, c.numero)
      AND CASE a.tipo WHEN 'edit' THEN COALESCE(a.saliente, m.saliente) = m.saliente
                      WHEN 'delete' THEN COALESCE(a.saliente, TRUE) OR NOT m.saliente
                      ELSE TRUE END
    ORDER BY a.en, a.orden
$$;

-- Una reacción por persona, la más nueva; vacía es que la quitó.
CREATE OR REPLACE FUNCTION chat_reacciones_de(p_seq BIGINT) RETURNS JSONB
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(jsonb_agg(jsonb_build_object('emoji', u.emoji, 'from_me', u.nuestra, 'agent', u.agente,
        'at', date_trunc('second', u.en)) ORDER BY u.en, u.orden), '[]')
    FROM (
        SELECT DISTINCT ON (r.nuestra) r.nuestra, r.emoji, a.en, a.orden,
            -- El eco de la nuestra no dice quién la puso: lo dice la que anotamos al ponerla.
            CASE WHEN r.nuestra THEN (
                SELECT b.agente FROM chat_acciones_de(p_seq) b
                WHERE b.agente IS NOT NULL AND b.tipo = 'reaction' AND b.datos ->> 'emoji' = r.emoji
                ORDER BY b.en DESC, b.orden DESC LIMIT 1) END AS agente
        FROM chat_acciones_de(p_seq) a
        CROSS JOIN LATERAL (
            SELECT a.saliente AS nuestra, a.datos ->> 'emoji' AS emoji WHERE a.tipo = 'reaction' AND a.saliente IS NOT NULL
            UNION ALL SELECT FALSE, a.datos ->> 'client' WHERE a.tipo = 'reactions'
            UNION ALL SELECT TRUE, a.datos ->> 'line' WHERE a.tipo = 'reactions'
        ) r
        ORDER BY r.nuestra, a.en DESC, a.orden DESC
    ) u
    WHERE u.emoji <> ''
$$;

-- El mensaje como lo dejan sus ediciones y sus borrados; reescribe su historia. Borrado es el final: lo que decía queda en
-- la historia y el cuerpo ya no lo dice, ni aquí, ni en la lista, ni en la búsqueda.
CREATE OR REPLACE FUNCTION chat_con_ediciones(m chat_mensajes) RETURNS chat_mensajes
LANGUAGE plpgsql AS $$
DECLARE
    a RECORD;
    v_nuevo TEXT;
    v_orden INTEGER := 0;
    v_dichos TEXT[] := '{}';
BEGIN
    m.cuerpo := COALESCE((SELECT e.cuerpo FROM chat_ediciones e WHERE e.seq = m.seq ORDER BY e.orden LIMIT 1), m.cuerpo);
    m.editado_en := NULL; m.borrado_en := NULL;
    DELETE FROM chat_ediciones e WHERE e.seq = m.seq;
    FOR a IN SELECT * FROM chat_acciones_de(m.seq) x WHERE x.tipo IN ('edit', 'delete') ORDER BY x.tipo = 'delete', x.en, x.orden
    LOOP
        v_nuevo := CASE a.tipo WHEN 'delete' THEN 'Se eliminó este mensaje' ELSE a.datos ->> 'body' END;
        -- Un aviso sin hora que parte de algo que ya se dejó atrás es viejo: no hace retroceder.
        CONTINUE WHEN v_nuevo IS NULL OR (a.tipo = 'edit' AND v_nuevo = m.cuerpo) OR m.borrado_en IS NOT NULL
            OR (a.datos ->> 'before' <> m.cuerpo AND a.datos ->> 'before' = ANY (v_dichos));
        v_orden := v_orden + 1;
        INSERT INTO chat_ediciones (seq, accion_id, cuerpo, editado_en, orden)
        VALUES (m.seq, a.accion_id, m.cuerpo, a.en, v_orden);
        v_dichos := v_dichos || m.cuerpo;
        m.cuerpo := v_nuevo;
        IF a.tipo = 'delete' THEN
            m.borrado_en := a.en;
        ELSE
            m.editado_en := a.en;
            IF m.tipo IN ('text', 'link_preview') AND a.datos ->> 'type' IN ('text', 'link_preview') THEN
                m.tipo := a.datos ->> 'type';
                m.datos := NULLIF((COALESCE(m.datos, '{}') - '{title,description,url,preview}'::TEXT[])
                                  || COALESCE(a.datos -> 'data', '{}'), '{}');
            END IF;
        END IF;
    END LOOP;
    RETURN m;
END
$$;

-- Las opciones de una encuesta con los votos de una persona: los que tenía se quitan y quedan los de su último voto.
CREATE OR REPLACE FUNCTION chat_votar(p_opciones JSONB, p_votante TEXT, p_votos JSONB) RETURNS JSONB
LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(jsonb_agg(o.opcion || jsonb_build_object(
        'voters', v.otros || CASE WHEN v.quiere THEN jsonb_build_array(p_votante) ELSE '[]' END,
        'count', GREATEST(chat_entero(o.opcion ->> 'count') - v.estaba::INTEGER, 0) + v.quiere::INTEGER) ORDER BY o.n), '[]')
    FROM jsonb_array_elements(p_opciones) WITH ORDINALITY AS o (opcion, n)
    CROSS JOIN LATERAL (
        SELECT (o.opcion -> 'voters') - p_votante AS otros, o.opcion -> 'voters' ? p_votante AS estaba,
            COALESCE(p_votos ? (o.opcion ->> 'id'), FALSE) OR p_votos ? (o.opcion ->> 'name') AS quiere
    ) v
$$;

-- El mensaje como lo dejan los votos, la ubicación que se mueve y el alfiler.
CREATE OR REPLACE FUNCTION chat_con_votos(m chat_mensajes) RETURNS chat_mensajes
LANGUAGE plpgsql STABLE AS $$
DECLARE
    a RECORD;
    v_opciones JSONB := m.datos -> 'options';
    v_resultados TIMESTAMPTZ := '-infinity';
    v_antes JSONB := v_opciones;
BEGIN
    FOR a IN SELECT * FROM chat_acciones_de(m.seq) x ORDER BY x.en, x.orden LOOP
        IF a.tipo IN ('pin', 'unpin') THEN
            m.datos := NULLIF((COALESCE(m.datos, '{}') - 'pinned') || CASE a.tipo WHEN 'pin' THEN '{"pinned": true}' ELSE '{}' END::JSONB, '{}');
        ELSIF a.tipo = 'location' AND m.tipo = 'live_location' THEN
            m.datos := COALESCE(m.datos, '{}') || (a.datos -> 'data');
            m.cuerpo := CASE WHEN m.borrado_en IS NULL THEN a.datos ->> 'body' ELSE m.cuerpo END;
        ELSIF a.tipo = 'results' AND m.tipo = 'poll' THEN
            v_opciones := a.datos -> 'options';
            v_resultados := a.en;
        ELSIF a.tipo = 'vote' AND m.tipo = 'poll' AND v_opciones IS NOT NULL AND a.en > v_resultados THEN
            v_opciones := chat_votar(v_opciones, a.datos ->> 'voter', a.datos -> 'votes');
        END IF;
    END LOOP;
    IF v_opciones IS DISTINCT FROM v_antes THEN
        m.datos := COALESCE(m.datos, '{}') || jsonb_build_object('options', v_opciones, 'total',
            (SELECT COALESCE(sum(chat_entero(o ->> 'count')), 0) FROM jsonb_array_elements(v_opciones) o));
    END IF;
    RETURN m;
END
$$;

-- Deja un mensaje como mandan las acciones del libro. Cierto si cambió.
CREATE OR REPLACE FUNCTION chat_aplicar_acciones(p_seq BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    m chat_mensajes;
    n chat_mensajes;
BEGIN
    SELECT * INTO m FROM chat_mensajes x WHERE x.seq = p_seq;
    IF m.reacciones = '[]' AND m.editado_en IS NULL AND m.borrado_en IS NULL
       AND NOT EXISTS (SELECT 1 FROM chat_acciones a WHERE a.fuente = m.fuente AND a.objetivo = m.mensaje_id) THEN
        RETURN FALSE;
    END IF;
    -- La conversación antes que el mensaje, como en todas partes. Con ella en la mano nadie guarda a la vez el mensaje.
    PERFORM 1 FROM chat_conversaciones c
    WHERE c.id = (SELECT x.conversacion_id FROM chat_mensajes x WHERE x.seq = p_seq) FOR UPDATE;
    SELECT * INTO m FROM chat_mensajes x WHERE x.seq = p_seq FOR UPDATE;
    UPDATE chat_acciones a SET pendiente = FALSE FROM chat_conversaciones c
    WHERE c.id = m.conversacion_id AND a.fuente = m.fuente AND a.objetivo = m.mensaje_id AND a.pendiente
      AND chat_misma_conversacion(a.numero, c.numero);
    n := chat_con_votos(chat_con_ediciones(m));
    n.reacciones := chat_reacciones_de(p_seq);
    UPDATE chat_mensajes x SET tipo = n.tipo, cuerpo = n.cuerpo, datos = n.datos, reacciones = n.reacciones,
        editado_en = n.editado_en, borrado_en = n.borrado_en, cambio = pg_current_xact_id()
    WHERE x.seq = p_seq AND (m.tipo, m.cuerpo, m.datos, m.reacciones, m.editado_en, m.borrado_en)
        IS DISTINCT FROM (n.tipo, n.cuerpo, n.datos, n.reacciones, n.editado_en, n.borrado_en);
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    -- Si era el último, la vista previa de la lista también cambió.
    UPDATE chat_conversaciones c SET cambio = pg_current_xact_id() WHERE c.id = m.conversacion_id AND c.ultimo_seq = p_seq;
    RETURN TRUE;
END
$$;

-- Anota acciones y las aplica a los mensajes que ya están. Devuelve los que cambiaron. Repetidas no cambian nada.
CREATE OR REPLACE FUNCTION chat_recibir_acciones(p_acciones JSONB) RETURNS SETOF BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    v_seq BIGINT;
BEGIN
    PERFORM 1 FROM chat_conversaciones c
    WHERE c.id IN (  -- unidas por clave: con un OR se leerían todas las conversaciones
        SELECT k.id FROM jsonb_to_recordset(p_acciones) AS a (numero TEXT)
        JOIN chat_conversaciones k ON k.numero = chat_titular(a.numero)
        UNION
        SELECT x.conversacion_id FROM jsonb_to_recordset(p_acciones) AS a (fuente TEXT, objetivo TEXT)
        JOIN chat_mensajes x ON x.fuente = a.fuente AND x.mensaje_id = a.objetivo)
    ORDER BY c.numero FOR UPDATE;
    -- La que hace un agente va después de lo que ya se sabe, aunque el reloj del proveedor vaya adelante.
    INSERT INTO chat_acciones (fuente, accion_id, tipo, objetivo, numero, en, crudo, saliente, datos, agente)
    SELECT a.fuente, a.id, a.tipo, a.objetivo, a.numero,
        CASE WHEN a.agente IS NULL THEN a.en ELSE GREATEST(a.en, (
            SELECT max(b.en) FROM chat_acciones b WHERE b.fuente = a.fuente AND b.objetivo = a.objetivo)) END,
        COALESCE(a.crudo, '{}'), a.saliente, a.datos, a.agente
    FROM jsonb_to_recordset(p_acciones) AS a (fuente TEXT, id TEXT, tipo TEXT, objetivo TEXT, numero TEXT, en TIMESTAMPTZ,
        crudo JSONB, saliente BOOLEAN, datos JSONB, agente TEXT)
    ON CONFLICT DO NOTHING;
    FOR v_seq IN
        SELECT DISTINCT x.seq FROM jsonb_to_recordset(p_acciones) AS a (fuente TEXT, objetivo TEXT)
        JOIN chat_mensajes x ON x.fuente = a.fuente AND x.mensaje_id = a.objetivo
        ORDER BY x.seq
    LOOP
        IF chat_aplicar_acciones(v_seq) THEN
            RETURN NEXT v_seq;
        END IF;
    END LOOP;
END
$$;

-- Lo que se cruzó sin verse: acciones cuyo mensaje apareció justo a la vez, o cuyo chat se unió después. Devuelve los mensajes que cambiaron.
CREATE OR REPLACE FUNCTION chat_aplicar_pendientes() RETURNS SETOF BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    v_seq BIGINT;
BEGIN
    FOR v_seq IN
        SELECT s.seq FROM (
            SELECT DISTINCT c.numero, x.seq FROM chat_acciones a
            JOIN chat_mensajes x ON x.fuente = a.fuente AND x.mensaje_id = a.objetivo
            JOIN chat_conversaciones c ON c.id = x.conversacion_id
            WHERE a.pendiente AND a.recibido_en > now() - INTERVAL '7 days' AND chat_misma_conversacion(a.numero, c.numero)
        ) s
        ORDER BY s.numero, s.seq LIMIT 500
    LOOP
        IF chat_aplicar_acciones(v_seq) THEN
            RETURN NEXT v_seq;
        END IF;
    END LOOP;
END
$$;

-- Qué pesa cada paso de una llamada: uno que llega tarde no deshace a otro.
CREATE OR REPLACE FUNCTION chat_rango_llamada(p_estado TEXT) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_estado WHEN 'initiated' THEN 1 WHEN 'ringing' THEN 2 WHEN 'canceled' THEN 3 WHEN 'missed' THEN 4
                         WHEN 'answered' THEN 5 ELSE 0 END
$$;

-- Una llamada queda por leer si se perdió, o si nadie dijo cómo terminó.
CREATE OR REPLACE FUNCTION chat_llamada_cuenta(p_datos JSONB) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (COALESCE(p_datos ->> 'status', 'missed') = 'missed')::INTEGER
$$;

-- Lo que solo algunos mensajes necesitan al guardarse: pedir lo que falta, no contar la llamada que aún suena y aplicar lo
-- que les hicieron antes de llegar. Cierto si quedó distinto de como vino.
CREATE OR REPLACE FUNCTION chat_al_nacer(p_seq BIGINT, p_incompleto BOOLEAN) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    m chat_mensajes;
BEGIN
    SELECT * INTO m FROM chat_mensajes x WHERE x.seq = p_seq;
    IF p_incompleto THEN
        INSERT INTO chat_pedidos (seq) VALUES (p_seq) ON CONFLICT DO NOTHING;
    END IF;
    IF m.tipo = 'call' AND NOT m.saliente AND chat_llamada_cuenta(m.datos) = 0 THEN
        UPDATE chat_conversaciones c SET no_leidos = GREATEST(c.no_leidos - 1, 0) WHERE c.id = m.conversacion_id;
    END IF;
    RETURN chat_aplicar_acciones(p_seq);
END
$$;

-- Pone en un mensaje el contenido que le faltaba. Cierto si todavía se esperaba.
CREATE OR REPLACE FUNCTION chat_completar_mensaje(p_seq BIGINT, p_nuevo JSONB) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    n RECORD;
BEGIN
    PERFORM 1 FROM chat_conversaciones c
    WHERE c.id = (SELECT x.conversacion_id FROM chat_mensajes x WHERE x.seq = p_seq) FOR UPDATE;
    DELETE FROM chat_pedidos p WHERE p.seq = p_seq;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    SELECT * INTO n FROM jsonb_to_record(p_nuevo) AS x (tipo TEXT, cuerpo TEXT, datos JSONB, cita JSONB, crudo JSONB,
        media_id TEXT, media_url TEXT, media_mime TEXT, media_nombre TEXT, media_tamano BIGINT, media_sha256 TEXT);
    -- Si ya se editó o se borró, lo que llega es lo que decía al comienzo.
    UPDATE chat_ediciones e SET cuerpo = n.cuerpo
    WHERE e.seq = p_seq AND e.orden = (SELECT min(y.orden) FROM chat_ediciones y WHERE y.seq = p_seq);
    UPDATE chat_mensajes x SET tipo = n.tipo, cuerpo = CASE WHEN FOUND THEN x.cuerpo ELSE n.cuerpo END, datos = n.datos,
        cita = COALESCE(n.cita, x.cita), crudo = n.crudo, media_id = n.media_id, media_url = n.media_url,
        media_mime = n.media_mime, media_nombre = n.media_nombre, cambio = pg_current_xact_id()
    WHERE x.seq = p_seq;
    IF n.media_id IS NOT NULL OR n.media_url IS NOT NULL THEN
        PERFORM chat_esperar_archivo(p_seq, n.media_mime, n.media_nombre, n.datos, n.media_tamano, n.media_sha256);
    END IF;
    PERFORM chat_aplicar_acciones(p_seq);
    UPDATE chat_conversaciones c SET cambio = pg_current_xact_id() WHERE c.ultimo_seq = p_seq
        AND c.id = (SELECT x.conversacion_id FROM chat_mensajes x WHERE x.seq = p_seq);
    RETURN TRUE;
END
$$;

-- El mismo mensaje otra vez, con algo que la primera no traía: una llamada que avanza, los ids de las opciones de una
-- encuesta nuestra, o el contenido que faltaba. Devuelve su fila si cambió; NULL si no había nada nuevo.
CREATE OR REPLACE FUNCTION chat_poner_al_dia(p_nuevo JSONB) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    m chat_mensajes;
BEGIN
    SELECT x.* INTO m FROM chat_mensajes x JOIN chat_conversaciones c ON c.id = x.conversacion_id
    WHERE x.fuente = p_nuevo ->> 'fuente' AND x.mensaje_id = p_nuevo ->> 'id' AND c.numero = p_nuevo ->> 'numero';
    IF m.tipo = 'call' AND p_nuevo ->> 'tipo' = 'call' THEN
        PERFORM 1 FROM chat_conversaciones c WHERE c.id = m.conversacion_id FOR UPDATE;
        SELECT * INTO m FROM chat_mensajes x WHERE x.seq = m.seq FOR UPDATE;
        IF chat_rango_llamada(p_nuevo #>> '{datos,status}') <= chat_rango_llamada(m.datos ->> 'status') THEN
            RETURN NULL;
        END IF;
        UPDATE chat_mensajes x SET cuerpo = p_nuevo ->> 'cuerpo', datos = p_nuevo -> 'datos', cambio = pg_current_xact_id()
        WHERE x.seq = m.seq;
        UPDATE chat_conversaciones c SET cambio = pg_current_xact_id(), no_leidos = GREATEST(c.no_leidos
            + CASE WHEN m.saliente THEN 0 ELSE chat_llamada_cuenta(p_nuevo -> 'datos') - chat_llamada_cuenta(m.datos) END, 0)
        WHERE c.id = m.conversacion_id;
        RETURN m.seq;
    ELSIF m.tipo = 'poll' AND m.saliente AND NOT COALESCE(jsonb_path_exists(m.datos, '$.options[*].id'), FALSE)
          AND jsonb_path_exists(p_nuevo -> 'datos', '$.options[*].id') THEN
        UPDATE chat_mensajes x SET datos = p_nuevo -> 'datos', cambio = pg_current_xact_id() WHERE x.seq = m.seq;
        PERFORM chat_aplicar_acciones(m.seq);
        RETURN m.seq;
    ELSIF NOT COALESCE((p_nuevo ->> 'incompleto')::BOOLEAN, FALSE)
          AND EXISTS (SELECT 1 FROM chat_pedidos p WHERE p.seq = m.seq) AND chat_completar_mensaje(m.seq, p_nuevo) THEN
        RETURN m.seq;
    END IF;
    RETURN NULL;
END
$$;

-- Toma los pedidos que tocan y los aplaza: si este proceso muere, otro los toma a su hora.
CREATE OR REPLACE FUNCTION chat_reclamar_pedidos(p_limite INTEGER)
RETURNS TABLE (r_seq BIGINT, r_mensaje_id TEXT, r_ultimo BOOLEAN)
LANGUAGE sql AS $$
    UPDATE chat_pedidos p SET intentos = p.intentos + 1, proximo_en = now()
        + ('{10 seconds,1 minute,10 minutes,1 hour,6 hours}'::INTERVAL[])[p.intentos + 1]  -- fuera de la lista: NULL
    FROM chat_mensajes m
    WHERE m.seq = p.seq AND p.seq IN (
        SELECT d.seq FROM chat_pedidos d WHERE d.proximo_en <= now() ORDER BY d.proximo_en LIMIT p_limite FOR UPDATE SKIP LOCKED)
    RETURNING p.seq, m.mensaje_id, p.proximo_en IS NULL
$$;

-- El proveedor no lo tiene: se dice en el mensaje.
CREATE OR REPLACE FUNCTION chat_abandonar_pedido(p_seq BIGINT) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO chat_archivos (seq, estado, error)
    SELECT m.seq, 'lost', 'WhatsApp no entregó este archivo.' FROM chat_mensajes m
    WHERE m.seq = p_seq AND m.tipo IN ('image', 'video', 'gif', 'short', 'audio', 'voice', 'document', 'sticker')
    ON CONFLICT (seq) DO NOTHING;
    UPDATE chat_mensajes SET cambio = pg_current_xact_id(),
        cuerpo = CASE WHEN cuerpo = 'Mensaje con enlace' THEN 'Mensaje con enlace que WhatsApp no entregó' ELSE cuerpo END
    WHERE seq = p_seq
$$;

-- Las acciones que una versión anterior solo anotaba: se entienden y se aplican una vez.
UPDATE chat_acciones a SET
    tipo = CASE WHEN a.tipo = 'edited' THEN 'edit' ELSE a.tipo END,
    saliente = CASE WHEN a.crudo ? 'action' THEN COALESCE(a.crudo ->> 'from_me', '') = 'true' END,
    datos = CASE a.tipo
        WHEN 'reaction' THEN jsonb_build_object('emoji', left(COALESCE(a.crudo #>> '{action,emoji}', ''), 32))
        WHEN 'delete' THEN '{}'
        WHEN 'vote' THEN CASE WHEN jsonb_typeof(a.crudo #> '{action,votes}') = 'array' THEN jsonb_build_object(
            'votes', a.crudo #> '{action,votes}', 'voter', COALESCE(split_part(a.crudo ->> 'from', '@', 1), '')) END
        ELSE (SELECT jsonb_build_object('body', left(e.texto, 150000), 'type', 'text', 'data', '{}'::JSONB)
              FROM (SELECT COALESCE(a.crudo #>> '{action,edited_content,body}', a.crudo #>> '{action,edited_content,caption}',
                  a.crudo #>> '{after_update,text,body}', a.crudo #>> '{after_update,link_preview,body}',
                  a.crudo #>> '{after_update,image,caption}', a.crudo #>> '{after_update,video,caption}',
                  a.crudo #>> '{after_update,document,caption}') AS texto) e
              WHERE e.texto IS NOT NULL)
    END
WHERE a.pendiente AND a.datos IS NULL AND a.tipo IN ('reaction', 'edit', 'edited', 'delete', 'vote');
SELECT count(*) FROM chat_aplicar_pendientes();
