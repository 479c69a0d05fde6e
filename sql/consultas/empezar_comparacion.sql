-- Toma el turno de comparar con la historia del proveedor.
SELECT * FROM chat_empezar_comparacion(%(motivo)s, %(hace_s)s, %(arriendo_s)s, %(margen_s)s, %(tope_s)s)
