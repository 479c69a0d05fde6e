-- Guarda mensajes viejos de un chat.
SELECT chat_guardar_anteriores(%(numero)s, %(mensajes)s) AS nuevos
