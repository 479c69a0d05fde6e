-- Pone en su sitio lo que ahora se entiende de un mensaje.
SELECT chat_releer_mensaje(%(seq)s, %(leido)s) AS cambio
