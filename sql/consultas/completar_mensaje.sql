-- El contenido que le faltaba a un mensaje. Falso: ya no se esperaba.
SELECT chat_completar_mensaje(%(seq)s, %(nuevo)s) AS completado
