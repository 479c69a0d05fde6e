-- Un recuerdo del libro. Sin filas: nunca se anotó.
SELECT valor FROM chat_libro WHERE clave = %(clave)s
