"""Quiénes escriben en la demostración y qué dicen. Gente y números inventados; nada de temas delicados. Solo texto."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tema:
    """Una charla corta: cómo abre, qué dice tras cada respuesta (sirve para casi cualquiera) y cómo se despide."""

    apertura: tuple[str, ...]
    turnos: tuple[tuple[str, ...], ...]


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

TEMAS: Final = (
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
            ("Gracias. ¿Hay parqueadero cerca?",),
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
            ("Al mismo correo de siempre, por favor.",),
            ("Quedo pendiente entonces.", "Muchas gracias 🙏"),
        ),
    ),
    Tema(
        ("Hola! Quisiera agendar una cita para la próxima semana, ¿qué días tienen?",),
        (
            ("Me sirve el martes en la mañana, ¿como a las 9?",),
            ("Perfecto, ahí estaré. ¿Toca llevar algo?",),
            ("Listo, anotado. ¡Gracias y feliz día! 😄",),
        ),
    ),
    Tema(
        ("Buenos días, es que se me presentó algo y necesito correr mi cita 😅",),
        (
            ("¿Podría ser el jueves por la tarde?",),
            ("Ay, qué pena con ustedes y muchas gracias por la ayuda 🙏",),
        ),
    ),
    Tema(
        ("Hola, ayer me atendieron súper bien, quería darles las gracias 💚",),
        (("¡Con mucho gusto! Los voy a recomendar con mis amigos. Feliz tarde",),),
    ),
    Tema(
        ("Buenas, ¿ustedes manejan convenios para empresas?", "Somos como 25 personas"),
        (
            ("Me interesa. ¿Me pueden mandar la cotización por correo?",),
            ("compras@ejemplo.example, por favor.", "Yo lo reviso con mi jefe y les confirmo."),
            ("Muchas gracias, muy amables 🤝",),
        ),
    ),
    Tema(
        ("Hola, hice la transferencia hace un ratico, ¿me confirman si les llegó?",),
        (
            ("Fue por $85.000, a las 10 y pico de la mañana.",),
            ("Ah bueno, qué descanso. Gracias! 😌",),
        ),
    ),
    Tema(
        ("Qué pena molestar, ¿este número es de atención al cliente?",),
        (
            ("Ah ok. Es para saber si el festivo abren.",),
            ("Listo pues, muchas gracias 👍",),
        ),
    ),
    Tema(
        ("Hola, ¿cómo llego en TransMilenio?", "¿Cuál es la estación más cerquita?"),
        (
            ("¿Y de ahí son muchas cuadras?",),
            ("Ah no, eso es cerquita. Mil gracias!",),
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
