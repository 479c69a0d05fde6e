-- Da su id a un envío nuestro en curso, por la referencia que el proveedor nos devolvió.
SELECT chat_reconocer_envio(%(seq)s, %(en)s, %(fuente)s, %(id)s) AS reconocido
