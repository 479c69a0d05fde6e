"""Cada tipo de mensaje se ve con sus palabras en el chat y en la lista, y lo que se le hace a uno se ve al momento."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from simulador import Simulador
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, Pantalla

pytestmark = pytest.mark.navegador

MALO = "<img src=x onerror=alert(1)>"
Enviar = Callable[..., str]

# tipo → lo que se lee en la burbuja, y en la fila de la lista.
TEXTOS = {
    "location": ("Sede de ejemplo", "Sede de ejemplo"),
    "live_location": ("Ubicación en vivo", "4.6097"),
    "contact": ("Contacto de Ejemplo", "Contacto de Ejemplo"),
    "contact_list": ("+57 300 555 9999", "Contacto de Ejemplo"),
    "link_preview": ("Nuestra sede", "Miren https://example.com/sede"),
    "interactive": ("¿Confirma?", "¿Confirma?"),
    "reply": ("Sí", "Sí"),
    "buttons": ("¿Confirma?", "¿Confirma?"),
    "list": ("Ver opciones", "Elija"),
    "poll": ("Encuesta · se elige una", "¿Mañana o tarde?"),
    "hsm": ("Su código es 1234", "Su código es 1234"),
    "order": ("50.000 COP", "Pedido"),
    "product": ("Producto 2", "Producto"),
    "event": ("Charla", "Charla"),
    "call": ("Llamada de WhatsApp", "Llamada de WhatsApp"),
    "system": ("El cliente cambió de número", "El cliente cambió de número"),
    "unknown": ("Mensaje no compatible", "Mensaje no compatible"),
    "lo_que_inventen": ("Mensaje no compatible", "Mensaje no compatible"),
    "document": ("orden.pdf", "Adjunto"),
}
VISUALES = {"image": "Ver la imagen", "video": "Ver el video", "short": "Ver el video", "sticker": "Ver el sticker"}


@pytest.fixture
def cliente(app: AppEnMarcha, simulador: Simulador, con_ana: None) -> Enviar:
    """`cliente(tipo, **extra)` hace que Ana mande algo y devuelve su id."""

    def enviar(tipo: str, **extra: Any) -> str:
        return simulador.recibir(simulador.mensaje(tipo, ANA, "Ana Prueba", **extra), esperar=True)

    return enviar


@pytest.fixture
def pantalla(cliente: Enviar, abrir: Abrir) -> Pantalla:
    abierta = abrir()
    abierta.abrir("Ana")
    abierta.esperar_al_dia()
    return abierta


def ultima(pantalla: Pantalla) -> Locator:
    return pantalla.mensajes.get_by_role("article").last


@pytest.mark.parametrize("tipo", TEXTOS)
def test_cada_tipo_tiene_sus_palabras(pantalla: Pantalla, cliente: Enviar, tipo: str) -> None:
    cliente(tipo)
    en_burbuja, en_lista = TEXTOS[tipo]
    expect(ultima(pantalla)).to_contain_text(en_burbuja)
    expect(pantalla.fila("Ana")).to_contain_text(en_lista)


@pytest.mark.parametrize("tipo", VISUALES)
def test_lo_que_se_mira_llega_solo_y_se_sirve_desde_aqui(pantalla: Pantalla, cliente: Enviar, tipo: str) -> None:
    cliente(tipo)
    boton = ultima(pantalla).get_by_role("button", name=re.compile(VISUALES[tipo]))
    expect(boton).to_be_visible()
    ajenas = [r for r in boton.locator("img").all() if (r.get_attribute("src") or "").startswith("http")]
    assert not ajenas


@pytest.mark.parametrize(("tipo", "nombre"), [("voice", "Nota de voz"), ("audio", "Audio")])
def test_un_audio_suena_se_detiene_y_cambia_de_velocidad(
    pantalla: Pantalla, cliente: Enviar, tipo: str, nombre: str
) -> None:
    cliente(tipo)
    audio = ultima(pantalla).get_by_role("group", name=re.compile(nombre))
    audio.get_by_role("button", name="Velocidad: 1×").click()
    expect(audio.get_by_role("button", name="Velocidad: 1,5×")).to_be_visible()
    avance = audio.get_by_role("slider", name="Avance del audio")
    audio.get_by_role("button", name="Reproducir").click()
    expect(avance).not_to_have_value("0")


def test_al_abrir_otro_chat_el_audio_que_suena_se_detiene(con_dos: None, pantalla: Pantalla, cliente: Enviar) -> None:
    pantalla.pagina.evaluate(
        """() => { const sonar = HTMLMediaElement.prototype.play;
             HTMLMediaElement.prototype.play = function () {
               window.sonando = Object.assign(this, { loop: true });
               return sonar.apply(this);
             }; }"""
    )
    cliente("voice")
    ultima(pantalla).get_by_role("button", name="Reproducir").click()
    expect(ultima(pantalla).get_by_role("button", name="Pausar")).to_be_visible()
    pantalla.abrir("Beto")
    pantalla.pagina.wait_for_function("() => sonando.paused")


def test_lo_que_llega_se_anuncia_con_palabras_y_cada_vez(pantalla: Pantalla, cliente: Enviar) -> None:
    pantalla.pagina.evaluate(
        """() => { window.dichos = [];
             new MutationObserver((cambios) => cambios.forEach((c) => c.addedNodes.forEach((n) => dichos.push(n.data))))
               .observe(document.querySelector('[aria-live="polite"]'), { childList: true }); }"""
    )
    for tipo, contenido in (
        ("voice", {}),
        ("text", {"contenido": {"body": "ok"}}),
        ("text", {"contenido": {"body": "ok"}}),
    ):
        cuantos = pantalla.mensajes.get_by_role("article").count()
        cliente(tipo, **contenido)
        expect(pantalla.mensajes.get_by_role("article")).to_have_count(cuantos + 1)
    assert pantalla.pagina.evaluate("dichos") == ["Ana Prueba: Nota de voz", "Ana Prueba: ok", "Ana Prueba: ok"]


def test_un_archivo_que_whatsapp_ya_no_tiene_lo_dice_y_se_vuelve_a_pedir(
    pantalla: Pantalla, cliente: Enviar, simulador: Simulador, limpio: BaseDatos
) -> None:
    construido = simulador.mensaje("image", ANA, "Ana Prueba")
    for medio in list(simulador.estado.medios()):
        simulador.estado.borrar_medio(medio.id)
    simulador.recibir(construido, esperar=True)
    expect(ultima(pantalla)).to_contain_text("Imagen: llegando…")
    limpio.ejecutar("UPDATE chat_archivos SET estado = 'lost'")  # el plazo de los reintentos se prueba aparte
    pantalla.pagina.reload()
    expect(ultima(pantalla)).to_contain_text("WhatsApp ya no tiene este archivo")
    ultima(pantalla).get_by_role("button", name="Volver a pedir").click()
    expect(ultima(pantalla)).to_contain_text("Imagen: llegando…")


def test_reenviado_anuncio_y_para_ver_una_vez_se_dicen(pantalla: Pantalla, cliente: Enviar) -> None:
    cliente("text", context={"forwarded": True, "forwarding_score": 6})
    expect(ultima(pantalla)).to_contain_text("Reenviado muchas veces")
    cliente("text", context={"ad": {"title": "Jornada", "body": "x"}})
    expect(ultima(pantalla)).to_contain_text("Llegó por un anuncio: Jornada")
    cliente("image", image=None)
    expect(ultima(pantalla)).to_contain_text("Imagen")


def test_reaccion_edicion_y_borrado_del_cliente_se_ven_al_momento(pantalla: Pantalla, cliente: Enviar) -> None:
    uno = cliente("text", contenido={"body": "Lo que dije"})
    expect(ultima(pantalla)).to_contain_text("Lo que dije")
    cliente("reaction", contenido={"target": uno, "emoji": "❤️"})
    expect(ultima(pantalla).get_by_role("img", name="Reacciones: ❤️ de Ana Prueba")).to_be_visible()
    cliente("edit", contenido={"target": uno, "edited_content": {"body": "Lo que quise decir"}})
    expect(ultima(pantalla)).to_contain_text("Lo que quise decir")
    expect(ultima(pantalla)).to_contain_text("editado")
    cliente("delete", contenido={"target": uno})
    expect(ultima(pantalla)).to_contain_text("Se eliminó este mensaje")
    expect(ultima(pantalla)).not_to_contain_text("Lo que quise decir")
    expect(pantalla.fila("Ana")).to_contain_text("Se eliminó este mensaje")


def test_los_votos_mueven_la_encuesta(pantalla: Pantalla, cliente: Enviar) -> None:
    encuesta = cliente("poll")
    expect(ultima(pantalla).get_by_role("meter", name="Mañana: 0 de 0 votos")).to_be_visible()
    cliente("vote", contenido={"target": encuesta, "votes": ["op1"]})
    expect(ultima(pantalla).get_by_role("meter", name="Mañana: 1 de 1 votos")).to_be_visible()


def test_el_agente_reacciona_edita_y_elimina(pantalla: Pantalla, cliente: Enviar, simulador: Simulador) -> None:
    burbuja = pantalla.enviar("Mi mensaje")
    expect(burbuja.get_by_role("img", name=re.compile("Enviado|Entregado|Leído"))).to_be_visible()
    opciones = pantalla.pagina.get_by_role("menu")

    burbuja.click(button="right")
    opciones.get_by_role("menuitem", name="Reaccionar").click()
    opciones.get_by_role("menuitem", name="Reaccionar con 👍").click()
    expect(burbuja.get_by_role("img", name="Reacciones: 👍 de ti")).to_be_visible()

    burbuja.click(button="right")
    opciones.get_by_role("menuitem", name="Editar").click()
    dialogo = pantalla.pagina.get_by_role("dialog", name="Editar mensaje")
    dialogo.get_by_label("Texto").fill("")
    dialogo.get_by_role("button", name="Guardar").click()
    expect(dialogo.get_by_role("alert")).to_contain_text("no puede quedar vacío")
    dialogo.get_by_label("Texto").fill("Mi mensaje corregido")
    dialogo.get_by_role("button", name="Guardar").click()
    corregida = pantalla.burbuja("Mi mensaje corregido")
    expect(corregida).to_contain_text("editado")
    assert [e.cuerpo["edit"] for e in simulador.aceptados if "edit" in e.cuerpo] == [simulador.aceptados[0].id]

    corregida.click(button="right")
    opciones.get_by_role("menuitem", name="Eliminar").click()
    pregunta = pantalla.pagina.get_by_role("alertdialog")
    expect(pregunta.get_by_role("button", name="Cancelar")).to_be_focused()
    pregunta.get_by_role("button", name="Eliminar").click()
    expect(ultima(pantalla)).to_contain_text("Se eliminó este mensaje")


def test_lo_hostil_es_texto_en_cada_tipo(pantalla: Pantalla, cliente: Enviar) -> None:
    dialogos: list[str] = []
    pantalla.pagina.on("dialog", lambda d: (dialogos.append(d.message), d.dismiss())[1])
    tarjeta = f"BEGIN:VCARD\nVERSION:3.0\nFN:{MALO}\nTEL:+57 300 {MALO}\nEND:VCARD"
    hostiles: list[tuple[str, dict[str, Any]]] = [
        ("document", {"file_name": f"{MALO}.pdf", "filename": f"{MALO}.pdf", "caption": MALO}),
        ("location", {"name": MALO, "address": MALO, "url": "javascript:alert(1)"}),
        ("contact", {"name": MALO, "vcard": tarjeta}),
        ("poll", {"title": MALO, "results": [{"id": "1", "name": MALO, "count": 0, "voters": []}]}),
        ("link_preview", {"body": MALO, "title": MALO, "url": "javascript:alert(1)", "preview": "javascript:alert(1)"}),
        ("buttons", {"text": MALO, "buttons": [{"id": "1", "text": MALO}]}),
        ("event", {"name": MALO, "description": MALO, "join_link": "javascript:alert(1)"}),
        ("order", {"title": MALO, "currency": MALO}),
    ]
    for tipo, contenido in hostiles:
        cliente(tipo, contenido=contenido)
        expect(ultima(pantalla)).to_contain_text("onerror=alert(1)")
    raros = "img[src='x'], [onerror], a[href^='javascript'], img[src^='javascript']"
    assert pantalla.pagina.locator(raros).count() == 0
    assert dialogos == []


def test_una_reaccion_no_tapa_la_hora_ni_las_palomas(pantalla: Pantalla, cliente: Enviar, simulador: Simulador) -> None:
    burbuja = pantalla.enviar("Corto")
    expect(burbuja.get_by_role("img", name=re.compile("Enviado|Entregado|Leído"))).to_be_visible()
    cliente("reaction", contenido={"target": simulador.aceptados[-1].id, "emoji": "👍"})
    reaccion = burbuja.get_by_role("img", name=re.compile("Reacciones"))
    expect(reaccion).to_be_visible()
    meta = burbuja.locator(".mensaje-meta").bounding_box()
    caja = reaccion.bounding_box()
    assert meta and caja and caja["y"] >= meta["y"] + meta["height"] - 3


def test_un_aviso_del_sistema_no_parece_dicho_por_el_cliente(pantalla: Pantalla, cliente: Enviar) -> None:
    cliente("system")
    burbuja = ultima(pantalla)
    expect(burbuja).to_contain_text("El cliente cambió de número")
    caja, fila = burbuja.locator(".burbuja").bounding_box(), burbuja.bounding_box()
    assert caja and fila and abs(caja["x"] + caja["width"] / 2 - fila["x"] - fila["width"] / 2) < 2
