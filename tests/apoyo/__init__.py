"""Con qué se prueba: piezas de verdad (PostgreSQL, la aplicación en su proceso, sockets, navegador)."""
