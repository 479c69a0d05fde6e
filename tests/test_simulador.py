"""Las promesas del proveedor simulado, contra un receptor diminuto que hace de webhook."""

import base64
import io
import json
import os
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image

from simulador import AjustesEntrega, Demoras, Simulador, estampas, muestras
from simulador.clientes import Clientes
from simulador.contenidos import TIPOS
from simulador.dialogos import CLIENTES, TEMAS, Cosa, Linea, Tema
from simulador.formas import Json

RAIZ = Path(__file__).resolve().parent.parent
NUMERO = "573001234567"
CHAT = f"{NUMERO}@s.whatsapp.net"
FICHA = {"Authorization": "Bearer ficha"}
RAPIDO = Demoras(eco=0.01, sent=0.01, delivered=0.01, read=0.01, failed=0.01)


class Receptor:
    """Un webhook que anota lo que le llega y contesta lo que se le diga."""

    def __init__(self) -> None:
        self.recibidos: list[tuple[str, str, dict[str, str], Any]] = []
        self.codigos: list[int] = []
        self._cerrojo = threading.Lock()
        receptor = self

        class Atiende(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _atender(self) -> None:
                crudo = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                codigo = receptor._anotar(self.command, self.path, dict(self.headers), crudo)
                self.send_response(codigo)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _atender

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._servidor = ThreadingHTTPServer(("127.0.0.1", 0), Atiende)
        self._servidor.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._servidor.server_address[1]}/webhook"
        threading.Thread(target=self._servidor.serve_forever, args=(0.02,), daemon=True).start()

    def _anotar(self, verbo: str, ruta: str, cabeceras: dict[str, str], crudo: bytes) -> int:
        with self._cerrojo:
            self.recibidos.append((verbo, ruta, cabeceras, json.loads(crudo) if crudo else None))
            return self.codigos.pop(0) if self.codigos else 200

    def cuerpos(self, clave: str) -> list[Any]:
        with self._cerrojo:
            return [uno for _, _, _, cuerpo in self.recibidos for uno in (cuerpo or {}).get(clave, ())]

    def esperar(self, condicion: Callable[[], bool], segundos: float = 3.0) -> None:
        limite = time.monotonic() + segundos
        while not condicion():
            assert time.monotonic() < limite, "no llegó a tiempo"
            time.sleep(0.005)

    def parar(self) -> None:
        self._servidor.shutdown()
        self._servidor.server_close()


@pytest.fixture(scope="module")
def receptor_compartido() -> Iterator[Receptor]:
    uno = Receptor()
    yield uno
    uno.parar()


@pytest.fixture(scope="module")
def sim_compartido(receptor_compartido: Receptor) -> Iterator[Simulador]:
    ajustes = AjustesEntrega(espera_base=0.01, trabajadores=4)
    with Simulador(webhook=receptor_compartido.url, secreto="secreto", demoras=RAPIDO, ajustes=ajustes) as uno:
        yield uno


@pytest.fixture
def receptor(receptor_compartido: Receptor) -> Receptor:
    receptor_compartido.recibidos.clear()
    receptor_compartido.codigos.clear()
    return receptor_compartido


@pytest.fixture
def sim(sim_compartido: Simulador, receptor_compartido: Receptor) -> Iterator[Simulador]:
    yield sim_compartido
    sim_compartido.reiniciar()
    sim_compartido.webhook = receptor_compartido.url


def enviar(sim: Simulador, tipo: str = "text", **cuerpo: Any) -> requests.Response:
    base = {"to": CHAT, "body": "Hola"} if tipo == "text" else {"to": CHAT}
    return requests.post(f"{sim.url}/messages/{tipo}", json={**base, **cuerpo}, headers=FICHA, timeout=5)


def pedir(sim: Simulador, metodo: str, ruta: str, **opciones: Any) -> requests.Response:
    return requests.request(metodo, sim.url + ruta, headers=FICHA, timeout=5, **opciones)


# --- enviar ---


def test_un_envio_contesta_como_la_referencia_y_siguen_el_eco_y_los_tres_estados(
    sim: Simulador, receptor: Receptor
) -> None:
    respuesta = enviar(sim, body="¿En qué le ayudo?").json()
    assert respuesta["sent"] is True
    mensaje = respuesta["message"]
    assert (mensaje["chat_id"], mensaje["from"], mensaje["status"]) == (CHAT, sim.linea, "pending")
    assert (mensaje["source"], mensaje["text"]) == ("api", {"body": "¿En qué le ayudo?"})
    assert sim.esperar_entregas()
    (eco,) = receptor.cuerpos("messages")
    assert eco == mensaje and "from_name" not in eco and isinstance(eco["timestamp"], int)
    estados = receptor.cuerpos("statuses")
    assert [uno["status"] for uno in estados] == ["sent", "delivered", "read"]
    assert all(isinstance(uno["timestamp"], str) and uno["recipient_id"] == CHAT for uno in estados)
    sobres = [cuerpo["event"] for _, _, _, cuerpo in receptor.recibidos]
    assert sobres[0] == {"type": "messages", "event": "post"} and sobres[1]["type"] == "statuses"
    assert all(cabeceras["Authorization"] == "Bearer secreto" for _, _, cabeceras, _ in receptor.recibidos)
    assert pedir(sim, "GET", f"/messages/{mensaje['id']}").json()["status"] == "read"


@pytest.mark.parametrize(
    ("tipo", "cuerpo"),
    [
        ("text", {"to": "+573001234567"}),
        ("text", {"to": "57300"}),
        ("text", {"to": f"{NUMERO}@c.us"}),
        ("text", {"to": f"{CHAT}\n"}),
        ("text", {"to": None}),
        ("text", {"body": ""}),
        ("text", {"body": 7}),
        ("image", {}),
        ("image", {"media": "no es base64!", "mime_type": "image/png"}),
        ("image", {"media": base64.b64encode(b"x").decode()}),
        ("location", {"latitude": 4.6}),
        ("contact", {"name": "Ana"}),
        ("poll", {"title": "¿Cuál?", "options": ["una sola"]}),
    ],
)
def test_un_envio_mal_hecho_es_400_con_el_error_del_proveedor(
    sim: Simulador, tipo: str, cuerpo: dict[str, Any]
) -> None:
    respuesta = enviar(sim, tipo, **cuerpo)
    assert respuesta.status_code == 400
    assert respuesta.json()["error"]["code"] == 400
    assert [envio.codigo for envio in sim.enviados] == [400] and sim.aceptados == []


def test_sin_ficha_es_401_con_otra_404_y_con_la_linea_caida_401(sim: Simulador) -> None:
    ruta = f"{sim.url}/messages/text"
    assert requests.post(ruta, json={}, timeout=5).status_code == 401
    ajena = requests.post(ruta, json={}, headers={"Authorization": "Bearer otra"}, timeout=5)
    assert ajena.status_code == 404 and ajena.json()["error"]["message"] == "Channel not found"
    sim.poner_linea("QR", avisar=False)
    assert enviar(sim).status_code == 401
    assert [envio.codigo for envio in sim.enviados] == [401, 404, 401]


def test_los_medios_se_aceptan_por_archivo_base64_identificador_y_direccion(sim: Simulador) -> None:
    multiparte = requests.post(
        f"{sim.url}/messages/document",
        data={"to": NUMERO, "caption": "Su factura"},
        files={"media": ("factura.pdf", b"%PDF-1.4", "application/pdf")},
        headers=FICHA,
        timeout=5,
    ).json()["message"]
    assert multiparte["chat_id"] == CHAT and multiparte["document"]["file_name"] == "factura.pdf"
    bajado = pedir(sim, "GET", f"/media/{multiparte['document']['id']}")
    assert (bajado.content, bajado.headers["Content-Type"]) == (b"%PDF-1.4", "application/pdf")
    subido = requests.post(
        f"{sim.url}/media", data=b"\x89PNG", headers={**FICHA, "Content-Type": "image/png"}, timeout=5
    ).json()["media"][0]["id"]
    for media in (subido, "data:image/png;base64,iVBO", "https://example.com/foto.png"):
        assert enviar(sim, "image", media=media).json()["sent"] is True
    assert enviar(sim, "image", media="jpeg-00-00").status_code == 404


def test_editar_conserva_el_id_y_llega_como_parche(sim: Simulador, receptor: Receptor) -> None:
    primero = enviar(sim).json()["message"]["id"]
    assert enviar(sim, body="Corregido", edit=primero).json()["message"]["id"] == primero
    assert sim.esperar_entregas()
    (parche,) = receptor.cuerpos("messages_updates")
    assert (parche["before_update"]["text"], parche["after_update"]["text"]) == (
        {"body": "Hola"},
        {"body": "Corregido"},
    )


def test_reaccionar_borrar_marcar_leido_y_citar(sim: Simulador, receptor: Receptor) -> None:
    entrante = sim.escribir(NUMERO, "Buenas", "Ana", esperar=True)
    assert pedir(sim, "GET", "/chats").json()["chats"][0]["unread"] == 1
    assert pedir(sim, "PUT", f"/messages/{entrante}").json() == {"success": True}
    assert sim.estado.leidos == [entrante] and pedir(sim, "GET", "/chats").json()["chats"][0]["unread"] == 0
    assert pedir(sim, "PUT", f"/messages/{entrante}/reaction", json={"emoji": "👍"}).json() == {"success": True}
    assert pedir(sim, "GET", f"/messages/{entrante}").json()["reactions"][0]["emoji"] == "👍"
    assert enviar(sim, quoted=entrante).json()["message"]["context"]["quoted_content"] == {"body": "Buenas"}
    assert pedir(sim, "DELETE", f"/messages/{entrante}").json() == {"success": True}
    assert pedir(sim, "DELETE", f"/messages/{entrante}").status_code == 404
    assert sim.esperar_entregas() and receptor.cuerpos("messages_removed") == [entrante]


# --- fallar ---


@pytest.mark.parametrize("codigo", [502, 500, 429, 401, 402, 403, 404, 413])
def test_un_codigo_encargado_se_contesta_las_veces_pedidas_y_nada_sale(sim: Simulador, codigo: int) -> None:
    sim.fallar(codigo, veces=2)
    respuestas = [enviar(sim) for _ in range(3)]
    assert [una.status_code for una in respuestas] == [codigo, codigo, 200]
    assert respuestas[0].json()["error"]["code"] == codigo and "Retry-After" not in respuestas[0].headers
    assert (len(sim.enviados), len(sim.aceptados)) == (3, 1)


def test_429_con_retry_after_html_sin_id_y_no_enviado(sim: Simulador) -> None:
    sim.fallar(429, reintentar_despues=7)
    sim.fallar("html")
    sim.fallar("no_enviado")
    sim.fallar("sin_id")
    demasiados, pagina, no_enviado, sin_id = (enviar(sim) for _ in range(4))
    assert demasiados.headers["Retry-After"] == "7"
    assert pagina.status_code == 502 and pagina.text.startswith("<html>")
    assert (no_enviado.status_code, no_enviado.json()) == (200, {"sent": False})
    assert (sin_id.status_code, sin_id.json()) == (200, {"sent": True})
    assert len(sim.aceptados) == 1


@pytest.mark.parametrize(
    ("modo", "opciones", "aceptados"),
    [("cortar", {}, 0), ("cortar", {"aceptado": True}, 1), ("cortar_a_medias", {}, 1)],
)
def test_una_conexion_cortada_se_ve_como_tal_haya_salido_o_no(
    sim: Simulador, modo: str, opciones: dict[str, Any], aceptados: int
) -> None:
    sim.fallar(modo, **opciones)
    with pytest.raises(requests.RequestException):
        enviar(sim)
    assert len(sim.aceptados) == aceptados
    assert enviar(sim).status_code == 200


def test_un_502_puede_haber_salido_y_lo_lento_llega_tarde(sim: Simulador, receptor: Receptor) -> None:
    sim.fallar(502, aceptado=True)
    assert enviar(sim).status_code == 502
    assert len(sim.aceptados) == 1
    sim.fallar("lento", segundos=0.2)
    comienzo = time.monotonic()
    assert enviar(sim).status_code == 200
    assert time.monotonic() - comienzo >= 0.2
    assert len(receptor.cuerpos("messages")) == 2


def test_fallar_hasta_nuevo_aviso_y_reiniciar_lo_olvida_todo(sim: Simulador) -> None:
    sim.fallar(500, veces=None)
    assert {enviar(sim).status_code for _ in range(3)} == {500}
    sim.no_fallar()
    assert enviar(sim).status_code == 200
    sim.fallar(500)
    sim.reiniciar()
    assert sim.enviados == [] and pedir(sim, "GET", "/messages/list").json()["total"] == 0
    assert enviar(sim).status_code == 200
    with pytest.raises(ValueError, match="No conozco"):
        sim.fallar("lo que sea")


@pytest.mark.parametrize(
    ("modo", "ecos", "estados"),
    [
        ("estados_al_reves", 1, ["read", "delivered", "sent"]),
        ("sin_estados", 1, []),
        ("estado_fallido", 1, ["failed"]),
        ("sin_eco", 0, ["sent", "delivered", "read"]),
    ],
)
def test_el_ciclo_de_un_envio_se_puede_torcer(
    sim: Simulador, receptor: Receptor, modo: str, ecos: int, estados: list[str]
) -> None:
    sim.fallar(modo)
    assert enviar(sim).json()["sent"] is True
    assert sim.esperar_entregas()
    assert len(receptor.cuerpos("messages")) == ecos
    assert [uno["status"] for uno in receptor.cuerpos("statuses")] == estados


def test_el_eco_y_los_estados_pueden_llegar_antes_que_la_respuesta(receptor: Receptor) -> None:
    with Simulador(webhook=receptor.url, eco_antes_de_respuesta=True, demoras=RAPIDO) as sim:
        sim.pausar()
        sim.fallar("estados_antes")
        id_mensaje = enviar(sim).json()["message"]["id"]
        assert [uno["id"] for uno in receptor.cuerpos("messages")] == [id_mensaje]
        assert [uno["id"] for uno in receptor.cuerpos("statuses")] == [id_mensaje] * 3
        sim.reanudar()
        assert sim.esperar_entregas() and len(receptor.recibidos) == 4


def test_las_fallas_de_lectura_y_de_archivo_no_tocan_los_envios(sim: Simulador) -> None:
    sim.fallar(500, en="lectura")
    assert enviar(sim).status_code == 200
    assert pedir(sim, "GET", "/chats").status_code == 500
    foto = sim.mensaje("image", NUMERO, datos=b"0123456789")["image"]["id"]
    for modo in (404, "vacio", "otro_tipo"):
        sim.fallar(modo, en="medio")
    assert pedir(sim, "GET", f"/media/{foto}").status_code == 404
    assert pedir(sim, "GET", f"/media/{foto}").content == b""
    assert pedir(sim, "GET", f"/media/{foto}").headers["Content-Type"] == "text/html"
    sim.fallar("cortar_a_medias", en="medio")
    with pytest.raises(requests.RequestException):
        pedir(sim, "GET", f"/media/{foto}")
    assert pedir(sim, "GET", f"/media/{foto}").content == b"0123456789"


# --- webhooks ---


def test_un_webhook_que_no_contesta_200_se_reintenta_con_espera_creciente(sim: Simulador, receptor: Receptor) -> None:
    receptor.codigos = [503, 204]
    sim.escribir(NUMERO, "Hola")
    assert sim.esperar_entregas()
    assert [intento.codigo for intento in sim.entregas.intentos] == [503, 204, 200]
    assert len({uno["id"] for uno in receptor.cuerpos("messages")}) == 1


def test_los_reintentos_se_acaban(sim: Simulador, receptor: Receptor) -> None:
    receptor.codigos = [500] * 20
    sim.escribir(NUMERO, "Hola")
    assert sim.esperar_entregas()
    assert len(receptor.recibidos) == sim.entregas.ajustes.max_intentos


def test_los_tres_modos_de_entrega(sim: Simulador, receptor: Receptor) -> None:
    for modo in ("body", "path", "method"):
        sim.poner_webhook(receptor.url, modo)
        sim.entregar(sim.sobre(sim.mensaje("text", NUMERO)))
    sim.entregar({"messages_updates": [], "event": {"type": "messages", "event": "patch"}})
    vistos = [(verbo, ruta) for verbo, ruta, _, _ in receptor.recibidos]
    assert vistos == [
        ("POST", "/webhook"),
        ("POST", "/webhook/messages/post"),
        ("POST", "/webhook/messages"),
        ("PATCH", "/webhook/messages"),
    ]


def test_pausar_retiene_y_reanudar_suelta_en_orden(sim: Simulador, receptor: Receptor) -> None:
    sim.pausar()
    ids = [sim.escribir(NUMERO, f"mensaje {n}") for n in range(10)]
    assert not sim.esperar_entregas(0.05) and receptor.recibidos == []
    sim.reanudar()
    assert sim.esperar_entregas()
    assert [uno["id"] for uno in receptor.cuerpos("messages")] == ids


def test_reentregar_repite_el_mismo_mensaje_tambien_a_la_vez(sim: Simulador, receptor: Receptor) -> None:
    id_mensaje = sim.escribir(NUMERO, "Hola", "Ana", esperar=True)
    assert sim.reentregar(id_mensaje, 4, en_paralelo=True) == [200] * 4
    recibidos = receptor.cuerpos("messages")
    assert len(recibidos) == 5 and all(uno == recibidos[0] for uno in recibidos)


def test_entregar_manda_cualquier_cosa_tal_cual(sim: Simulador, receptor: Receptor) -> None:
    receptor.codigos = [418]
    assert sim.entregar({"raro": "\x00\ud800"}, cabeceras={"Authorization": ""}).status_code == 418
    assert sim.entregar(b'{"crudo": 1}', ruta="/statuses/post", metodo="PUT").status_code == 200
    (_, _, sin_secreto, raro), (verbo, ruta, _, crudo) = receptor.recibidos
    assert raro == {"raro": "\x00\ud800"} and "Authorization" not in sin_secreto
    assert (verbo, ruta, crudo) == ("PUT", "/webhook/statuses/post", {"crudo": 1})


@pytest.mark.parametrize("tipo", TIPOS)
def test_hay_un_mensaje_de_cada_tipo_con_lo_obligatorio(sim: Simulador, tipo: str) -> None:
    mensaje = sim.mensaje(tipo, NUMERO, "Ana")
    assert {"id", "type", "chat_id", "from_me", "timestamp", "from", "from_name"} <= mensaje.keys()
    json.dumps(mensaje)
    for clave in ("image", "voice", "document", "sticker"):
        if clave in mensaje:
            ficha = mensaje[clave]
            assert len(pedir(sim, "GET", f"/media/{ficha['id']}").content) == ficha["file_size"] > 0
            assert requests.get(ficha["link"], timeout=5).status_code == 200


def test_las_identidades_raras_y_los_cuerpos_nulos_se_pueden_construir(sim: Simulador) -> None:
    oculto = sim.mensaje("text", "123456789012345@lid")
    assert oculto["chat_id"] == oculto["from"] == "123456789012345@lid"
    grupo = sim.mensaje("text", NUMERO, chat_id="120363194050948049@g.us", chat_name="Ventas")
    assert (grupo["from"], grupo["chat_id"]) == (NUMERO, "120363194050948049@g.us")
    assert sim.mensaje("image", NUMERO, image=None)["image"] is None
    assert "link_preview" not in sim.mensaje("link_preview", NUMERO, sin=["link_preview"])
    propio = sim.estado.mensaje(sim.desde_el_telefono(NUMERO, "Ya le cuento"))
    assert propio is not None
    assert (propio["from_me"], propio["source"], propio["from"]) == (True, "mobile", sim.linea)
    assert (propio["from_name"], propio["chat_id"]) == (sim.nombre_linea, CHAT)


# --- leer ---


def test_las_listas_cuentan_lo_que_paso_y_se_paginan(sim: Simulador) -> None:
    for n in range(5):
        sim.escribir(NUMERO, f"m{n}", "Ana", timestamp=1_712_995_000 + n)
    sim.desde_el_telefono("573007654321", "otro chat", timestamp=1_712_996_000)
    pagina = pedir(sim, "GET", f"/messages/list/{CHAT}?count=2&offset=1").json()
    assert [uno["text"]["body"] for uno in pagina["messages"]] == ["m3", "m2"]
    assert (pagina["count"], pagina["total"], pagina["offset"]) == (2, 5, 1)
    desde = pedir(sim, "GET", "/messages/list?time_from=1712995003&sort=asc&from_me=false").json()
    assert [uno["text"]["body"] for uno in desde["messages"]] == ["m3", "m4"]
    chats = pedir(sim, "GET", "/chats").json()["chats"]
    assert [chat["id"] for chat in chats] == ["573007654321@s.whatsapp.net", CHAT]
    assert chats[1]["name"] == "Ana" and chats[1]["last_message"]["text"]["body"] == "m4" and "name" not in chats[0]
    assert pedir(sim, "GET", f"/contacts/{NUMERO}/profile").json() == {"name": "Ana"}
    for mala in (f"/contacts/{CHAT}/profile", f"/messages/list/{NUMERO}", "/chats?count=501", "/chats?count=x"):
        assert pedir(sim, "GET", mala).status_code == 400


def test_health_despierta_la_linea_salvo_que_se_pida_que_no(sim: Simulador) -> None:
    sim.poner_linea("STOP", avisar=False)
    assert pedir(sim, "GET", "/health?wakeup=false").json()["status"]["text"] == "STOP"
    assert pedir(sim, "GET", "/health").json()["status"] == {"code": 4, "text": "AUTH"}
    assert [peticion.consulta for peticion in sim.peticiones] == [{"wakeup": "false"}, {}]


def test_los_ajustes_mandan_en_los_webhooks_y_el_arreglo_se_reemplaza_entero(
    sim: Simulador, receptor: Receptor
) -> None:
    nuevo = {
        "url": receptor.url + "/nuevo",
        "events": [{"type": "messages", "method": "post"}],
        "headers": {"X-Y": "z"},
    }
    cambio = pedir(sim, "PATCH", "/settings", json={"webhooks": [nuevo]}).json()
    assert cambio["changes"] == ["webhooks"] and cambio["after_update"]["callback_persist"] is True
    enviar(sim)
    assert sim.esperar_entregas()
    ((_, ruta, cabeceras, _),) = receptor.recibidos
    assert (ruta, cabeceras["X-Y"]) == ("/webhook/nuevo", "z")
    assert pedir(sim, "POST", "/settings/webhook_test", json={"url": receptor.url}).json() == {"success": True}
    assert pedir(sim, "DELETE", "/settings").json() == {"success": True}
    assert sim.webhook is None


# --- control y proceso ---


def test_el_control_por_http_hace_lo_mismo_y_no_atiende_a_extranos(sim: Simulador, receptor: Receptor) -> None:
    def ordenar(orden: str, **pedido: Any) -> requests.Response:
        return requests.post(f"{sim.url}/_control/{orden}", json=pedido, timeout=5)

    assert ordenar("escribir", numero=NUMERO, texto="Hola", nombre="Ana").json()["id"]
    assert ordenar("mensaje", tipo="voice", numero=NUMERO).json()["id"]
    assert ordenar("esperar").json()["vacio"] is True
    assert [uno["type"] for uno in receptor.cuerpos("messages")] == ["text", "voice"]
    ordenar("fallar", modo=429, veces=1, reintentar_despues=3)
    assert enviar(sim).headers["Retry-After"] == "3"
    (envio,) = ordenar("enviados").json()["enviados"]
    assert envio["codigo"] == 429 and "Authorization" not in envio["cabeceras"]
    assert ordenar("reiniciar").json() == {"success": True}
    assert ordenar("enviados").json()["enviados"] == []
    assert ordenar("fallar").status_code == 400 and ordenar("nada").status_code == 404
    for cabecera in ({"Origin": "https://example.com"}, {"Host": "example.com"}):
        ajena = requests.post(f"{sim.url}/_control/reiniciar", json={}, headers=cabecera, timeout=5)
        assert ajena.status_code == 403


def _lanzar(*argumentos: str) -> "subprocess.Popen[str]":
    orden = [sys.executable, "-m", "simulador", "--port", "0", "--token", "ficha", *argumentos]
    return subprocess.Popen(orden, cwd=RAIZ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)


def test_el_proceso_de_la_demostracion_avisa_escribe_y_muere_con_su_padre(receptor: Receptor) -> None:
    proceso = _lanzar("--webhook", receptor.url, "--demo", "--semilla", "7", "--ritmo", "20")
    assert proceso.stdin is not None and proceso.stdout is not None
    try:
        linea = proceso.stdout.readline()
        assert linea.startswith("listo en http://127.0.0.1:")
        receptor.esperar(lambda: len({uno["chat_id"] for uno in receptor.cuerpos("messages")}) >= 4)
        proceso.stdin.close()
        assert proceso.wait(3) == 0 and proceso.stdout.read() == ""
    finally:
        proceso.kill()
        proceso.wait()
        proceso.stdout.close()


# --- los clientes de la demostración ---


class Escena:
    """Los clientes con un reloj de mentiras y sin red."""

    def __init__(self, semilla: int) -> None:
        self.sim = Simulador()
        self.sim.pausar()
        self.clientes = Clientes(self.sim, semilla=semilla)
        self.dichos: list[tuple[float, str, str]] = []
        self.blancos: list[str | None] = []
        self.atendidos = 0
        self.ahora = 0.0
        self.sim.recibir = self._recibir  # type: ignore[method-assign]
        self.sim.al_aceptar = lambda mensaje, demoras: self.clientes.respondieron(mensaje, demoras, self.ahora)

    def _recibir(self, mensaje: Json, *, esperar: bool = False) -> str:
        tipo = mensaje["action"]["type"] if mensaje["type"] == "action" else mensaje["type"]
        texto = mensaje["text"]["body"] if tipo == "text" else tipo
        self.dichos.append((self.ahora, mensaje["from"], texto))
        self.blancos.append(mensaje.get("action", {}).get("target"))
        return f"propio-{len(self.dichos)}"

    def correr(self, segundos: float, *, contestar: bool = False) -> None:
        for _ in range(int(segundos * 2)):
            self.ahora += 0.5
            self.clientes.paso(self.ahora)
            if contestar:
                self._contestar()

    def _contestar(self) -> None:
        pendientes = self.dichos[self.atendidos :]
        self.atendidos = len(self.dichos)
        for _, numero, _ in pendientes:
            chat = f"{numero}@s.whatsapp.net"
            self.sim.echar_a_andar(self.sim.mensaje_propio(chat, "text", {"body": "Claro"}), self.sim.ciclo)


def lineas_de(tema: Tema) -> list[Linea]:
    return [*tema.apertura, *(linea for turno in tema.turnos for linea in turno)]


def dicho(linea: Linea) -> str:
    return linea.tipo if isinstance(linea, Cosa) else linea


def test_al_comienzo_escriben_varios_y_sin_respuesta_cada_vez_menos() -> None:
    escena = Escena(semilla=1)
    escena.correr(8)
    assert 4 <= len({numero for _, numero, _ in escena.dichos}) <= 6
    escena.correr(3600)
    veces = [hora for hora, _, _ in escena.dichos]
    assert sum(hora < 600 for hora in veces) > sum(hora >= 3000 for hora in veces)
    assert len(veces) < 60


def test_quien_recibe_respuesta_sigue_su_charla_en_orden_y_se_despide() -> None:
    escena = Escena(semilla=2)
    escena.correr(170, contestar=True)
    _, primero, apertura = escena.dichos[0]
    tema = next(tema for tema in TEMAS if tema.apertura[0] == apertura)
    suyos = [texto for _, numero, texto in escena.dichos if numero == primero]
    assert suyos == [dicho(linea) for linea in lineas_de(tema)]


def test_la_misma_semilla_da_la_misma_historia() -> None:
    una, otra, tercera = Escena(3), Escena(3), Escena(4)
    for escena in (una, otra, tercera):
        escena.correr(120, contestar=True)
    assert una.dichos == otra.dichos != tercera.dichos


def test_los_clientes_son_inventados_y_no_hablan_de_salud() -> None:
    assert len(CLIENTES) >= 12 and all(numero.startswith("57300555") for numero, _ in CLIENTES)
    prohibidas = (
        "salud",
        "enferm",
        "dolor",
        "médic",
        "medic",
        "síntoma",
        "diagn",
        "examen",
        "exámen",
        "receta",
        "embaraz",
    )
    for tema in TEMAS:
        texto = " ".join(
            linea if isinstance(linea, str) else json.dumps(linea.contenido, ensure_ascii=False)
            for linea in lineas_de(tema)
        ).lower()
        assert not any(palabra in texto for palabra in prohibidas), texto


def test_los_clientes_mandan_de_todo_y_cada_gesto_cae_donde_debe() -> None:
    """Nadie edita ni borra lo ajeno, ni reacciona a lo propio; y siempre hay sobre qué."""
    escena = Escena(semilla=5)
    escena.correr(3600, contestar=True)
    dichos = {texto for _, _, texto in escena.dichos}
    de_todo = {"image", "voice", "document", "video", "location", "contact", "sticker", "reaction", "edit", "delete"}
    assert de_todo <= dichos
    for (_, numero, texto), blanco in zip(escena.dichos, escena.blancos, strict=True):
        if texto in ("edit", "delete"):
            lugar = int(str(blanco).removeprefix("propio-")) - 1
            assert escena.dichos[lugar][1] == numero
        elif texto == "reaction":
            assert (escena.sim.estado.mensaje(str(blanco)) or {})["from_me"]


def test_antes_de_escribir_se_les_ve_escribiendo_y_antes_de_una_nota_grabando() -> None:
    escena, vistos = Escena(semilla=5), list[tuple[int, str]]()

    def anotar(tipo: str, evento: str, contenido: list[Json], **_: Any) -> None:
        if tipo == "presences":
            vistos.append((len(escena.dichos), contenido[0]["status"]))

    escena.sim.avisar = anotar  # type: ignore[assignment,method-assign]
    escena.correr(3600, contestar=True)
    assert {"typing", "recording"} == {estado for _, estado in vistos}


def test_en_una_encuesta_del_agente_el_cliente_vota() -> None:
    escena = Escena(semilla=1)
    escena.correr(8)
    encuesta = escena.sim.mensaje_propio(f"{escena.dichos[0][1]}@s.whatsapp.net", "poll", {"title": "¿Cuándo?"})
    escena.sim.echar_a_andar(encuesta, escena.sim.ciclo)
    escena.sim.echar_a_andar(escena.sim.mensaje_propio(encuesta["chat_id"], "text", {"body": "Y"}), escena.sim.ciclo)
    escena.correr(30)
    assert encuesta["id"] in escena.blancos


def test_cada_muestra_es_lo_que_dice_y_se_ve_o_se_oye(tmp_path: Path) -> None:
    """Una foto de un color o una nota en silencio no dejan ver si la pantalla las muestra bien."""
    for nombre, datos in (("foto", estampas.foto()), ("sticker", estampas.webp())):
        imagen = Image.open(io.BytesIO(datos))
        assert len(imagen.convert("RGB").resize((32, 32)).getcolors(2000) or []) > 20, nombre
    with av.open(io.BytesIO(estampas.mp4()), "r") as video:
        assert video.streams.video[0].codec_context.name == "h264"
        assert len(list(video.decode(video=0))) == 36
    with av.open(io.BytesIO(estampas.voz(2)), "r") as voz:
        picos = [max(abs(n) for n in array("f", bytes(cuadro.planes[0]))) for cuadro in voz.decode(audio=0)]
        assert voz.streams.audio[0].codec_context.name == "opus" and max(picos) > 0.05
    assert b"Factura de ejemplo" in muestras.pdf()


def test_arrancar_no_carga_con_que_se_hacen_las_muestras() -> None:
    orden = "import sys, simulador.__main__; sys.exit(bool({'PIL', 'av'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", orden], cwd=RAIZ, check=False).returncode == 0
