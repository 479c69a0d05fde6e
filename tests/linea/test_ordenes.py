"""Las órdenes de terminal, corridas como las corre quien administra y contra el proveedor simulado."""

from __future__ import annotations

import base64
import copy
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bandeja.errores import EntradaInvalida, ErrorBandeja, EstadoNoPermite
from bandeja.instalacion import exigir_direccion, fundir
from simulador import Simulador, muestras
from tests.apoyo.aplicacion import ENTORNO_DE_PRUEBA, RAIZ, SECRETO_WEBHOOK, AppEnMarcha, entorno_limpio
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.rafagas import hasta

ArrancarApp = Callable[..., AppEnMarcha]
SITIO = "https://bandeja.example.com"
NUESTRA = f"{SITIO}/twilio-chat/webhook/whapi"
CLAVE_AJENA = "clave-de-otro-programa"
OTROS: list[dict[str, Any]] = [
    {
        "url": "https://crm.example.com/hooks?clave=" + CLAVE_AJENA, "mode": "path", "webhook_max_age_seconds": 60,
        "headers": {"X-Clave": CLAVE_AJENA}, "events": [{"type": "messages", "method": "post"}],
    },
    {"url": "https://otra-bandeja.example.com/twilio-chat/webhook/whapi", "events": []},
]  # fmt: skip
AJENOS = {"proxy": "socks5://10.0.0.1", "pass_through": True, "offline_mode": True}


class Terminal:
    """Un proceso `flask --app descargar_bsl linea …`."""

    def __init__(self, variables: dict[str, str], carpeta: Path) -> None:
        self._entorno = entorno_limpio({**variables, "DATOS_DIR": str(carpeta / "datos")})

    def lanzar(self, *argumentos: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "descargar_bsl", "linea", *argumentos],
            cwd=RAIZ, env=self._entorno, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8",
        )  # fmt: skip

    def correr(self, *argumentos: str) -> tuple[int, str]:
        """El código de salida y todo lo que dijo; nunca un secreto ni una traza."""
        return self.terminar(self.lanzar(*argumentos))

    def terminar(self, proceso: subprocess.Popen[str]) -> tuple[int, str]:
        dicho = proceso.communicate(timeout=120)[0]
        for secreto in (SECRETO_WEBHOOK, ENTORNO_DE_PRUEBA["WHAPI_TOKEN"], CLAVE_AJENA):
            assert secreto not in dicho, dicho
        assert "Traceback" not in dicho, dicho
        return proceso.returncode, dicho


@pytest.fixture
def sim(simulador_propio: Simulador) -> Simulador:
    """Un canal que otros programas ya usan."""
    simulador_propio.estado.cambiar_ajustes({
        "webhooks": copy.deepcopy(OTROS), "callback_persist": False,
        "media": {"auto_download": ["gif"], "init_avatars": False}, **AJENOS,
    })  # fmt: skip
    return simulador_propio


@pytest.fixture
def terminal(sim: Simulador, base_datos: BaseDatos, tmp_path: Path) -> Terminal:
    return Terminal(ENTORNO_DE_PRUEBA | base_datos.entorno | {"WHAPI_API_URL": sim.url}, tmp_path)


def _nuestro(sim: Simulador, url: str = NUESTRA) -> dict[str, Any]:
    (uno,) = [w for w in sim.estado.ajustes()["webhooks"] if w["url"].rstrip("/") == url]
    return dict(uno)


def _escrituras(sim: Simulador) -> list[str]:
    return [p.metodo for p in sim.peticiones if p.ruta == "/settings" and p.metodo != "GET"]


# --- webhook


def test_poner_el_webhook_no_toca_los_de_otros_ni_los_demas_ajustes(terminal: Terminal, sim: Simulador) -> None:
    codigo, dicho = terminal.correr("webhook", "--url", SITIO)
    assert codigo == 0 and "Guardado y comprobado" in dicho
    ajustes = sim.estado.ajustes()
    assert ajustes["webhooks"][:2] == OTROS and len(ajustes["webhooks"]) == 3
    nuestro = _nuestro(sim)
    assert nuestro["headers"] == {"Authorization": f"Bearer {SECRETO_WEBHOOK}"} and nuestro["mode"] == "body"
    pedidos = {(e["type"], e["method"]) for e in nuestro["events"]}
    for tipo in ("messages", "statuses", "chats", "contacts", "channel", "users", "calls", "presences"):
        assert any(t == tipo for t, _ in pedidos)
    assert {("messages", m) for m in ("post", "put", "patch", "delete")} <= pedidos
    assert ajustes["callback_persist"] is True
    assert {"gif", "image", "voice", "document", "sticker"} <= set(ajustes["media"]["auto_download"])
    assert ajustes["media"]["init_avatars"] is False
    assert {clave: ajustes[clave] for clave in AJENOS} == AJENOS
    assert "reinicia" in dicho  # callback_persist
    assert "otra-bandeja.example.com/twilio-chat/webhook/whapi también parece" in dicho
    assert "Antes: 2 webhooks" in dicho and "Después: 3 webhooks" in dicho


def test_ponerlo_otra_vez_no_escribe_nada(terminal: Terminal, sim: Simulador) -> None:
    assert terminal.correr("webhook", "--url", SITIO)[0] == 0
    sim.peticiones.clear()
    codigo, dicho = terminal.correr("webhook", "--url", f"{NUESTRA}/")
    assert codigo == 0 and "Ya estaba así" in dicho and "reinicia" not in dicho
    assert _escrituras(sim) == []


def test_el_que_ya_estaba_se_actualiza_en_su_sitio_y_conserva_lo_que_no_es_nuestro(
    terminal: Terminal, sim: Simulador
) -> None:
    viejo = {
        "url": f"{NUESTRA}/", "mode": "method", "webhook_max_age_seconds": None,
        "headers": {"authorization": "Bearer secreto-anterior", "X-Otro": "1"},
        "events": [{"type": "labels", "method": "post"}, {"type": "messages", "method": "post"}],
    }  # fmt: skip
    sim.estado.cambiar_ajustes({"webhooks": [OTROS[0], viejo, OTROS[1], copy.deepcopy(viejo)]})
    assert terminal.correr("webhook", "--url", NUESTRA)[0] == 0
    webhooks = sim.estado.ajustes()["webhooks"]
    assert [w["url"] for w in webhooks] == [OTROS[0]["url"], f"{NUESTRA}/", OTROS[1]["url"]]
    assert webhooks[1]["headers"] == {"X-Otro": "1", "Authorization": f"Bearer {SECRETO_WEBHOOK}"}
    assert webhooks[1]["mode"] == "body" and "webhook_max_age_seconds" in webhooks[1]
    assert webhooks[1]["events"][:2] == viejo["events"]


def test_quitar_deja_los_demas(terminal: Terminal, sim: Simulador) -> None:
    assert terminal.correr("webhook", "--url", SITIO)[0] == 0
    codigo, dicho = terminal.correr("webhook", "--url", SITIO, "--quitar")
    assert codigo == 0 and "Después: 2 webhooks" in dicho
    assert sim.estado.ajustes()["webhooks"] == OTROS
    assert sim.estado.ajustes()["callback_persist"] is True
    codigo, dicho = terminal.correr("webhook", "--url", SITIO, "--quitar")
    assert codigo == 0 and "Ya estaba así" in dicho


def test_simular_dice_lo_que_haria_y_no_escribe(terminal: Terminal, sim: Simulador) -> None:
    antes = sim.estado.ajustes()
    codigo, dicho = terminal.correr("webhook", "--url", SITIO, "--simular")
    assert codigo == 0 and f"→ {NUESTRA}" in dicho and "no se escribió nada" in dicho
    assert sim.estado.ajustes() == antes and _escrituras(sim) == []


@pytest.mark.parametrize("url", ["http://bandeja.example.com", "bandeja.example.com", f"{NUESTRA}?t=1", "https://", "https://[x"])
def test_una_direccion_que_no_sirve_no_llega_al_proveedor(url: str) -> None:
    with pytest.raises(EntradaInvalida):
        exigir_direccion(url)


def test_la_direccion_se_completa() -> None:
    assert exigir_direccion(f"{SITIO}/") == exigir_direccion(NUESTRA) == NUESTRA
    assert exigir_direccion("http://127.0.0.1:5000/otra/") == "http://127.0.0.1:5000/otra"


def test_no_caben_mas_encabezados_de_los_que_admite_el_proveedor() -> None:
    llenas = {f"X-{n}": "1" for n in range(5)}
    with pytest.raises(EstadoNoPermite):
        fundir({"headers": llenas}, NUESTRA, "s")
    assert len(fundir({"headers": dict(list(llenas.items())[:4])}, NUESTRA, "s")["headers"]) == 5


def test_sin_ficha_y_sin_secreto_se_dice_con_una_frase(sim: Simulador, base_datos: BaseDatos, tmp_path: Path) -> None:
    comun = ENTORNO_DE_PRUEBA | base_datos.entorno | {"WHAPI_API_URL": sim.url}
    sin_ficha = Terminal({c: v for c, v in comun.items() if c != "WHAPI_TOKEN"}, tmp_path)
    for orden in (("estado",), ("webhook", "--url", SITIO), ("probar",), ("vincular",)):
        codigo, dicho = sin_ficha.correr(*orden)
        assert codigo == 1 and "falta WHAPI_TOKEN" in dicho
    sin_secreto = Terminal({c: v for c, v in comun.items() if c != "WHAPI_WEBHOOK_TOKEN"}, tmp_path)
    codigo, dicho = sin_secreto.correr("webhook", "--url", SITIO)
    assert codigo == 1 and "Define WHAPI_WEBHOOK_TOKEN" in dicho
    assert _escrituras(sim) == []


def test_lo_que_el_proveedor_rechaza_se_dice_y_no_queda_a_medias(terminal: Terminal, sim: Simulador) -> None:
    sim.estado.cambiar_ajustes({"webhooks": "no es una lista"})
    codigo, dicho = terminal.correr("webhook", "--url", SITIO)
    assert codigo == 1 and "no se tocó nada" in dicho and _escrituras(sim) == []


def test_si_otro_cambia_los_webhooks_entre_leer_y_escribir_no_se_pisan(sim: Simulador) -> None:
    from bandeja.instalacion import Instalacion
    from bandeja.whapi import Whapi

    instalacion = Instalacion(Whapi(sim.url, sim.token), "s", lambda _marca: False)
    plan = instalacion.planear(SITIO)
    sim.estado.cambiar_ajustes({"webhooks": [*OTROS, {"url": "https://nuevo.example.com"}]})
    with pytest.raises(ErrorBandeja, match="Alguien cambió"):
        instalacion.aplicar(plan)
    assert _escrituras(sim) == []


# --- estado y prueba


def test_estado_dice_como_esta_sin_despertar_y_su_codigo_de_salida(terminal: Terminal, sim: Simulador) -> None:
    codigo, dicho = terminal.correr("estado")
    assert codigo == 0 and "✅ AUTH: la línea puede enviar." in dicho
    sim.poner_linea("STOP", avisar=False)
    codigo, dicho = terminal.correr("estado")
    assert codigo == 1 and "❌ STOP: El canal de WhatsApp está detenido." in dicho
    assert sim.estado.linea_estado == "STOP"


def test_estado_cuenta_lo_que_fue_pasando(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, terminal: Terminal, sim: Simulador
) -> None:
    app = arrancar_app(base_datos)
    sim.webhook = app.webhook
    for estado in ("QR", "AUTH"):
        sim.poner_linea(estado)
        hasta(lambda e=estado: base_datos.valor("SELECT estado FROM chat_linea") == e, 30)  # type: ignore[misc]
    codigo, dicho = terminal.correr("estado")
    assert codigo == 0 and dicho.index("AUTH  ") < dicho.index("QR  ")


def test_probar_espera_que_la_prueba_llegue_de_verdad_y_no_inventa_un_cliente(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, terminal: Terminal, sim: Simulador
) -> None:
    app = arrancar_app(base_datos)
    assert terminal.correr("webhook", "--url", app.url)[0] == 0
    codigo, dicho = terminal.correr("probar", "--url", app.url)
    assert codigo == 0 and "La prueba llegó" in dicho, dicho
    assert base_datos.valor("SELECT count(*) FROM chat_conversaciones") == 0
    assert base_datos.valor("SELECT valor FROM sistema_asignacion WHERE clave = 'contador_round_robin'") == 0


def test_probar_dice_si_no_llega_o_si_el_secreto_es_otro(
    arrancar_app: ArrancarApp, base_datos: BaseDatos, terminal: Terminal, sim: Simulador
) -> None:
    app = arrancar_app(base_datos, {"WHAPI_WEBHOOK_TOKEN": "otro-secreto-en-la-aplicacion"})
    codigo, dicho = terminal.correr("probar", "--url", app.url)
    assert codigo == 1 and "no pudo entregar la prueba" in dicho and "401" in dicho
    codigo, dicho = terminal.correr("probar", "--url", "http://127.0.0.1:9")
    assert codigo == 1 and "no pudo entregar la prueba" in dicho
    codigo, dicho = terminal.correr("probar", "--url", f"{sim.url}/_control/webhook", "--plazo", "1")
    assert codigo == 1


def test_probar_sin_decir_cual_usa_el_unico_de_la_bandeja(terminal: Terminal, sim: Simulador) -> None:
    codigo, dicho = terminal.correr("probar", "--plazo", "1")
    assert codigo == 1 and "otra-bandeja" not in dicho and "no pudo entregar" in dicho
    assert terminal.correr("webhook", "--url", SITIO)[0] == 0
    codigo, dicho = terminal.correr("probar", "--plazo", "1")
    assert codigo == 1 and "Di cuál webhook con --url" in dicho


def test_una_prueba_sin_el_secreto_no_cuenta(arrancar_app: ArrancarApp, base_datos: BaseDatos) -> None:
    import requests

    app = arrancar_app(base_datos)
    assert requests.post(f"{app.webhook}/prueba/{'a' * 32}", json={}, timeout=20).status_code == 401
    assert base_datos.consultar("SELECT prueba FROM chat_linea WHERE prueba IS NOT NULL") == []


# --- vincular


@pytest.fixture
def vinculando(terminal: Terminal, sim: Simulador) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Lanza `linea vincular` sobre un canal sin teléfono; lo que no termine se corta al final."""
    lanzados: list[subprocess.Popen[str]] = []

    def lanzar(*argumentos: str) -> subprocess.Popen[str]:
        lanzados.append(terminal.lanzar("vincular", "--plazo", "60", *argumentos))
        return lanzados[-1]

    sim.poner_linea("QR", avisar=False)
    yield lanzar
    for proceso in lanzados:
        if proceso.poll() is None:
            proceso.kill()


def _pedidos_de_qr(sim: Simulador) -> int:
    return sum(p.ruta == "/users/login" for p in list(sim.peticiones))


def test_vincular_dibuja_el_qr_lo_renueva_al_caducar_y_termina_al_vincularse(
    terminal: Terminal, sim: Simulador, vinculando: Callable[..., subprocess.Popen[str]]
) -> None:
    sim.estado.qrs = [{"status": "WAITING"}, {"status": "OK", "rowdata": "2@uno", "expire": 1}]
    proceso = vinculando()
    hasta(lambda: _pedidos_de_qr(sim) >= 3, 60)
    sim.poner_linea("AUTH", avisar=False)
    codigo, dicho = terminal.terminar(proceso)
    assert codigo == 0 and dicho.rstrip().endswith("✅ La línea quedó vinculada.")
    assert dicho.count("Vincular un dispositivo") == 2 and "▀" in dicho
    assert "2@" not in dicho


def test_con_solo_la_imagen_la_deja_en_un_archivo_privado(
    terminal: Terminal, sim: Simulador, vinculando: Callable[..., subprocess.Popen[str]]
) -> None:
    png = muestras.png(40, 40, (0, 0, 0))
    for texto in (base64.b64encode(png).decode(), f"data:image/png;base64,{base64.b64encode(png).decode()}"):
        sim.poner_linea("QR", avisar=False)
        sim.estado.qrs = [{"status": "OK", "base64": texto, "expire": 300}]
        sim.peticiones.clear()
        proceso = vinculando()
        hasta(lambda: _pedidos_de_qr(sim) >= 1, 60)
        sim.poner_linea("AUTH", avisar=False)
        codigo, dicho = terminal.terminar(proceso)
        assert codigo == 0
        ruta = Path(dicho.split("El QR quedó en ")[1].split(":")[0])
        assert ruta.read_bytes() == png and os.stat(ruta).st_mode & 0o077 == 0
        ruta.unlink()


def test_ya_vinculada_no_hay_nada_que_hacer(terminal: Terminal, sim: Simulador) -> None:
    for orden in (("vincular",), ("vincular", "--numero", "573001234567")):
        codigo, dicho = terminal.correr(*orden)
        assert codigo == 0 and "ya está vinculada" in dicho
    assert _pedidos_de_qr(sim) == 0


def test_con_un_numero_da_el_codigo_de_emparejamiento(
    terminal: Terminal, sim: Simulador, vinculando: Callable[..., subprocess.Popen[str]]
) -> None:
    proceso = vinculando("--numero", "+57 300 123 4567")
    hasta(lambda: any(p.ruta == "/users/login/573001234567" for p in list(sim.peticiones)), 60)
    sim.poner_linea("AUTH", avisar=False)
    codigo, dicho = terminal.terminar(proceso)
    assert codigo == 0 and "Código: ABCD-1234" in dicho and "quedó vinculada" in dicho


def test_si_nadie_lo_escanea_se_dice(terminal: Terminal, sim: Simulador) -> None:
    sim.poner_linea("QR", avisar=False)
    codigo, dicho = terminal.correr("vincular", "--plazo", "2")
    assert codigo == 1 and "Nadie vinculó el teléfono a tiempo" in dicho
