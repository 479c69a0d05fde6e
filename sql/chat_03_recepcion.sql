-- Recibir: una entrega del proveedor entera en un solo viaje y una sola transacción.

-- Un estado solo avanza. "failed" vale lo mismo que "sent": alcanza a lo que aún no llegó al cliente y solo lo desmiente
-- que haya llegado; un "sent" atrasado no, o un mensaje que no salió se vería enviado.
CREATE OR REPLACE FUNCTION chat_rango(p_estado TEXT) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_estado WHEN 'unknown' THEN 0 WHEN 'pending' THEN 1 WHEN 'failed' THEN 2 WHEN 'sent' THEN 2
                         WHEN 'delivered' THEN 3 WHEN 'read' THEN 4 WHEN 'played' THEN 5 ELSE -1 END
$$;

CREATE OR REPLACE FUNCTION chat_avanza(p_actual TEXT, p_nuevo TEXT) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_nuevo = 'failed' THEN p_actual IN ('unknown', 'pending', 'sent')
                ELSE chat_rango(p_nuevo) > chat_rango(p_actual) END
$$;

-- Serializa lo que ocurre alrededor de un id del proveedor mientras su fila todavía puede no existir
-- (la respuesta del envío, su eco y sus estados llegan por caminos distintos y en cualquier orden).
CREATE OR REPLACE FUNCTION chat_bloquear_id(p_fuente TEXT, p_mensaje_id TEXT) RETURNS VOID
LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(p_fuente || ' ' || p_mensaje_id, 7))
$$;

-- Aplica a una fila los estados que llegaron antes que ella y los olvida. Devuelve el estado con que queda.
CREATE OR REPLACE FUNCTION chat_aplicar_sueltos(p_seq BIGINT, p_fuente TEXT, p_mensaje_id TEXT) RETURNS TEXT
LANGUAGE plpgsql AS $$
DECLARE
    v_suelto RECORD;
    v_estado TEXT;
BEGIN
    FOR v_suelto IN
        DELETE FROM chat_estados_sueltos s WHERE s.fuente = p_fuente AND s.mensaje_id = p_mensaje_id
        RETURNING s.estado, s.error
    LOOP
        UPDATE chat_mensajes SET estado = v_suelto.estado, error = v_suelto.error, cambio = pg_current_xact_id()
        WHERE seq = p_seq AND chat_avanza(estado, v_suelto.estado);
    END LOOP;
    SELECT estado INTO v_estado FROM chat_mensajes WHERE seq = p_seq;
    RETURN v_estado;
END
$$;

-- El eco de un envío nuestro que llegó antes que la respuesta: la fila pendiente adopta su id. NULL = no hay tal fila.
-- `p_en`: cuándo salió según el proveedor. Un eco recuperado de su historia puede hablar de un envío de hace horas.
-- `p_estado`: hasta dónde llegó según él; pudo no entregarlo.
DROP FUNCTION IF EXISTS chat_adoptar_eco(BIGINT, TEXT, TEXT, TEXT, TEXT);
DROP FUNCTION IF EXISTS chat_adoptar_eco(BIGINT, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ);
CREATE OR REPLACE FUNCTION chat_adoptar_eco(
    p_conversacion BIGINT, p_fuente TEXT, p_mensaje_id TEXT, p_tipo TEXT, p_cuerpo TEXT, p_en TIMESTAMPTZ DEFAULT now(),
    p_estado TEXT DEFAULT 'sent')
RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    v_seq BIGINT;
BEGIN
    SELECT seq INTO v_seq FROM chat_mensajes
    WHERE conversacion_id = p_conversacion AND saliente AND mensaje_id IS NULL AND fuente = p_fuente
      AND estado IN ('pending', 'unknown') AND cuerpo = p_cuerpo
      AND (tipo = p_tipo OR (p_tipo = 'link_preview' AND tipo = 'text'))
      AND intentado_en > p_en - INTERVAL '10 minutes' AND intentado_en < p_en + INTERVAL '10 minutes'
    ORDER BY seq LIMIT 1;
    IF v_seq IS NOT NULL THEN
        UPDATE chat_mensajes SET mensaje_id = p_mensaje_id,
            estado = CASE WHEN chat_avanza('sent', p_estado) THEN p_estado ELSE 'sent' END,
            error = CASE WHEN p_estado = 'failed' THEN 'WhatsApp no pudo entregar el mensaje' END,
            pasos = jsonb_build_object('sent', now()) || pasos, cambio = pg_current_xact_id()
        WHERE seq = v_seq;
        PERFORM chat_aplicar_sueltos(v_seq, p_fuente, p_mensaje_id);
        PERFORM chat_aplicar_acciones(v_seq);
    END IF;
    RETURN v_seq;
END
$$;

-- Pone un mensaje recién guardado al frente de su conversación si es el más nuevo, y cuenta.
CREATE OR REPLACE FUNCTION chat_sumar_a_conversacion(
    p_conversacion BIGINT, p_seq BIGINT, p_enviado_en TIMESTAMPTZ, p_entrante BOOLEAN, p_nombre TEXT, p_fuente TEXT)
RETURNS VOID
LANGUAGE sql AS $$
    UPDATE chat_conversaciones SET
        ultimo_seq = CASE WHEN ultimo_seq = 0 OR (p_enviado_en, p_seq) > (ultimo_en, ultimo_seq) THEN p_seq ELSE ultimo_seq END,
        ultimo_en = CASE WHEN ultimo_seq = 0 OR (p_enviado_en, p_seq) > (ultimo_en, ultimo_seq) THEN p_enviado_en ELSE ultimo_en END,
        ultimo_saliente = CASE WHEN ultimo_seq = 0 OR (p_enviado_en, p_seq) > (ultimo_en, ultimo_seq)
                               THEN NOT p_entrante ELSE ultimo_saliente END,
        total_mensajes = total_mensajes + 1,
        no_leidos = no_leidos + p_entrante::INTEGER,
        nombre = COALESCE(p_nombre, nombre),
        -- Se responde por donde escribió la última vez, aunque después aparezca algo más viejo por el otro canal.
        fuente = CASE WHEN p_entrante AND p_fuente <> fuente AND NOT EXISTS (
            SELECT 1 FROM chat_mensajes x WHERE x.conversacion_id = p_conversacion AND NOT x.saliente AND x.enviado_en > p_enviado_en)
            THEN p_fuente ELSE fuente END,
        cambio = pg_current_xact_id()
    WHERE id = p_conversacion
$$;

-- Recibe los mensajes de una entrega, en su orden. `p_agentes`: los activos, en el orden del turno.
-- Una fila por mensaje: resultado "nuevo" | "eco" (era nuestro y ya tenía fila) | "cambio" (ya estaba y trae algo más) |
-- "repetido". `r_tocado`: la fila no quedó como vino.
-- Lo que devuelve puede cambiar de una versión a otra, y eso no se reemplaza.
DROP FUNCTION IF EXISTS chat_recibir_mensajes(JSONB, TEXT[]);
CREATE OR REPLACE FUNCTION chat_recibir_mensajes(p_mensajes JSONB, p_agentes TEXT[])
RETURNS TABLE (
    resultado TEXT, r_seq BIGINT, r_estado TEXT, r_client_id TEXT, r_autor TEXT, r_agente TEXT, r_nombre TEXT,
    r_foto TEXT, r_no_leidos INTEGER, r_total INTEGER, r_ultimo_en TIMESTAMPTZ, r_nueva BOOLEAN, r_turno BOOLEAN,
    r_archivo JSONB, r_ventana_hasta TIMESTAMPTZ, r_numero TEXT, r_tocado BOOLEAN, r_fijada BOOLEAN, r_silenciada BOOLEAN)
-- Todo va por clave: planear de nuevo en cada mensaje (lo que haría por las variantes del número) no mejora ningún plan.
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    m RECORD;
    v_conversacion BIGINT;
    v_dueno TEXT;
    v_otro TEXT;
BEGIN
    -- Una identidad oculta cae en el chat del teléfono con que está unida, y nadie la une ni la separa entretanto.
    IF EXISTS (SELECT 1 FROM jsonb_to_recordset(p_mensajes) AS e (numero TEXT) WHERE e.numero LIKE '%@lid') THEN
        PERFORM chat_fijar_titular(e.numero) FROM (
            SELECT DISTINCT x.numero FROM jsonb_to_recordset(p_mensajes) AS x (numero TEXT) ORDER BY x.numero OFFSET 0) e;
        SELECT jsonb_agg(e.uno || jsonb_build_object('numero', chat_titular(e.uno ->> 'numero')) ORDER BY e.orden)
        INTO p_mensajes FROM jsonb_array_elements(p_mensajes) WITH ORDINALITY AS e (uno, orden);
    END IF;
    -- Varios mensajes: los candados se toman en orden para que dos entregas no se esperen una a otra.
    IF jsonb_array_length(p_mensajes) > 1 THEN
        PERFORM chat_bloquear_contador()
        FROM jsonb_to_recordset(p_mensajes) AS e (numero TEXT, saliente BOOLEAN)
        LEFT JOIN chat_conversaciones c ON c.numero = e.numero
        WHERE c.id IS NULL OR c.agente IS NULL
        LIMIT 1;
        PERFORM 1 FROM conversaciones_whatsapp w
        WHERE w.numero_telefono IN (SELECT unnest(chat_variantes(e.numero)) FROM jsonb_to_recordset(p_mensajes) AS e (numero TEXT))
        ORDER BY w.numero_telefono FOR UPDATE;
        -- También en orden las nuestras: una entrega de nombres las toca sin pasar por las anteriores.
        PERFORM 1 FROM chat_conversaciones c
        WHERE c.numero IN (SELECT e.numero FROM jsonb_to_recordset(p_mensajes) AS e (numero TEXT))
        ORDER BY c.numero FOR UPDATE;
        PERFORM chat_bloquear_id(e.fuente, e.id) FROM (
            SELECT x.fuente, x.id FROM jsonb_to_recordset(p_mensajes) AS x (fuente TEXT, id TEXT, saliente BOOLEAN)
            WHERE x.saliente ORDER BY x.id OFFSET 0) e;
    END IF;
    FOR m IN
        SELECT * FROM jsonb_to_recordset(p_mensajes) AS e (
            id TEXT, fuente TEXT, numero TEXT, chat_id TEXT, saliente BOOLEAN, tipo TEXT, cuerpo TEXT, estado TEXT,
            enviado_en TIMESTAMPTZ, enviado_por TEXT, nombre TEXT, media_id TEXT, media_url TEXT, media_mime TEXT,
            media_nombre TEXT, media_tamano BIGINT, media_sha256 TEXT, cita JSONB, crudo JSONB, datos JSONB, recuperado BOOLEAN,
            incompleto BOOLEAN)
    LOOP
        r_nueva := FALSE; r_turno := FALSE; r_tocado := FALSE; r_seq := NULL; v_conversacion := NULL; resultado := 'repetido';
        r_estado := NULL; r_client_id := NULL; r_autor := NULL; r_archivo := NULL; r_numero := m.numero;
        IF m.saliente AND EXISTS (SELECT 1 FROM chat_ids_anteriores i WHERE i.fuente = m.fuente AND i.mensaje_id = m.id) THEN
            RETURN NEXT;  -- el primer intento de un envío que se reintentó: ya tiene su fila, con otro id
            CONTINUE;
        END IF;
        IF NOT EXISTS (SELECT 1 FROM chat_mensajes x WHERE x.fuente = m.fuente AND x.mensaje_id = m.id) THEN
            SELECT c.id, c.agente INTO v_conversacion, v_dueno FROM chat_conversaciones c WHERE c.numero = m.numero;
            IF v_conversacion IS NULL OR (v_dueno IS NULL AND NOT m.saliente) THEN
                -- Lo que la propia línea escribe a un desconocido no gasta turno.
                SELECT a.turno, a.nueva INTO r_turno, r_nueva
                FROM chat_asignar(m.numero, CASE WHEN m.saliente THEN '{}'::TEXT[] ELSE p_agentes END) a;
                SELECT c.id INTO v_conversacion FROM chat_conversaciones c WHERE c.numero = m.numero;
            END IF;
            UPDATE conversaciones_whatsapp w
            SET fecha_ultima_actividad = CASE  -- lo recuperado es de cuando se escribió
                    WHEN m.recuperado IS NOT TRUE THEN now() AT TIME ZONE 'UTC'
                    WHEN r_nueva THEN m.enviado_en AT TIME ZONE 'UTC'
                    ELSE GREATEST(w.fecha_ultima_actividad, m.enviado_en AT TIME ZONE 'UTC') END,
                updated_at = now() AT TIME ZONE 'UTC'
            WHERE w.numero_telefono = ANY (chat_variantes(m.numero));
            IF m.saliente THEN
                PERFORM 1 FROM chat_conversaciones c WHERE c.id = v_conversacion FOR UPDATE;
                PERFORM chat_bloquear_id(m.fuente, m.id);
                IF m.enviado_por = 'api'
                   AND NOT EXISTS (SELECT 1 FROM chat_mensajes x WHERE x.fuente = m.fuente AND x.mensaje_id = m.id) THEN
                    r_seq := chat_adoptar_eco(v_conversacion, m.fuente, m.id, m.tipo, m.cuerpo,
                        CASE WHEN m.recuperado THEN m.enviado_en ELSE now() END, m.estado);
                    IF r_seq IS NOT NULL THEN
                        resultado := 'eco';
                    END IF;
                END IF;
            END IF;
            IF r_seq IS NULL THEN
                INSERT INTO chat_mensajes (conversacion_id, fuente, mensaje_id, chat_id, saliente, tipo, cuerpo, estado,
                    enviado_en, origen, media_id, media_url, media_mime, media_nombre, cita, crudo, datos, recuperado)
                VALUES (v_conversacion, m.fuente, m.id, m.chat_id, m.saliente, m.tipo, m.cuerpo, m.estado,
                    m.enviado_en, m.enviado_por, m.media_id, m.media_url, m.media_mime, m.media_nombre,
                    CASE WHEN m.cita ->> 'body' = '' THEN chat_completar_cita(m.fuente, m.cita) ELSE m.cita END, m.crudo, m.datos,
                    COALESCE(m.recuperado, FALSE))
                ON CONFLICT (fuente, mensaje_id) DO NOTHING
                RETURNING seq INTO r_seq;
                IF r_seq IS NOT NULL THEN
                    resultado := 'nuevo';
                    IF m.media_id IS NOT NULL OR m.media_url IS NOT NULL THEN
                        PERFORM chat_esperar_archivo(r_seq, m.media_mime, m.media_nombre, m.datos, m.media_tamano, m.media_sha256);
                        r_archivo := chat_archivo_de(r_seq, m.tipo);
                    END IF;
                    IF m.saliente THEN
                        PERFORM chat_aplicar_sueltos(r_seq, m.fuente, m.id);
                    END IF;
                    PERFORM chat_sumar_a_conversacion(v_conversacion, r_seq, m.enviado_en, NOT m.saliente,
                        -- El nombre de un mensaje atrasado no reemplaza al de ahora.
                        CASE WHEN m.recuperado THEN COALESCE((SELECT c.nombre FROM chat_conversaciones c WHERE c.id = v_conversacion), m.nombre)
                             ELSE m.nombre END, m.fuente);
                    IF m.recuperado THEN
                        PERFORM chat_ajustar_recuperado(r_seq);
                    END IF;
                    IF m.incompleto OR m.tipo = 'call'
                       OR EXISTS (SELECT 1 FROM chat_acciones a WHERE a.fuente = m.fuente AND a.objetivo = m.id) THEN
                        r_tocado := chat_al_nacer(r_seq, m.incompleto);
                    END IF;
                END IF;
            END IF;
        END IF;
        IF r_seq IS NULL AND m.id NOT LIKE 'sinid-%' THEN
            -- El mismo mensaje entregado con las dos identidades de una persona: así dice el proveedor que son una.
            SELECT c.numero INTO v_otro FROM chat_mensajes x JOIN chat_conversaciones c ON c.id = x.conversacion_id
            WHERE x.fuente = m.fuente AND x.mensaje_id = m.id;
            PERFORM chat_aprender_identidad(m.numero, v_otro, 'mensaje');
        END IF;
        IF r_seq IS NULL THEN
            r_seq := chat_poner_al_dia(to_jsonb(m));
            IF r_seq IS NOT NULL THEN
                resultado := 'cambio'; r_tocado := TRUE;
            END IF;
        ELSIF resultado = 'eco' AND m.tipo = 'poll' THEN
            PERFORM chat_poner_al_dia(to_jsonb(m));  -- el eco trae los ids de las opciones
        END IF;
        IF r_seq IS NOT NULL THEN
            SELECT x.estado, x.client_id, x.agente, c.agente, c.nombre, c.foto, c.no_leidos, c.total_mensajes, c.ultimo_en,
                CASE WHEN c.fuente = 'twilio' THEN chat_ventana_hasta(c.id) END, c.fijada, c.silenciada
            INTO r_estado, r_client_id, r_autor, r_agente, r_nombre, r_foto, r_no_leidos, r_total, r_ultimo_en, r_ventana_hasta,
                r_fijada, r_silenciada
            FROM chat_mensajes x JOIN chat_conversaciones c ON c.id = x.conversacion_id
            WHERE x.seq = r_seq;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Aplica pasos de mensajes nuestros. Devuelve solo los que cambiaron algo, con el dueño a quien avisar.
DROP FUNCTION IF EXISTS chat_recibir_estados(JSONB);
CREATE OR REPLACE FUNCTION chat_recibir_estados(p_estados JSONB)
RETURNS TABLE (r_seq BIGINT, r_mensaje_id TEXT, r_numero TEXT, r_agente TEXT, r_client_id TEXT, r_estado TEXT, r_error TEXT, r_en TIMESTAMPTZ, r_fuente TEXT)
LANGUAGE plpgsql AS $$
DECLARE
    e RECORD;
BEGIN
    FOR e IN
        SELECT * FROM jsonb_to_recordset(p_estados) AS x (id TEXT, fuente TEXT, estado TEXT, en TIMESTAMPTZ, error TEXT)
        ORDER BY x.id, chat_rango(x.estado)
    LOOP
        PERFORM chat_bloquear_id(e.fuente, e.id);
        IF NOT EXISTS (SELECT 1 FROM chat_mensajes x WHERE x.fuente = e.fuente AND x.mensaje_id = e.id) THEN
            INSERT INTO chat_estados_sueltos (fuente, mensaje_id, estado, error, en)
            VALUES (e.fuente, e.id, e.estado, e.error, e.en) ON CONFLICT DO NOTHING;
            CONTINUE;
        END IF;
        -- El mensaje solo y después su chat: si justo lo están pasando a otro chat, unidos en una orden no se hallarían.
        UPDATE chat_mensajes x SET estado = e.estado, error = e.error,
            pasos = x.pasos || jsonb_build_object(e.estado, e.en), cambio = pg_current_xact_id()
        WHERE x.fuente = e.fuente AND x.mensaje_id = e.id AND x.saliente AND chat_avanza(x.estado, e.estado);
        IF FOUND THEN
            RETURN QUERY
                SELECT x.seq, x.mensaje_id, c.numero, c.agente, x.client_id, x.estado, x.error, e.en, e.fuente
                FROM chat_mensajes x JOIN chat_conversaciones c ON c.id = x.conversacion_id
                WHERE x.fuente = e.fuente AND x.mensaje_id = e.id;
        END IF;
    END LOOP;
END
$$;

-- Nombres de los avisos "chats" y "contacts": solo de quien ya conversa con nosotros.
DROP FUNCTION IF EXISTS chat_recibir_nombres(JSONB);
CREATE OR REPLACE FUNCTION chat_recibir_nombres(p_nombres JSONB)
RETURNS TABLE (r_numero TEXT, r_agente TEXT, r_nombre TEXT, r_fuente TEXT)
LANGUAGE plpgsql AS $$
BEGIN
    -- En orden, como las entregas de mensajes: si no, dos listas cruzadas se esperarían una a otra.
    PERFORM 1 FROM chat_conversaciones c
    WHERE c.numero IN (SELECT chat_titular(n.numero) FROM jsonb_to_recordset(p_nombres) AS n (numero TEXT))
    ORDER BY c.numero FOR UPDATE;
    PERFORM chat_anotar_fotos(p_nombres);
    RETURN QUERY
        UPDATE chat_conversaciones c SET nombre = n.nombre, cambio = pg_current_xact_id()
        FROM jsonb_to_recordset(p_nombres) AS n (numero TEXT, nombre TEXT)
        WHERE c.numero = chat_titular(n.numero) AND n.nombre <> COALESCE(c.nombre, '')
        RETURNING c.numero, c.agente, c.nombre, c.fuente;
END
$$;
