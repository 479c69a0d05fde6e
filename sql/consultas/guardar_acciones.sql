-- Reacciones, ediciones y borrados, tal como llegaron.
SELECT chat_guardar_acciones(%(acciones)s)
