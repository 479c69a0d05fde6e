"""La identidad de una persona en WhatsApp: el único tipo para números, hecho en cada entrada. No consulta nada."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bandeja.errores import EntradaInvalida

FRASE_INVALIDO = "El número de teléfono no es válido."
OCULTO = "Número oculto"
SUFIJO_PERSONA = "@s.whatsapp.net"
SUFIJO_OCULTO = "@lid"

# Lo más largo que escribe una persona con espacios y paréntesis cabe de sobra; el resto ni se mira.
_LARGO_MAXIMO = 64

# [0-9] y no \d: «٣» también es un dígito para \d, pero no para WhatsApp. Ningún país empieza por 0.
_CON_SUFIJO = re.compile(r"([1-9][0-9]{6,14})(?:@s\.whatsapp\.net|@c\.us)?", re.ASCII | re.IGNORECASE)
_LID = re.compile(r"([0-9]{7,15})@lid", re.ASCII | re.IGNORECASE)
_DIGITOS = re.compile(r"[1-9][0-9]{6,14}", re.ASCII)
_ESQUEMA = re.compile(r"^(?:whatsapp|tel):", re.ASCII | re.IGNORECASE)
# Lo que la gente intercala, más las marcas invisibles que se pegan al copiar un contacto.
_ADORNOS = re.compile("[\\s().\u00a0\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060\u2066-\u2069\ufeff-]")

# Móvil colombiano sin indicativo. Solo las series que existen: 354… es Islandia y 372… Estonia, y sus números
# de diez dígitos llegan sin «+» en las URL de la propia bandeja.
_MOVIL_LOCAL = re.compile(r"3(?:[0-3][0-9]|5[01]|70)[0-9]{7}", re.ASCII)
_MOVIL_COLOMBIA = re.compile(r"\+57(3[0-9]{2})([0-9]{3})([0-9]{4})", re.ASCII)

# Dos escrituras de una misma persona que el plan de numeración de su país deja decidir (decisión 40); la segunda es la
# canónica. Lo mismo, en SQL: chat_numero_canonico y chat_variantes.
_NACIONALES: tuple[tuple[re.Pattern[str], str], ...] = (
    # México: el 1 de los móviles desapareció en 2019; las diez cifras ya eran únicas.
    (re.compile(r"521([2-9][0-9]{9})", re.ASCII), r"52\1"),
    # Argentina: el 9 es un prefijo de acceso; las diez cifras son únicas entre fijos y móviles.
    (re.compile(r"54(11[0-9]{8}|[23][0-9]{9})", re.ASCII), r"549\1"),
    # Brasil: a los móviles de ocho cifras se les antepuso un 9. Sin los del 7: hubo radios que no lo llevan.
    (re.compile(r"55([1-9]{2})([689][0-9]{7})", re.ASCII), r"55\g<1>9\2"),
)
_SIN_CANONIZAR: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"52([2-9][0-9]{9})", re.ASCII), r"521\1"),
    (re.compile(r"549(11[0-9]{8}|[23][0-9]{9})", re.ASCII), r"54\1"),
    (re.compile(r"55([1-9]{2})9([689][0-9]{7})", re.ASCII), r"55\1\2"),
)

_AJENOS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("grupo", re.compile(r".*@g\.us|[0-9]+-[0-9]+(?:@.*)?", re.ASCII | re.IGNORECASE)),
    ("estado", re.compile(r"(?:status|stories)(?:@.*)?", re.ASCII | re.IGNORECASE)),
    ("difusión", re.compile(r".*@broadcast", re.ASCII | re.IGNORECASE)),
    ("canal", re.compile(r".*@newsletter", re.ASCII | re.IGNORECASE)),
    ("sistema", re.compile(r"0(?:@.*)?", re.ASCII)),
)


@dataclass(frozen=True, slots=True)
class Telefono:
    """Una persona. `numero` es lo que guarda la base: "+573001234567" o "123456789012345@lid" (≤ 20 letras).

    Se obtiene de `desde_chat_id`, `desde_texto` o `exigir`, que son quienes comprueban la forma.
    """

    numero: str

    @property
    def oculto(self) -> bool:
        """Cierto si WhatsApp no dijo el número: sus dígitos no son un teléfono y no se muestran."""
        return self.numero.endswith(SUFIJO_OCULTO)

    @property
    def digitos(self) -> str:
        """La forma de la API, las URL y los eventos: sin «+»; un oculto va entero.

        Un fijo belga conserva el «+»: sus diez dígitos volverían como un móvil colombiano, que es otra persona.
        """
        cifras = self.numero.removeprefix("+")
        return self.numero if _MOVIL_LOCAL.fullmatch(cifras) else cifras

    @property
    def chat_id(self) -> str:
        """La forma que entiende el proveedor al escribir primero; a quien ya escribió se le responde como llegó."""
        return self.numero if self.oculto else self.numero.removeprefix("+") + SUFIJO_PERSONA

    @property
    def legible(self) -> str:
        """La forma para leer en pantalla. Nunca falla: lo que no se sabe partir se muestra tal cual."""
        if self.oculto:
            return OCULTO
        movil = _MOVIL_COLOMBIA.fullmatch(self.numero)
        if movil:
            return "+57 {} {} {}".format(*movil.groups())
        return _internacional(self.numero)

    @property
    def variantes(self) -> tuple[str, ...]:
        """Cómo pudo escribir esta identidad una versión anterior, o el proveedor; la primera es la de hoy."""
        if self.digitos == self.numero:
            return (self.numero,)
        otra = _reescribir(self.digitos, _SIN_CANONIZAR)
        if otra != self.digitos:
            return (self.numero, self.digitos, "+" + otra, otra)
        local = self.digitos.removeprefix("57")
        if local != self.digitos and _MOVIL_LOCAL.fullmatch(local):
            return (self.numero, self.digitos, local)
        return (self.numero, self.digitos)


def desde_chat_id(texto: object) -> Telefono | None:
    """La persona de un id del proveedor, o None si no nombra a una (grupo, lista, estado, basura).

    Un id ya trae su indicativo: aquí nunca se añade el 57. Las escrituras nacionales de una misma persona dan la misma.
    """
    if not isinstance(texto, str) or len(texto) > _LARGO_MAXIMO:
        return None
    oculto = _LID.fullmatch(texto)
    if oculto:
        return Telefono(oculto[1] + SUFIJO_OCULTO)
    persona = _CON_SUFIJO.fullmatch(texto)
    return _canonico(persona[1]) if persona else None


def desde_texto(texto: object) -> Telefono | None:
    """La persona de lo que escriben la gente, las URL y las filas antiguas; None si no es un teléfono.

    Diez dígitos de un móvil colombiano escritos sin «+» son de Colombia; a ningún otro número se le fuerza el 57.
    Límite conocido: un fijo belga (+32 y ocho dígitos) escrito sin «+» no se distingue de un móvil 32x.
    """
    if not isinstance(texto, str) or len(texto) > _LARGO_MAXIMO:
        return None
    escrito = _ESQUEMA.sub("", texto.strip(), count=1)
    if "@" in escrito:
        return desde_chat_id(escrito.removeprefix("+"))
    escrito = _ADORNOS.sub("", escrito)
    internacional = escrito.startswith(("+", "00"))
    digitos = escrito.removeprefix("+") if escrito.startswith("+") else escrito.removeprefix("00")
    if not _DIGITOS.fullmatch(digitos):
        return None
    es_local = not internacional and _MOVIL_LOCAL.fullmatch(digitos)
    return _canonico("57" + digitos if es_local else digitos)


def desde_digitos(texto: str) -> str:
    """El id de persona con los dígitos exactos de un texto: a quien escribe así se le responde así."""
    return "".join(c for c in texto if c in "0123456789") + SUFIJO_PERSONA


def exigir(texto: object) -> Telefono:
    """Como `desde_texto`, pero lo que no es un teléfono lanza EntradaInvalida con su frase."""
    telefono = desde_texto(texto)
    if telefono is None:
        raise EntradaInvalida(FRASE_INVALIDO)
    return telefono


def es_persona(chat_id: object) -> bool:
    """Cierto si el id del proveedor nombra a una persona con la que se puede conversar."""
    return desde_chat_id(chat_id) is not None


def obtener_motivo_ajeno(chat_id: object) -> str | None:
    """Qué es un id que no es de una persona: "grupo", "estado", "difusión", "canal" o "sistema".

    None = es una persona o es basura; lo primero se atiende y lo segundo se guarda como ilegible.
    """
    if not isinstance(chat_id, str):
        return None
    return next((motivo for motivo, forma in _AJENOS if forma.fullmatch(chat_id)), None)


def _canonico(cifras: str) -> Telefono:
    return Telefono("+" + _reescribir(cifras, _NACIONALES))


def _reescribir(cifras: str, reglas: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    hallada = next(((forma, otra) for forma, otra in reglas if forma.fullmatch(cifras)), None)
    return hallada[0].sub(hallada[1], cifras) if hallada else cifras


def _internacional(numero: str) -> str:
    # Se importa aquí porque sus tablas pesan y la mayoría de los procesos nunca ve un número extranjero.
    import phonenumbers

    try:
        partes = phonenumbers.parse(numero, None)
    except phonenumbers.NumberParseException:
        return numero
    return str(phonenumbers.format_number(partes, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
