"""Los archivos de los mensajes: traerlos, guardarlos, servirlos y enviarlos."""
