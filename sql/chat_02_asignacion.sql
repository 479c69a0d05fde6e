-- Quién atiende a quién. Orden de los candados en todas partes: contador, conversación, mensaje.

-- Las escrituras nacionales de una misma persona, en su forma canónica (como bandeja/telefono.py): México sin el 1,
-- Argentina y Brasil con el 9. Los brasileños de ocho cifras que empiezan por 7 no: pueden ser otra persona.
CREATE OR REPLACE FUNCTION chat_sin_variantes(p_numero TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_numero !~ '^[+]5[245]' THEN p_numero
        WHEN p_numero ~ '^[+]521[2-9][0-9]{9}$' THEN '+52' || substr(p_numero, 5)
        WHEN p_numero ~ '^[+]54(11|[23][0-9])[0-9]{8}$' THEN '+549' || substr(p_numero, 4)
        WHEN p_numero ~ '^[+]55[1-9]{2}[689][0-9]{7}$' THEN substr(p_numero, 1, 5) || '9' || substr(p_numero, 6)
        ELSE p_numero
    END
$$;

-- La forma canónica de un número que alguien pudo escribir sin "+" o en su forma local.
CREATE OR REPLACE FUNCTION chat_numero_canonico(p_numero TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT chat_sin_variantes(CASE
        WHEN p_numero ~ '^3([0-3][0-9]|5[01]|70)[0-9]{7}$' THEN '+57' || p_numero
        WHEN p_numero ~ '^[0-9]{7,15}$' THEN '+' || p_numero
        ELSE p_numero
    END)
$$;

-- Las escrituras con que una base antigua, o el proveedor, pudo guardar ese número; la canónica va primero.
CREATE OR REPLACE FUNCTION chat_variantes(p_numero TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_numero ~ '^[+]573([0-3][0-9]|5[01]|70)[0-9]{7}$' THEN ARRAY[p_numero, substr(p_numero, 2), substr(p_numero, 4)]
        -- Un fijo belga sin «+» sería un móvil colombiano: otra persona.
        WHEN p_numero ~ '^[+]3([0-3][0-9]|5[01]|70)[0-9]{7}$' THEN ARRAY[p_numero]
        WHEN p_numero ~ '^[+]52[2-9][0-9]{9}$' THEN
            ARRAY[p_numero, substr(p_numero, 2), '+521' || substr(p_numero, 4), '521' || substr(p_numero, 4)]
        WHEN p_numero ~ '^[+]549(11|[23][0-9])[0-9]{8}$' THEN
            ARRAY[p_numero, substr(p_numero, 2), '+54' || substr(p_numero, 5), '54' || substr(p_numero, 5)]
        WHEN p_numero ~ '^[+]55[1-9]{2}9[689][0-9]{7}$' THEN
            ARRAY[p_numero, substr(p_numero, 2), substr(p_numero, 1, 5) || substr(p_numero, 7), substr(p_numero, 2, 4) || substr(p_numero, 7)]
        WHEN p_numero LIKE '+%' THEN ARRAY[p_numero, substr(p_numero, 2)]
        ELSE ARRAY[p_numero]
    END
$$;

-- Las dos identidades de una persona: la oculta y su teléfono. Solo lo que dijo el proveedor. `unida`: lo que llega por
-- la oculta cae en el chat del teléfono; `rechazada`: alguien las separó a mano y no se vuelven a unir solas.
CREATE TABLE IF NOT EXISTS chat_identidades (
    lid TEXT PRIMARY KEY,
    numero TEXT NOT NULL UNIQUE,
    prueba TEXT NOT NULL,
    unida BOOLEAN NOT NULL DEFAULT FALSE,
    rechazada BOOLEAN NOT NULL DEFAULT FALSE,
    sabida_en TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- El número del chat de una identidad: el suyo, o el del teléfono con que está unida. Solo una oculta se busca.
CREATE OR REPLACE FUNCTION chat_titular(p_numero TEXT) RETURNS TEXT
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_numero LIKE '%@lid'
        THEN COALESCE((SELECT i.numero FROM chat_identidades i WHERE i.lid = p_numero AND i.unida), p_numero) ELSE p_numero END
$$;

-- Como chat_titular, y desde aquí hasta el final de la transacción nadie une ni separa a esa identidad.
CREATE OR REPLACE FUNCTION chat_fijar_titular(p_numero TEXT) RETURNS TEXT
LANGUAGE plpgsql AS $$
BEGIN
    IF p_numero LIKE '%@lid' THEN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_numero, 11));
    END IF;
    RETURN chat_titular(p_numero);
END
$$;

-- Refleja al dueño de conversaciones_whatsapp en chat_conversaciones, también cuando alguien reasigna por SQL,
-- y avisa del cambio para que las pantallas de los dos agentes se enteren.
CREATE OR REPLACE FUNCTION chat_reflejar_dueno(p_numero_telefono TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    v_numero TEXT := chat_numero_canonico(p_numero_telefono);
    v_agente TEXT;
    v_actividad TIMESTAMPTZ;
    v_antes TEXT;
BEGIN
    IF chat_titular(v_numero) <> v_numero THEN
        RETURN;  -- unida a un teléfono: su dueño es el de la fila de este
    END IF;
    -- Si una base antigua tiene el mismo número escrito de dos maneras, manda la que lleva "+".
    SELECT c.agente_asignado, c.fecha_ultima_actividad AT TIME ZONE 'UTC' INTO v_agente, v_actividad
    FROM conversaciones_whatsapp c
    WHERE c.numero_telefono = ANY (chat_variantes(v_numero))
    ORDER BY (c.numero_telefono LIKE '+%') DESC, c.id
    LIMIT 1;
    -- Sin filas: la conversación se borró; la historia se conserva y queda sin dueño.
    SELECT agente INTO v_antes FROM chat_conversaciones WHERE numero = v_numero FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO chat_conversaciones (numero, agente, ultimo_en)
        VALUES (v_numero, v_agente, COALESCE(v_actividad, now()))
        ON CONFLICT (numero) DO NOTHING;
    ELSIF v_antes IS DISTINCT FROM v_agente THEN
        UPDATE chat_conversaciones
        SET agente = v_agente, cambio = pg_current_xact_id()
        WHERE numero = v_numero;
        INSERT INTO chat_quitadas (agente, conversacion_id)
        SELECT v_antes, id FROM chat_conversaciones WHERE numero = v_numero AND v_antes IS NOT NULL
        ON CONFLICT (agente, conversacion_id) DO UPDATE SET cambio = pg_current_xact_id();
        PERFORM pg_notify('chat_dueno', json_build_object('numero', v_numero, 'antes', v_antes, 'ahora', v_agente)::TEXT);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION chat_al_cambiar_conversacion() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM chat_reflejar_dueno(numero) FROM chat_conversaciones WHERE agente IS NOT NULL;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        -- Las identidades ocultas unidas a este número dicen el mismo dueño.
        UPDATE conversaciones_whatsapp w SET agente_asignado = NEW.agente_asignado
        FROM chat_identidades i
        WHERE i.numero = chat_numero_canonico(NEW.numero_telefono) AND i.unida AND w.numero_telefono = i.lid
          AND w.agente_asignado IS DISTINCT FROM NEW.agente_asignado;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM chat_reflejar_dueno(OLD.numero_telefono);
    END IF;
    IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR NEW.numero_telefono <> OLD.numero_telefono) THEN
        PERFORM chat_reflejar_dueno(NEW.numero_telefono);
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS chat_reflejo ON conversaciones_whatsapp;
CREATE TRIGGER chat_reflejo
    AFTER INSERT OR DELETE OR UPDATE OF agente_asignado, numero_telefono ON conversaciones_whatsapp
    FOR EACH ROW EXECUTE FUNCTION chat_al_cambiar_conversacion();

DROP TRIGGER IF EXISTS chat_reflejo_vaciar ON conversaciones_whatsapp;
CREATE TRIGGER chat_reflejo_vaciar
    AFTER TRUNCATE ON conversaciones_whatsapp
    FOR EACH STATEMENT EXECUTE FUNCTION chat_al_cambiar_conversacion();

-- Las conversaciones que ya estaban cuando esta bandeja llegó.
SELECT chat_reflejar_dueno(c.numero_telefono)
FROM conversaciones_whatsapp c
LEFT JOIN chat_conversaciones r ON r.numero = chat_numero_canonico(c.numero_telefono)
WHERE r.id IS NULL OR r.agente IS DISTINCT FROM c.agente_asignado;

-- Tras restaurar un respaldo en otro servidor las transacciones vuelven a empezar: nada puede venir del futuro.
UPDATE chat_conversaciones SET cambio = pg_current_xact_id() WHERE cambio > pg_current_xact_id();
UPDATE chat_mensajes SET cambio = pg_current_xact_id() WHERE cambio > pg_current_xact_id();
UPDATE chat_quitadas SET cambio = pg_current_xact_id() WHERE cambio > pg_current_xact_id();

-- Bloquea el contador y devuelve su valor; si alguien borró la fila, la repone (D5).
CREATE OR REPLACE FUNCTION chat_bloquear_contador() RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
    v_valor INTEGER;
BEGIN
    SELECT COALESCE(valor, 0) INTO v_valor FROM sistema_asignacion WHERE clave = 'contador_round_robin' FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO sistema_asignacion (clave, valor) VALUES ('contador_round_robin', 0) ON CONFLICT (clave) DO NOTHING;
        SELECT COALESCE(valor, 0) INTO v_valor FROM sistema_asignacion WHERE clave = 'contador_round_robin' FOR UPDATE;
    END IF;
    RETURN v_valor;
END
$$;

-- Da dueño a un número: el que ya tiene, o el del turno. Relee al dueño dentro del candado (D2): si lo hay, no
-- gasta turno. Sin agentes (arreglo vacío) la conversación se crea y espera sin dueño.
CREATE OR REPLACE FUNCTION chat_asignar(p_numero TEXT, p_agentes TEXT[])
RETURNS TABLE (agente TEXT, turno BOOLEAN, nueva BOOLEAN)
LANGUAGE plpgsql AS $$
DECLARE
    v_numero TEXT := chat_fijar_titular(p_numero);
    v_contador INTEGER := chat_bloquear_contador();
    v_total INTEGER := COALESCE(array_length(p_agentes, 1), 0);
    v_telefono TEXT;
    v_ahora TIMESTAMP := now() AT TIME ZONE 'UTC';
BEGIN
    turno := FALSE;
    SELECT c.numero_telefono, c.agente_asignado INTO v_telefono, agente
    FROM conversaciones_whatsapp c
    WHERE c.numero_telefono = ANY (chat_variantes(v_numero))
    ORDER BY (c.numero_telefono LIKE '+%') DESC, c.id
    LIMIT 1
    FOR UPDATE;
    nueva := NOT FOUND;
    IF agente IS NULL AND v_total > 0 THEN
        agente := p_agentes[((v_contador % v_total) + v_total) % v_total + 1];
        turno := TRUE;
        UPDATE sistema_asignacion
        SET valor = CASE WHEN v_contador >= 2147483646 THEN 0 ELSE v_contador + 1 END, updated_at = v_ahora
        WHERE clave = 'contador_round_robin';
    END IF;
    IF nueva THEN
        INSERT INTO conversaciones_whatsapp
            (numero_telefono, agente_asignado, fecha_asignacion, fecha_ultima_actividad, created_at, updated_at)
        VALUES (v_numero, agente, v_ahora, v_ahora, v_ahora, v_ahora)
        ON CONFLICT (numero_telefono) DO UPDATE
        SET agente_asignado = COALESCE(conversaciones_whatsapp.agente_asignado, EXCLUDED.agente_asignado)
        RETURNING agente_asignado INTO agente;
    ELSIF turno THEN
        UPDATE conversaciones_whatsapp
        SET agente_asignado = agente, fecha_asignacion = v_ahora, updated_at = v_ahora
        WHERE numero_telefono = v_telefono;
    END IF;
    RETURN NEXT;
END
$$;
