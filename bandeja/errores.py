"""Los errores del dominio, cada uno con su frase para la persona. No saben de HTTP: la cara los traduce una vez."""

from __future__ import annotations


class ErrorBandeja(Exception):
    """Base de lo que puede fallar de manera prevista. `str(error)` es la frase en español que ve la persona."""

    frase = "No se pudo completar la operación."

    def __init__(self, frase: str | None = None) -> None:
        super().__init__(frase or self.frase)


class EntradaInvalida(ErrorBandeja):
    """Lo que llegó no tiene la forma esperada; nada se guardó."""

    frase = "Los datos enviados no son válidos."


class ConfiguracionInvalida(ErrorBandeja):
    """Una variable de entorno tiene un valor sin sentido: el arranque se detiene."""


class CredencialesInvalidas(ErrorBandeja):
    frase = "Credenciales inválidas"


class SinSesion(ErrorBandeja):
    frase = "Sesión requerida"


class SinPermiso(ErrorBandeja):
    """La conversación no es de quien la pide."""

    frase = "No tienes permiso para ver esta conversación"


class NoEncontrado(ErrorBandeja):
    frase = "No existe lo que pides."


class EstadoNoPermite(ErrorBandeja):
    """La acción no cabe en el estado actual (por ejemplo, reintentar un mensaje que sí salió)."""


class BaseNoDisponible(ErrorBandeja):
    """No hay conexión con PostgreSQL, o la que había se cayó sin confirmar: es seguro volver a intentar."""

    frase = "No hay conexión con la base de datos. Intenta de nuevo en unos segundos."


class DatoRechazado(ErrorBandeja):
    """PostgreSQL no admite un valor; repetir daría lo mismo. Nada quedó guardado."""

    frase = "La base de datos no admite uno de los datos."


class DatoRepetido(ErrorBandeja):
    """Ya existe una fila con esa clave única."""

    frase = "Ya existe."


class EsquemaIncompatible(ErrorBandeja):
    """Existe una tabla del mismo nombre con otra forma; no se tocó nada."""


class PermisosInsuficientes(EsquemaIncompatible):
    """El usuario de PostgreSQL no puede crear o usar lo que hace falta."""

    frase = (
        "El usuario de PostgreSQL no tiene permisos suficientes: debe poder crear tablas y funciones en el esquema"
        " y ser dueño de conversaciones_whatsapp y sistema_asignacion."
    )


class SinProveedor(ErrorBandeja):
    """No hay token del proveedor: la línea no puede enviar."""

    frase = "La línea de WhatsApp no está configurada: falta WHAPI_TOKEN."


class LineaCaida(SinProveedor):
    """Se sabe que la línea no puede enviar: ni se guarda ni se llama al proveedor. `str(error)` dice por qué."""


class ProveedorRechazo(ErrorBandeja):
    """El proveedor contestó que no: el mensaje no salió."""

    frase = "WhatsApp no aceptó el mensaje."


class HistoriaNoDisponible(ProveedorRechazo):
    """El proveedor no dio su historia: se intenta después. `espera_s`: cuánto pidió esperar, si lo dijo."""

    frase = "WhatsApp no dio su historia."

    def __init__(self, frase: str | None = None, espera_s: float | None = None) -> None:
        super().__init__(frase)
        self.espera_s = espera_s


class ProveedorIncierto(ErrorBandeja):
    """El proveedor pudo haber aceptado el mensaje aunque no lo confirmó: nunca se repite solo."""

    frase = "WhatsApp no confirmó el envío: puede que el mensaje haya salido."


class ProveedorNoResponde(ProveedorIncierto):
    """Se agotó el tiempo de espera de la respuesta."""

    frase = "WhatsApp no respondió a tiempo: puede que el mensaje haya salido."


class ArchivoMuyGrande(ErrorBandeja):
    """Un archivo pasa de su tope; nada se guardó."""

    frase = "El archivo es demasiado grande."


class AlmacenNoDisponible(ErrorBandeja):
    """El almacén de archivos no contesta, o no tiene lo que debería."""

    frase = "No se pudo llegar al archivo. Intenta de nuevo en unos segundos."


class MedioPerdido(ErrorBandeja):
    """El proveedor ya no tiene un archivo."""

    frase = "WhatsApp ya no tiene este archivo."


class MedioNoDisponible(ErrorBandeja):
    """No se pudo traer un archivo esta vez. `espera_s`: cuánto pidió esperar el proveedor, si lo dijo."""

    frase = "No se pudo traer el archivo de WhatsApp."

    def __init__(self, frase: str | None = None, espera_s: float | None = None) -> None:
        super().__init__(frase)
        self.espera_s = espera_s
