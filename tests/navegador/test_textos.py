"""El texto de una burbuja: enlaces, formato, «Leer más» y lo buscado resaltado dentro."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import recibir
from tests.navegador.conftest import Abrir
from tests.navegador.pantalla import ANA, NOMBRES, Pantalla, sembrar

pytestmark = pytest.mark.navegador
WIKI = "https://es.wikipedia.org/wiki/Salud_(medicina)"
LARGO = (
    "\n".join(f"Renglón {i} de una carta que no termina." for i in range(1, 121)) + "\nAl final, la palabra murciélago."
)


@pytest.fixture
def con_carta(app: AppEnMarcha, con_ana: None, abrir: Abrir) -> Pantalla:
    """Un chat con un mensaje larguísimo entre otros."""
    sembrar(app, ANA, 20, desde=time.time() - 7_200)
    recibir(app, ANA, LARGO, nombre=NOMBRES[ANA], en=time.time() - 3_600)
    sembrar(app, ANA, 3, desde=time.time() - 1_800, texto="Posterior")
    return abrir()


def carta(pantalla: Pantalla) -> Locator:
    return pantalla.burbuja("Renglón 1 de")


def altura(nodo: Locator) -> float:
    return float(nodo.evaluate("n => n.getBoundingClientRect().top"))


RESALTADO = """[...(CSS.highlights.get('hallado') ?? [])]
  .filter((r) => r.startContainer.parentElement?.closest('[role=log] article')).map(String)"""


def esperar_resaltado(pantalla: Pantalla, *tramos: str) -> None:
    """Hasta que lo resaltado dentro de las burbujas sea eso y nada más."""
    limite = time.monotonic() + 10
    while pantalla.pagina.evaluate(RESALTADO) != list(tramos) and time.monotonic() < limite:
        pantalla.pagina.wait_for_timeout(50)
    assert pantalla.pagina.evaluate(RESALTADO) == list(tramos)


@pytest.mark.parametrize(
    ("escrito", "enlazado"),
    [
        (f"Mira {WIKI}", WIKI),
        (f"Mira ({WIKI}).", WIKI),
        (f"Mira {WIKI}...", WIKI),
        ("(ver https://ejemplo.com/a)", "https://ejemplo.com/a"),
        ("*https://ejemplo.com/a_b*, gracias", "https://ejemplo.com/a_b"),
        ("https://ejemplo.com/x?y=1!", "https://ejemplo.com/x?y=1"),
        (f"https://ejemplo.com/{')' * 3_000}", "https://ejemplo.com/"),
    ],
)
def test_un_enlace_conserva_sus_parentesis_y_deja_fuera_los_signos_de_la_frase(
    con_ana: None, abrir: Abrir, app: AppEnMarcha, escrito: str, enlazado: str
) -> None:
    recibir(app, ANA, escrito, nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    expect(pantalla.mensajes.get_by_role("link")).to_have_text(enlazado)


def test_la_negrita_abarca_un_enlace(con_ana: None, abrir: Abrir, app: AppEnMarcha) -> None:
    recibir(app, ANA, "*Mira https://ejemplo.com/a_b_c hoy* y _nada_ más", nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    burbuja = pantalla.burbuja("ejemplo.com")
    expect(burbuja.get_by_role("strong")).to_have_text("Mira https://ejemplo.com/a_b_c hoy")
    expect(burbuja.get_by_role("strong").get_by_role("link")).to_have_text("https://ejemplo.com/a_b_c")
    expect(burbuja.get_by_role("emphasis")).to_have_text("nada")


@pytest.mark.parametrize(
    ("escrito", "renglones"),
    [
        ("Lleva:\n- la cédula\n- el recibo\n\n> Se paga allá\n\nGracias", 7),
        ("Lleva:\n\n1. la cédula\n2. el recibo", 4),
        ("uno\n\n\ntres", 4),
    ],
)
def test_los_renglones_en_blanco_se_conservan_tambien_entre_listas_y_citas(
    con_ana: None, abrir: Abrir, app: AppEnMarcha, escrito: str, renglones: int
) -> None:
    recibir(app, ANA, escrito, nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    cuerpo = pantalla.mensajes.get_by_role("article").last.locator("div[dir=auto]")
    alto = "n => { const r = document.createRange(); r.selectNodeContents(n); return r.getBoundingClientRect().height }"
    assert round(cuerpo.evaluate(alto) / 19) == renglones


def test_tras_un_bloque_de_letra_fija_no_queda_un_renglon_de_mas(con_ana: None, abrir: Abrir, app: AppEnMarcha) -> None:
    recibir(app, ANA, "```uno\ndos```\ntres", nombre=NOMBRES[ANA])
    pantalla = abrir()
    pantalla.abrir("Ana")
    cuerpo = pantalla.mensajes.get_by_role("article").last.locator("div[dir=auto]")
    assert cuerpo.evaluate("n => n.lastChild.data") == "tres"


def test_la_hora_y_de_donde_salio_caben_dentro_de_la_burbuja(con_ana: None, abrir: Abrir, app: AppEnMarcha) -> None:
    for texto in ("👍", "Va"):
        recibir(app, ANA, texto, from_me=True)
    pantalla = abrir()
    pantalla.abrir("Ana")
    horas = pantalla.mensajes.get_by_text("desde el teléfono")
    expect(horas).to_have_count(2)
    sangria = "n => n.getBoundingClientRect().left - n.closest('.burbuja').getBoundingClientRect().left"
    for hora in horas.all():
        assert hora.evaluate(sangria) >= 5


def test_leer_mas_con_el_teclado_muestra_el_resto_sin_mover_la_lectura(con_carta: Pantalla, app: AppEnMarcha) -> None:
    con_carta.abrir("Ana")
    mas = con_carta.mensajes.get_by_role("button", name="Leer más")
    expect(mas).to_have_count(1)
    expect(carta(con_carta)).to_contain_text("Renglón 24 de una carta que no termina.… Leer más")
    expect(carta(con_carta)).not_to_contain_text("murciélago")
    mas.focus()
    mas.scroll_into_view_if_needed()
    antes = altura(carta(con_carta))
    mas.press("Enter")
    expect(carta(con_carta)).to_contain_text("murciélago")
    expect(mas).to_have_count(0)
    expect(carta(con_carta)).to_be_focused()
    assert abs(altura(carta(con_carta)) - antes) < 2
    recibir(app, ANA, "Llega mientras se lee", nombre=NOMBRES[ANA])
    expect(con_carta.al_final).to_contain_text("1")  # no se estaba al final: no baja solo
    assert abs(altura(carta(con_carta)) - antes) < 2


def test_lo_alargado_sigue_alargado_al_volver_al_chat(con_carta: Pantalla) -> None:
    con_carta.abrir("Ana")
    con_carta.mensajes.get_by_role("button", name="Leer más").click()
    con_carta.pagina.keyboard.press("Escape")
    con_carta.abrir("Ana")
    expect(carta(con_carta)).to_contain_text("murciélago")


def test_un_salto_desde_la_busqueda_resalta_dentro_de_la_burbuja_y_se_quita_al_cerrarla(con_carta: Pantalla) -> None:
    buscador = con_carta.pagina.get_by_role("searchbox", name="Buscar", exact=True)
    buscador.fill("MURCIELAGO pala")
    con_carta.pagina.get_by_role("list", name="Mensajes").get_by_role("button").click()
    expect(carta(con_carta)).to_contain_text("murciélago")  # sin «Leer más»: lo buscado está al final
    esperar_resaltado(con_carta, "pala", "murciélago")
    tramo = con_carta.pagina.evaluate("[...CSS.highlights.get('hallado')][0].getBoundingClientRect().top")
    assert 0 < tramo < con_carta.pagina.evaluate("innerHeight"), "lo hallado queda a la vista"
    buscador.press("Escape")
    expect(buscador).to_have_value("")
    esperar_resaltado(con_carta)


def test_la_busqueda_del_chat_resalta_lo_que_llega_y_lo_quita_al_cerrar(con_carta: Pantalla, app: AppEnMarcha) -> None:
    con_carta.abrir("Ana")
    con_carta.pagina.get_by_role("button", name="Buscar en el chat").click()
    cuadro = con_carta.pagina.get_by_role("searchbox", name="Buscar en este chat")
    cuadro.fill("posterior 2")
    expect(con_carta.pagina.get_by_role("status", name="Resultados en este chat")).to_have_text("1 de 1")
    esperar_resaltado(con_carta, "Posterior", "2")  # y no las demás «Posterior», que no tienen el 2
    recibir(app, ANA, "Y el *Posterior* 25", nombre=NOMBRES[ANA])
    esperar_resaltado(con_carta, "Posterior", "2", "Posterior", "2")
    cuadro.press("Escape")
    esperar_resaltado(con_carta)


def test_los_resultados_no_ensenan_los_signos_de_formato(con_ana: None, abrir: Abrir, app: AppEnMarcha) -> None:
    recibir(app, ANA, "La *_cita_* quedó para el ~lunes~ *martes*", nombre=NOMBRES[ANA])
    pantalla = abrir()
    expect(pantalla.fila("Ana")).to_contain_text("La cita quedó para el lunes martes")
    pantalla.pagina.get_by_role("searchbox", name="Buscar", exact=True).fill("cita")
    hallado = pantalla.pagina.get_by_role("list", name="Mensajes").get_by_role("button")
    expect(hallado).to_contain_text("La cita quedó para el lunes martes")
    expect(hallado.locator("mark")).to_have_text("cita")
