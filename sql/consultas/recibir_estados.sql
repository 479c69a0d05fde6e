-- Aplica pasos de mensajes nuestros.
SELECT * FROM chat_recibir_estados(%(estados)s)
