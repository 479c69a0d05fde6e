-- Lo último que se sabe de la línea, y hace cuántos segundos se supo. Sin fila, o con estado NULL: nada todavía.
SELECT estado, desde, extract(epoch FROM now() - visto_en)::DOUBLE PRECISION AS hace, prueba FROM chat_linea WHERE fuente = %(fuente)s
