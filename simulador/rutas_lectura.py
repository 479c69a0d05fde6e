"""Las rutas que leen: mensajes, chats, contactos y archivos; y las que suben o borran archivos."""

import base64
import binascii

from flask import Blueprint, Response, jsonify, request

from . import formas
from .estado import Filtro, Medio
from .formas import Json
from .respuestas import cuerpo_json, de_falla, error, exito, proveedor

rutas = Blueprint("lectura", __name__)

_MAXIMO_POR_PAGINA = 500


class _ConsultaMala(ValueError):
    """Un parámetro de la dirección no es lo que la referencia pide."""


@rutas.errorhandler(_ConsultaMala)
def consulta_mala(mala: _ConsultaMala) -> Response:
    """Contesta 400 con el nombre del parámetro."""
    return error(400, str(mala))


def _entero(clave: str, por_omision: int | None = None) -> int | None:
    valor = request.args.get(clave)
    if valor is None:
        return por_omision
    if not valor.isdigit():
        raise _ConsultaMala(f"{clave}: debe ser un entero")
    return int(valor)


def _booleano(clave: str) -> bool | None:
    valor = request.args.get(clave)
    if valor not in (None, "true", "false"):
        raise _ConsultaMala(f"{clave}: true o false")
    return None if valor is None else valor == "true"


def _pagina(clave: str, todos: list[Json]) -> Json:
    """Recorta una lista según `count` (1–500, 100) y `offset`."""
    cuantos, desde = _entero("count", 100) or 0, _entero("offset", 0) or 0
    if not 1 <= cuantos <= _MAXIMO_POR_PAGINA:
        raise _ConsultaMala("count: entre 1 y 500")
    trozo = todos[desde : desde + cuantos]
    return {clave: trozo, "count": len(trozo), "total": len(todos), "offset": desde}


# --- mensajes ---


@rutas.get("/messages/list")
@rutas.get("/messages/list/<chat>")
def listar_mensajes(chat: str | None = None) -> Response:
    """Los mensajes de un chat o de todos, los más nuevos primero."""
    if chat is not None and not formas.es_chat(chat):
        return error(400, "chatId: lleva sufijo")
    filtro = Filtro(
        chat=chat,
        desde=_entero("time_from"),
        hasta=_entero("time_to"),
        de_mi=_booleano("from_me"),
        autor=request.args.get("author"),
        con_sistema=_booleano("normal_types") is not True,
    )
    orden = request.args.get("sort", "desc")
    if orden not in ("asc", "desc"):
        return error(400, "sort: asc o desc")
    pagina = _pagina("messages", proveedor().estado.listar_mensajes(filtro, ascendente=orden == "asc"))
    horas = [mensaje["timestamp"] for mensaje in pagina["messages"]] or [0]
    return jsonify({**pagina, "first": horas[0], "last": horas[-1]})


@rutas.get("/messages/<id_mensaje>")
def leer_mensaje(id_mensaje: str) -> Response:
    """Un mensaje entero."""
    mensaje = proveedor().estado.mensaje(id_mensaje)
    return error(404, mensaje="Specified message not found") if mensaje is None else jsonify(mensaje)


@rutas.get("/statuses/<id_mensaje>")
def leer_estados(id_mensaje: str) -> Response:
    """Quién recibió un mensaje propio; 403 si no lo es."""
    mensaje = proveedor().estado.mensaje(id_mensaje)
    if mensaje is None:
        return error(404, mensaje="Specified message not found")
    if not mensaje["from_me"]:
        return error(403)
    return jsonify({"statuses": [formas.estado(id_mensaje, mensaje.get("status", "pending"), mensaje["chat_id"])]})


# --- chats ---


@rutas.get("/chats")
def listar_chats() -> Response:
    """Los chats, el más reciente primero."""
    return jsonify(_pagina("chats", proveedor().estado.chats()))


@rutas.route("/chats/<chat>", methods=["GET", "PATCH"])
def un_chat(chat: str) -> Response:
    """Un chat; con PATCH, fija, silencia o marca leído."""
    estado = proveedor().estado
    if not formas.es_chat(chat):
        return error(400, "chatId: lleva sufijo")
    if request.method == "PATCH":
        cambios = cuerpo_json()
        if cambios.pop("mark_unread", None) is False:
            cambios["unread"] = 0
        return exito() if estado.cambiar_chat(chat, cambios) else error(404, mensaje="Specified chat not found")
    encontrado = next((uno for uno in estado.chats() if uno["id"] == chat), None)
    return error(404, mensaje="Specified chat not found") if encontrado is None else jsonify(encontrado)


# --- contactos ---


@rutas.get("/contacts")
def listar_contactos() -> Response:
    """Los contactos conocidos."""
    return jsonify(_pagina("contacts", proveedor().estado.contactos()))


@rutas.post("/contacts")
def revisar_contactos() -> Response:
    """Dice qué números tienen WhatsApp: los que tienen forma de número."""
    entradas = [str(entrada) for entrada in cuerpo_json().get("contacts", [])]
    return jsonify({"contacts": [_revisado(entrada) for entrada in entradas]})


def _revisado(entrada: str) -> Json:
    digitos = entrada.lstrip("+")
    if not (digitos.isdigit() and 7 <= len(digitos) <= 15):
        return {"input": entrada, "status": "invalid"}
    return {"input": entrada, "status": "valid", "wa_id": proveedor().estado.wa_ids.get(digitos, digitos)}


@rutas.get("/contacts/<contacto>")
@rutas.get("/contacts/<contacto>/profile")
def un_contacto(contacto: str) -> Response:
    """Un contacto o su perfil. Se pide por dígitos pelados: con sufijo es 400, que es como se equivocan todos."""
    if not contacto.isdigit():
        return error(400, "ContactID: solo dígitos")
    encontrado = next((uno for uno in proveedor().estado.contactos() if uno["id"] == contacto), None)
    if encontrado is None:
        return error(404, mensaje="Specified contact not found")
    if not request.path.endswith("/profile"):
        return jsonify(encontrado)
    perfil = {clave: encontrado[clave] for clave in ("name", "about", "icon", "icon_full") if clave in encontrado}
    return jsonify(perfil)


@rutas.get("/contacts/lids/<contacto>")
def lid_de(contacto: str) -> Response:
    """La identidad oculta de un número, si se conoce."""
    lid = proveedor().estado.lids.get(contacto)
    return error(404, mensaje="Specified contact not found") if lid is None else jsonify({"lid": lid})


@rutas.get("/contacts/ids/<lid>")
def telefono_de(lid: str) -> Response:
    """El número de una identidad oculta. Puede venir vacío: el proveedor no siempre lo sabe."""
    conocido = next((numero for numero, suyo in proveedor().estado.lids.items() if suyo == lid), None)
    return jsonify({"id": conocido and formas.chat_de(conocido)})


# --- archivos ---


@rutas.post("/media")
def subir() -> Response:
    """Sube un archivo, crudo o en JSON con un data URI."""
    if request.is_json:
        cabecera, _, datos = str(cuerpo_json().get("media", "")).partition(",")
        try:
            binario = base64.b64decode(datos, validate=True)
        except binascii.Error:
            return error(400, "media: no es base64")
        mime = cabecera.removeprefix("data:").split(";base64", 1)[0]
    else:
        binario, mime = request.get_data(), request.content_type or ""
    if not binario or not mime:
        return error(400, "media: está vacío o no dice su tipo")
    return jsonify({"media": [{"id": proveedor().estado.guardar_medio(binario, mime).id}]})


@rutas.get("/media")
def listar_medios() -> Response:
    """Los archivos guardados."""
    fichas = [{"id": uno.id, "mime_type": uno.mime, "file_size": len(uno.datos)} for uno in proveedor().estado.medios()]
    return jsonify(_pagina("files", fichas))


@rutas.get("/media/<id_medio>")
def bajar(id_medio: str) -> Response:
    """Los bytes de un archivo, crudos; 404 si ya no está."""
    return _entregar_medio(proveedor().estado.medio(id_medio))


@rutas.get("/in-files/<linea>/<archivo>")
def bajar_por_enlace(linea: str, archivo: str) -> Response:
    """Lo mismo por el enlace público, que no pide ficha."""
    return _entregar_medio(proveedor().estado.medio(archivo.rpartition(".")[0]))


def _entregar_medio(medio: Medio | None) -> Response:
    if medio is None:
        return error(404, mensaje="Specified media not found")
    sim = proveedor()
    buena = Response(medio.datos, content_type=medio.mime)
    falla = sim.fallas.tomar("medio")
    if falla is None:
        return buena
    sim.detenido.wait(falla.segundos)
    return de_falla(falla, buena) if falla.cambia_respuesta else buena


@rutas.delete("/media/<id_medio>")
def borrar_medio(id_medio: str) -> Response:
    """Borra un archivo."""
    return exito() if proveedor().estado.borrar_medio(id_medio) else error(404, mensaje="Specified media not found")
