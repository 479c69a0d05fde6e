"""Un archivo que llega: se trae una vez, por detrás, y sobrevive a lo que le pase al proveedor y a nosotros."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import pytest

from simulador import Simulador, muestras
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje, webhook
from tests.apoyo.escucha import Escucha
from tests.apoyo.sesiones import Sesion, entrar
from tests.archivos.conftest import (
    CLIENTE,
    agotar,
    apurar,
    foto,
    hasta,
    intentado,
    llega,
    medio,
    mensajes,
    pedidos,
    quede,
)

# --- llega bien


@pytest.mark.parametrize("tipo", ["image", "video", "gif", "short", "audio", "voice", "document", "sticker"])
def test_cada_tipo_se_trae_una_vez_y_se_sirve_igual(agente1: Sesion, simulador: Simulador, tipo: str) -> None:
    llega(simulador, tipo)
    listo = quede(agente1, "ready")
    bajado = agente1.get(listo["url"])
    original = muestras.POR_TIPO[tipo][1]()
    assert (bajado.status_code, bajado.content) == (200, original)
    assert (listo["size"], listo["error"]) == (len(original), None)
    assert pedidos(simulador) == 1 and pedidos(simulador, "/in-files/") == 0


def test_el_200_no_espera_al_archivo(agente1: Sesion, simulador: Simulador) -> None:
    simulador.fallar("lento", en="medio", segundos=8)
    antes = time.monotonic()
    llega(simulador, "image", foto())
    assert time.monotonic() - antes < 5
    assert medio(agente1)["status"] == "pending"


def test_las_pantallas_del_dueno_y_solo_ellas_se_enteran_cuando_esta(
    app: AppEnMarcha, agente1: Sesion, agente2: Sesion, simulador: Simulador, escucha: Callable[..., Escucha]
) -> None:
    mia, ajena = escucha(app, agente1), escucha(app, agente2)
    identificador = llega(simulador, "image", foto())
    nuevo = mia.uno("new_message", plazo=15)
    assert nuevo["media"]["status"] == "pending"
    cambiado = mia.uno("message_update", plazo=20)
    assert (cambiado["id"], cambiado["numero"], cambiado["media"]["status"]) == (identificador, CLIENTE, "ready")
    assert cambiado["media"]["thumb"] and (cambiado["media"]["width"], cambiado["media"]["height"]) == (640, 480)
    ajena.ninguno("message_update")


def test_quien_se_perdio_el_aviso_lo_encuentra_al_ponerse_al_dia(agente1: Sesion, simulador: Simulador) -> None:
    simulador.fallar("lento", en="medio", segundos=1)
    identificador = llega(simulador, "image", foto())
    cursor = agente1.get("api/conversaciones").json()["cursor"]
    quede(agente1, "ready")
    (cambiado,) = agente1.get(f"api/cambios?desde={cursor}").json()["mensajes"]
    assert (cambiado["id"], cambiado["media"]["status"]) == (identificador, "ready")


def test_la_direccion_del_proveedor_no_llega_al_navegador(agente1: Sesion, simulador: Simulador) -> None:
    llega(simulador, "image", foto())
    quede(agente1, "ready")
    pagina = agente1.get(f"api/conversacion/{CLIENTE}")
    assert "in-files" not in pagina.text
    assert pagina.json()["twilio_messages"][-1]["media_url"] == medio(agente1)["url"]


def test_cien_megas_se_traen_sin_guardarlos_en_la_memoria(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador
) -> None:
    grande = bytes(range(256)) * (100 * 4096)
    antes = app.memoria_mb()
    llega(simulador, "document", grande, contenido={"mime_type": "application/zip", "file_name": "todo.zip"})
    pico = antes
    limite = time.monotonic() + 120
    while medio(agente1)["status"] != "ready":
        pico = max(pico, app.memoria_mb())
        assert time.monotonic() < limite
        time.sleep(0.1)
    assert pico - antes < 60
    suma, trozos = hashlib.sha256(), agente1.get(medio(agente1)["url"], stream=True, timeout=120)
    for trozo in trozos.iter_content(1 << 20):
        suma.update(trozo)
        pico = max(pico, app.memoria_mb())
    assert suma.hexdigest() == hashlib.sha256(grande).hexdigest() and pico - antes < 60


def test_mientras_llega_uno_grande_lo_demas_se_atiende(
    app: AppEnMarcha, agente1: Sesion, simulador: Simulador
) -> None:
    llega(simulador, "document", bytes(60_000_000), contenido={"mime_type": "application/zip"})
    peor = 0.0
    while medio(agente1)["status"] == "pending":
        antes = time.monotonic()
        assert app.salud() == 200
        peor = max(peor, time.monotonic() - antes)
    assert peor < 1.5


# --- el proveedor falla


def test_un_404_de_recien_llegado_se_vuelve_a_intentar_y_aparece(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar(404, 2, en="medio")  # por su id y por su enlace
    llega(simulador, "image", foto())
    intentado(limpio, 1)
    assert medio(agente1)["status"] == "pending"
    apurar(limpio)
    quede(agente1, "ready")


def test_lo_que_el_proveedor_perdio_se_dice_y_se_puede_volver_a_pedir(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar(404, None, en="medio")
    llega(simulador, "image", foto())
    perdido = agotar(limpio, agente1, "lost", 3)
    assert "ya no tiene" in perdido["error"]
    respuesta = agente1.get(perdido["url"])
    assert respuesta.status_code == 404 and "ya no tiene" in respuesta.json()["error"]
    simulador.no_fallar()
    assert agente1.post(f"{perdido['url']}/reintentar").status_code == 200
    quede(agente1, "ready")
    assert agente1.post(f"{perdido['url']}/reintentar").status_code == 409


@pytest.mark.parametrize("modo", ["vacio", "cortar", "cortar_a_medias", "recortado", 500, 401, 429])
def test_lo_que_llega_mal_no_se_guarda_y_se_reintenta(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador, modo: int | str
) -> None:
    simulador.fallar(modo, 1, en="medio")
    original = foto()
    llega(simulador, "image", original)
    intentado(limpio, 1)
    assert medio(agente1)["status"] == "pending"
    assert 0 < limpio.valor("SELECT extract(epoch FROM proximo_en - now())::INT FROM chat_archivos") <= 5
    apurar(limpio)
    assert agente1.get(quede(agente1, "ready")["url"]).content == original


def test_un_429_que_dice_cuanto_esperar_se_respeta_y_no_gasta_un_intento(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar(429, 1, en="medio", reintentar_despues=1800)
    llega(simulador, "image", foto())
    espera = "SELECT extract(epoch FROM proximo_en - now())::INT FROM chat_archivos"
    hasta(lambda: limpio.valor(espera) > 1700)
    assert limpio.valor("SELECT intentos FROM chat_archivos") == 0
    apurar(limpio)
    quede(agente1, "ready")


def test_se_rinde_tras_ocho_intentos_con_retroceso_y_se_puede_pedir_de_nuevo(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar(500, None, en="medio")
    llega(simulador, "image", foto())
    esperas = []
    for n in range(1, 8):
        intentado(limpio, n)
        esperas.append(limpio.valor("SELECT extract(epoch FROM proximo_en - now())::INT FROM chat_archivos"))
        apurar(limpio)
    fallido = quede(agente1, "failed")
    assert fallido["error"] and esperas == sorted(esperas) and 3000 < esperas[-1] <= 3600
    assert pedidos(simulador) == 8
    simulador.no_fallar()
    agente1.post(f"{fallido['url']}/reintentar")
    quede(agente1, "ready")


def test_lo_que_llega_entero_pero_distinto_de_lo_anunciado_acaba_guardandose(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    """La referencia no dice de qué es la suma: una mal dada no puede dejar sin archivo a nadie."""
    llega(simulador, "image", foto(), contenido={"file_size": 1, "sha256": "0" * 64})
    assert agotar(limpio, agente1, "ready", 3)["size"] == len(foto())


def test_uno_mas_grande_que_el_tope_no_se_guarda_y_se_dice(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos, {"MEDIA_MAX_MB": "1"})
    agente = entrar(app, "agente1")
    llega(simulador_propio, "document", bytes(1_048_577))
    fallido = quede(agente, "failed")
    assert "1 MB" in fallido["error"]
    assert base_datos.valor("SELECT count(*) FROM chat_archivos_trozos") == 0


def test_un_objeto_de_medio_sin_nada_no_espera_ningun_archivo(app: AppEnMarcha, agente1: Sesion) -> None:
    for contenido in ({}, {"id": "media_init", "mime_type": "image/jpeg"}):
        assert webhook(app, entrega(mensaje(CLIENTE, "image", contenido))).status_code == 200
    assert [m["media"] for m in mensajes(agente1)] == [None, None]


# --- nosotros fallamos


def test_si_el_proceso_muere_entre_guardar_y_traer_al_volver_lo_trae(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    simulador_propio.fallar("lento", 1, en="medio", segundos=15)
    llega(simulador_propio, "image", foto())
    hasta(lambda: base_datos.valor("SELECT reclamo FROM chat_archivos") == 1)
    app.matar()
    assert base_datos.valor("SELECT estado FROM chat_archivos") == "pending"
    base_datos.ejecutar("UPDATE chat_archivos SET proximo_en = now()")  # vence el arriendo del que murió
    app.arrancar().esperar()
    quede(entrar(app, "agente1"), "ready")


def test_un_proceso_lento_que_perdio_el_arriendo_no_pisa_al_que_lo_tomo(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador
) -> None:
    simulador.fallar("lento", 1, en="medio", segundos=4)
    llega(simulador, "image", foto())
    hasta(lambda: limpio.valor("SELECT reclamo FROM chat_archivos") == 1)
    limpio.ejecutar("UPDATE chat_archivos SET reclamo = 99, proximo_en = now() + INTERVAL '1 hour'")
    hasta(lambda: "lo lleva otro" in agente1.app.registro())
    assert medio(agente1)["status"] == "pending"
    assert limpio.valor("SELECT count(*) FROM chat_archivos_trozos") == 0


def test_dos_procesos_no_traen_dos_veces_lo_mismo(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = arrancar_app(base_datos)
    arrancar_app(base_datos)
    agente = entrar(app, "agente1")
    for n in range(12):
        llega(simulador_propio, "image", foto(color=f"#0000{n:02x}"))
    hasta(lambda: base_datos.valor("SELECT count(*) FROM chat_archivos WHERE estado = 'ready'") == 12, 60)
    assert pedidos(simulador_propio) == 12
    assert all(m["media"]["status"] == "ready" for m in mensajes(agente))


def test_el_mismo_aviso_dos_veces_es_un_solo_archivo(agente1: Sesion, limpio: BaseDatos, simulador: Simulador) -> None:
    identificador = llega(simulador, "image", foto())
    simulador.reentregar(identificador, 3, en_paralelo=True)
    quede(agente1, "ready")
    simulador.reentregar(identificador)
    assert limpio.valor("SELECT count(*) FROM chat_archivos") == 1 and pedidos(simulador) == 1
