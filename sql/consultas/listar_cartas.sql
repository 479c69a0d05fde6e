-- Lo que no se entendió: cuántas cartas hay pendientes y resueltas, y las pendientes más nuevas sin su contenido.
SELECT n.pendientes, n.resueltas, c.*
FROM (
    SELECT count(*) FILTER (WHERE reprocesada_en IS NULL) AS pendientes, count(reprocesada_en) AS resueltas FROM chat_ilegibles
) n
LEFT JOIN LATERAL (
    SELECT huella, motivo, clave, veces, recibido_en, COALESCE(ultima_en, recibido_en) AS ultima_en, intentada_en, rechazo,
           octet_length(crudo::TEXT) AS bytes
    FROM chat_ilegibles WHERE reprocesada_en IS NULL ORDER BY recibido_en DESC LIMIT %(limite)s
) c ON TRUE
