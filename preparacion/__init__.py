"""Lo que el proyecto trae de fuera antes de correr o de probarse. Nada de aquí se usa en marcha."""
