-- El avance de una comparación en curso. Sin filas: ya no es nuestra (tardó tanto que otro proceso la dio por muerta).
UPDATE chat_comparaciones
SET latido_en = now(), revisados = %(revisados)s, recuperados = %(recuperados)s,
    visto_hasta = GREATEST(visto_hasta, %(visto_hasta)s)
WHERE id = %(id)s AND termino_en IS NULL
RETURNING id
