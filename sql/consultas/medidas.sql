-- Lo que solo la base sabe, para las métricas. Acotado: más allá del tope ya no importa cuántos son.
SELECT (SELECT count(*) FROM (SELECT 1 FROM chat_mensajes
                              WHERE saliente AND mensaje_id IS NULL AND estado = 'pending' LIMIT %(tope)s) p) AS pendientes,
       (SELECT count(*) FROM (SELECT 1 FROM chat_ilegibles LIMIT %(tope)s) i) AS ilegibles,
       (SELECT count(*) FROM (SELECT 1 FROM chat_archivos WHERE estado = 'pending' LIMIT %(tope)s) a) AS archivos
