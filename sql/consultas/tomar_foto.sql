-- Una foto por traer. Sin filas: no hay.
SELECT r_conversacion, r_url FROM chat_tomar_foto()
