"""La memoria del proveedor simulado: mensajes, chats, contactos, archivos y ajustes. No habla con nadie."""

import copy
import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from . import formas, muestras
from .formas import Json

AJUSTES_DE_FABRICA: Final[Json] = {
    "webhooks": [],
    "media": {
        "auto_download": ["image", "audio", "voice", "video", "gif", "short", "document", "sticker"],
        "init_avatars": True,
    },
    "callback_backoff_delay_ms": 3000,
    "max_callback_backoff_delay_ms": 900_000,
    "callback_persist": True,
    "offline_mode": True,
    "full_history": False,
}


@dataclass(frozen=True, slots=True)
class Medio:
    """Un archivo guardado por el proveedor."""

    id: str
    datos: bytes
    mime: str
    nombre: str | None = None


@dataclass(frozen=True, slots=True)
class Filtro:
    """Lo que se le pide a una lista de mensajes; None es «da igual»."""

    chat: str | None = None
    desde: int | None = None
    hasta: int | None = None
    de_mi: bool | None = None
    autor: str | None = None
    con_sistema: bool = True

    def pasa(self, mensaje: Json) -> bool:
        """Dice si el mensaje entra en la lista; los dos extremos de tiempo cuentan."""
        hora = hora_de(mensaje)
        return (
            self.chat in (None, mensaje["chat_id"])
            and (self.desde is None or hora >= self.desde)
            and (self.hasta is None or hora <= self.hasta)
            and self.de_mi in (None, mensaje["from_me"])
            and self.autor in (None, mensaje.get("from"))
            and (self.con_sistema or mensaje["type"] not in ("system", "action"))
        )


def hora_de(cosa: Json) -> float:
    """La hora de un mensaje o chat en segundos; 0 si una prueba le puso un disparate."""
    hora = cosa.get("timestamp")
    return float(hora) if isinstance(hora, (int, float)) else 0.0


class Estado:
    """Todo lo que el proveedor recuerda; lo que sale de aquí son copias."""

    def __init__(self, linea: str) -> None:
        self.linea = linea
        self._cerrojo = threading.RLock()
        self.olvidar()
        self._ajustes = copy.deepcopy(AJUSTES_DE_FABRICA)

    def olvidar(self) -> None:
        """Borra mensajes, chats, contactos, archivos y señales; los ajustes (el webhook) se quedan."""
        with self._cerrojo:
            self._mensajes: dict[str, Json] = {}
            self._chats: dict[str, Json] = {}
            self._contactos: dict[str, Json] = {}
            self._medios: dict[str, Medio] = {}
            self.presencias: list[Json] = []
            self.leidos: list[str] = []
            self.lids: dict[str, str] = {}
            self.wa_ids: dict[str, str] = {}
            self.palabras_desconocidas: set[str] = set()
            self.linea_estado = "AUTH"
            self.qrs: list[Json] = []  # lo que contestan los próximos QR; sin ninguno, el de siempre

    # --- ajustes ---

    def ajustes(self) -> Json:
        """Los ajustes del canal."""
        with self._cerrojo:
            return copy.deepcopy(self._ajustes)

    def cambiar_ajustes(self, cambios: Json) -> Json:
        """Cambia los ajustes dados (el arreglo `webhooks` se reemplaza ENTERO) y cuenta qué cambió."""
        with self._cerrojo:
            antes = self.ajustes()
            self._ajustes.update(copy.deepcopy(cambios))
            cambiados = [clave for clave in cambios if antes.get(clave) != self._ajustes[clave]]
            return {"before_update": antes, "after_update": self.ajustes(), "changes": cambiados}

    def restaurar_ajustes(self) -> None:
        """Vuelve a los de fábrica; también se pierden los webhooks, como en el proveedor."""
        with self._cerrojo:
            self._ajustes = copy.deepcopy(AJUSTES_DE_FABRICA)

    # --- mensajes ---

    def guardar_mensaje(self, mensaje: Json) -> None:
        """Anota un mensaje nuevo y pone al día su chat y su contacto. Una acción cambia además su blanco."""
        with self._cerrojo:
            repetido = mensaje["id"] in self._mensajes
            self._mensajes[mensaje["id"]] = copy.deepcopy(mensaje)
            if mensaje["type"] == "action":
                self._aplicar_accion(mensaje)
            elif not repetido:
                self._anotar_en_chat(mensaje)

    def _anotar_en_chat(self, mensaje: Json) -> None:
        id_chat = mensaje["chat_id"]
        clase = {"g.us": "group", "newsletter": "newsletter", "broadcast": "broadcast"}.get(
            id_chat.rpartition("@")[2], "contact"
        )
        chat = self._chats.setdefault(id_chat, {"id": id_chat, "type": clase, "unread": 0})
        nombre = mensaje.get("chat_name") if clase == "group" else mensaje.get("from_name")
        if nombre and not mensaje["from_me"]:
            chat["name"] = nombre
            if clase == "contact":
                persona = formas.remitente_de(id_chat)
                self._contactos[persona] = {"id": persona, "name": nombre, "pushname": nombre, "saved": False}
        chat["unread"] = 0 if mensaje["from_me"] else chat["unread"] + 1
        if hora_de(mensaje) >= hora_de(chat):
            chat.update(timestamp=mensaje["timestamp"], last_message=copy.deepcopy(mensaje))

    def _aplicar_accion(self, mensaje: Json) -> None:
        accion = mensaje.get("action") or {}
        blanco = self._mensajes.get(accion.get("target", ""))
        if blanco is None:
            return
        if accion.get("type") == "delete":
            del self._mensajes[blanco["id"]]
        elif accion.get("type") == "edit":
            blanco[blanco["type"]] = {**(blanco.get(blanco["type"]) or {}), **accion["edited_content"]}
        elif accion.get("type") == "reaction":
            self._reaccionar(blanco, mensaje["from"], accion.get("emoji") or "")

    @staticmethod
    def _reaccionar(blanco: Json, autor: str, emoji: str) -> None:
        otras = [una for una in blanco.get("reactions", []) if una["user_id"] != autor]
        nueva = [{"emoji": emoji, "user_id": autor}] if emoji else []
        blanco["reactions"] = otras + nueva

    def mensaje(self, id_mensaje: str) -> Json | None:
        """Un mensaje, o None si no está (o lo borraron)."""
        with self._cerrojo:
            return copy.deepcopy(self._mensajes.get(id_mensaje))

    def cambiar_mensaje(self, id_mensaje: str, cambios: Json) -> Json | None:
        """Cambia claves de un mensaje y devuelve cómo quedó, o None si no está."""
        with self._cerrojo:
            if id_mensaje not in self._mensajes:
                return None
            self._mensajes[id_mensaje].update(copy.deepcopy(cambios))
            return self.mensaje(id_mensaje)

    def borrar_mensaje(self, id_mensaje: str) -> Json | None:
        """Quita un mensaje y lo devuelve, o None si no estaba."""
        with self._cerrojo:
            return self._mensajes.pop(id_mensaje, None)

    def marcar_leido(self, id_mensaje: str) -> bool:
        """Anota que el producto leyó hasta ese mensaje; falso si no existe."""
        with self._cerrojo:
            mensaje = self._mensajes.get(id_mensaje)
            if mensaje is None:
                return False
            self.leidos.append(id_mensaje)
            if mensaje["chat_id"] in self._chats:
                self._chats[mensaje["chat_id"]]["unread"] = 0
            return True

    def listar_mensajes(self, filtro: Filtro, *, ascendente: bool = False) -> list[Json]:
        """Los mensajes que pasan el filtro, los más nuevos primero salvo que se pida al revés."""
        with self._cerrojo:
            elegidos = [mensaje for mensaje in self._mensajes.values() if filtro.pasa(mensaje)]
        # El orden de Python es estable: a igual segundo, manda la llegada.
        elegidos.sort(key=hora_de)
        if not ascendente:
            elegidos.reverse()
        return copy.deepcopy(elegidos)

    # --- chats y contactos ---

    def chats(self) -> list[Json]:
        """Los chats, el de movimiento más reciente primero."""
        with self._cerrojo:
            todos = copy.deepcopy(list(self._chats.values()))
        return sorted(todos, key=hora_de, reverse=True)

    def cambiar_chat(self, id_chat: str, cambios: Json) -> bool:
        """Cambia claves de un chat; falso si no existe."""
        with self._cerrojo:
            if id_chat not in self._chats:
                return False
            self._chats[id_chat].update(cambios)
            return True

    def contactos(self) -> list[Json]:
        """Los contactos conocidos."""
        with self._cerrojo:
            return copy.deepcopy(list(self._contactos.values()))

    # --- archivos ---

    def guardar_medio(self, datos: bytes, mime: str, nombre: str | None = None) -> Medio:
        """Guarda un archivo y le da identificador."""
        medio = Medio(formas.nuevo_id_medio(muestras.extension_de(mime)), datos, mime, nombre)
        with self._cerrojo:
            self._medios[medio.id] = medio
        return medio

    def medio(self, id_medio: str) -> Medio | None:
        """Un archivo, o None si no está (o ya caducó)."""
        with self._cerrojo:
            return self._medios.get(id_medio)

    def medios(self) -> Iterable[Medio]:
        """Los archivos guardados."""
        with self._cerrojo:
            return tuple(self._medios.values())

    def borrar_medio(self, id_medio: str) -> bool:
        """Olvida un archivo, como a los 30 días; falso si no estaba."""
        with self._cerrojo:
            return self._medios.pop(id_medio, None) is not None

    def ficha_de_medio(self, medio: Medio, tipo: str, url: str) -> Json:
        """Los campos de archivo de un mensaje; `link` solo con la descarga automática de ese tipo encendida."""
        ficha: Json = {
            "id": medio.id,
            "mime_type": medio.mime,
            "file_size": len(medio.datos),
            "sha256": hashlib.sha256(medio.datos).hexdigest(),
        }
        if tipo in (self.ajustes().get("media") or {}).get("auto_download", ()):
            ficha["link"] = f"{url}/in-files/{self.linea}/{medio.id}.{muestras.extension_de(medio.mime)}"
        return ficha
