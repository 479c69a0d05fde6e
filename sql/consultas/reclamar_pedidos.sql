-- Los mensajes sin contenido que toca volver a pedir al proveedor.
SELECT r_seq, r_mensaje_id, r_ultimo FROM chat_reclamar_pedidos(%(limite)s)
