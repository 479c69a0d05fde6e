-- Toma el turno de pedir lo anterior de un chat.
SELECT * FROM chat_empezar_anteriores(%(numero)s, %(agente)s, %(antes)s, %(arriendo_s)s)
