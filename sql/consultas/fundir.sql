-- Une una identidad oculta con su teléfono. Sin filas: no había dos chats que unir.
SELECT * FROM chat_fundir(%(lid)s)
