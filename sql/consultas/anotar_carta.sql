-- Cómo le fue a una carta: `rechazo` NULL = se entendió y quedó resuelta.
UPDATE chat_ilegibles
SET intentada_en = now(), rechazo = %(rechazo)s, reprocesada_en = CASE WHEN %(rechazo)s::TEXT IS NULL THEN now() END
WHERE huella = %(huella)s
