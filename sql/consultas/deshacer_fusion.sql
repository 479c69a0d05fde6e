-- Separa lo que una fusión unió.
SELECT * FROM chat_deshacer_fusion(%(id)s, %(agente)s)
