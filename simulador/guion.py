"""Lo que una prueba (o la demostración) le manda hacer al proveedor: que escriban, que falle, que repita."""

import threading
from collections.abc import Iterable
from typing import Any

import requests

from . import formas, muestras
from .contenidos import TIPOS_CON_MEDIO, tipo_y_contenido
from .entregas import Destino, en_bytes
from .fallas import crear_falla
from .formas import Json
from .nucleo import Nucleo


class Guion(Nucleo):
    """El proveedor con sus verbos de guion."""

    # --- mensajes entrantes ---

    def mensaje(
        self,
        tipo: str,
        numero: str,
        nombre: str | None = None,
        *,
        contenido: Json | None = None,
        datos: bytes | None = None,
        sin: Iterable[str] = (),
        **extra: Any,
    ) -> Json:
        """Construye, sin entregarlo, un mensaje de un cliente de cualquier tipo de la referencia.

        `contenido` cambia claves del contenido; `datos` es el archivo; `extra` pone claves del mensaje
        (`chat_id`, `timestamp`, `context`, `image=None`…) y `sin` las quita. «reaction», «edit», «delete» y
        «vote» son acciones: su blanco va en contenido={"target": id}.
        """
        chat = extra.get("chat_id") or formas.chat_de(numero)
        tipo_real, clave, cuerpo = tipo_y_contenido(tipo, contenido or {})
        if clave in TIPOS_CON_MEDIO:
            cuerpo = {**self._con_archivo(clave, datos, cuerpo), **(contenido or {})}
        mensaje: Json = {
            "id": formas.nuevo_id(),
            "from_me": False,
            "type": tipo_real,
            "chat_id": chat,
            "timestamp": formas.ahora(),
            "source": "mobile",
            clave: cuerpo,
            "from": formas.remitente_de(formas.chat_de(numero)),
        }
        if nombre is not None:
            mensaje["from_name"] = nombre
        mensaje.update(extra)
        return {clave: valor for clave, valor in mensaje.items() if clave not in set(sin)}

    def _con_archivo(self, tipo: str, datos: bytes | None, cuerpo: Json) -> Json:
        mime, hacer = muestras.POR_TIPO[tipo]
        medio = self.estado.guardar_medio(hacer() if datos is None else datos, cuerpo.get("mime_type", mime))
        return {**self.estado.ficha_de_medio(medio, tipo, self.url), **cuerpo}

    def recibir(self, mensaje: Json, *, esperar: bool = False) -> str:
        """Da por llegado un mensaje ya construido y lo entrega; con `esperar`, vuelve cuando lo contestaron."""
        self.estado.guardar_mensaje(mensaje)
        aviso = self.aviso("messages", "post", [mensaje], clave=mensaje["chat_id"])
        if esperar:
            self.entregas.entregar_ya(aviso)
        else:
            self.entregas.programar(aviso)
        return str(mensaje["id"])

    def escribir(
        self, numero: str, texto: str, nombre: str | None = None, *, esperar: bool = False, **extra: Any
    ) -> str:
        """Un cliente escribe un texto. Devuelve el identificador del mensaje."""
        return self.recibir(self.mensaje("text", numero, nombre, contenido={"body": texto}, **extra), esperar=esperar)

    def desde_el_telefono(self, numero: str, texto: str, *, esperar: bool = False, **extra: Any) -> str:
        """La línea escribe desde el propio teléfono: `from_me` con el nombre de la empresa, no el del cliente."""
        propio = {"from_me": True, "from": self.linea, "status": "sent", "chat_id": formas.chat_de(numero), **extra}
        mensaje = self.mensaje("text", numero, self.nombre_linea, contenido={"body": texto}, **propio)
        return self.recibir(mensaje, esperar=esperar)

    # --- webhooks crudos ---

    def entregar(
        self,
        cuerpo: Json | bytes | str,
        *,
        ruta: str = "",
        metodo: str | None = None,
        cabeceras: dict[str, str] | None = None,
    ) -> requests.Response:
        """Entrega ya un cuerpo cualquiera, una sola vez, y devuelve la respuesta.

        Sin `ruta` ni `metodo` va según el modo configurado. `cabeceras` se suma a las del webhook
        (con valor vacío, la quita).
        """
        destino = self._primer_destino()
        evento = cuerpo.get("event", {}) if isinstance(cuerpo, dict) else {}
        verbo, url = destino.peticion(str(evento.get("type", "messages")), str(evento.get("event", "post")))
        if ruta or metodo:
            verbo, url = metodo or "POST", destino.url.rstrip("/") + ruta
        todas = {**dict(destino.cabeceras), **(cabeceras or {})}
        return self.entregas.pedir(verbo, url, en_bytes(cuerpo), {c: v for c, v in todas.items() if v})

    def sobre(self, *mensajes: Json) -> Json:
        """El cuerpo de webhook con uno o varios mensajes, para `entregar`."""
        return formas.sobre("messages", "post", list(mensajes))

    def _primer_destino(self) -> Destino:
        destinos = self.destinos()
        if not destinos:
            raise RuntimeError("El simulador no tiene webhook: póngalo con .webhook = url")
        return destinos[0]

    def reentregar(self, id_mensaje: str, veces: int = 1, en_paralelo: bool = False) -> list[int]:
        """Vuelve a entregar el webhook de un mensaje, tal como está hoy, y devuelve los códigos que contestaron."""
        mensaje = self.estado.mensaje(id_mensaje)
        if mensaje is None:
            raise KeyError(f"El simulador no tiene el mensaje {id_mensaje}")
        cuerpo = self.sobre(mensaje)
        if not en_paralelo:
            return [self.entregar(cuerpo).status_code for _ in range(veces)]
        codigos: list[int] = []
        salida = threading.Barrier(veces)

        def una() -> None:
            salida.wait()
            codigos.append(self.entregar(cuerpo).status_code)

        hilos = [threading.Thread(target=una, daemon=True) for _ in range(veces)]
        for hilo in hilos:
            hilo.start()
        for hilo in hilos:
            hilo.join()
        return codigos

    # --- averías y línea ---

    def fallar(self, modo: int | str, veces: int | None = 1, **opciones: Any) -> None:
        """Encarga una avería para las próximas `veces` peticiones (None: hasta `no_fallar`).

        `modo` es un código (502, 500, 429, 401, 402, 403, 404, 413…) o «html», «no_enviado», «sin_id»,
        «lento», «cortar», «cortar_a_medias», «vacio», «recortado», «otro_tipo», «eco_antes», «sin_eco»,
        «estados_antes»,
        «estados_al_reves», «sin_estados», «estado_fallido». Opciones: `en` («envio», «lectura», «medio», «salud»),
        `aceptado`, `segundos`, `html`, `reintentar_despues`.
        """
        self.fallas.encargar(crear_falla(modo, **opciones), veces)

    def no_fallar(self) -> None:
        """Olvida las averías encargadas."""
        self.fallas.limpiar()

    def pausar(self) -> None:
        """Retiene los webhooks, como un proveedor atascado; lo demás sigue."""
        self.entregas.pausar(True)

    def reanudar(self) -> None:
        """Suelta los webhooks retenidos."""
        self.entregas.pausar(False)

    def esperar_entregas(self, segundos: float = 5.0) -> bool:
        """Espera a que no queden webhooks por entregar ni por reintentar; falso si no alcanzó."""
        return self.entregas.esperar(segundos)

    def poner_linea(self, estado: str, *, avisar: bool = True) -> None:
        """Cambia el estado de la línea («AUTH», «QR», «SYNC_ERROR», «STOP»…); solo con AUTH se puede enviar."""
        self.estado.linea_estado = estado
        if avisar:
            self.avisar("channel", "post", self.salud())

    def salud(self) -> Json:
        """El cuerpo de `GET /health`."""
        nombre = self.estado.linea_estado
        cuerpo: Json = {
            "channel_id": formas.CANAL,
            "start_at": formas.ahora() - 78,
            "uptime": 78,
            "version": "1.8.3",
            "device_id": 1,
            "ip": "127.0.0.1",
            "status": {"code": formas.CODIGOS_LINEA.get(nombre, 0), "text": nombre},
        }
        if nombre == "AUTH":
            cuerpo["user"] = {"id": self.linea, "name": self.nombre_linea}
        return cuerpo
