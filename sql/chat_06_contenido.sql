-- Lo que un mensaje trae además de su texto: su contenido por tipo, su archivo y lo que otros le hicieron.
-- Repetible; solo añade.

ALTER TABLE chat_mensajes ADD COLUMN IF NOT EXISTS datos JSONB;
ALTER TABLE chat_mensajes ADD COLUMN IF NOT EXISTS reacciones JSONB NOT NULL DEFAULT '[]';
ALTER TABLE chat_mensajes ADD COLUMN IF NOT EXISTS editado_en TIMESTAMPTZ;
ALTER TABLE chat_mensajes ADD COLUMN IF NOT EXISTS borrado_en TIMESTAMPTZ;
ALTER TABLE chat_mensajes ADD COLUMN IF NOT EXISTS recuperado BOOLEAN NOT NULL DEFAULT FALSE;
-- Cuántas veces cambió la fila: de dos noticias del mismo mensaje que se cruzan, la pantalla sabe cuál es más nueva.
-- `cambio` no sirve para eso: una transacción que empezó antes puede tocar la fila después.
ALTER TABLE chat_mensajes ADD COLUMN IF NOT EXISTS version INTEGER NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION chat_contar_version() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS chat_version ON chat_mensajes;
CREATE TRIGGER chat_version BEFORE UPDATE ON chat_mensajes FOR EACH ROW EXECUTE FUNCTION chat_contar_version();

-- Lo que decía un mensaje antes de cada edición. `accion_id` es el de la acción que lo cambió.
CREATE TABLE IF NOT EXISTS chat_ediciones (
    seq BIGINT NOT NULL REFERENCES chat_mensajes (seq) ON DELETE CASCADE,
    accion_id TEXT NOT NULL,
    cuerpo TEXT NOT NULL,
    editado_en TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (seq, accion_id)
);

-- El archivo de un mensaje. `estado`: pending (por traer) | ready | lost (el proveedor ya no lo tiene) | failed (no se
-- pudo; se puede reintentar). `almacen`: base (chat_archivos_trozos) | s3 (en `clave`).
CREATE TABLE IF NOT EXISTS chat_archivos (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE REFERENCES chat_mensajes (seq) ON DELETE CASCADE,
    estado TEXT NOT NULL DEFAULT 'pending',
    error TEXT,
    mime TEXT,
    nombre TEXT,
    tamano BIGINT,
    sha256 TEXT,
    ancho INTEGER,
    alto INTEGER,
    segundos REAL,
    paginas INTEGER,
    onda TEXT,
    almacen TEXT,
    clave TEXT,
    miniatura BYTEA,
    intentos INTEGER NOT NULL DEFAULT 0,
    proximo_en TIMESTAMPTZ NOT NULL DEFAULT now(),
    creado_en TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS chat_archivos_por_traer ON chat_archivos (proximo_en) WHERE estado = 'pending';

-- En trozos, para servir un pedazo sin leer el archivo entero.
CREATE TABLE IF NOT EXISTS chat_archivos_trozos (
    archivo_id BIGINT NOT NULL REFERENCES chat_archivos (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    datos BYTEA NOT NULL,
    PRIMARY KEY (archivo_id, n)
);

-- Un entero razonable escrito en un JSON ajeno, o NULL.
CREATE OR REPLACE FUNCTION chat_entero(p_texto TEXT) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_texto ~ '^[0-9]{1,8}([.][0-9]{1,10})?$' THEN round(p_texto::NUMERIC)::INTEGER END
$$;

-- Lo que la pantalla necesita saber del archivo de un mensaje; NULL si no tiene.
CREATE OR REPLACE FUNCTION chat_ficha_archivo(p_seq BIGINT) RETURNS JSONB
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', a.id, 'estado', a.estado, 'error', a.error, 'mime', a.mime, 'nombre', a.nombre,
        'tamano', a.tamano, 'ancho', a.ancho, 'alto', a.alto, 'segundos', a.segundos, 'paginas', a.paginas,
        'onda', a.onda, 'miniatura', a.miniatura IS NOT NULL)
    FROM chat_archivos a
    WHERE a.seq = p_seq
$$;

-- Aparte, para que PostgreSQL la escriba dentro de cada consulta y no llame a nada por lo que no es archivo.
CREATE OR REPLACE FUNCTION chat_archivo_de(p_seq BIGINT, p_tipo TEXT) RETURNS JSONB
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_tipo IN ('image', 'video', 'gif', 'short', 'audio', 'voice', 'document', 'sticker')
        THEN chat_ficha_archivo(p_seq) END
$$;
