-- Lo que un agente deja ver al cliente. Sin filas: todo.
SELECT lectura, escribiendo FROM chat_senales_agente WHERE agente = %(agente)s
