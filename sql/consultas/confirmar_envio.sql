-- El proveedor aceptó: la fila toma su id.
SELECT chat_confirmar_envio(%(seq)s, %(mensaje_id)s) AS absorbida
