"""Un PostgreSQL propio para cuando no hay ninguno configurado: nace con la aplicación y muere con ella.

No crea tablas ni sabe de mensajes; solo entrega un servidor en marcha y dónde encontrarlo.
"""

from bandeja.postgres_local.errores import ErrorPostgresLocal
from bandeja.postgres_local.servidor import PostgresLocal

__all__ = ["ErrorPostgresLocal", "PostgresLocal"]
