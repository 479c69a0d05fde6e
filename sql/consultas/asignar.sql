-- Da dueño a un número: el que ya tiene o el del turno.
SELECT agente, turno, nueva FROM chat_asignar(%(numero)s, %(agentes)s)
