"""Las órdenes de quien administra la línea: `flask --app descargar_bsl linea …`. Nunca imprimen secretos."""

from __future__ import annotations

import functools
import io
import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import click
import segno
from flask.cli import AppGroup

from bandeja.errores import BaseNoDisponible, ErrorBandeja, EstadoNoPermite
from bandeja.estado_linea import BIEN, FRASES
from bandeja.instalacion import Plan
from bandeja.serializacion import iso
from bandeja.telefono import exigir
from bandeja.web.servicios import servicios
from bandeja.whapi.linea import Codigo

P = ParamSpec("P")
R = TypeVar("R")
PLAZO_PRUEBA_S = 30.0
PLAZO_VINCULAR_S = 300.0
_OCULTO = "••••••"

linea_cli = AppGroup("linea", help="La línea de WhatsApp: su estado, su webhook y su teléfono.")


def _en_palabras(orden: Callable[P, R]) -> Callable[P, R]:
    """Un fallo previsto es su frase y el código 1."""

    @functools.wraps(orden)
    def hacer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return orden(*args, **kwargs)
        except ErrorBandeja as error:
            click.echo(f"❌ {error}", err=True)
            raise click.exceptions.Exit(1) from error

    return hacer


@linea_cli.command("estado")
@_en_palabras
def ver_estado() -> None:
    """Dice cómo está la línea, sin despertar el canal. Sale con 0 si puede enviar y con 1 si no."""
    estado = servicios().instalacion.estado()
    bien = estado == BIEN
    click.echo(f"{'✅' if bien else '❌'} {estado or 'Whapi dice un estado que no se conoce'}: {_frase(estado)}")
    try:
        for cambio in servicios().linea.historia(5):
            click.echo(f"   {iso(cambio.en)}  {cambio.estado:<11}  por {cambio.origen}")
    except BaseNoDisponible:
        click.echo("   (sin la base no se puede mostrar lo anterior)")
    if not bien:
        raise click.exceptions.Exit(1)


def _frase(estado: str | None) -> str:
    if estado == BIEN:
        return "la línea puede enviar."
    return FRASES.get(estado or "", "revísalo en el panel de Whapi.")


@linea_cli.command("webhook")
@click.option("--url", required=True, help="El sitio público de la bandeja, o la dirección completa del webhook.")
@click.option("--quitar", is_flag=True, help="Quita ese webhook; los demás se quedan.")
@click.option("--simular", is_flag=True, help="Muestra lo que haría y no escribe nada.")
@_en_palabras
def poner_webhook(url: str, quitar: bool, simular: bool) -> None:
    """Pone (o quita) nuestro webhook en el canal, sin tocar los de otros programas."""
    plan = servicios().instalacion.planear(url, quitar=quitar)
    _mostrar(plan)
    if not plan.cambios:
        click.echo("✅ Ya estaba así: no hubo nada que escribir.")
        return
    if simular:
        click.echo("🔎 Simulación: no se escribió nada.")
        return
    servicios().instalacion.aplicar(plan)
    click.echo("✅ Guardado y comprobado.")
    if plan.pide_reinicio:
        click.echo("⚠️  callback_persist empieza a valer cuando el canal se reinicia: hazlo desde el panel de Whapi.")


def _mostrar(plan: Plan) -> None:
    for titulo, webhooks in (("Antes", plan.antes), ("Después", plan.despues)):
        click.echo(f"{titulo}: {len(webhooks) or 'ningún'} webhook{'' if len(webhooks) < 2 else 's'}")
        for uno in webhooks:
            click.echo(f"   {'→' if str(uno.get('url', '')).rstrip('/') == plan.url else ' '} {_sin_secretos(uno)}")
    for clave, valor in plan.cambios.items():
        if clave != "webhooks":
            click.echo(f"   {clave}: {valor['auto_download'] if clave == 'media' else valor}")
    for otro in plan.parecidos:
        click.echo(f"⚠️  {_visible(otro)} también parece una bandeja. Si ya no existe, quítala con --quitar --url.")


def _sin_secretos(webhook: Mapping[str, Any]) -> str:
    cabeceras = ", ".join(f"{nombre}: {_OCULTO}" for nombre in webhook.get("headers") or {})
    eventos = len(webhook.get("events") or [])
    modo = webhook.get("mode") or "body"
    return f"{_visible(str(webhook.get('url')))} [{modo}] {eventos} eventos; {cabeceras or 'sin encabezados'}"


def _visible(url: str) -> str:
    """Una dirección ajena puede llevar su clave en los parámetros o delante del sitio."""
    try:
        partes = urlsplit(url)
    except ValueError:
        return _OCULTO
    return f"{partes.scheme}://{partes.netloc.rpartition('@')[2]}{partes.path}{'?' + _OCULTO if partes.query else ''}"


@linea_cli.command("probar")
@click.option("--url", help="Cuál webhook, si el canal tiene más de uno de la bandeja.")
@click.option("--plazo", default=PLAZO_PRUEBA_S, show_default=True, help="Segundos que se espera la entrega.")
@_en_palabras
def probar(url: str | None, plazo: float) -> None:
    """Le pide a Whapi una entrega de prueba y espera que llegue de verdad a esta bandeja."""
    direccion = servicios().instalacion.probar(url, plazo)
    click.echo(f"✅ La prueba llegó por {_visible(direccion)} con el secreto correcto.")


@linea_cli.command("vincular")
@click.option("--numero", help="En vez del QR, el código que se escribe en el teléfono de ese número.")
@click.option("--plazo", default=PLAZO_VINCULAR_S, show_default=True, help="Segundos que se espera al teléfono.")
@_en_palabras
def vincular(numero: str | None, plazo: float) -> None:
    """Vincula el teléfono de la línea. Despierta el canal si estaba detenido."""
    instalacion = servicios().instalacion
    if instalacion.despertar() == BIEN:
        click.echo("✅ La línea ya está vinculada: no hay nada que hacer.")
        return
    try:
        if numero is None:
            for codigo in instalacion.vincular(plazo):
                _dibujar(codigo)
        else:
            click.echo(f"Código: {instalacion.pedir_codigo(exigir(numero).digitos)}")
            click.echo("En el teléfono: WhatsApp → Dispositivos vinculados → Vincular con el número de teléfono.")
            instalacion.esperar_vinculo(plazo)
    except EstadoNoPermite:
        click.echo("✅ La línea ya está vinculada: no hay nada que hacer.")
        return
    click.echo("✅ La línea quedó vinculada.")


def _dibujar(codigo: Codigo) -> None:
    if codigo.datos is not None:
        dibujo = io.StringIO()
        segno.make(codigo.datos, error="l", micro=False).terminal(out=dibujo, compact=True, border=2)
        for renglon in dibujo.getvalue().splitlines():  # con sus colores: en un terminal claro saldría al revés
            click.secho(renglon, fg="bright_white", bg="black")
    elif codigo.imagen is not None:
        descriptor, ruta = tempfile.mkstemp(prefix="qr-", suffix=".png")
        with os.fdopen(descriptor, "wb") as archivo:
            archivo.write(codigo.imagen)
        click.echo(f"El QR quedó en {ruta}: ábrelo y escanéalo. Si no puedes abrirlo, usa --numero.")
    click.echo("En el teléfono: WhatsApp → Dispositivos vinculados → Vincular un dispositivo.")
    click.echo(f"Vale {codigo.segundos:.0f} s; después sale otro.")
