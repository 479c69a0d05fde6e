-- Anota un recuerdo del libro.
INSERT INTO chat_libro (clave, valor) VALUES (%(clave)s, %(valor)s) ON CONFLICT (clave) DO UPDATE SET valor = EXCLUDED.valor
