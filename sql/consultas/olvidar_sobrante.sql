-- Ese objeto ya se borró de S3.
DELETE FROM chat_objetos_sobrantes WHERE clave = %(clave)s
