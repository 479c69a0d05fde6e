-- Lo propio de Twilio: su ventana de 24 horas y lo que hace falta para reconocer un envío y una cita. Repetible.

CREATE INDEX IF NOT EXISTS chat_mensajes_ventana ON chat_mensajes (conversacion_id, enviado_en)
    WHERE fuente = 'twilio' AND NOT saliente;

-- Hasta cuándo se le puede escribir texto libre a una persona por Twilio: 24 horas desde lo último que escribió por ahí.
-- Si no ha escrito, ya pasó. Se calcula: una columna habría que llevarla bien también al juntar dos conversaciones.
CREATE OR REPLACE FUNCTION chat_ventana_hasta(p_conversacion BIGINT) RETURNS TIMESTAMPTZ
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
        (SELECT max(x.enviado_en) + INTERVAL '24 hours' FROM chat_mensajes x
         WHERE x.conversacion_id = p_conversacion AND x.fuente = 'twilio' AND NOT x.saliente),
        (SELECT c.creada_en FROM chat_conversaciones c WHERE c.id = p_conversacion))
$$;

-- El proveedor habla de un envío nuestro cuya respuesta no vimos: la fila toma su id. `p_en` es la hora de ese intento:
-- lo que llegue tarde de uno anterior no se confunde con el de ahora.
CREATE OR REPLACE FUNCTION chat_reconocer_envio(p_seq BIGINT, p_en TIMESTAMPTZ, p_fuente TEXT, p_mensaje_id TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM chat_mensajes x
    WHERE x.seq = p_seq AND x.fuente = p_fuente AND x.saliente AND x.mensaje_id IS NULL AND x.enviado_en = p_en
      AND x.estado IN ('pending', 'unknown');
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM chat_confirmar_envio(p_seq, p_mensaje_id);
    RETURN TRUE;
END
$$;

-- Una cita que solo trae el id del original, con lo que decía el original si lo tenemos.
CREATE OR REPLACE FUNCTION chat_completar_cita(p_fuente TEXT, p_cita JSONB) RETURNS JSONB
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
        (SELECT p_cita || jsonb_build_object('body', left(x.cuerpo, 500), 'type', x.tipo, 'from_me', x.saliente)
         FROM chat_mensajes x WHERE x.fuente = p_fuente AND x.mensaje_id = p_cita ->> 'id'), p_cita)
$$;
