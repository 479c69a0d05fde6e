-- Nombres y fotos de contactos conocidos.
SELECT * FROM chat_recibir_nombres(%(nombres)s)
