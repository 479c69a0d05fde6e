"""Enviar archivos desde la pantalla: elegirlos, soltarlos o pegarlos, verlos antes, y lo que pasa mientras suben."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from preparacion.vendor import AXE
from simulador import Simulador, muestras
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.navegador import contexto_de
from tests.archivos.conftest import foto
from tests.navegador.pantalla import ANA, BETO, NOMBRES, Pantalla, retener, tomar
from tests.navegador.test_accesibilidad import revisar

pytestmark = pytest.mark.navegador
PLAZO = 20_000
RECIBIDO = re.compile("Enviado|Entregado|Leído")
HOSTIL = '<img src=x onerror="document.title=1">".jpg'
SOLTAR = """({ datos, tipo }) => {
    const caja = new DataTransfer();
    const bytes = Uint8Array.from(atob(datos), (c) => c.charCodeAt(0));
    caja.items.add(new File([bytes], 'soltada.png', { type: 'image/png' }));
    const donde = document.getElementById(tipo === 'paste' ? 'texto' : 'registro');
    const opciones = { bubbles: true, cancelable: true };
    if (tipo === 'paste') donde.dispatchEvent(new ClipboardEvent(tipo, { ...opciones, clipboardData: caja }));
    const arrastrar = () => donde.dispatchEvent(new DragEvent(tipo, { ...opciones, dataTransfer: caja }));
    clearInterval(window.arrastre);
    if (tipo === 'dragover') window.arrastre = setInterval(arrastrar, 100); // como el navegador mientras se sostiene
    else if (tipo === 'drop') arrastrar();
}"""


def imagen(nombre: str = "foto.jpg", datos: bytes | None = None) -> FilePayload:
    return {"name": nombre, "mimeType": "image/jpeg", "buffer": datos or foto()}


def menu(pantalla: Pantalla, opcion: str) -> None:
    pantalla.pagina.get_by_role("button", name="Adjuntar").click()
    pantalla.pagina.get_by_role("menuitem", name=opcion).click()


def elegir(pantalla: Pantalla, *archivos: FilePayload, opcion: str = "Fotos y videos") -> Locator:
    """Elige archivos con el menú; devuelve la vista previa."""
    with pantalla.pagina.expect_file_chooser() as espera:
        menu(pantalla, opcion)
    espera.value.set_files(list(archivos))
    previa = pantalla.pagina.get_by_role("dialog", name=re.compile("^Enviar a "))
    expect(previa).to_be_visible(timeout=PLAZO)
    return previa


def enviar(previa: Locator) -> None:
    previa.get_by_role("button", name=re.compile("^Enviar .* archivos?$")).click()
    expect(previa).to_be_hidden()


def salgan(pantalla: Pantalla, simulador: Simulador, cuantos: int = 1) -> None:
    """Espera a que el proveedor reciba tantos, sin dejar de atender al navegador."""
    for _ in range(600):
        if len(simulador.enviados) >= cuantos:
            return
        pantalla.pagina.wait_for_timeout(50)
    raise AssertionError(f"salieron {len(simulador.enviados)} de {cuantos}")


def soltar(pagina: Page, tipo: str) -> None:
    pagina.evaluate(SOLTAR, {"datos": base64.b64encode(foto(formato="PNG")).decode(), "tipo": tipo})


# --- Elegir y enviar


def test_varias_fotos_con_su_pie_salen_en_orden_y_quedan_en_el_chat(ana: Pantalla, simulador: Simulador) -> None:
    uno, dos = foto(color="red"), foto(color="blue")
    previa = elegir(ana, imagen("uno.jpg", uno), imagen("dos.jpg", dos))
    previa.get_by_role("textbox", name="Pie").fill("la primera")
    previa.get_by_role("button", name="dos.jpg", exact=True).click()
    previa.get_by_role("textbox", name="Pie").fill("la segunda")
    previa.get_by_role("textbox", name="Pie").press("Enter")
    expect(previa).to_be_hidden()
    for pie in ("la primera", "la segunda"):
        burbuja = ana.burbuja(pie)
        expect(burbuja.get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
        expect(burbuja.get_by_role("button", name=re.compile("^Ver la imagen"))).to_be_visible()
    assert [(e.ruta, e.cuerpo["caption"], e.archivos["media"].datos) for e in simulador.enviados] == [
        ("/messages/image", "la primera", uno), ("/messages/image", "la segunda", dos),
    ]  # fmt: skip
    expect(ana.cuadro).to_be_focused()


def test_un_documento_y_un_sticker_salen_como_lo_que_se_pidio(ana: Pantalla, simulador: Simulador) -> None:
    enviar(elegir(ana, {"name": "plan.png", "mimeType": "image/png", "buffer": muestras.png()}, opcion="Documento"))
    expect(ana.burbuja("plan.png").get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    enviar(elegir(ana, {"name": "a.webp", "mimeType": "image/webp", "buffer": muestras.webp()}, opcion="Sticker"))
    salgan(ana, simulador, 2)
    assert [e.ruta for e in simulador.enviados] == ["/messages/document", "/messages/sticker"]


def test_la_cita_va_con_el_archivo(ana: Pantalla, simulador: Simulador) -> None:
    pregunta = ana.burbuja("soy Ana")
    pregunta.hover()
    pregunta.get_by_role("button", name="Responder").click()
    enviar(elegir(ana, imagen()))
    salgan(ana, simulador)
    assert simulador.enviados[0].cuerpo["quoted"]
    expect(ana.pagina.get_by_role("group", name="Respondiendo a")).to_be_hidden()


@pytest.mark.parametrize("gesto", ["drop", "paste"])
def test_lo_que_se_suelta_o_se_pega_se_ve_antes_de_enviarlo(ana: Pantalla, simulador: Simulador, gesto: str) -> None:
    if gesto == "drop":
        soltar(ana.pagina, "dragover")
        expect(ana.pagina.get_by_text("Suelta para adjuntar")).to_be_visible()
    soltar(ana.pagina, gesto)
    previa = ana.pagina.get_by_role("dialog", name="Enviar a Ana Prueba")
    expect(previa).to_contain_text("soltada.png")
    expect(ana.pagina.get_by_text("Suelta para adjuntar")).to_be_hidden()
    enviar(previa)
    salgan(ana, simulador)
    assert simulador.enviados[0].ruta == "/messages/image"


def test_un_nombre_hostil_se_lee_como_texto(ana: Pantalla, simulador: Simulador) -> None:
    archivo: FilePayload = {"name": HOSTIL, "mimeType": "application/x-cosa", "buffer": b"abc"}
    previa = elegir(ana, archivo, opcion="Documento")
    expect(previa).to_contain_text(HOSTIL)
    enviar(previa)
    expect(ana.burbuja(HOSTIL).get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    assert ana.pagina.locator("img[src=x]").count() == 0
    assert re.fullmatch(r"(\(\d+\) )?Bandeja de WhatsApp", ana.pagina.title())


# --- Lo que no se puede


def test_lo_que_pesa_de_mas_se_dice_antes_y_no_sale(ana: Pantalla, simulador: Simulador) -> None:
    topes = {"image": 2048, "video": 2048, "audio": 2048, "sticker": 1024, "document": 10**8, "voice": 2048}
    ana.pagina.route("**/api/limites-archivo", lambda r: r.fulfill(json={"success": True, "limits": topes}))
    previa = elegir(ana, imagen("grande.jpg", foto() + b"\0" * 4096), imagen("chica.jpg", foto(8, 8)))
    expect(previa.get_by_role("alert")).to_contain_text("una imagen puede pesar hasta 2 kB")
    enviar(previa)
    expect(ana.pagina.get_by_text("No se envió: grande.jpg.")).to_be_visible()
    salgan(ana, simulador)
    assert [e.archivos["media"].nombre for e in simulador.enviados] == ["chica.jpg"]
    previa = elegir(ana, imagen("grande.jpg", foto() + b"\0" * 4096))
    expect(previa.get_by_role("button", name="Enviar 0 archivos")).to_be_disabled()
    previa.get_by_role("button", name="Enviarlo como documento").click()
    enviar(previa)
    salgan(ana, simulador, 2)
    assert simulador.enviados[1].ruta == "/messages/document"


def test_un_sticker_que_no_es_webp_y_un_archivo_vacio_no_se_envian(ana: Pantalla) -> None:
    previa = elegir(ana, imagen(), opcion="Sticker")
    expect(previa.get_by_role("alert")).to_have_text("Un sticker debe ser una imagen WebP.")
    previa.get_by_role("button", name="Quitar foto.jpg").click()
    expect(previa).to_be_hidden()
    vacio: FilePayload = {"name": "nada.pdf", "mimeType": "application/pdf", "buffer": b""}
    expect(elegir(ana, vacio, opcion="Documento").get_by_role("alert")).to_contain_text("Está vacío")


def test_esc_pregunta_si_hay_algo_escrito_y_el_foco_no_sale_de_la_vista(ana: Pantalla, simulador: Simulador) -> None:
    previa = elegir(ana, imagen())
    teclado = ana.pagina.keyboard
    for _ in range(12):
        teclado.press("Tab")
        assert ana.pagina.evaluate("!document.hasFocus() || !document.activeElement.closest('.marco')")
    previa.get_by_role("textbox", name="Pie").fill("esto")
    teclado.press("Escape")
    pregunta = ana.pagina.get_by_role("alertdialog", name="¿Descartar los archivos?")
    expect(pregunta).to_be_visible()
    teclado.press("Escape")
    expect(pregunta).to_be_hidden()
    expect(previa.get_by_role("textbox", name="Pie")).to_have_value("esto")
    teclado.press("Escape")
    pregunta.get_by_role("button", name="Descartar").click()
    expect(previa).to_be_hidden()
    expect(ana.cuadro).to_be_focused()
    assert ana.pagina.evaluate("location.hash") == f"#/chat/{ANA}" and not simulador.enviados


# --- Mientras sube


def test_se_ve_cuanto_va_y_cancelar_no_deja_nada(ana: Pantalla, simulador: Simulador) -> None:
    retenidas = retener(ana.pagina, "**/api/enviar-archivo/**")
    previa = elegir(ana, imagen(), imagen("otra.jpg"))
    enviar(previa)
    expect(ana.mensajes.get_by_role("progressbar", name="Subiendo foto.jpg")).to_be_visible()
    expect(ana.mensajes.get_by_text("En espera…")).to_be_visible()
    tomar(ana.pagina, retenidas)
    for nombre in ("otra.jpg", "foto.jpg"):  # la que espera y la que va subiendo
        ana.mensajes.get_by_role("button", name=f"Cancelar el envío de {nombre}").click()
    expect(ana.mensajes.get_by_role("progressbar")).to_have_count(0)
    enviar(elegir(ana, imagen("tercera.jpg")))
    salgan(ana, simulador)
    assert [e.archivos["media"].nombre for e in simulador.enviados] == ["tercera.jpg"]
    expect(ana.mensajes.get_by_role("button", name=re.compile("^Ver la imagen"))).to_have_count(1)


def test_cambiar_de_chat_mientras_sube_no_lo_pierde_ni_lo_manda_al_otro(ana: Pantalla, simulador: Simulador) -> None:
    retenidas = retener(ana.pagina, "**/api/enviar-archivo/**")
    enviar(elegir(ana, imagen(), imagen("otra.jpg")))
    ruta = tomar(ana.pagina, retenidas)
    ana.abrir("Beto")
    expect(ana.mensajes.get_by_role("progressbar")).to_have_count(0)
    ruta.continue_()
    salgan(ana, simulador, 2)
    assert {e.cuerpo["to"] for e in simulador.enviados} == {f"{ANA}@s.whatsapp.net"}
    assert BETO not in str([e.cuerpo for e in simulador.enviados])
    expect(ana.mensajes.get_by_role("article")).to_have_count(1)
    ana.abrir("Ana")
    expect(ana.mensajes.get_by_role("button", name=re.compile("^Ver la imagen"))).to_have_count(2)


def test_sin_red_se_dice_y_reintentar_manda_el_mismo_una_sola_vez(ana: Pantalla, simulador: Simulador) -> None:
    ana.pagina.route("**/api/enviar-archivo/**", lambda r: r.abort(), times=1)
    previa = elegir(ana, imagen())
    previa.get_by_role("textbox", name="Pie").fill("la foto")
    enviar(previa)
    burbuja = ana.burbuja("la foto")
    expect(burbuja).to_contain_text("se perdió la conexión", timeout=PLAZO)
    burbuja.get_by_role("button", name="Reintentar").click()
    expect(burbuja.get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    expect(burbuja).to_have_count(1)
    assert len(simulador.enviados) == 1


def test_lo_que_el_proveedor_rechaza_queda_con_su_motivo_y_se_reintenta(ana: Pantalla, simulador: Simulador) -> None:
    simulador.fallar(400)
    previa = elegir(ana, imagen())
    previa.get_by_role("textbox", name="Pie").fill("la foto")
    enviar(previa)
    burbuja = ana.burbuja("la foto")
    expect(burbuja.get_by_role("img", name="Falló")).to_be_visible(timeout=PLAZO)
    burbuja.get_by_role("button", name="Reintentar").click()
    expect(burbuja.get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)


def test_cerrar_la_pestana_con_algo_subiendo_pregunta(ana: Pantalla) -> None:
    subidas = retener(ana.pagina, "**/api/enviar-archivo/**")
    enviar(elegir(ana, imagen()))
    subida = tomar(ana.pagina, subidas)
    expect(ana.mensajes.get_by_role("progressbar")).to_be_visible()
    with ana.pagina.expect_event("dialog") as espera:
        ana.pagina.close(run_before_unload=True)
    assert espera.value.type == "beforeunload"
    espera.value.dismiss()
    subida.abort()  # que no llegue cuando ya corra otra prueba


def test_un_archivo_que_no_salio_se_quita_y_su_pie_vuelve_al_cuadro(ana: Pantalla, simulador: Simulador) -> None:
    ana.pagina.route("**/api/enviar-archivo/**", lambda r: r.abort(), times=1)
    previa = elegir(ana, imagen())
    previa.get_by_role("textbox", name="Pie").fill("la foto")
    enviar(previa)
    burbuja = ana.burbuja("la foto")
    burbuja.get_by_role("button", name="Quitar").click()
    expect(burbuja).to_have_count(0)
    expect(ana.cuadro).to_have_value("la foto")
    assert not simulador.enviados


# --- Ubicación, contacto y encuesta


def test_ubicacion_contacto_y_encuesta_salen_como_son(ana: Pantalla, simulador: Simulador) -> None:
    pagina = ana.pagina
    pagina.context.grant_permissions(["geolocation"])
    pagina.context.set_geolocation({"latitude": 4.6533, "longitude": -74.0836})
    menu(ana, "Ubicación")
    lugar = pagina.get_by_role("dialog", name="Enviar ubicación")
    lugar.get_by_role("button", name="Enviar").click()
    expect(lugar.get_by_role("alert")).to_contain_text("La latitud va de -90 a 90")
    lugar.get_by_label("Latitud").fill("4.6761, -74.0483")  # juntas, como las copia un mapa
    expect(lugar.get_by_label("Latitud")).to_have_value("4.6761")
    expect(lugar.get_by_label("Longitud")).to_have_value("-74.0483")
    lugar.get_by_role("button", name="Usar mi ubicación").click()
    expect(lugar.get_by_label("Latitud")).to_have_value("4.653300")
    lugar.get_by_label("Nombre del lugar").fill("Sede norte")
    lugar.get_by_role("button", name="Enviar").click()
    expect(ana.burbuja("Sede norte").get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    menu(ana, "Contacto")
    contacto = pagina.get_by_role("dialog", name="Enviar contacto")
    contacto.get_by_label("Nombre").fill("Luz Marina")
    contacto.get_by_label("Teléfono").fill("300 765 4321")
    contacto.get_by_role("button", name="Enviar").click()
    expect(ana.burbuja("Luz Marina").get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    menu(ana, "Encuesta")
    encuesta = pagina.get_by_role("dialog", name="Enviar encuesta")
    encuesta.get_by_label("Pregunta").fill("¿Cuándo?")
    encuesta.get_by_label("Opción 1").fill("Hoy")
    encuesta.get_by_label("Opción 2").fill("Mañana")
    encuesta.get_by_role("button", name="Añadir opción").click()
    encuesta.get_by_label("Opción 3").fill("Nunca")
    encuesta.get_by_role("button", name="Enviar").click()
    expect(ana.burbuja("¿Cuándo?").get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    salgan(ana, simulador, 3)
    assert [e.ruta for e in simulador.enviados] == ["/messages/location", "/messages/contact", "/messages/poll"]
    assert simulador.enviados[0].cuerpo["latitude"] == 4.6533
    assert simulador.enviados[2].cuerpo["options"] == ["Hoy", "Mañana", "Nunca"]


def test_una_encuesta_que_no_llego_se_reintenta_como_encuesta(ana: Pantalla, simulador: Simulador) -> None:
    ana.pagina.route("**/api/enviar-mensaje", lambda r: r.fulfill(status=400, json={"error": "no"}), times=1)
    menu(ana, "Encuesta")
    encuesta = ana.pagina.get_by_role("dialog", name="Enviar encuesta")
    for campo, texto in (("Pregunta", "¿Vienes?"), ("Opción 1", "Sí"), ("Opción 2", "No")):
        encuesta.get_by_label(campo).fill(texto)
    encuesta.get_by_role("button", name="Enviar").click()
    burbuja = ana.burbuja("¿Vienes?")
    burbuja.get_by_role("button", name="Reintentar").click()
    expect(burbuja.get_by_role("img", name=RECIBIDO)).to_be_visible(timeout=PLAZO)
    assert [e.ruta for e in simulador.enviados] == ["/messages/poll"]


# --- Cómo se ve


@pytest.fixture
def sin_politica(navegador: Browser, app: AppEnMarcha, con_dos: None) -> Iterator[Page]:
    """Sin la política de contenidos, que no deja entrar a axe."""
    contexto = contexto_de(navegador, app, "agente1", bypass_csp=True, reduced_motion="reduce")
    yield contexto.new_page()
    contexto.close()


def dialogo(opcion: str) -> Callable[[Pantalla], None]:
    def abrir(pantalla: Pantalla) -> None:
        menu(pantalla, opcion)
        expect(pantalla.pagina.get_by_role("dialog", name=f"Enviar {opcion.lower()}")).to_be_visible()

    return abrir


def previa_con_queja(pantalla: Pantalla) -> None:
    previa = elegir(pantalla, imagen(), imagen("otra.jpg"))
    previa.get_by_role("textbox", name="Pie").fill("con pie")
    pantalla.pagina.keyboard.press("Escape")
    pantalla.pagina.get_by_role("button", name="Cancelar").last.click()


@pytest.mark.skipif(AXE.falta(), reason="sin axe, que trae preparacion/vendor.py pruebas")
@pytest.mark.parametrize("ancho", [1280, 390])
@pytest.mark.parametrize(
    "llegar", [previa_con_queja, dialogo("Ubicación"), dialogo("Contacto"), dialogo("Encuesta")],
    ids=["previa", "ubicacion", "contacto", "encuesta"],
)  # fmt: skip
def test_axe_no_halla_nada_grave_y_nada_se_sale(
    sin_politica: Page, llegar: Callable[[Pantalla], None], ancho: int
) -> None:
    sin_politica.set_viewport_size({"width": ancho, "height": 844})
    sin_politica.goto(f"/twilio-chat#/chat/{ANA}")
    pantalla = Pantalla(sin_politica)
    expect(pantalla.chat(NOMBRES[ANA])).to_be_visible(timeout=PLAZO)
    llegar(pantalla)
    fallas = {}
    for tema in ("light", "dark"):
        sin_politica.emulate_media(color_scheme=tema)
        fallas[tema] = revisar(sin_politica)
    assert fallas == {"light": [], "dark": []}
    assert sin_politica.evaluate("document.documentElement.scrollWidth") <= ancho
