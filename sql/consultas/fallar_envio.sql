-- El envío no salió, o no se sabe.
SELECT chat_fallar_envio(%(seq)s, %(estado)s, %(error)s) AS cambio
