"""Lo hostil es texto en cada sitio donde se escribe algo que vino de fuera."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Error, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import entrega, id_nuevo, mensaje, mensaje_texto, recibir, webhook
from tests.apoyo.sesiones import entrar
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, Pantalla
from tests.navegador.test_avisos import DE_MENTIRA

pytestmark = pytest.mark.navegador

MALO = "<img src=x onerror=alert(1)><svg onload=alert(2)>"
NOMBRE = f"Zoe {MALO}"
ENLACES = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(2)</script>",
    "https://ejemplo.com/\"onmouseover='alert(3)'",
    "http://ejemplo.com/<script>alert(4)</script>",
    "https://usuario:clave@ejemplo.com/%22%3E%3Cscript%3E",
    "vbscript:msgbox(5) file:///etc/passwd //ejemplo.com",
)


@pytest.fixture
def pantalla(abrir: Abrir, app: AppEnMarcha) -> Iterator[Pantalla]:
    """Un chat cuyo nombre y mensaje atacan. Al final, nada se ejecutó ni se volvió etiqueta."""
    original = id_nuevo()
    recibir(app, ANA, f"buscable {MALO}", id=original, nombre=NOMBRE)
    cita = {
        "quoted_id": original,
        "quoted_type": "text",
        "quoted_content": {"body": f"buscable {MALO}"},
        "quoted_author": ANA,
    }
    assert webhook(app, entrega(mensaje_texto(ANA, "respuesta", nombre=NOMBRE, context=cita))).status_code == 200
    abierta = abrir()
    problemas: list[str] = []
    abierta.pagina.on("dialog", lambda d: (problemas.append(_cerrar(d)), None)[1])
    abierta.pagina.on("console", lambda c: problemas.append(c.text) if "Content Security Policy" in c.text else None)
    abierta.pagina.on("pageerror", lambda e: problemas.append(str(e)))
    abierta.pagina.add_init_script(DE_MENTIRA)
    abierta.pagina.reload()
    expect(abierta.fila("Zoe")).to_be_visible()
    yield abierta
    assert abierta.pagina.locator("img[src='x'], svg[onload], [onerror], iframe").count() == 0
    assert problemas == []


def _cerrar(dialogo: Dialog) -> str:
    try:
        dialogo.dismiss()
    except Error:
        return "alerta ya cerrada"
    return f"alerta: {dialogo.message}"


def test_en_la_lista_la_cabecera_la_burbuja_y_la_cita(pantalla: Pantalla) -> None:
    expect(pantalla.fila(NOMBRE)).to_be_visible()
    pantalla.fila("Zoe").click()
    expect(pantalla.chat(NOMBRE)).to_be_visible()
    expect(pantalla.mensajes.get_by_role("article").first).to_contain_text(MALO)
    citada = pantalla.burbuja("respuesta").get_by_role("button").first
    expect(citada).to_contain_text(NOMBRE)
    expect(citada).to_contain_text(MALO)


def test_en_los_resultados_de_la_busqueda(pantalla: Pantalla) -> None:
    pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True).fill("buscable")
    hallado = pantalla.pagina.get_by_role("list", name="Mensajes").get_by_role("button").first
    expect(hallado).to_contain_text("onerror=alert(1)")
    expect(hallado).to_contain_text(NOMBRE)


def test_en_la_franja_de_responder_y_en_el_borrador(pantalla: Pantalla) -> None:
    pantalla.fila("Zoe").click()
    primero = pantalla.mensajes.get_by_role("article").first
    primero.hover()
    primero.get_by_role("button", name="Responder").click()
    expect(pantalla.pagina.get_by_role("group", name="Respondiendo a")).to_contain_text(MALO)
    pantalla.cuadro.fill(MALO)
    pantalla.pagina.reload()
    expect(pantalla.cuadro).to_have_value(MALO)
    pantalla.pagina.keyboard.press("Escape")
    expect(pantalla.fila("Zoe")).to_contain_text(f"Borrador: {MALO}")


def test_en_las_respuestas_rapidas(pantalla: Pantalla, app: AppEnMarcha) -> None:
    nueva = {"atajo": "malo", "texto": f"{{nombre}} {MALO}", "compartida": False}
    assert entrar(app, "agente1").post("api/respuestas-rapidas", json=nueva).ok
    pantalla.abrir("Zoe")
    pantalla.cuadro.press_sequentially("/malo")
    expect(pantalla.pagina.get_by_role("option").first).to_contain_text(MALO)
    pantalla.cuadro.press("Enter")
    expect(pantalla.cuadro).to_have_value(f"{NOMBRE} {MALO}")
    pantalla.cuadro.fill("")
    pantalla.pagina.get_by_role("button", name="Menú", exact=True).click()
    pantalla.pagina.get_by_role("menuitem", name="Respuestas rápidas").click()
    expect(pantalla.pagina.get_by_role("list", name="Respuestas guardadas")).to_contain_text(MALO)


def test_en_la_notificacion_y_en_el_titulo(pantalla: Pantalla, app: AppEnMarcha) -> None:
    pantalla.pagina.evaluate("localStorage.setItem('bandeja.notificaciones', 'true'); globalThis.enfocada = false")
    recibir(app, ANA, MALO, nombre=NOMBRE)
    pantalla.pagina.wait_for_function("() => notas.length === 1")
    assert pantalla.pagina.evaluate("[notas[0].titulo, notas[0].cuerpo]") == [NOMBRE, MALO]


def test_en_el_nombre_de_un_archivo_y_en_su_direccion(pantalla: Pantalla, app: AppEnMarcha) -> None:
    archivo = {
        "id": "pdf-malo",
        "mime_type": "application/pdf",
        "filename": f"{MALO}.pdf",
        "caption": MALO,
        "link": ENLACES[0],
    }
    assert webhook(app, entrega(mensaje(ANA, "document", archivo, nombre=NOMBRE))).status_code == 200
    pantalla.abrir("Zoe")
    expect(pantalla.mensajes.get_by_role("article").last).to_contain_text(MALO)
    expect(pantalla.mensajes.get_by_role("article").last.get_by_role("link")).to_have_count(0)


def test_solo_se_enlaza_lo_que_es_http(pantalla: Pantalla, app: AppEnMarcha) -> None:
    for enlace in ENLACES:
        recibir(app, ANA, enlace, nombre=NOMBRE)
    pantalla.abrir("Zoe")
    expect(pantalla.mensajes.get_by_role("article")).to_have_count(2 + len(ENLACES))
    for enlace in pantalla.mensajes.get_by_role("link").all():
        assert str(enlace.evaluate("a => a.protocol")) in ("http:", "https:")
        assert {"noopener", "noreferrer"} <= set((enlace.get_attribute("rel") or "").split())
        assert enlace.evaluate("a => a.getAttributeNames().filter((n) => n.startsWith('on')).length") == 0
