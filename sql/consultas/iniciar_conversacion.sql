-- Abre un chat por iniciativa del agente.
SELECT chat_iniciar(%(numero)s, %(agente)s, %(nombre)s) AS dueno
