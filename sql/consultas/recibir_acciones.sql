-- Anota reacciones, ediciones, borrados y votos, y los aplica. Una fila por mensaje que cambió.
SELECT chat_recibir_acciones(%(acciones)s) AS seq
