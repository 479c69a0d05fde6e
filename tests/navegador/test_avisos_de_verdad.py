"""Sonido, notificación, título e icono con los de Chromium: nada se sustituye, solo se escucha."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import BETO, NOMBRES, Pantalla

pytestmark = pytest.mark.navegador

# Cada notificación creada y lo que el navegador hizo con ella; cada contexto de sonido, y un oído a lo que sale de él.
ESCUCHAR = """
  globalThis.notas = [];
  globalThis.contextos = [];
  globalThis.Notification = class extends Notification {
    hechos = [];
    constructor(...datos) {
      super(...datos);
      globalThis.notas.push(this);
      for (const hecho of ['show', 'error', 'close']) this.addEventListener(hecho, () => this.hechos.push(hecho));
    }
  };
  globalThis.AudioContext = class extends AudioContext { constructor() { super(); globalThis.contextos.push(this); } };
  const conectar = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (destino, ...resto) {
    if (destino instanceof AudioDestinationNode) {
      globalThis.oido ??= new AnalyserNode(destino.context, { fftSize: 2048 });
      conectar.call(this, globalThis.oido);
    }
    return conectar.call(this, destino, ...resto);
  };
"""
VOLUMEN = """() => {
  if (!globalThis.oido) return 0;
  const onda = new Float32Array(2048);
  globalThis.oido.getFloatTimeDomainData(onda);
  return Math.max(...onda);
}"""
PUNTO_DEL_ICONO = """async () => {
  const imagen = new Image();
  imagen.src = document.querySelector('link[rel=icon]').href;
  await imagen.decode();
  const lienzo = document.createElement('canvas');
  const pincel = lienzo.getContext('2d');
  pincel.drawImage(imagen, 0, 0, 64, 64);
  return [...pincel.getImageData(30, 12, 1, 1).data];
}"""
ROJO = [211, 18, 43, 255]


@pytest.fixture
def pantalla(con_dos: None, abrir: Abrir) -> Pantalla:
    """La bandeja con permiso del navegador y las notificaciones encendidas; nadie ha tocado nada todavía."""
    abierta = abrir()
    abierta.pagina.context.grant_permissions(["notifications"])
    abierta.pagina.add_init_script(ESCUCHAR)
    abierta.pagina.evaluate("localStorage.setItem('bandeja.notificaciones', 'true')")
    abierta.pagina.reload()
    abierta.esperar_al_dia()
    return abierta


def irse_a_otra_pestana(pantalla: Pantalla) -> None:
    """El navegador de pruebas finge que toda pestaña tiene el foco: se le pide que no, y se pone otra delante."""
    contexto = pantalla.pagina.context
    contexto.new_cdp_session(pantalla.pagina).send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    contexto.new_page().bring_to_front()
    assert pantalla.pagina.evaluate("document.hasFocus()") is False


def oir(pantalla: Pantalla, plazo: float = 10) -> float:
    """El volumen más alto que sale por los altavoces, hasta que se oiga algo."""
    limite = time.monotonic() + plazo
    volumen = 0.0
    while volumen < 0.01 and time.monotonic() < limite:
        volumen = max(volumen, float(pantalla.pagina.evaluate(VOLUMEN)))
        pantalla.pagina.wait_for_timeout(15)
    return volumen


def esperar_punto(pantalla: Pantalla, rojo: bool) -> None:
    limite = time.monotonic() + 10
    while (pantalla.pagina.evaluate(PUNTO_DEL_ICONO) == ROJO) != rojo and time.monotonic() < limite:
        pantalla.pagina.wait_for_timeout(50)
    assert (pantalla.pagina.evaluate(PUNTO_DEL_ICONO) == ROJO) == rojo


def test_el_sonido_espera_al_primer_gesto_y_despues_se_oye(pantalla: Pantalla, app: AppEnMarcha) -> None:
    recibir(app, BETO, "Antes del gesto", nombre=NOMBRES[BETO])
    expect(pantalla.fila("Beto")).to_contain_text("2 sin leer")
    assert pantalla.pagina.evaluate("contextos.length") == 0
    pantalla.pagina.get_by_role("heading", name="Bandeja de WhatsApp", level=2).click()
    assert pantalla.pagina.evaluate("contextos.map((c) => c.state)") == ["running"]
    recibir(app, BETO, "Después del gesto", nombre=NOMBRES[BETO])
    assert oir(pantalla) > 0.01


def test_la_notificacion_se_muestra_y_su_clic_abre_el_chat_y_la_cierra(pantalla: Pantalla, app: AppEnMarcha) -> None:
    irse_a_otra_pestana(pantalla)
    recibir(app, BETO, "¿*Hay* alguien?", nombre=NOMBRES[BETO])
    expect(pantalla.fila("Beto")).to_contain_text("2 sin leer")
    nota = pantalla.pagina.evaluate_handle("globalThis.notas[0]")
    assert nota.evaluate("n => [n.title, n.body, n.tag]") == ["Beto Prueba", "¿Hay alguien?", BETO]
    limite = time.monotonic() + 10
    while not nota.evaluate("n => n.hechos.length") and time.monotonic() < limite:
        pantalla.pagina.wait_for_timeout(50)
    assert nota.evaluate("n => n.hechos") == ["show"]  # el navegador la enseñó de verdad
    nota.evaluate("n => n.dispatchEvent(new Event('click'))")
    expect(pantalla.chat("Beto Prueba")).to_be_visible()
    assert pantalla.pagina.evaluate("globalThis.notas.length") == 1


def test_el_titulo_y_el_icono_cuentan_los_chats_sin_leer_y_vuelven_al_leerlos(pantalla: Pantalla) -> None:
    expect(pantalla.pagina).to_have_title(re.compile(r"^\(2\) "))
    esperar_punto(pantalla, rojo=True)
    for nombre, titulo in (("Ana", re.compile(r"^\(1\) ")), ("Beto", re.compile("^Bandeja de WhatsApp$"))):
        pantalla.abrir(nombre)
        expect(pantalla.pagina).to_have_title(titulo, timeout=10_000)
    esperar_punto(pantalla, rojo=False)
    expect(pantalla.pagina.locator("link[rel=icon]")).to_have_attribute("href", re.compile(r"favicon\.svg$"))


def test_sin_permiso_del_navegador_no_se_encienden_y_se_dice_donde_se_da(con_ana: None, abrir: Abrir) -> None:
    pantalla = abrir()
    pantalla.pagina.context.clear_permissions()
    pantalla.esperar_al_dia()
    pantalla.pagina.get_by_role("button", name="Menú", exact=True).click()
    opcion = pantalla.pagina.get_by_role("menuitemcheckbox", name="Notificaciones")
    opcion.click()
    expect(pantalla.pagina.get_by_text("El navegador tiene bloqueadas las notificaciones")).to_be_visible()
    expect(opcion).to_have_attribute("aria-checked", "false")
