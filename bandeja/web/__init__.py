"""Lo que la cara comparte entre sus rutas: puertas, lectura de peticiones, respuestas y las rutas añadidas."""
