-- Deja un archivo listo, perdido, fallido o para después. `vigente` falso: ya no era de quien lo cierra.
SELECT chat_cerrar_archivo(%(id)s, %(reclamo)s, %(datos)s, %(miniatura)s) AS vigente
