"""Seguir el enlace del proveedor: a quién sí, a quién jamás, y sin llevar la ficha."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bandeja.errores import MedioNoDisponible, MedioPerdido
from bandeja.whapi import enlaces
from bandeja.whapi.enlaces import Enlaces, es_publica
from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.sesiones import Sesion
from tests.archivos.certificado import crear_certificado
from tests.archivos.conftest import agotar, foto, llega, quede

PERMITIDO = "almacen.example.com"
PROVEEDOR = "https://gate.example.com"


class Trampa:
    """Un servidor que anota lo que le piden y contesta un archivo."""

    def __init__(self, contexto: ssl.SSLContext | None = None, redirige: str | None = None) -> None:
        self.vistas: list[dict[str, str]] = []
        vistas = self.vistas

        class Atendedor(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                vistas.append({"ruta": self.path, **dict(self.headers.items())})
                self.send_response(302 if redirige else 200)
                if redirige:
                    self.send_header("Location", redirige)
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"hola")

            def log_message(self, *_args: object) -> None:
                """Callado."""

        self._servidor = ThreadingHTTPServer(("127.0.0.1", 0), Atendedor)
        if contexto:
            self._servidor.socket = contexto.wrap_socket(self._servidor.socket, server_side=True)
        self.puerto = self._servidor.server_port
        threading.Thread(target=self._servidor.serve_forever, args=(0.02,), daemon=True).start()

    def cerrar(self) -> None:
        self._servidor.shutdown()
        self._servidor.server_close()


@pytest.fixture
def trampa() -> Iterator[Trampa]:
    una = Trampa()
    yield una
    una.cerrar()


def leer(enlaces: Enlaces, enlace: str) -> bytes:
    with enlaces.abrir(enlace) as descarga:
        return b"".join(descarga.trozos)


def nunca(_host: str, _puerto: int) -> list[str]:
    raise AssertionError("no debía ni preguntarse por ese nombre")


@pytest.mark.parametrize(
    "direccion",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::"],
)  # fmt: skip
def test_lo_de_adentro_no_es_publico(direccion: str) -> None:
    assert not es_publica(direccion)


@pytest.mark.parametrize("direccion", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_lo_de_internet_si(direccion: str) -> None:
    assert es_publica(direccion)


@pytest.mark.parametrize(
    "enlace",
    [
        "https://otro.example.com/a", f"http://{PERMITIDO}/a", f"https://{PERMITIDO}.malo.com/a",
        f"https://yo:clave@{PERMITIDO}/a", f"ftp://{PERMITIDO}/a", "http://127.0.0.1:8080/a", "file:///etc/passwd",
        f"https://{PERMITIDO}:puerto/a", "https://[::1/a", "", "http://gate.example.com/a",
        "https://gate.example.com:444/a", f"{PROVEEDOR}@malo.com/a",
    ],
)  # fmt: skip
def test_fuera_de_la_lista_ni_se_resuelve(enlace: str) -> None:
    with pytest.raises(MedioPerdido):
        leer(Enlaces(PROVEEDOR, {PERMITIDO}, resolver=nunca), enlace)


@pytest.mark.parametrize("direcciones", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], []])
def test_un_nombre_permitido_que_apunta_adentro_no_se_sigue(direcciones: list[str]) -> None:
    with pytest.raises(MedioPerdido):
        leer(Enlaces(PROVEEDOR, {PERMITIDO}, resolver=lambda _h, _p: direcciones), f"https://{PERMITIDO}/a")


def test_un_nombre_que_hoy_no_resuelve_se_intenta_despues() -> None:
    def sin_dns(_host: str, _puerto: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(MedioNoDisponible):
        leer(Enlaces(PROVEEDOR, {PERMITIDO}, resolver=sin_dns), f"https://{PERMITIDO}/a")


def test_primero_las_ipv4_que_por_las_otras_puede_no_haber_salida(monkeypatch: pytest.MonkeyPatch) -> None:
    halladas = [(0, 0, 0, "", ("2001:db8::1", 443, 0, 0)), (0, 0, 0, "", ("192.0.2.1", 443))]
    monkeypatch.setattr(enlaces.socket, "getaddrinfo", lambda *_a, **_k: halladas)
    assert enlaces._direcciones(PERMITIDO, 443) == ["192.0.2.1", "2001:db8::1"]


def test_quien_manda_de_a_gotas_no_retiene_al_trabajador(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gotero(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(200):
                    self.wfile.write(b"x")
                    time.sleep(0.05)

        def log_message(self, *_a: object) -> None: ...

    monkeypatch.setattr(enlaces, "PLAZO_BAJADA_S", 0.3)
    with ThreadingHTTPServer(("127.0.0.1", 0), Gotero) as servidor:
        threading.Thread(target=servidor.serve_forever, daemon=True).start()
        direccion = f"http://127.0.0.1:{servidor.server_port}"
        antes = time.monotonic()
        with pytest.raises(MedioNoDisponible, match="tarda demasiado"):
            leer(Enlaces(direccion, ()), f"{direccion}/a")
        assert time.monotonic() - antes < 3
        servidor.shutdown()


def test_se_conecta_a_la_direccion_mirada_con_el_certificado_del_nombre(tmp_path: Path) -> None:
    certificado, llave = crear_certificado(tmp_path, PERMITIDO)
    contexto = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexto.load_cert_chain(certificado, llave)
    trampa = Trampa(contexto)
    try:
        preguntas: list[str] = []

        def resolver(host: str, _puerto: int) -> list[str]:
            preguntas.append(host)
            return ["127.0.0.1"]

        def armar(hosts: set[str]) -> Enlaces:
            return Enlaces(
                PROVEEDOR, hosts, resolver=resolver, permitida=lambda _ip: True, certificados=str(certificado)
            )

        ruta = f":{trampa.puerto}/in-files/a.jpeg?firma=1"
        assert leer(armar({PERMITIDO}), f"https://{PERMITIDO}{ruta}") == b"hola"
        (vista,) = trampa.vistas
        assert (vista["ruta"], vista["Host"]) == ("/in-files/a.jpeg?firma=1", f"{PERMITIDO}:{trampa.puerto}")
        assert "Authorization" not in vista and preguntas == [PERMITIDO]
        with pytest.raises(MedioNoDisponible):  # otro nombre con ese certificado
            leer(armar({"otro.example.com"}), f"https://otro.example.com{ruta}")
        assert len(trampa.vistas) == 1
    finally:
        trampa.cerrar()


# --- de punta a punta


def test_un_enlace_a_esta_maquina_no_se_sigue_aunque_el_archivo_se_pierda(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador, trampa: Trampa
) -> None:
    simulador.fallar(404, None, en="medio")
    llega(simulador, "image", foto(), contenido={"link": f"http://127.0.0.1:{trampa.puerto}/secreto"})
    agotar(limpio, agente1, "lost", 3)
    assert trampa.vistas == []


def test_un_enlace_a_otro_servidor_no_lleva_la_ficha_ni_se_visita(
    agente1: Sesion, limpio: BaseDatos, simulador: Simulador, trampa: Trampa
) -> None:
    mensaje = simulador.mensaje(
        "image", "573001234567", "Ana", contenido={"id": "media_init", "link": f"http://localhost:{trampa.puerto}/a"}
    )
    simulador.recibir(mensaje, esperar=True)
    agotar(limpio, agente1, "lost", 3)
    assert trampa.vistas == []


def test_una_redireccion_del_proveedor_no_se_sigue(trampa: Trampa) -> None:
    otra = Trampa(redirige=f"http://127.0.0.1:{trampa.puerto}/adentro")
    try:
        enlaces = Enlaces(f"http://127.0.0.1:{otra.puerto}", set())
        with enlaces.abrir(f"http://127.0.0.1:{otra.puerto}/a") as descarga:
            assert descarga.codigo == 302
        assert trampa.vistas == []
    finally:
        otra.cerrar()


def test_el_enlace_del_propio_proveedor_se_sigue_sin_ficha(
    agente1: Sesion, simulador: Simulador
) -> None:
    simulador.fallar(404, 1, en="medio")
    llega(simulador, "image", foto())
    quede(agente1, "ready")

