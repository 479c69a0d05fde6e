-- Toma para sí el reintento de un mensaje fallido.
SELECT * FROM chat_reclamar_reintento(%(seq)s, %(agente)s)
