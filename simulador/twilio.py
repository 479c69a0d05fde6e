"""Twilio simulado para las pruebas: acepta envíos, firma sus webhooks, guarda archivos y falla cuando se le pide.

La firma está escrita aquí por segunda vez, a partir de su descripción, para no comprobarla con la misma biblioteca.
"""

import base64
import hashlib
import hmac
import itertools
import json
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from flask import Flask, Response, jsonify, redirect, request

from .servidor import Servidor

API: Final = "/2010-04-01/Accounts"


@dataclass(frozen=True, slots=True)
class FallaTwilio:
    """Una avería para el próximo envío.

    `codigo` HTTP (0: cuelga; 200: solo tarda), `error` de Twilio, `aceptado` si sale de todos modos.
    """

    codigo: int = 500
    error: int = 20500
    aceptado: bool = False
    segundos: float = 0.0
    cuerpo: str | None = None


@dataclass(slots=True)
class EnvioTwilio:
    """Un POST de envío, con sus parámetros. `sid` vacío = no se aceptó."""

    parametros: dict[str, str]
    sid: str = ""


@dataclass(slots=True)
class _Memoria:
    enviados: list[EnvioTwilio] = field(default_factory=list)
    fallas: deque[FallaTwilio] = field(default_factory=deque)
    archivos: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    plantillas: list[dict[str, Any]] = field(default_factory=list)
    al_almacen: list[dict[str, str]] = field(default_factory=list)
    pedidas: int = 0


class Twilio:
    """`with Twilio() as t:`; `t.url` es su API. `publica`: la dirección que firma, si no es aquella a la que llama."""

    def __init__(self, sid: str = "ACprueba", ficha: str = "fichaprueba", numero: str = "573153369631") -> None:
        self.sid, self.ficha, self.numero = sid, ficha, numero
        self.webhook = ""
        self.publica: str | None = None
        self.cabeceras: dict[str, str] = {}
        self.detenido = threading.Event()
        self._cuenta = itertools.count(1)
        self._m = _Memoria()
        self._servidores: list[Servidor] = []
        self.url = self.url_almacen = ""

    def __enter__(self) -> Self:
        # Dos servidores: los archivos de Twilio no están donde su API, y la ficha no debe llegar hasta allá.
        self._servidores = [Servidor(_crear_api(self), 0), Servidor(_crear_almacen(self), 0)]
        self.url, self.url_almacen = (f"http://127.0.0.1:{servidor.puerto}" for servidor in self._servidores)
        for servidor in self._servidores:
            servidor.iniciar()
        return self

    def __exit__(self, tipo: type[BaseException] | None, e: BaseException | None, traza: TracebackType | None) -> None:
        self.detenido.set()
        for servidor in self._servidores:
            servidor.parar()

    @property
    def memoria(self) -> _Memoria:
        """Lo que recibió y lo que tiene preparado."""
        return self._m

    @property
    def enviados(self) -> list[EnvioTwilio]:
        """Todos los POST de envío, también los rechazados."""
        return list(self._m.enviados)

    def fallar(self, falla: FallaTwilio) -> None:
        """Encarga una avería para el próximo envío."""
        self._m.fallas.append(falla)

    def reiniciar(self) -> None:
        """Olvida todo menos a quién llama."""
        self._m = _Memoria()
        self.publica, self.cabeceras = None, {}

    def nuevo_sid(self, prefijo: str = "SM") -> str:
        """Un identificador con la forma de los suyos."""
        return f"{prefijo}{next(self._cuenta):032x}"

    def guardar_archivo(self, datos: bytes, mime: str) -> str:
        """Deja un archivo listo y devuelve su MediaUrl."""
        media = self.nuevo_sid("ME")
        self._m.archivos[media] = (datos, mime)
        return f"{self.url}{API}/{self.sid}/Messages/{self.nuevo_sid('MM')}/Media/{media}"

    def firmar(self, url: str, parametros: dict[str, str], ficha: str | None = None) -> str:
        """La X-Twilio-Signature de una petición."""
        texto = url + "".join(clave + parametros[clave] for clave in sorted(parametros))
        clave = (self.ficha if ficha is None else ficha).encode()
        return base64.b64encode(hmac.new(clave, texto.encode(), hashlib.sha1).digest()).decode()

    def recibir(self, de: str, cuerpo: str = "", *, archivos: tuple[tuple[str, str], ...] = (), **mas: str) -> str:
        """Una persona escribe: lo entrega y devuelve su MessageSid. `archivos`: pares (MediaUrl, tipo)."""
        parametros = self.entrante(de, cuerpo, archivos=archivos, **mas)
        respuesta = self.entregar(parametros)
        assert respuesta.status_code == 200, respuesta.text
        return parametros["MessageSid"]

    def entrante(
        self, de: str, cuerpo: str, *, archivos: tuple[tuple[str, str], ...] = (), **mas: str
    ) -> dict[str, str]:
        """Los parámetros de un mensaje entrante, con las claves literales de la referencia."""
        sid = self.nuevo_sid()
        medios: dict[str, str] = {}
        for n, (url, tipo) in enumerate(archivos):
            medios |= {f"MediaUrl{n}": url, f"MediaContentType{n}": tipo}
        return {
            "SmsMessageSid": sid, "NumMedia": str(len(archivos)), "ProfileName": "Ana Ñandú", "MessageType": "text",
            "SmsSid": sid, "WaId": de, "SmsStatus": "received", "Body": cuerpo, "To": f"whatsapp:+{self.numero}",
            "NumSegments": "1", "ReferralNumMedia": "0", "MessageSid": sid, "AccountSid": self.sid,
            "ChannelMetadata": '{"type":"whatsapp","data":{"context":{}}}', "From": f"whatsapp:+{de}",
            "ApiVersion": "2010-04-01", **medios, **mas,
        }  # fmt: skip

    def entregar(
        self, parametros: dict[str, str], *, ruta: str = "", firma: str | None = None, base: str | None = None
    ) -> requests.Response:
        """Llama al webhook con esos parámetros, firmados sobre la dirección pública."""
        destino = (base or self.webhook) + ruta
        publica = (self.publica or base or self.webhook) + ruta
        cabeceras = {"X-Twilio-Signature": firma if firma is not None else self.firmar(publica, parametros)}
        tipo = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return requests.post(
            destino, data=urlencode(parametros).encode(), headers=tipo | cabeceras | self.cabeceras, timeout=20
        )

    def avisar(self, envio: EnvioTwilio, estado: str, **mas: str) -> requests.Response:
        """Cuenta un paso de un envío a la dirección que ese envío pidió."""
        pedida = urlsplit(envio.parametros["StatusCallback"])
        parametros = {
            "MessageSid": envio.sid, "SmsSid": envio.sid, "MessageStatus": estado, "SmsStatus": estado,
            "AccountSid": self.sid, "From": f"whatsapp:+{self.numero}", "To": envio.parametros["To"],
            "ChannelToAddress": envio.parametros["To"], "ChannelPrefix": "whatsapp", "ApiVersion": "2010-04-01", **mas,
        }  # fmt: skip
        consulta = f"?{pedida.query}" if pedida.query else ""
        return self.entregar(parametros, ruta="/estado" + consulta)


def _crear_api(t: Twilio) -> Flask:
    app = Flask("twilio", static_folder=None)

    @app.before_request
    def con_ficha() -> Response | None:
        quien = request.authorization
        if quien is None or (quien.username, quien.password) != (t.sid, t.ficha):
            return _error(401, 20003, "Authenticate")
        return None

    @app.post(f"{API}/<sid>/Messages.json")
    def enviar(sid: str) -> Response:
        envio = EnvioTwilio(dict(parse_qsl(request.get_data(as_text=True), keep_blank_values=True)))
        t.memoria.enviados.append(envio)
        falla = t.memoria.fallas.popleft() if t.memoria.fallas else None
        if falla is None or falla.aceptado:
            envio.sid = t.nuevo_sid()
        if falla is None:
            return _aceptado(t, envio)
        t.detenido.wait(falla.segundos)
        if falla.codigo == 200 and falla.cuerpo is None:
            return _aceptado(t, envio)
        return _averia(falla)

    @app.get(f"{API}/<sid>/Messages/<mensaje>/Media/<media>")
    def archivo(sid: str, mensaje: str, media: str) -> Any:
        if media not in t.memoria.archivos:
            return _error(404, 20404, "Not found")
        return redirect(f"{t.url_almacen}/{media}?firma=x", 307)

    @app.get("/v1/ContentAndApprovals")
    def plantillas() -> Response:
        t.memoria.pedidas += 1
        pagina = {"key": "contents", "next_page_url": None, "page": 0, "page_size": 50}
        return jsonify({"meta": pagina, "contents": t.memoria.plantillas})

    return app


def _crear_almacen(t: Twilio) -> Flask:
    app = Flask("almacen", static_folder=None)

    @app.get("/<media>")
    def archivo(media: str) -> Response:
        t.memoria.al_almacen.append(dict(request.headers))
        datos, mime = t.memoria.archivos[media]
        return Response(datos, content_type=mime)

    return app


def _aceptado(t: Twilio, envio: EnvioTwilio) -> Response:
    p = envio.parametros
    cuerpo = {
        "sid": envio.sid, "status": "queued", "from": p.get("From"), "to": p.get("To"), "body": p.get("Body", ""),
        "num_media": "0", "error_code": None, "error_message": None, "direction": "outbound-api",
        "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "account_sid": t.sid,
    }  # fmt: skip
    return Response(json.dumps(cuerpo), 201, content_type="application/json")


def _averia(falla: FallaTwilio) -> Response:
    if falla.codigo == 0:
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response(b"")
    if falla.cuerpo is not None:
        return Response(falla.cuerpo, falla.codigo)
    return _error(falla.codigo, falla.error, "simulado")


def _error(codigo: int, error: int, mensaje: str) -> Response:
    guia = f"https://www.twilio.com/docs/errors/{error}"
    cuerpo = {"code": error, "message": mensaje, "more_info": guia, "status": codigo}
    return Response(json.dumps(cuerpo), codigo, content_type="application/json")
