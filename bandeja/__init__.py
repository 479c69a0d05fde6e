"""La bandeja de entrada: recibe, asigna, guarda, envía y anuncia los mensajes de la línea. No sabe de rutas HTTP."""
