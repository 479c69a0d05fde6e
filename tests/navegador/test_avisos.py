"""Llamar solo cuando hace falta: sonido, notificación y título por lo que entra, es propio y no se está viendo."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto, recibir, webhook
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, BETO, NOMBRES, Pantalla

pytestmark = pytest.mark.navegador

# En vez de las de verdad: se anota lo que se mostraría y sonaría, y la prueba decide si la ventana tiene el foco.
DE_MENTIRA = """
  globalThis.notas = [];
  globalThis.tonos = 0;
  globalThis.permisos = 0;
  globalThis.enfocada = true;
  document.hasFocus = () => globalThis.enfocada;
  globalThis.Notification = class extends EventTarget {
    static permission = 'granted';
    static requestPermission() { globalThis.permisos += 1; return Promise.resolve('granted'); }
    constructor(titulo, { body }) { super(); globalThis.notas.push(this); this.titulo = titulo; this.cuerpo = body; }
    close() {}
  };
  const sonar = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...a) { globalThis.tonos += 1; return sonar.apply(this, a); };
"""


@pytest.fixture
def escuchando(con_dos: None, abrir: Abrir) -> Pantalla:
    """La bandeja con las notificaciones encendidas y el primer gesto ya hecho."""
    pantalla = abrir()
    pantalla.pagina.add_init_script(DE_MENTIRA)
    pantalla.pagina.evaluate("localStorage.setItem('bandeja.notificaciones', 'true')")
    pantalla.pagina.reload()
    pantalla.esperar_al_dia()
    pantalla.pagina.keyboard.press("Shift")
    return pantalla


def notas(pantalla: Pantalla) -> list[list[str]]:
    return list(pantalla.pagina.evaluate("notas.map((n) => [n.titulo, n.cuerpo])"))


def enfocar(pantalla: Pantalla, si: bool) -> None:
    pantalla.pagina.evaluate("si => { globalThis.enfocada = si }", si)


def test_sin_el_foco_lo_que_entra_suena_avisa_y_el_clic_abre_su_chat(escuchando: Pantalla, app: AppEnMarcha) -> None:
    enfocar(escuchando, False)
    recibir(app, BETO, "¿Hay alguien?", nombre=NOMBRES[BETO])
    expect(escuchando.fila("Beto")).to_contain_text("2 sin leer")
    assert notas(escuchando) == [["Beto Prueba", "¿Hay alguien?"]]
    assert escuchando.pagina.evaluate("tonos") == 2  # una vez, de dos tonos
    expect(escuchando.pagina).to_have_title(re.compile(r"^\(2\) "))
    escuchando.pagina.evaluate("notas[0].dispatchEvent(new Event('click'))")
    expect(escuchando.chat("Beto Prueba")).to_be_visible()


def test_con_el_foco_en_otro_chat_suena_y_no_avisa(escuchando: Pantalla, app: AppEnMarcha) -> None:
    escuchando.abrir("Ana")
    recibir(app, BETO, "¿Hay alguien?", nombre=NOMBRES[BETO])
    expect(escuchando.fila("Beto")).to_contain_text("2 sin leer")
    assert (notas(escuchando), escuchando.pagina.evaluate("tonos")) == ([], 2)


def test_lo_que_se_esta_viendo_lo_propio_y_lo_repetido_no_llaman(escuchando: Pantalla, app: AppEnMarcha) -> None:  # F5
    escuchando.abrir("Ana")
    recibir(app, ANA, "Aquí estoy", nombre=NOMBRES[ANA])
    expect(escuchando.burbuja("Aquí estoy")).to_be_visible()
    enfocar(escuchando, False)
    escuchando.enviar("Te leo")
    recibir(app, BETO, "Desde el teléfono", from_me=True)
    expect(escuchando.fila("Beto")).to_contain_text("Desde el teléfono")
    expect(escuchando.burbuja("Te leo").get_by_role("img", name="Leído")).to_be_visible(timeout=15_000)
    assert (notas(escuchando), escuchando.pagina.evaluate("tonos")) == ([], 0)


def test_lo_repetido_por_el_proveedor_llama_una_vez(escuchando: Pantalla, app: AppEnMarcha) -> None:  # D10
    enfocar(escuchando, False)
    repetido = entrega(mensaje_texto(BETO, "Una vez", nombre=NOMBRES[BETO]))
    for _ in range(3):
        webhook(app, repetido)
    recibir(app, ANA, "Después", nombre=NOMBRES[ANA])
    expect(escuchando.fila("Ana")).to_contain_text("Después")
    assert sorted(nota[1] for nota in notas(escuchando)) == ["Después", "Una vez"]  # entre dos chats no hay orden


@pytest.fixture
def anuncios(escuchando: Pantalla) -> Callable[[], None]:
    """Los anuncios de mensajes no llegan a la bandeja, sin foco, hasta que se llame a esto."""
    retenidos: list[tuple[WebSocketRoute, str | bytes]] = []

    def retener(canal: WebSocketRoute) -> None:
        def decidir(dicho: str | bytes) -> None:
            if "new_message" in str(dicho):
                retenidos.append((canal, dicho))
            else:
                canal.send(dicho)

        canal.connect_to_server().on_message(decidir)

    def soltar() -> None:
        for _ in range(500):
            if retenidos:
                break
            escuchando.pagina.wait_for_timeout(20)
        for canal, dicho in retenidos:
            canal.send(dicho)

    escuchando.pagina.route_web_socket("**/socket.io/**", retener)
    escuchando.pagina.reload()
    escuchando.esperar_al_dia()
    escuchando.pagina.wait_for_load_state("networkidle")
    enfocar(escuchando, False)
    return soltar


def test_lo_que_traen_los_cambios_antes_que_su_anuncio_llama_una_vez(
    escuchando: Pantalla, anuncios: Callable[[], None], app: AppEnMarcha
) -> None:
    """El servidor leyó las conversaciones, entró un mensaje, y luego leyó los mensajes."""

    def entre_las_dos_lecturas(ruta: Route) -> None:
        antes = ruta.fetch().json()
        recibir(app, BETO, "Entremedias", nombre=NOMBRES[BETO])
        ruta.fulfill(json=ruta.fetch().json() | {"conversaciones": antes["conversaciones"]})

    escuchando.pagina.route("**/api/cambios*", entre_las_dos_lecturas, times=1)
    escuchando.pagina.evaluate("dispatchEvent(new Event('online'))")
    expect(escuchando.fila("Beto")).to_contain_text("Entremedias")
    anuncios()
    expect(escuchando.fila("Beto")).to_contain_text("2 sin leer")
    assert [nota[1] for nota in notas(escuchando)] == ["Entremedias"]


def test_lo_que_trae_la_lista_antes_que_su_anuncio_tambien_llama(
    escuchando: Pantalla, anuncios: Callable[[], None], app: AppEnMarcha
) -> None:
    recibir(app, BETO, "En la lista", nombre=NOMBRES[BETO])
    escuchando.pagina.get_by_role("radio", name="No leídos").check(force=True)
    expect(escuchando.fila("Beto")).to_contain_text("En la lista")
    assert notas(escuchando) == []
    anuncios()
    escuchando.pagina.wait_for_function("() => notas.length")
    assert [nota[1] for nota in notas(escuchando)] == ["En la lista"]


def test_lo_de_otro_agente_no_llama(escuchando: Pantalla, app: AppEnMarcha, limpio: BaseDatos) -> None:  # F5, S1
    enfocar(escuchando, False)
    limpio.ejecutar(
        "UPDATE conversaciones_whatsapp SET agente_asignado = 'agente2' WHERE numero_telefono = %s", (f"+{BETO}",)
    )
    expect(escuchando.fila("Beto")).to_have_count(0)
    recibir(app, BETO, "Para otro", nombre=NOMBRES[BETO])
    recibir(app, ANA, "Para mí", nombre=NOMBRES[ANA])
    expect(escuchando.fila("Ana")).to_contain_text("Para mí")
    assert notas(escuchando) == [["Ana Prueba", "Para mí"]]


def test_un_chat_silenciado_no_avisa_aunque_cuenta(escuchando: Pantalla, app: AppEnMarcha) -> None:
    escuchando.fila("Ana").click(button="right")
    escuchando.pagina.get_by_role("menuitem", name="Silenciar").click()
    expect(escuchando.fila("Ana")).to_contain_text("silenciado")
    enfocar(escuchando, False)
    recibir(app, ANA, "¿Hay alguien?", nombre=NOMBRES[ANA])
    expect(escuchando.fila("Ana")).to_contain_text("2 sin leer")
    assert (notas(escuchando), escuchando.pagina.evaluate("tonos")) == ([], 0)


def test_un_chat_silenciado_que_no_esta_cargado_tampoco_llama(
    escuchando: Pantalla, app: AppEnMarcha, limpio: BaseDatos
) -> None:
    ahora = time.time()
    webhook(app, entrega(*(mensaje_texto(f"57300222{i:04}", "Hola", en=ahora + i) for i in range(60))))
    limpio.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    limpio.ejecutar("UPDATE chat_conversaciones SET silenciada = TRUE WHERE numero = %s", (f"+{BETO}",))
    escuchando.pagina.reload()
    escuchando.esperar_al_dia()
    escuchando.pagina.keyboard.press("Shift")
    enfocar(escuchando, False)
    recibir(app, BETO, "¿Hay alguien?", nombre=NOMBRES[BETO], en=ahora + 100)
    expect(escuchando.fila("Beto")).to_contain_text("silenciado")
    assert (notas(escuchando), escuchando.pagina.evaluate("tonos")) == ([], 0)


def test_el_interruptor_apaga_el_sonido_y_el_permiso_solo_se_pide_al_encender(
    con_dos: None, abrir: Abrir, app: AppEnMarcha
) -> None:
    pantalla = abrir()
    pantalla.pagina.add_init_script(DE_MENTIRA + "Notification.permission = 'default';")
    pantalla.pagina.reload()
    pantalla.esperar_al_dia()
    assert pantalla.pagina.evaluate("permisos") == 0
    pantalla.pagina.get_by_role("button", name="Menú", exact=True).click()
    pantalla.pagina.get_by_role("menuitemcheckbox", name="Sonido").click()
    recibir(app, BETO, "¿Hay alguien?", nombre=NOMBRES[BETO])
    expect(pantalla.fila("Beto")).to_contain_text("2 sin leer")
    assert pantalla.pagina.evaluate("tonos") == 0
    pantalla.pagina.keyboard.press("Escape")
    pantalla.pagina.get_by_role("button", name="Menú", exact=True).click()
    pantalla.pagina.get_by_role("menuitemcheckbox", name="Notificaciones").click()
    pantalla.pagina.wait_for_function("() => permisos === 1")
