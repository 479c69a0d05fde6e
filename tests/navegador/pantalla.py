"""La pantalla como la ve un agente: por roles y nombres, nunca por clases ni identificadores."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, Route, expect

from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.cargas import entrega, mensaje_texto, webhook

ANA = "573001110001"
BETO = "573001110002"
NOMBRES = {ANA: "Ana Prueba", BETO: "Beto Prueba"}


class Pantalla:
    """Lo que se puede hacer y mirar en la bandeja abierta."""

    def __init__(self, pagina: Page) -> None:
        self.pagina = pagina
        self.lista = pagina.get_by_role("list", name="Conversaciones")
        self.mensajes = pagina.get_by_role("log", name="Mensajes")
        self.cuadro = pagina.get_by_role("textbox", name="Escribe un mensaje")
        self.conexion = pagina.get_by_role("status", name="Estado de la conexión")
        self.al_final = pagina.get_by_role("button", name="Ir al último mensaje")

    def fila(self, nombre: str) -> Locator:
        return self.lista.get_by_role("button", name=re.compile(f"^{re.escape(nombre)}"))

    def abrir(self, nombre: str) -> None:
        """Abre un chat y espera sus mensajes."""
        self.fila(nombre).click()
        expect(self.chat(nombre)).to_be_visible()
        expect(self.mensajes.get_by_role("article").first).to_be_visible()

    def chat(self, nombre: str) -> Locator:
        return self.pagina.get_by_role("region", name=f"Conversación con {nombre}")

    def enviar(self, texto: str) -> Locator:
        """Escribe y envía con Enter; devuelve su burbuja."""
        self.cuadro.fill(texto)
        self.cuadro.press("Enter")
        return self.burbuja(texto)

    def burbuja(self, texto: str) -> Locator:
        return self.mensajes.get_by_role("article").filter(has_text=texto)

    def esperar_al_dia(self, plazo: float = 20) -> None:
        expect(self.conexion).to_have_text(re.compile(r"^\s*Al día\s*$"), timeout=plazo * 1000)

    def pedidos(self, parte: str) -> list[str]:
        """Las peticiones a la API que se hagan desde ahora y lleven `parte` en su dirección."""
        vistos: list[str] = []
        self.pagina.on("request", lambda r: vistos.append(r.url) if f"/api/{parte}" in r.url else None)
        return vistos


def sembrar(app: AppEnMarcha, numero: str, cuantos: int, *, desde: float, texto: str = "Mensaje") -> None:
    """Una conversación de `cuantos` mensajes, uno por minuto a partir de `desde`."""
    mensajes = [
        mensaje_texto(numero, f"{texto} {i + 1}.", en=desde + i * 60, nombre=NOMBRES[numero]) for i in range(cuantos)
    ]
    for corte in range(0, cuantos, 50):
        respuesta = webhook(app, entrega(*mensajes[corte : corte + 50]))
        assert respuesta.status_code == 200, respuesta.text


def demorar(pagina: Page, patron: str, milisegundos: int) -> None:
    """Hace lenta la respuesta de lo que cumpla `patron`, sin tocar lo demás."""

    def esperar(ruta: Route) -> None:
        pagina.wait_for_timeout(milisegundos)
        ruta.continue_()

    pagina.route(patron, esperar)


def retener(pagina: Page, patron: str) -> list[Route]:
    """La próxima petición que cumpla `patron` queda aquí, sin respuesta hasta que la prueba la conteste."""
    retenidas: list[Route] = []

    def guardar(ruta: Route) -> None:
        retenidas.append(ruta)

    pagina.route(patron, guardar, times=1)
    return retenidas


def tomar(pagina: Page, retenidas: list[Route]) -> Route:
    """La petición retenida, cuando ya salió."""
    for _ in range(500):
        if retenidas:
            return retenidas[0]
        pagina.wait_for_timeout(20)
    raise AssertionError("nadie la pidió")
