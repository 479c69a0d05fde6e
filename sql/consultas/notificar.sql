-- Un aviso a los demás procesos.
SELECT pg_notify(%(canal)s, %(texto)s)
