-- Recuerda una sesión cerrada, olvida las vencidas y avisa a los demás procesos.
WITH olvidadas AS (
    DELETE FROM chat_sesiones_cerradas WHERE vence < now()
), cerrada AS (
    INSERT INTO chat_sesiones_cerradas (sesion, vence)
    VALUES (%(sesion)s, to_timestamp(%(vence)s))
    ON CONFLICT (sesion) DO NOTHING
)
SELECT pg_notify(%(canal)s, %(sesion)s)
