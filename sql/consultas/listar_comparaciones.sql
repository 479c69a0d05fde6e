-- Las últimas comparaciones, con lo recuperado entre todas las que se recuerdan.
SELECT motivo, desde, empezo_en, termino_en, revisados, recuperados, error,
       (SELECT sum(recuperados) FROM chat_comparaciones) AS total_recuperados
FROM chat_comparaciones ORDER BY id DESC LIMIT %(limite)s
