"""Lo que otros le hacen a un mensaje: reaccionar, editarlo, borrarlo, votar. Venga como venga, con la misma forma.

No se aplica aquí: la base lo hace cuando están los dos, la acción y su mensaje.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bandeja.modelos import AccionRecibida, Ilegible
from bandeja.telefono import Telefono, desde_chat_id
from bandeja.webhook.contenido import Contenido, leer_contenido
from bandeja.webhook.datos import leer_opciones
from bandeja.webhook.lectura import (
    LARGO_CUERPO,
    LARGO_ID,
    Contexto,
    Objeto,
    Pieza,
    es_ajeno,
    es_saliente,
    fecha,
    ilegible,
    lista,
    objeto,
    obtener_id,
    obtener_tipo,
    texto,
)
from bandeja.webhook.limpieza import huella

LARGO_EMOJI = 32
MAX_VOTOS = 30
_ALIAS: Mapping[str, str] = {"edited": "edit"}
_CON_EFECTO = frozenset({"reaction", "edit", "delete", "vote", "pin", "unpin"})


def leer_accion(crudo: Objeto, telefono: Telefono, contexto: Contexto) -> AccionRecibida | Ilegible:
    """Un mensaje de tipo "action". Lo que no se sabe aplicar también se guarda, sin efecto."""
    accion = objeto(crudo.get("action"))
    tipo, objetivo = obtener_tipo(accion.get("type")), obtener_id(accion.get("target"))
    if tipo is None or objetivo is None:
        return ilegible("La acción no dice qué hace o sobre qué mensaje.", crudo)
    tipo = _ALIAS.get(tipo, tipo)
    saliente = es_saliente(crudo, contexto)
    return AccionRecibida(
        id=obtener_id(crudo.get("id")) or "sinid-" + huella(crudo)[:32],
        tipo=tipo,
        objetivo=objetivo,
        telefono=telefono,
        en=fecha(crudo.get("timestamp"), contexto.ahora),
        crudo=crudo,
        saliente=saliente,
        datos=_efecto(tipo, accion, contexto.linea if saliente else telefono),
    )


def _efecto(tipo: str, accion: Objeto, quien: Telefono | None) -> Objeto | None:
    """Lo que la acción deja en su mensaje; None si no se entiende."""
    if tipo == "reaction":
        return {"emoji": _emoji(accion.get("emoji"))}
    if tipo == "edit":
        escrito = obtener_tipo(accion.get("edited_type")) or "text"
        editado = leer_contenido({"type": escrito, escrito: accion.get("edited_content")})
        return None if editado.incompleto and not editado.cuerpo else _edicion(editado)
    if tipo == "vote":
        votos = [texto(uno)[:LARGO_ID] for uno in lista(accion.get("votes"))[:MAX_VOTOS]]
        return {"votes": votos, "voter": quien.digitos if quien else ""}
    return {}


def _edicion(c: Contenido) -> Objeto:
    return {"body": c.cuerpo[:LARGO_CUERPO], "type": c.tipo, "data": c.datos}


def _emoji(valor: Any) -> str:
    return texto(valor).strip()[:LARGO_EMOJI]


def leer_cambio_de_mensaje(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `messages_updates`: qué le pasó a su mensaje, por lo que lo disparó o por lo que cambió."""
    if not isinstance(crudo, dict):
        return ilegible("El cambio de mensaje no es un objeto.", crudo)
    despues, antes, disparador = (objeto(crudo.get(f)) for f in ("after_update", "before_update", "trigger"))
    chat_id = next((parte["chat_id"] for parte in (despues, antes, disparador) if parte.get("chat_id")), None)
    if es_ajeno(chat_id, contexto):
        return None
    # El disparador es otro mensaje: su id no es el del que cambió.
    objetivo = next((uno for parte in (crudo, despues, antes) if (uno := obtener_id(parte.get("id")))), None)
    if objetivo is None:
        return ilegible("El cambio no dice de qué mensaje es.", crudo)
    telefono, en = desde_chat_id(chat_id), fecha(disparador.get("timestamp"), contexto.ahora)
    tipo, datos = _que_cambio(antes, despues, contexto)
    if "action" in disparador and telefono is not None and tipo != "results":
        accion = {"target": objetivo, **objeto(disparador["action"])}
        leida = leer_accion({**disparador, "action": accion}, telefono, contexto)
        if isinstance(leida, AccionRecibida) and leida.tipo in _CON_EFECTO and leida.datos is not None:
            return leida  # la misma que llega, o llegó, como mensaje: con su id no cuenta dos veces
    sabe_quien = "from_me" in disparador or "from" in disparador
    saliente = es_saliente(disparador, contexto) if sabe_quien else None
    if tipo == "edit" and datos is not None and not disparador.get("timestamp") and antes:
        # Sin la hora en que se editó, lo que decía antes es lo único que ordena dos avisos que se cruzan.
        datos = {**datos, "before": leer_contenido(antes).cuerpo[:LARGO_CUERPO]}
    return _anonima(tipo, crudo, objetivo, telefono, en, saliente=saliente, datos=datos)


def _que_cambio(antes: Objeto, despues: Objeto, contexto: Contexto) -> tuple[str, Objeto | None]:
    if "reactions" in despues and despues["reactions"] != antes.get("reactions", []):
        return "reactions", _foto_de_reacciones(despues["reactions"], contexto)
    quedo = leer_contenido(despues) if despues.get("type") else Contenido("unsupported")
    if quedo.tipo == "poll":
        opciones = leer_opciones(objeto(despues.get("poll")))
        return "results", {"options": opciones} if opciones else None
    if quedo.tipo == "live_location":
        return "location", _edicion(quedo)
    if quedo.tipo == "unsupported" or quedo.incompleto or (antes.get("type") and leer_contenido(antes) == quedo):
        return "update", None
    return "edit", _edicion(quedo)


def leer_reacciones(crudo: Any, contexto: Contexto) -> Pieza:
    """Las reacciones que un mensaje ya traía puestas, como los de la historia del proveedor; None si no trae."""
    mensaje = objeto(crudo)
    objetivo, telefono = obtener_id(mensaje.get("id")), desde_chat_id(mensaje.get("chat_id"))
    if not lista(mensaje.get("reactions")) or objetivo is None or telefono is None:
        return None
    foto = _foto_de_reacciones(mensaje["reactions"], contexto)
    if foto is None or contexto.omite(telefono):
        return None
    puestas = {"id": objetivo, "reactions": mensaje["reactions"]}
    return _anonima("reactions", puestas, objetivo, telefono, contexto.ahora, datos=foto)


def _foto_de_reacciones(crudas: Any, contexto: Contexto) -> Objeto | None:
    """Cuál tiene puesta cada uno ahora: en un chat de dos, la línea o el cliente. None si no dice de quién es."""
    foto = {"client": "", "line": ""}
    for una in map(objeto, lista(crudas)):
        autor = next((una[clave] for clave in ("user_id", "from", "author") if una.get(clave)), None)
        persona = desde_chat_id(autor)
        if persona is None and una.get("from_me") is not True:
            return None
        es_nuestra = una.get("from_me") is True or persona == contexto.linea
        foto["line" if es_nuestra else "client"] = _emoji(una.get("emoji"))
    return foto


def leer_borrado(crudo: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `messages_removed`: el id de un mensaje borrado."""
    datos = {"id": crudo} if isinstance(crudo, str) else objeto(crudo)
    objetivo = obtener_id(datos.get("id"))
    if objetivo is None:
        return ilegible("El borrado no dice de qué mensaje es.", crudo)
    if es_ajeno(datos.get("chat_id"), contexto):
        return None
    return _anonima("delete", datos, objetivo, desde_chat_id(datos.get("chat_id")), contexto.ahora, datos={})


def leer_chat_vaciado(chat_id: Any, contexto: Contexto) -> Pieza:
    """El valor de `messages_removed_all`: el chat cuyos mensajes se borraron todos en el teléfono."""
    return _del_chat("delete_all", {"chat_id": chat_id}, contexto)


def leer_chat_quitado(chat_id: Any, contexto: Contexto) -> Pieza:
    """Un elemento de `chats_removed`: un chat que se quitó en el teléfono."""
    return _del_chat("chat_removed", {"chat_id": objeto(chat_id).get("id") or chat_id}, contexto)


def _del_chat(tipo: str, crudo: Objeto, contexto: Contexto) -> Pieza:
    chat_id = crudo["chat_id"]
    if es_ajeno(chat_id, contexto):
        return None
    telefono = desde_chat_id(chat_id)
    if telefono is None:
        return ilegible("El aviso no dice de qué persona es el chat que se vació o se quitó.", crudo)
    return _anonima(tipo, crudo, str(chat_id), telefono, contexto.ahora)


def _anonima(
    tipo: str, crudo: Objeto, objetivo: str, telefono: Telefono | None, en: datetime,
    *, saliente: bool | None = None, datos: Objeto | None = None,
) -> AccionRecibida:  # fmt: skip
    # Estos avisos no traen id propio: el contenido lo da, y una entrega repetida no se aplica dos veces.
    clave = f"{tipo}-{huella(crudo)[:32]}"
    return AccionRecibida(clave, tipo, objetivo, telefono, en, crudo, saliente=saliente, datos=datos)
