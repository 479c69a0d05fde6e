-- Las tablas propias de la bandeja, con prefijo chat_ porque la base de la empresa tiene tablas de otros programas.
-- Repetible. Una columna por línea: el arranque lee de aquí qué columnas necesita cada tabla.
-- `cambio` es la transacción que tocó la fila por última vez: con ella una pantalla pide lo que se perdió.

-- Texto comparable: sin tildes, en minúscula y con las palabras separadas por un espacio.
CREATE OR REPLACE FUNCTION chat_normalizar(p_texto TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(lower(translate(p_texto,
        'ÁÉÍÓÚÜÑÀÈÌÒÙÂÊÎÔÛÄËÏÖÇáéíóúüñàèìòùâêîôûäëïöç',
        'AEIOUUNAEIOUAEIOUAEIOCaeiouunaeiouaeiouaeioc')), '[\W_]+', ' ', 'g'))
$$;

CREATE TABLE IF NOT EXISTS chat_esquema (
    clave TEXT PRIMARY KEY,
    valor TEXT NOT NULL
);

-- Una fila por número canónico ("+573001234567" o "123…@lid"). `agente` es reflejo de
-- conversaciones_whatsapp.agente_asignado (lo mantiene un disparador): así la lista es una sola consulta indexada.
CREATE TABLE IF NOT EXISTS chat_conversaciones (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    numero TEXT NOT NULL UNIQUE,
    agente TEXT,
    nombre TEXT,
    foto TEXT,
    fuente TEXT NOT NULL DEFAULT 'whapi',
    ultimo_seq BIGINT NOT NULL DEFAULT 0,
    ultimo_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    total_mensajes INTEGER NOT NULL DEFAULT 0,
    no_leidos INTEGER NOT NULL DEFAULT 0,
    leido_en TIMESTAMPTZ,
    ultimo_saliente BOOLEAN,
    fijada BOOLEAN NOT NULL DEFAULT FALSE,
    silenciada BOOLEAN NOT NULL DEFAULT FALSE,
    nombre_normal TEXT GENERATED ALWAYS AS (chat_normalizar(nombre)) STORED,
    cambio XID8 NOT NULL DEFAULT pg_current_xact_id(),
    creada_en TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS chat_conversaciones_lista
    ON chat_conversaciones (agente, fijada DESC, ultimo_en DESC, ultimo_seq DESC, id DESC);
CREATE INDEX IF NOT EXISTS chat_conversaciones_cambio ON chat_conversaciones (agente, cambio);

-- Quién dejó de atender qué, y cuándo: cada uno que la perdió la quita de su pantalla, aunque haya pasado por varios.
CREATE TABLE IF NOT EXISTS chat_quitadas (
    agente TEXT NOT NULL,
    conversacion_id BIGINT NOT NULL REFERENCES chat_conversaciones (id),
    cambio XID8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (agente, conversacion_id)
);

CREATE INDEX IF NOT EXISTS chat_quitadas_cambio ON chat_quitadas (agente, cambio);

-- `seq` es el orden de llegada y la clave estable; `mensaje_id` es el del proveedor (NULL hasta que acepta el envío).
CREATE TABLE IF NOT EXISTS chat_mensajes (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversacion_id BIGINT NOT NULL REFERENCES chat_conversaciones (id),
    fuente TEXT NOT NULL DEFAULT 'whapi',
    mensaje_id TEXT,
    client_id TEXT,
    chat_id TEXT NOT NULL,
    saliente BOOLEAN NOT NULL,
    tipo TEXT NOT NULL,
    cuerpo TEXT NOT NULL DEFAULT '',
    estado TEXT NOT NULL,
    error TEXT,
    enviado_en TIMESTAMPTZ NOT NULL,
    recibido_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    intentado_en TIMESTAMPTZ,
    origen TEXT NOT NULL,
    agente TEXT,
    media_id TEXT,
    media_url TEXT,
    media_mime TEXT,
    media_nombre TEXT,
    cita JSONB,
    crudo JSONB,
    pasos JSONB NOT NULL DEFAULT '{}',
    busqueda TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', chat_normalizar(cuerpo))) STORED,
    cambio XID8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE UNIQUE INDEX IF NOT EXISTS chat_mensajes_id ON chat_mensajes (fuente, mensaje_id);
CREATE UNIQUE INDEX IF NOT EXISTS chat_mensajes_client_id ON chat_mensajes (conversacion_id, client_id)
    WHERE client_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS chat_mensajes_pagina ON chat_mensajes (conversacion_id, enviado_en DESC, seq DESC);
-- Sin lista pendiente: cada mensaje paga lo suyo y ninguno paga el vaciado de los demás.
CREATE INDEX IF NOT EXISTS chat_mensajes_busqueda ON chat_mensajes USING gin (busqueda) WITH (fastupdate = off);
CREATE INDEX IF NOT EXISTS chat_mensajes_cambio ON chat_mensajes (cambio);
CREATE INDEX IF NOT EXISTS chat_mensajes_por_confirmar ON chat_mensajes (conversacion_id, seq)
    WHERE saliente AND mensaje_id IS NULL;

-- Estados que llegaron antes que su mensaje: esperan aquí hasta que aparezca.
CREATE TABLE IF NOT EXISTS chat_estados_sueltos (
    fuente TEXT NOT NULL,
    mensaje_id TEXT NOT NULL,
    estado TEXT NOT NULL,
    error TEXT,
    en TIMESTAMPTZ NOT NULL,
    recibido_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (fuente, mensaje_id, estado)
);

-- Reacciones, ediciones, borrados y votos, tal como llegaron: actúan sobre otro mensaje.
CREATE TABLE IF NOT EXISTS chat_acciones (
    fuente TEXT NOT NULL,
    accion_id TEXT NOT NULL,
    tipo TEXT NOT NULL,
    objetivo TEXT NOT NULL,
    numero TEXT,
    en TIMESTAMPTZ NOT NULL,
    crudo JSONB NOT NULL,
    recibido_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (fuente, accion_id)
);

-- Lo que no se pudo entender, entero y con su motivo.
CREATE TABLE IF NOT EXISTS chat_ilegibles (
    huella TEXT PRIMARY KEY,
    fuente TEXT NOT NULL,
    motivo TEXT NOT NULL,
    crudo JSONB,
    veces INTEGER NOT NULL DEFAULT 1,
    recibido_en TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Lo que un agente dejó escrito sin enviar: lo encuentra en cualquier pantalla suya.
CREATE TABLE IF NOT EXISTS chat_borradores (
    agente TEXT NOT NULL,
    conversacion_id BIGINT NOT NULL REFERENCES chat_conversaciones (id),
    texto TEXT NOT NULL,
    actualizado_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (agente, conversacion_id)
);

-- `agente` NULL: la respuesta es de todo el equipo.
CREATE TABLE IF NOT EXISTS chat_respuestas_rapidas (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agente TEXT,
    atajo TEXT NOT NULL,
    texto TEXT NOT NULL,
    creada_por TEXT NOT NULL,
    actualizada_en TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX IF NOT EXISTS chat_respuestas_rapidas_atajo ON chat_respuestas_rapidas (COALESCE(agente, ''), lower(atajo));
