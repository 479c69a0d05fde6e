-- Lo que no se pudo entender.
SELECT chat_guardar_ilegibles(%(ilegibles)s)
