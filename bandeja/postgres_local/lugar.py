"""En qué carpeta viven los datos y el socket. Nunca cambia los permisos de una carpeta que no creó."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bandeja.postgres_local.errores import ErrorPostgresLocal
from bandeja.postgres_local.usuarios import Usuario, usuario_para

log = logging.getLogger(__name__)

PUERTO = 5432
LARGO_MAXIMO = 103  # Linux admite 107 bytes en la ruta de un socket; macOS, 103.


@dataclass(frozen=True, slots=True)
class Lugar:
    """La carpeta `pgNN` de una versión mayor, privada de quien corre el servidor."""

    carpeta: Path
    usuario: Usuario

    @property
    def datos(self) -> Path:
        return self.carpeta / "datos"

    @property
    def bitacora(self) -> Path:
        return self.carpeta / "servidor.log"

    @property
    def candado(self) -> Path:
        return self.carpeta / "candado"

    @property
    def sockets(self) -> Path:
        """La propia carpeta o, si su ruta es demasiado larga para un socket, una corta en la temporal."""
        if len(os.fsencode(ruta_del_socket(self.carpeta))) <= LARGO_MAXIMO:
            return self.carpeta
        return Path(tempfile.gettempdir()) / f"bsl-{_huella(self.carpeta)}"


def ruta_del_socket(carpeta: Path) -> str:
    return str(carpeta / f".s.PGSQL.{PUERTO}")


def preparar_lugar(pedida: Path, mayor: int) -> Lugar:
    """La carpeta pedida si sirve; si no, otra de este equipo que sí, y se dice en el registro."""
    pedida = pedida.resolve()
    otra = _alternativa(pedida)
    candidatas = [pedida / f"pg{mayor}", otra / f"pg{mayor}"]
    con_datos = [carpeta for carpeta in candidatas if os.path.exists(carpeta / "datos")]
    for carpeta in con_datos[:1] or candidatas:
        lugar = Lugar(carpeta, usuario_para(carpeta / "datos"))
        if motivo := _por_que_no_sirve(lugar):
            log.warning("La base local no puede vivir en %s: %s", carpeta, motivo)
            continue
        if carpeta != candidatas[0]:
            log.warning("Los datos de la base local quedan en %s", carpeta)
        _preparar_sockets(lugar)
        return lugar
    raise ErrorPostgresLocal(
        f"No hay una carpeta donde guardar la base de datos local: ni {pedida} ni {otra} sirven. "
        "Indica otra en DATOS_DIR o configura POSTGRES_HOST."
    )


def _alternativa(pedida: Path) -> Path:
    """Una carpeta por proyecto, fuera de él: la del sistema para root, la del usuario para los demás."""
    nombre = f"{pedida.parent.name or 'raiz'}-{_huella(pedida)}"
    if os.geteuid() == 0:
        return Path("/var/lib/bandeja-bsl") / nombre
    compartida = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(compartida) / "bandeja-bsl" / nombre


def _por_que_no_sirve(lugar: Lugar) -> str:
    """Crea la carpeta si falta y prueba que sea privada y alcanzable. Devuelve el motivo, o vacío si sirve."""
    nueva = not os.path.exists(lugar.carpeta)
    try:
        if nueva:
            _crear_privada(lugar.carpeta, lugar.usuario)
        motivo = _revisar(lugar)
    except OSError as error:
        return f"{error.strerror or error}."
    if motivo and nueva:
        lugar.carpeta.rmdir()
    return motivo


def _revisar(lugar: Lugar) -> str:
    ficha = lugar.carpeta.stat()
    if ficha.st_mode & 0o077:
        return "su sistema de archivos no guarda permisos privados."
    if ficha.st_uid != (os.geteuid() if lugar.usuario.uid is None else lugar.usuario.uid):
        return "es de otro usuario."
    if not lugar.usuario.puede_entrar(lugar.carpeta):
        return f"el usuario «{lugar.usuario.nombre}», que corre PostgreSQL, no puede llegar hasta ella."
    return ""


def _crear_privada(carpeta: Path, usuario: Usuario) -> None:
    faltan = [padre for padre in reversed(carpeta.parents) if not padre.exists()]
    for padre in faltan:
        padre.mkdir(exist_ok=True)
        padre.chmod(0o755)
    carpeta.mkdir(mode=0o700, exist_ok=True)
    carpeta.chmod(0o700)
    if usuario.uid is not None and usuario.gid is not None:
        os.chown(carpeta, usuario.uid, usuario.gid)


def _preparar_sockets(lugar: Lugar) -> None:
    """La carpeta corta está en un sitio donde cualquiera escribe: si otro la creó antes, no se usa."""
    if lugar.sockets == lugar.carpeta:
        return
    if not lugar.sockets.exists():
        _crear_privada(lugar.sockets, lugar.usuario)
    if motivo := _revisar(Lugar(lugar.sockets, lugar.usuario)):
        raise ErrorPostgresLocal(f"La carpeta del socket {lugar.sockets} no sirve: {motivo}")


def _huella(carpeta: Path) -> str:
    return hashlib.sha256(os.fsencode(carpeta)).hexdigest()[:12]
