-- No se volverá a pedir el contenido de un mensaje.
SELECT chat_abandonar_pedido(%(seq)s)
