-- Un lote de mensajes guardados sin entender, por su orden.
SELECT seq, crudo FROM chat_mensajes
WHERE tipo = 'unsupported' AND crudo IS NOT NULL AND seq > %(despues)s ORDER BY seq LIMIT %(limite)s
