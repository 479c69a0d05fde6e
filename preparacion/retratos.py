"""Retrata la pantalla en cada tamaño, tema y estado, en `fotos/`, para mirarla. No compara nada: mira quien la pide.

`make fotos ARGS="chat lista"` retrata solo esos estados. Arranca lo suyo (base, línea y aplicación) y lo cierra.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Error, StorageState, ViewportSize

from bandeja.postgres_local import PostgresLocal
from preparacion.navegador import buscar_navegador
from simulador import Simulador
from tests.apoyo.aplicacion import CLAVES, ENTORNO_DE_PRUEBA, LINEA, SECRETO_WEBHOOK, AppEnMarcha
from tests.apoyo.base_datos import crear_base
from tests.apoyo.escenas import ESCENAS, Escena, aislar
from tests.apoyo.muestrario import poblar
from tests.apoyo.navegador import SIN_NAVEGADOR, abrir_navegador, contexto_de

CARPETA = Path(__file__).resolve().parent.parent / "fotos"
TAMANOS: tuple[ViewportSize, ...] = (
    {"width": 1440, "height": 900},
    {"width": 1024, "height": 768},
    {"width": 768, "height": 1024},
    {"width": 390, "height": 844},
)
TEMAS: dict[str, Literal["light", "dark"]] = {"claro": "light", "oscuro": "dark"}


@contextmanager
def bandeja_poblada() -> Iterator[AppEnMarcha]:
    """Una aplicación con sus conversaciones de muestra, que desaparece al final."""
    with tempfile.TemporaryDirectory(prefix="bandeja-fotos-") as nombre:
        carpeta = Path(nombre)
        carpeta.chmod(0o755)
        linea = Simulador(token=ENTORNO_DE_PRUEBA["WHAPI_TOKEN"], secreto=SECRETO_WEBHOOK, linea=LINEA)
        with PostgresLocal(carpeta / "cluster", duradero=False) as servidor, linea:
            base = crear_base(servidor, "fotos")
            nombres = {"NOMBRE_AGENTE1": "Laura Gómez", "WHAPI_API_URL": linea.url}
            app = AppEnMarcha(ENTORNO_DE_PRUEBA | base.entorno | nombres, carpeta / "app")
            linea.webhook = app.webhook
            try:
                app.arrancar().esperar()
                poblar(app, base, linea)
                yield app
            finally:
                app.parar()


def sesiones(navegador: Browser, app: AppEnMarcha) -> dict[str | None, StorageState | None]:
    """La sesión de cada agente: se entra una sola vez, porque la entrada tiene freno."""
    abiertas: dict[str | None, StorageState | None] = {None: None}
    for usuario in CLAVES:
        contexto = contexto_de(navegador, app, usuario)
        abiertas[usuario] = contexto.storage_state()
        contexto.close()
    return abiertas


def contexto_para(
    navegador: Browser, escena: Escena, tamano: ViewportSize, tema: str, url: str, sesion: StorageState | None
) -> BrowserContext:
    """Un contexto nuevo. Ampliar al 200 % es la mitad de los puntos (al menos 320) con el doble de densidad."""
    medida = tamano
    if escena.ampliada:
        medida = {"width": max(320, tamano["width"] // 2), "height": tamano["height"] // 2}
    contexto = navegador.new_context(
        base_url=url,
        storage_state=sesion,
        locale="es-CO",
        timezone_id="America/Bogota",
        viewport=medida,
        color_scheme=TEMAS[tema],
        device_scale_factor=2 if escena.ampliada else 1,
        has_touch=tamano["width"] < 700,
        reduced_motion="reduce",
    )
    contexto.set_default_timeout(8_000)
    aislar(contexto)
    return contexto


def retratar(contexto: BrowserContext, escena: Escena, destino: Path) -> str:
    """Deja la foto y devuelve qué salió mal, si algo."""
    pagina = contexto.new_page()
    problema = ""
    try:
        escena.preparar(pagina)
        if pagina.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problema = "se sale a lo ancho"
    except (AssertionError, Error) as error:
        problema = str(error).splitlines()[0]
    pagina.screenshot(path=destino)
    return problema


def main() -> int:
    if buscar_navegador() is None:
        print(f"No se puede retratar: {SIN_NAVEGADOR}")
        return 1
    pedidas = [escena for escena in ESCENAS if not sys.argv[1:] or escena.nombre in sys.argv[1:]]
    CARPETA.mkdir(exist_ok=True)
    problemas = 0
    with bandeja_poblada() as app, abrir_navegador() as navegador:
        abiertas = sesiones(navegador, app)
        for escena, tamano, tema in ((e, m, t) for e in pedidas for m in TAMANOS for t in TEMAS):
            contexto = contexto_para(navegador, escena, tamano, tema, app.url, abiertas[escena.usuario])
            nombre = f"{escena.nombre}-{tamano['width']}-{tema}.png"
            problema = retratar(contexto, escena, CARPETA / nombre)
            contexto.close()
            if problema:
                problemas += 1
                print(f"{nombre}: {problema}", flush=True)
    print(f"{len(pedidas) * len(TAMANOS) * len(TEMAS)} fotos en {CARPETA.name}/, {problemas} con problemas.")
    return 1 if problemas else 0


if __name__ == "__main__":
    sys.exit(main())
