-- Las dos tablas de la especificación. Repetible: se puede ejecutar cuantas veces se quiera.
-- Los tiempos (TIMESTAMP sin zona) guardan UTC: la aplicación abre sus conexiones con TimeZone = 'UTC'.

CREATE TABLE IF NOT EXISTS conversaciones_whatsapp (
    id SERIAL PRIMARY KEY,
    numero_telefono VARCHAR(20) UNIQUE NOT NULL,
    agente_asignado VARCHAR(50),
    fecha_asignacion TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    fecha_ultima_actividad TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    estado VARCHAR(20) DEFAULT 'activa',
    notas TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX IF NOT EXISTS idx_numero_telefono ON conversaciones_whatsapp (numero_telefono);
CREATE INDEX IF NOT EXISTS idx_agente_asignado ON conversaciones_whatsapp (agente_asignado);
CREATE INDEX IF NOT EXISTS idx_estado ON conversaciones_whatsapp (estado);

CREATE TABLE IF NOT EXISTS sistema_asignacion (
    id SERIAL PRIMARY KEY,
    clave VARCHAR(50) UNIQUE NOT NULL,
    valor INTEGER DEFAULT 0,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

INSERT INTO sistema_asignacion (clave, valor)
VALUES ('contador_round_robin', 0)
ON CONFLICT (clave) DO NOTHING;
