-- Llegó al webhook una entrega de prueba con su marca.
INSERT INTO chat_linea (fuente, prueba) VALUES (%(fuente)s, %(marca)s)
ON CONFLICT (fuente) DO UPDATE SET prueba = EXCLUDED.prueba
