-- Marca leída una conversación propia.
SELECT * FROM chat_marcar_leido(%(numero)s, %(agente)s, %(hasta)s)
