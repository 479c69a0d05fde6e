-- Una noticia del estado de la línea.
SELECT resultado, r_estado, r_desde FROM chat_anotar_linea(%(fuente)s, %(estado)s, %(en)s, %(origen)s, %(credito_s)s)
