-- Se preguntó por una identidad y no se supo: la próxima vez, cada vez más tarde (una hora, dos, cuatro… hasta una semana).
INSERT INTO chat_preguntas_identidad AS p (numero, veces, proxima_en) VALUES (%(numero)s, 1, now() + INTERVAL '1 hour')
ON CONFLICT (numero) DO UPDATE SET veces = p.veces + 1, proxima_en = now() + LEAST(INTERVAL '1 hour' * (1 << LEAST(p.veces, 8)), INTERVAL '7 days')
