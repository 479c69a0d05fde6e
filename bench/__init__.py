"""El banco de pruebas de velocidad: carga la bandeja por su propio webhook, la mide y la compara con sus límites."""
