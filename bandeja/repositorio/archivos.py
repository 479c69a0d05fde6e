"""Los archivos de los mensajes en la base: tomarlos para traerlos, guardarlos por trozos, servirlos y olvidarlos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bandeja.bd import Conexion, json_de
from bandeja.repositorio.base import consultar


@dataclass(frozen=True, slots=True)
class PorTraer:
    """Un archivo tomado para traerlo. `tamano` y `sha256` son los que anunció el proveedor; `vista`, su miniatura."""

    id: int
    seq: int
    reclamo: int
    intentos: int
    clave: str
    tipo: str
    fuente: str
    media_id: str | None
    media_url: str | None
    mime: str | None
    tamano: int | None
    sha256: str | None
    segundos: float | None
    onda: str | None
    vista: str | None


@dataclass(frozen=True, slots=True)
class Guardado:
    """Un archivo para servirlo o enviarlo. `almacen` y `clave` dicen dónde está; `tipo` es el de su mensaje."""

    id: int
    seq: int
    estado: str
    error: str | None
    mime: str | None
    nombre: str | None
    tamano: int | None
    sha256: str | None
    almacen: str | None
    clave: str | None
    miniatura: bytes | None
    tipo: str


@dataclass(frozen=True, slots=True)
class Cierre:
    """Cómo queda un archivo. `fallos` se suma a sus intentos; `espera_s`, cuándo se intenta otra vez si espera."""

    estado: str
    error: str | None = None
    fallos: int = 0
    espera_s: float = 0.0
    mime: str | None = None
    tamano: int | None = None
    sha256: str | None = None
    ancho: int | None = None
    alto: int | None = None
    segundos: float | None = None
    onda: str | None = None


def tomar_archivo(con: Conexion, arriendo_s: int, almacen: str, fuentes: list[str]) -> PorTraer | None:
    """El archivo que más lleva esperando, con un arriendo para quien llama; None si no hay."""
    halladas = consultar(con, "tomar_archivo", arriendo=arriendo_s, almacen=almacen, fuentes=fuentes)
    return PorTraer(**{clave.removeprefix("r_"): valor for clave, valor in halladas[0].items()}) if halladas else None


def latir_archivo(con: Conexion, identificador: int, reclamo: int, arriendo_s: int) -> bool:
    """Alarga el arriendo. Falso si ya no es suyo."""
    return bool(consultar(con, "latir_archivo", id=identificador, reclamo=reclamo, arriendo=arriendo_s))


def escribir_trozo(
    con: Conexion, identificador: int, reclamo: int, n: int, datos: bytes, arriendo_s: int
) -> bool:
    """Guarda un trozo y alarga el arriendo. Falso si ya no es suyo."""
    return bool(
        consultar(con, "escribir_trozo", id=identificador, reclamo=reclamo, n=n, datos=datos, arriendo=arriendo_s)
    )


def leer_trozo(con: Conexion, identificador: int, n: int) -> bytes | None:
    """Un trozo; None si no está."""
    halladas = consultar(con, "leer_trozo", id=identificador, n=n)
    return bytes(halladas[0]["datos"]) if halladas else None


def cerrar_archivo(
    con: Conexion, identificador: int, reclamo: int, cierre: Cierre, trozo: int, miniatura: bytes | None = None
) -> bool:
    """Deja un archivo listo, perdido, fallido o para después. Falso si ya no era suyo."""
    datos = {
        "estado": cierre.estado, "error": cierre.error, "fallos": cierre.fallos, "espera": cierre.espera_s,
        "mime": cierre.mime, "tamano": cierre.tamano, "sha256": cierre.sha256, "ancho": cierre.ancho,
        "alto": cierre.alto, "segundos": cierre.segundos, "onda": cierre.onda, "trozo": trozo,
    }  # fmt: skip
    fila = consultar(
        con, "cerrar_archivo", id=identificador, reclamo=reclamo, datos=json_de(datos), miniatura=miniatura
    )[0]
    return bool(fila["vigente"])


def crear_archivo(con: Conexion, nombre: str | None, tamano: int, almacen: str) -> tuple[int, str]:
    """La fila de un archivo que sube un agente, aún sin mensaje. Devuelve su id y su clave."""
    fila = consultar(con, "crear_archivo", nombre=nombre, tamano=tamano, almacen=almacen)[0]
    return fila["id"], fila["clave"]


def obtener_archivo(con: Conexion, identificador: int, agente: str | None) -> Guardado | None:
    """Un archivo, si su chat es de ese agente (None: sin mirar de quién); None si no existe o es de otro."""
    halladas = consultar(con, "obtener_archivo", id=identificador, agente=agente)
    return _guardado(halladas[0]) if halladas else None


def _guardado(f: dict[str, Any]) -> Guardado:
    return Guardado(**{**f, "miniatura": bytes(f["miniatura"]) if f["miniatura"] is not None else None})


def reintentar_archivo(con: Conexion, identificador: int, agente: str) -> tuple[str, int | None]:
    """Vuelve a pedir un archivo: ("nuevo" | "no_existe" | "no_procede", su mensaje)."""
    fila = consultar(con, "reintentar_archivo", id=identificador, agente=agente)[0]
    return fila["resultado"], fila["r_seq"]


def descartar_archivo(con: Conexion, identificador: int) -> None:
    """Olvida un archivo subido que no se envió."""
    consultar(con, "descartar_archivo", id=identificador)


def descartar_sueltos(con: Conexion) -> None:
    """Olvida lo subido hace un día que no llegó a enviarse."""
    consultar(con, "descartar_sueltos")


def listar_sobrantes(con: Conexion, limite: int) -> list[str]:
    """Claves de S3 que ya no son de ningún archivo."""
    return [f["clave"] for f in consultar(con, "listar_sobrantes", limite=limite)]


def olvidar_sobrante(con: Conexion, clave: str) -> None:
    """Esa clave ya se borró."""
    consultar(con, "olvidar_sobrante", clave=clave)


def tocar_envio(con: Conexion, archivo: int) -> None:
    """El envío de ese archivo sigue en marcha."""
    consultar(con, "tocar_envio", archivo=archivo)
