"""Quiénes escriben en la demostración y qué mandan. Gente y números inventados; nada de temas delicados."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from . import estampas
from .formas import Json

# Reaccionar es al último del agente; editar y borrar, al último propio. El voto dice a cuál.
GESTOS_AL_AGENTE: Final = frozenset({"reaction", "vote"})
GESTOS: Final = GESTOS_AL_AGENTE | {"edit", "delete"}


@dataclass(frozen=True, slots=True)
class Cosa:
    """Lo que no es un texto: un mensaje de otro tipo (`archivo` hace sus bytes) o un gesto sobre uno ya dicho."""

    tipo: str
    contenido: Json = field(default_factory=dict)
    archivo: Callable[[], bytes] | None = None


Linea = str | Cosa


@dataclass(frozen=True, slots=True)
class Tema:
    """Una charla corta: cómo abre, qué dice tras cada respuesta (sirve para casi cualquiera) y cómo se despide."""

    apertura: tuple[Linea, ...]
    turnos: tuple[tuple[Linea, ...], ...]


# Apellidos de árboles y flores: se leen naturales y no son de nadie. 57 300 555 xxxx no es de nadie tampoco.
CLIENTES: Final = (
    ("573005550101", "Camila Arrayán"),
    ("573005550102", "Julián Guayacán"),
    ("573005550103", "Yesenia Frailejón"),
    ("573005550104", "Wilmar Yarumo"),
    ("573005550105", "Luz Dary Orquídea"),
    ("573005550106", "Andrés Nogal"),
    ("573005550107", "Marcela Sietecueros"),
    ("573005550108", "Duván Carbonero"),
    ("573005550109", "Paola Magnolio"),
    ("573005550110", "Hernán Caracolí"),
    ("573005550111", "Tatiana Alcaparro"),
    ("573005550112", "Óscar Samán"),
    ("573005550113", "Natalia Cámbulo"),
)

INSISTENCIAS: Final = (
    "¿Me pueden colaborar con eso, por favor? 🙏",
    "Quedo pendiente, gracias 🙂",
    "Hola, ¿sí me leyeron?",
    "Cuando puedan me cuentan, no hay afán",
)

_TARJETA: Final = "BEGIN:VCARD\nVERSION:3.0\nFN:Compras El Ejemplo\nTEL;waid=573005550190:+57 300 555 0190\nEND:VCARD"
_EQUIVOCADO: Final = "¿Compraste el pan? 🍞"


def _corregido(texto: str) -> Cosa:
    return Cosa("edit", {"edited_type": "text", "edited_content": {"body": texto}})


TEMAS: Final[tuple[Tema, ...]] = (
    Tema(
        ("Hola, buenos días ☀️", "¿En qué horario atienden?"),
        (
            ("Ah, listo, muchas gracias.", "¿Y los sábados también abren?"),
            ("Perfecto, entonces paso esta semana. ¡Muy amable! 😊",),
        ),
    ),
    Tema(
        ("Buenas tardes, ¿me regalan la dirección por favor?",),
        (
            (
                Cosa("reaction", {"emoji": "👍"}),
                "Gracias. Yo salgo de por aquí, ¿hay parqueadero cerca?",
                Cosa("location", {"name": "Parque de ejemplo", "address": "Carrera 1 # 2-3", "latitude": 4.66}),
            ),
            ("Súper, con eso llego. Que estén muy bien 👋",),
        ),
    ),
    Tema(
        ("Hola, una pregunta: ¿qué medios de pago reciben?",),
        (
            ("Listo, ¿y se puede por Nequi o tiene que ser en efectivo?",),
            ("Bueno, mil gracias por la información 🙌",),
        ),
    ),
    Tema(
        ("Buenas, necesito la factura del mes pasado", "Está a nombre de Ferretería El Ejemplo SAS"),
        (
            (
                "Una como esta, pero de octubre:",
                Cosa("document", {"filename": "factura-0042.pdf", "file_name": "factura-0042.pdf", "caption": ""}),
            ),
            ("Al mismo correo de siempre, por favor.",),
            ("Quedo pendiente entonces.", "Muchas gracias 🙏"),
        ),
    ),
    Tema(
        ("Hola! Quisiera agendar una cita para la próxima semana, ¿qué días tienen?",),
        (
            ("Me sirve el martes en la mañana, ¿como a las 8?", _corregido("Me sirve el martes, ¿como a las 9?")),
            ("Perfecto, ahí estaré. ¿Toca llevar algo?",),
            ("Listo, anotado. ¡Gracias y feliz día!", Cosa("sticker")),
        ),
    ),
    Tema(
        ("Buenos días, es que se me presentó algo y necesito correr mi cita 😅",),
        (
            (
                Cosa("voice", {"seconds": 4}, lambda: estampas.voz(4)),
                "Es que en la nota se oye mucho ruido: ¿podría ser el jueves por la tarde?",
            ),
            ("Ay, qué pena con ustedes y muchas gracias por la ayuda 🙏",),
        ),
    ),
    Tema(
        ("Hola, ayer me atendieron súper bien, quería darles las gracias 💚",),
        (
            (
                Cosa("reaction", {"emoji": "❤️"}),
                "¡Con mucho gusto! Los voy a recomendar con mis amigos. Feliz tarde",
                Cosa("image", {"caption": "Miren el atardecer camino a la casa 🌄"}),
            ),
        ),
    ),
    Tema(
        ("Buenas, ¿ustedes manejan convenios para empresas?", "Somos como 25 personas"),
        (
            ("Me interesa. ¿Me pueden mandar la cotización por correo?",),
            (
                "compras@ejemplo.example, por favor.",
                "Y este es el contacto de compras:",
                Cosa("contact", {"name": "Compras El Ejemplo", "vcard": _TARJETA}),
            ),
            ("Muchas gracias, muy amables 🤝",),
        ),
    ),
    Tema(
        ("Hola, hice la transferencia hace un ratico, ¿me confirman si les llegó?",),
        (
            (
                "Fue por $85.000, a las 10 y pico de la mañana.",
                Cosa("image", {"caption": "El comprobante", "width": 600, "height": 800}, estampas.recibo),
            ),
            ("Ah bueno, qué descanso. Gracias! 😌",),
        ),
    ),
    Tema(
        ("Qué pena molestar, ¿este número es de atención al cliente?",),
        (
            (
                _EQUIVOCADO,
                Cosa("delete"),
                "Uy, ese no era para acá 🙈 Es para saber si el festivo abren.",
            ),
            ("Listo pues, muchas gracias 👍",),
        ),
    ),
    Tema(
        ("Hola, ¿cómo llego en TransMilenio?", "¿Cuál es la estación más cerquita?"),
        (
            ("¿Y de ahí son muchas cuadras?",),
            ("Ah no, eso es cerquita. Mil gracias!", Cosa("video", {"caption": "Ya vengo en camino 🚌", "seconds": 3})),
        ),
    ),
    Tema(
        ("Buenas tardes. Necesito actualizar mis datos, cambié de correo",),
        (
            ("El nuevo es correo.nuevo@ejemplo.example",),
            ("Perfecto, gracias por la gestión. Feliz día 🌻",),
        ),
    ),
    Tema(
        ("Hola 👋 ¿cuánto se demora más o menos la atención?", "Es para pedir permiso en el trabajo"),
        (
            ("Ah bueno, entonces pido la mañana.",),
            ("Muchas gracias por avisarme, nos vemos!",),
        ),
    ),
    Tema(
        ("Buenas, ¿puedo ir con mi hijo o no dejan entrar niños?",),
        (("Súper, muchas gracias. Es que no tengo con quién dejarlo 😅",),),
    ),
    Tema(
        ("Hola, una consulta: ¿hacen descuento por pronto pago?",),
        (
            ("¿Y ese aplica pagando hoy mismo?",),
            ("Listo, entonces hago el pago esta tarde. Gracias por todo 🙌",),
        ),
    ),
    Tema(
        ("Buenos días, se me quedó una sombrilla azul allá ayer 🌂", "¿Será que la tienen guardada?"),
        (
            ("¡Qué alegría! Paso por ella mañana entonces.",),
            ("Dios les pague, muy amables 😊",),
        ),
    ),
)
