-- Los contadores de entregas, la más reciente primero.
SELECT clave, veces, ultima_en FROM chat_entregas ORDER BY ultima_en DESC
