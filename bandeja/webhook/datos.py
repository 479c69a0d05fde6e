"""Lo que un mensaje trae además de su texto, con una forma por tipo y con topes. Nada falla: lo inútil no está."""

from __future__ import annotations

import math
import quopri
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from bandeja.telefono import desde_chat_id, desde_texto
from bandeja.webhook.lectura import LARGO_ID, Objeto, lista, objeto, obtener_url, primero, texto

LARGO_TITULO = 500
LARGO_TEXTO = 4_000
# La miniatura viaja en cada página de mensajes: más grande que esto ya no es una miniatura.
LARGO_PREVIA = 40_000
LARGO_ONDA = 2_000
LARGO_TARJETA = 100_000
MAX_PIEZAS = 30
MAX_PERSONAS = 100

_PREVIA = re.compile(r"data:image/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}", re.ASCII)
_DOBLEZ = re.compile(r"\r?\n[ \t]")
_RENGLON = re.compile(r"^(?:[\w-]+\.)?(FN|TEL|EMAIL)((?:;[^:\r\n]*)?):([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_WAID = re.compile(r"waid=([1-9][0-9]{6,14})\b", re.IGNORECASE | re.ASCII)
_ESCAPE = re.compile(r"\\([\\;,nN])")


def leer_datos(tipo: str, contenido: Objeto) -> Objeto:
    """El contenido de un tipo conocido con la forma con que se guarda y sale; {} si no trae nada más que texto."""
    leer = _LECTORES.get(tipo)
    return leer(contenido) if leer else {}


def leer_entorno(contenido: Objeto, entorno: Objeto) -> Objeto:
    """Lo que rodea a un mensaje de cualquier tipo: reenviado, anuncio de donde vino, a quién menciona, ver una vez."""
    puntaje = _entero(entorno.get("forwarding_score")) or 0
    anuncio = objeto(entorno.get("ad"))
    return _presentes(
        forwarded=max(puntaje, 1) if entorno.get("forwarded") is True or puntaje else None,
        ad=_presentes(
            title=_corto(anuncio, "title"),
            body=_largo(anuncio, "body"),
            url=obtener_url(objeto(anuncio.get("source")), "url", "source_url")
            or obtener_url(anuncio, "source_url", "url", "media_url"),
        ),
        mentions=_personas(entorno.get("mentions")),
        view_once=True if contenido.get("view_once") is True else None,
    )


def leer_opciones(encuesta: Objeto) -> list[Objeto]:
    """Las opciones de una encuesta con sus votos; sin resultados, solo sus nombres."""
    opciones = [_opcion(una) for una in lista(encuesta.get("results"))[:MAX_PIEZAS]]
    con_nombre = [una for una in opciones if una.get("name")]
    return con_nombre or [
        {"name": nombre, "count": 0, "voters": []}
        for una in lista(encuesta.get("options"))[:MAX_PIEZAS]
        if (nombre := (texto(una).strip() or primero(objeto(una), "name", "title"))[:LARGO_TITULO])
    ]


def nombre_en_tarjeta(tarjeta: str) -> str:
    """El nombre que dice una vCard; "" si no lo dice."""
    return next((valor for clave, _, valor in _renglones(tarjeta) if clave == "FN" and valor), "")


def _presentes(**pares: Any) -> Objeto:
    return {clave: valor for clave, valor in pares.items() if valor is not None and valor not in ("", [], {})}


def _corto(datos: Objeto, *claves: str) -> str:
    return primero(datos, *claves)[:LARGO_TITULO]


def _largo(datos: Objeto, *claves: str) -> str:
    return primero(datos, *claves)[:LARGO_TEXTO]


def _numero(valor: Any, minimo: float = 0, maximo: float = 1e9) -> int | float | None:
    """Un número con sentido, también si vino escrito; None si no."""
    if isinstance(valor, str):
        try:
            valor = float(valor) if len(valor) <= 30 else None
        except ValueError:
            return None
    if not isinstance(valor, int | float) or isinstance(valor, bool):
        return None
    if not (math.isfinite(valor) and minimo <= valor <= maximo):
        return None
    return int(valor) if valor == int(valor) else valor


def _entero(valor: Any) -> int | None:
    leido = _numero(valor)
    return None if leido is None else int(leido)


def _previa(datos: Objeto) -> str | None:
    previa = datos.get("preview")
    if not isinstance(previa, str) or len(previa) > LARGO_PREVIA or not _PREVIA.fullmatch(previa):
        return None
    return previa


def _personas(valores: Any) -> list[str]:
    personas = (desde_chat_id(uno) for uno in lista(valores)[:MAX_PERSONAS])
    return list(dict.fromkeys(una.digitos for una in personas if una))


def _enlace(datos: Objeto) -> Objeto:
    return _presentes(
        title=_corto(datos, "title", "newsletter_name"),
        description=_largo(datos, "description"),
        url=obtener_url(datos, "url", "canonical", "link"),
        preview=_previa(datos),
    )


def _ubicacion(datos: Objeto) -> Objeto:
    latitud, longitud = _numero(datos.get("latitude"), -90, 90), _numero(datos.get("longitude"), -180, 180)
    completa = latitud is not None and longitud is not None
    return _presentes(
        latitude=latitud if completa else None,
        longitude=longitud if completa else None,
        name=_corto(datos, "name"),
        address=_corto(datos, "address"),
        url=obtener_url(datos, "url"),
        accuracy=_numero(datos.get("accuracy")),
        comment=_largo(datos, "comment", "caption"),
    )


def _contactos(tarjetas: Iterable[Any]) -> Objeto:
    leidos = (_contacto(objeto(una)) for una in tarjetas)
    return _presentes(contacts=[uno for uno in leidos if uno])


def _contacto(datos: Objeto) -> Objeto:
    renglones = list(_renglones(texto(datos.get("vcard"))))
    telefonos = (_telefono(parametros, valor) for clave, parametros, valor in renglones if clave == "TEL")
    correos = (valor for clave, _, valor in renglones if clave == "EMAIL" and "@" in valor)
    leido = _presentes(
        name=_corto(datos, "name") or next((valor for clave, _, valor in renglones if clave == "FN"), ""),
        phones=list(dict.fromkeys(uno for uno in telefonos if uno))[:MAX_PIEZAS],
        emails=list(dict.fromkeys(correos))[:MAX_PIEZAS],
    )
    return {"phones": [], "emails": [], **leido} if leido else {}


def _renglones(tarjeta: str) -> Iterable[tuple[str, str, str]]:
    """(FN | TEL | EMAIL, parámetros, valor) de una vCard. Renglón a renglón: una tarjeta cortada también se lee."""
    entera = _DOBLEZ.sub("", tarjeta[:LARGO_TARJETA])
    for hallado in list(_RENGLON.finditer(entera))[:MAX_PERSONAS]:
        clave, parametros, valor = hallado.groups()
        if "QUOTED-PRINTABLE" in parametros.upper():
            valor = quopri.decodestring(valor.encode()).decode("utf-8", "replace").replace("\0", "")
        valor = _ESCAPE.sub(lambda e: "\n" if e[1] in "nN" else e[1], valor)
        yield clave.upper(), parametros, " ".join(valor.split())[:LARGO_TITULO]


def _telefono(parametros: str, valor: str) -> str:
    conocido = _WAID.search(parametros)
    leido = desde_texto("+" + conocido[1]) if conocido else desde_texto(valor)
    return leido.numero if leido else valor[:40]


def _encuesta(datos: Objeto) -> Objeto:
    opciones, limite = leer_opciones(datos), _entero(datos.get("vote_limit"))
    total = _entero(datos.get("total"))
    return {
        "title": _corto(datos, "title", "name"),
        "options": opciones,
        "multiple": limite is not None and limite != 1,
        "total": sum(una["count"] for una in opciones) if total is None else total,
    }


def _opcion(cruda: Any) -> Objeto:
    datos = objeto(cruda)
    votantes = _personas(datos.get("voters"))
    cuantos = _entero(datos.get("count"))
    return {
        **_presentes(id=primero(datos, "id")[:LARGO_ID], name=_corto(datos, "name", "title")),
        "count": len(votantes) if cuantos is None else cuantos,
        "voters": votantes,
    }


def _respuesta(datos: Objeto) -> Objeto:
    elegida = objeto(datos.get(texto(datos.get("type")))) or objeto(datos.get("buttons_reply"))
    elegida = elegida or objeto(datos.get("list_reply")) or datos
    return _presentes(
        title=_corto(elegida, "title"), description=_largo(elegida, "description"), id=primero(elegida, "id")[:LARGO_ID]
    )


def _formulario(datos: Objeto) -> Objeto:
    accion = objeto(datos.get("action"))
    menu = objeto(accion.get("list"))
    return _presentes(
        header=_parte(datos, "header"),
        text=_parte(datos, "text", "body"),
        footer=_parte(datos, "footer"),
        buttons=_botones(datos, accion, menu),
        sections=_secciones(datos.get("sections") or menu.get("sections") or accion.get("sections")),
    )


def _parte(datos: Objeto, *claves: str) -> str:
    # Llega como texto o como objeto {"text": …} según quién armó la plantilla.
    sueltas = (primero(objeto(datos.get(clave)), "text", "body", "title", "caption") for clave in claves)
    return (primero(datos, *claves) or next((una for una in sueltas if una), ""))[:LARGO_TEXTO]


def _botones(*sitios: Objeto) -> list[Objeto]:
    crudos = [objeto(uno) for sitio in sitios for uno in lista(sitio.get("buttons"))]
    crudos += [{"title": rotulo} for sitio in sitios if (rotulo := primero(sitio, "label", "button"))]
    return _con_titulo(crudos, lambda uno: {"url": obtener_url(uno, "url")})


def _secciones(crudas: Any) -> list[Objeto]:
    secciones = []
    for una in map(objeto, lista(crudas)[:MAX_PIEZAS]):
        filas = _con_titulo(
            map(objeto, lista(una.get("rows"))), lambda fila: {"description": _largo(fila, "description")}
        )
        seccion = _presentes(title=_corto(una, "title"), rows=filas)
        if seccion:
            secciones.append({"rows": [], **seccion})
    return secciones


def _con_titulo(crudos: Iterable[Objeto], resto: Callable[[Objeto], Objeto]) -> list[Objeto]:
    piezas = (
        _presentes(title=(_corto(uno, "title", "display_text") or _parte(uno, "text"))[:LARGO_TITULO], **resto(uno))
        for uno in list(crudos)[:MAX_PIEZAS]
    )
    return [pieza for pieza in piezas if "title" in pieza]


def _pedido(datos: Objeto) -> Objeto:
    return _presentes(
        id=primero(datos, "order_id")[:LARGO_ID],
        title=_corto(datos, "title"),
        text=_largo(datos, "text"),
        items=_entero(datos.get("item_count")),
        currency=primero(datos, "currency")[:10],
        total=_numero(datos.get("total_price")),
        status=primero(datos, "status")[:40],
    )


def _producto(datos: Objeto) -> Objeto:
    return _presentes(
        title=_corto(datos, "title", "name", "body"),
        description=_largo(datos, "description"),
        id=primero(datos, "product_id")[:LARGO_ID],
    )


def _evento(datos: Objeto) -> Objeto:
    segundos = _numero(datos.get("start"), 1, 4e9)
    return {
        **_presentes(
            name=_corto(datos, "name"),
            description=_largo(datos, "description"),
            start=datetime.fromtimestamp(int(segundos), tz=UTC).isoformat() if segundos else None,
            link=obtener_url(datos, "join_link"),
        ),
        "canceled": datos.get("is_canceled") is True,
    }


def _llamada(datos: Objeto) -> Objeto:
    estado = primero(datos, "status").lower()
    return {
        **_presentes(status=estado if estado in ESTADOS_DE_LLAMADA else None),
        "video": datos.get("video_call") is True or datos.get("is_video") is True,
        "group": datos.get("group_call") is True,
    }


def _medio(datos: Objeto) -> Objeto:
    onda = texto(datos.get("waveform"))
    return _presentes(
        width=_entero(datos.get("width")),
        height=_entero(datos.get("height")),
        seconds=_numero(datos.get("seconds")),
        pages=_entero(datos.get("page_count")),
        animated=True if datos.get("animated") is True else None,
        waveform=onda if len(onda) <= LARGO_ONDA else None,
        preview=_previa(datos),
    )


def _texto(datos: Objeto) -> Objeto:
    return _presentes(buttons=_botones(datos), sections=_secciones(datos.get("sections")))


ESTADOS_DE_LLAMADA = frozenset({"initiated", "ringing", "missed", "canceled", "answered"})

_LECTORES: Mapping[str, Callable[[Objeto], Objeto]] = {
    **dict.fromkeys(("image", "video", "gif", "short", "audio", "voice", "document", "sticker"), _medio),
    **dict.fromkeys(("link_preview", "group_invite", "newsletter_invite", "admin_invite", "catalog"), _enlace),
    **dict.fromkeys(("buttons", "list", "interactive", "hsm"), _formulario),
    "text": _texto,
    "location": _ubicacion,
    "live_location": lambda datos: {**_ubicacion(datos), "live": True},
    "contact": lambda datos: _contactos([datos]),
    "contact_list": lambda datos: _contactos(lista(datos.get("list"))[:MAX_PERSONAS]),
    "poll": _encuesta,
    "reply": _respuesta,
    "order": _pedido,
    "product": _producto,
    "event": _evento,
    "call": _llamada,
}
