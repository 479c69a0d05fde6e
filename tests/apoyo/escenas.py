"""Los estados de la pantalla, uno por función: quien los retrata o los revisa llega a ellos como llegaría un agente."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.apoyo.muestrario import CAMILA

BANDEJA = "/twilio-chat"
# Como la manda un servidor que no pudo leer la base.
SIN_LISTA_PUESTA = """new MutationObserver((_cambios, yo) => {
    const nodo = document.getElementById('primera-pagina');
    if (!nodo?.nextSibling) return;
    const vacio = Object.assign(document.createElement('data'), {id: nodo.id, textContent: 'null'});
    nodo.replaceWith(vacio);
    yo.disconnect();
}).observe(document, {childList: true, subtree: true})"""
SIN_BASE = {"success": False, "error": "No hay conexión con la base de datos."}


@dataclass(frozen=True, slots=True)
class Escena:
    """Un estado: cómo se llega a él, de quién es la sesión (ninguna: la entrada) y cuánto se amplía la página."""

    nombre: str
    preparar: Callable[[Page], None]
    usuario: str | None = "agente1"
    ampliada: bool = False


def entrada(pagina: Page) -> None:
    pagina.goto(f"{BANDEJA}/login")


def entrada_con_error(pagina: Page) -> None:
    error = {"success": False, "error": "Credenciales inválidas"}
    pagina.route("**/api/login", lambda ruta: ruta.fulfill(status=401, json=error))
    entrada(pagina)
    pagina.get_by_role("textbox", name="Usuario").fill("agente1")
    pagina.get_by_label("Contraseña", exact=True).fill("no es esta")
    pagina.get_by_role("button", name="Entrar").click()
    expect(pagina.get_by_role("alert")).not_to_be_empty()


def sesion_vencida(pagina: Page) -> None:
    pagina.goto(f"{BANDEJA}/login?motivo=sesion")


def primer_dia(pagina: Page) -> None:
    pagina.goto(BANDEJA)
    expect(pagina.get_by_text("Aún no tienes conversaciones")).to_be_visible()


def cargando(pagina: Page) -> None:
    """Ni la lista ni los mensajes contestan todavía."""
    no_contestar(pagina, "/api/(conversaci|cambios)")
    pagina.goto(f"{BANDEJA}#/chat/{CAMILA}" if ancha(pagina) else BANDEJA)
    pagina.wait_for_timeout(300)


def lista(pagina: Page) -> None:
    pagina.goto(BANDEJA)
    expect(pagina.get_by_role("list", name="Conversaciones").get_by_role("button").first).to_be_visible()
    esperar_al_dia(pagina)


def chat(pagina: Page) -> None:
    abrir(pagina, "Camila")


def chat_desde_arriba(pagina: Page) -> None:
    chat(pagina)
    pagina.get_by_label("Historial").evaluate("e => { e.scrollTop = 0 }")
    pagina.wait_for_timeout(300)


def texto_largo(pagina: Page) -> None:
    abrir(pagina, "Óscar")
    expect(pagina.get_by_role("button", name="Leer más")).to_be_visible()


def de_todo(pagina: Page) -> None:
    """Un chat con un mensaje de cada tipo, por su final."""
    abrir(pagina, "Luciana")
    expect(pagina.get_by_role("button", name=re.compile("^Ver el video")).last).to_be_visible(timeout=20_000)


def de_todo_al_comienzo(pagina: Page) -> None:
    de_todo(pagina)
    pagina.get_by_label("Historial").evaluate("e => { e.scrollTop = 0 }")
    expect(pagina.get_by_role("button", name=re.compile("^Ver la imagen")).first).to_be_visible(timeout=20_000)
    pagina.wait_for_timeout(300)


def con_pendiente(pagina: Page) -> None:
    """Uno que aún no contesta el servidor y otro a medio escribir, de varios renglones."""
    no_contestar(pagina, "/api/enviar-mensaje")
    chat(pagina)
    cuadro = pagina.get_by_role("textbox", name="Escribe un mensaje")
    cuadro.fill("Ya te confirmo la hora")
    pagina.get_by_role("button", name="Enviar", exact=True).click()
    cuadro.fill("Otra cosa:\nnecesito que traigas la cédula original,\nel comprobante\ny llegues diez minutos antes.")


def respondiendo(pagina: Page) -> None:
    chat(pagina)
    pagina.get_by_label("Historial").focus()
    pagina.keyboard.press("ArrowUp")
    pagina.keyboard.press("ArrowUp")
    pagina.keyboard.press("r")
    expect(pagina.get_by_role("group", name="Respondiendo a")).to_be_visible()


def oculto(pagina: Page) -> None:
    abrir(pagina, "Rosalba")


def buscando(pagina: Page) -> None:
    lista(pagina)
    pagina.get_by_role("searchbox", name="Buscar").fill("cita")
    expect(pagina.get_by_role("list", name="Mensajes").get_by_role("button").first).to_be_visible()


def nada_encontrado(pagina: Page) -> None:
    lista(pagina)
    pagina.get_by_role("searchbox", name="Buscar").fill("zanahoria")
    expect(pagina.get_by_text("Nada encontrado")).to_be_visible()


def buscando_en_el_chat(pagina: Page) -> None:
    chat(pagina)
    pagina.get_by_role("button", name="Buscar en el chat").click()
    pagina.get_by_role("searchbox", name="Buscar en este chat").fill("viernes")
    pagina.wait_for_timeout(700)


def respuestas(pagina: Page) -> None:
    chat(pagina)
    pagina.get_by_role("textbox", name="Escribe un mensaje").press_sequentially("/")
    expect(pagina.get_by_role("option").first).to_be_visible()


def respuestas_guardadas(pagina: Page) -> None:
    lista(pagina)
    pagina.get_by_role("button", name="Menú", exact=True).click()
    pagina.get_by_role("menuitem", name="Respuestas rápidas").click()
    expect(pagina.get_by_role("dialog").get_by_text("/saludo").first).to_be_visible()


def menu(pagina: Page) -> None:
    lista(pagina)
    pagina.get_by_role("button", name="Menú", exact=True).click()


def menu_del_chat(pagina: Page) -> None:
    chat(pagina)
    pagina.get_by_role("button", name="Opciones del chat").click()


def menu_del_mensaje(pagina: Page) -> None:
    chat(pagina)
    pagina.get_by_role("log").get_by_role("article").last.click(button="right")


def informacion(pagina: Page) -> None:
    menu_del_mensaje(pagina)
    pagina.get_by_role("menuitem", name="Información").click()
    expect(pagina.get_by_role("dialog", name="Información del mensaje")).to_be_visible()


def aviso(pagina: Page) -> None:
    """Algo que no se pudo guardar, dicho abajo."""
    pagina.route("**/api/conversacion/*", no_guardar)
    menu_del_chat(pagina)
    pagina.get_by_role("menuitem", name="Silenciar").click()
    expect(pagina.get_by_text("No se guardó el cambio")).to_be_visible()


def no_guardar(ruta: Route) -> None:
    if ruta.request.method == "PATCH":
        ruta.fulfill(status=503, json=SIN_BASE)
    else:
        ruta.continue_()


def atajos(pagina: Page) -> None:
    menu(pagina)
    pagina.get_by_role("menuitem", name="Atajos de teclado").click()


def libro(pagina: Page) -> None:
    menu(pagina)
    pagina.get_by_role("menuitem", name="Estado de la línea y mensajes").click()
    expect(pagina.get_by_role("table", name="Lo que ha llegado")).to_be_visible()


def salida(pagina: Page) -> None:
    menu(pagina)
    pagina.get_by_role("menuitem", name="Cerrar sesión").click()


def nuevo_chat(pagina: Page) -> None:
    lista(pagina)
    pagina.get_by_role("button", name="Nuevo chat").click()


def emojis(pagina: Page) -> None:
    chat(pagina)
    pagina.get_by_role("button", name="Emojis").click()
    pagina.wait_for_timeout(1200)


def sin_red(pagina: Page) -> None:
    chat(pagina)
    pagina.context.set_offline(True)
    expect(pagina.get_by_text("Sin conexión. Puedes seguir escribiendo")).to_be_visible()
    cuadro = pagina.get_by_role("textbox", name="Escribe un mensaje")
    cuadro.fill("Saldrá al volver")
    pagina.get_by_role("button", name="Enviar", exact=True).click()
    expect(pagina.get_by_text("Saldrá solo")).to_be_visible()


def sin_base(pagina: Page) -> None:
    pagina.add_init_script(SIN_LISTA_PUESTA)
    pagina.route("**/api/conversaciones*", lambda ruta: ruta.fulfill(status=503, json=SIN_BASE))
    pagina.goto(BANDEJA)
    expect(pagina.get_by_text("No se pudo cargar la lista")).to_be_visible()


def sin_permiso(pagina: Page) -> None:
    error = {"success": False, "error": "No tienes permiso para ver esta conversación"}
    pagina.route("**/api/conversacion/*", lambda ruta: ruta.fulfill(status=403, json=error))
    pagina.goto(f"{BANDEJA}#/chat/573009998877")
    expect(pagina.get_by_text("No tienes permiso").first).to_be_visible()


def pagina_sin_conexion(pagina: Page) -> None:
    pagina.goto("/static/twilio/sin-conexion.html")


def abrir(pagina: Page, nombre: str) -> None:
    lista(pagina)
    pagina.get_by_role("list", name="Conversaciones").get_by_role("button", name=re.compile(f"^{nombre}")).click()
    expect(pagina.get_by_role("log").get_by_role("article").first).to_be_visible()
    pagina.wait_for_timeout(400)


def no_contestar(pagina: Page, patron: str) -> None:
    """Lo que cumpla `patron` se queda esperando para siempre."""
    pagina.add_init_script(
        f"""{{ const pedir = fetch, callar = new RegExp({json.dumps(patron)});
        globalThis.fetch = (a, b) => (callar.test(String(a)) ? new Promise(() => {{}}) : pedir(a, b)); }}"""
    )


def aislar(contexto: BrowserContext) -> None:
    """Lo leído y lo escrito no llega al servidor: cada escena encuentra lo mismo que la anterior."""
    contexto.route("**/api/marcar-leido/**", lambda ruta: ruta.abort())
    contexto.route("**/api/borrador/**", lambda ruta: ruta.fulfill(json={"success": True}))


def ancha(pagina: Page) -> bool:
    return pagina.evaluate("innerWidth > 700") is True


def esperar_al_dia(pagina: Page) -> None:
    expect(pagina.get_by_role("status", name="Estado de la conexión")).to_have_text(
        re.compile(r"^\s*Al día\s*$"), timeout=15_000
    )


ESCENAS = (
    Escena("entrada", entrada, None),
    Escena("entrada-error", entrada_con_error, None),
    Escena("sesion-vencida", sesion_vencida, None),
    Escena("sin-conexion", pagina_sin_conexion, None),
    Escena("primer-dia", primer_dia, "agente2"),
    Escena("cargando", cargando),
    Escena("lista", lista),
    Escena("chat", chat),
    Escena("chat-arriba", chat_desde_arriba),
    Escena("texto-largo", texto_largo),
    Escena("de-todo", de_todo),
    Escena("de-todo-arriba", de_todo_al_comienzo),
    Escena("pendiente", con_pendiente),
    Escena("respondiendo", respondiendo),
    Escena("oculto", oculto),
    Escena("buscando", buscando),
    Escena("nada", nada_encontrado),
    Escena("buscando-en-chat", buscando_en_el_chat),
    Escena("respuestas", respuestas),
    Escena("respuestas-guardadas", respuestas_guardadas),
    Escena("menu", menu),
    Escena("menu-chat", menu_del_chat),
    Escena("menu-mensaje", menu_del_mensaje),
    Escena("informacion", informacion),
    Escena("aviso", aviso),
    Escena("atajos", atajos),
    Escena("libro", libro),
    Escena("salida", salida),
    Escena("nuevo-chat", nuevo_chat),
    Escena("emojis", emojis),
    Escena("sin-red", sin_red),
    Escena("sin-base", sin_base),
    Escena("sin-permiso", sin_permiso),
    Escena("ampliada", chat, ampliada=True),
)
