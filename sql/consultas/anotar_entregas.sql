-- Suma lo contado en memoria.
INSERT INTO chat_entregas AS e (clave, veces, ultima_en)
SELECT clave, veces, ultima_en
FROM jsonb_to_recordset(%(entregas)s) AS x (clave TEXT, veces BIGINT, ultima_en TIMESTAMPTZ)
ORDER BY clave
ON CONFLICT (clave) DO UPDATE SET veces = e.veces + EXCLUDED.veces, ultima_en = GREATEST(e.ultima_en, EXCLUDED.ultima_en)
