-- Aplica las acciones cuyo mensaje ya apareció. Una fila por mensaje que cambió.
SELECT chat_aplicar_pendientes() AS seq
