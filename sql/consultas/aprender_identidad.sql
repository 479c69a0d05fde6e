-- El proveedor dijo que una identidad oculta y un teléfono son la misma persona.
SELECT chat_aprender_identidad(%(lid)s, %(numero)s, %(prueba)s)
