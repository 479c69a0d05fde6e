-- Las sesiones cerradas cuya cookie no ha vencido.
SELECT sesion, extract(epoch FROM vence)::FLOAT8 AS vence
FROM chat_sesiones_cerradas
WHERE vence > now()
