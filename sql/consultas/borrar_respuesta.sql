-- Borra una respuesta rápida propia o del equipo. Sin filas: no existe o es de otro.
DELETE FROM chat_respuestas_rapidas WHERE id = %(id)s AND (agente = %(quien)s OR agente IS NULL) RETURNING id
