"""Las conversaciones que se retratan y se revisan: de todo un poco, con gente inventada y el reloj de hoy."""

from __future__ import annotations

import time

from simulador import Simulador
from simulador.contenidos import TIPOS
from simulador.estampas import recibo, voz
from tests.apoyo.aplicacion import AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import Json, entrega, id_nuevo, mensaje, mensaje_texto, webhook
from tests.apoyo.sesiones import entrar

CAMILA, OCULTO, LUCIANA = "573005550101", "214748364790@lid", "573005550113"
DIA = 86_400
LARGO = (
    "Les cuento lo que pasó: el lunes pedí la cita por la página, me llegó el correo de confirmación y el miércoles, "
    "cuando fui, me dijeron que no aparecía. Volví a llamar y quedaron de avisarme.\n\n"
    "¿Será que me pueden confirmar por aquí si quedó para el *viernes a las 9:30* o si toca pedirla de nuevo? "
    "Puedo cualquier día en la mañana."
)
FORMATO = (
    "*Para la visita* lleva:\n- la cédula\n- el comprobante\n\n> El pago es el mismo día\n"
    "_Si no puedes_, ~llama~ escríbenos: `cita 4821`\n```lunes a viernes\n7:00 a 17:00```"
)
CARTA = "\n".join(
    (
        "Mil gracias por la información 🙌",
        *(f"{i}. Paso {i} de los que me tocó hacer para llegar." for i in range(1, 40)),
    )
)
ENLACES = "Mira aquí: https://ejemplo.com/ubicacion?sede=norte&piso=2 y el correo es ayuda@ejemplo.com"
YA_LEIDOS = (CAMILA, LUCIANA, *(f"5730055501{n:02d}" for n in (4, 5, 6, 10, 11, 12)), "34612345678")
VECINOS = (
    ("573005550102", "Julián Guayacán", "Perfecto, entonces paso esta semana. ¡Muy amable! 😊", 300),
    ("573005550103", "Yesenia Frailejón", "¿Y los sábados también abren?", 2_500),
    ("573005550104", "Wilmar Yarumo", "Listo", 9_000),
    ("573005550105", "Luz Dary Orquídea", "Buenas tardes, ¿me regalan la dirección por favor?", DIA),
    ("573005550106", "Andrés Nogal", "Quedo pendiente, gracias", DIA * 2),
    (
        "573005550107",
        "Marcela Sietecueros de los Ángeles Restrepo",
        "Hola, una pregunta: ¿qué medios de pago reciben?",
        DIA * 3,
    ),
    ("573005550108", None, "Buenas", DIA * 4),
    ("34612345678", "Hernán Caracolí", "¿Atienden desde España?", DIA * 9),
    ("573005550110", "🌻 Tatiana", "👍", DIA * 12),
    ("573005550111", "Óscar Samán", CARTA, DIA * 30),
    ("573005550112", "Natalia Cámbulo", "Listo, ¿y se puede por Nequi o tiene que ser en efectivo?", DIA * 45),
)
RESPUESTAS = (
    ("saludo", "Hola, {nombre}. Soy {agente}, ¿en qué te puedo ayudar?", True),
    ("horario", "Atendemos de lunes a viernes de 7:00 a 17:00, y los sábados hasta el mediodía.", True),
    ("direccion", "Estamos en la calle 100 con carrera 15, segundo piso. Hay parqueadero al frente.", True),
    ("gracias", "¡Gracias a ti! Que tengas un buen día.", False),
)


def poblar(app: AppEnMarcha, base: BaseDatos, simulador: Simulador) -> None:
    """agente1 queda con la bandeja llena y agente2 sin nada, como en su primer día."""
    ahora = time.time()
    for numero, nombre, texto, hace in VECINOS:
        _entregar(app, mensaje_texto(numero, texto, nombre=nombre, en=ahora - hace))
    _entregar(
        app, mensaje_texto(OCULTO, "¿Me pueden atender sin ver mi número?", nombre="Rosalba Magnolio", en=ahora - 700)
    )
    base.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    _entregar(app, *_charla(simulador, ahora), *_de_todo(simulador, ahora - 60 * DIA))
    base.ejecutar("UPDATE conversaciones_whatsapp SET agente_asignado = 'agente1'")
    _preparar_mesa(app, simulador)
    _entregar(
        app,
        mensaje_texto(CAMILA, "¿Sigues por ahí?", nombre="Camila Arrayán"),
        mensaje_texto(CAMILA, "🙏", nombre="Camila Arrayán"),
    )


def _charla(simulador: Simulador, ahora: float) -> list[Json]:
    """Tres días de conversación con Camila, de los dos lados y con toda clase de mensajes."""
    pregunta = id_nuevo()
    de: Json = {"nombre": "Camila Arrayán"}
    propio: Json = {"from_me": True, "nombre": None}
    contexto: Json = {
        "quoted_id": pregunta,
        "quoted_type": "text",
        "quoted_content": {"body": "¿En qué horario atienden?"},
        "quoted_author": CAMILA,
    }
    anteayer, ayer, hoy = ahora - 2 * DIA, ahora - DIA, ahora - 5_400
    return [
        mensaje_texto(CAMILA, "Hola, buenos días ☀️", en=anteayer, **de),
        mensaje_texto(CAMILA, "¿En qué horario atienden?", id=pregunta, en=anteayer + 20, **de),
        mensaje_texto(CAMILA, "De lunes a viernes, de 7:00 a 17:00.", en=anteayer + 300, context=contexto, **propio),
        mensaje_texto(CAMILA, LARGO, en=ayer, **de),
        mensaje_texto(CAMILA, FORMATO, en=ayer + 240, **propio),
        mensaje_texto(CAMILA, ENLACES, en=hoy, **de),
        mensaje(CAMILA, "location", {"latitude": 4.68, "longitude": -74.05, "name": "Sede norte"}, en=hoy + 60, **de),
        _con_archivo(simulador, "document", hoy + 90, {"filename": "cotización.pdf", "file_name": "", "caption": ""}),
        _con_archivo(
            simulador, "image", hoy + 95, {"caption": "El comprobante", "width": 600, "height": 800}, recibo()
        ),
        _con_archivo(simulador, "voice", hoy + 100, {"seconds": 4}, voz(4)),
        mensaje_texto(CAMILA, "🎉", en=hoy + 120, **de),
        mensaje_texto(CAMILA, "Recibido, ya lo reviso.", en=hoy + 600, **propio),
    ]


def _con_archivo(simulador: Simulador, tipo: str, en: float, contenido: Json, datos: bytes | None = None) -> Json:
    return simulador.mensaje(tipo, CAMILA, "Camila Arrayán", contenido=contenido, datos=datos, timestamp=int(en))


def _de_todo(simulador: Simulador, desde: float) -> list[Json]:
    """Uno de cada tipo, con reacción, edición y borrado: lo que se mira al cambiar cómo se ve un mensaje."""
    sin_pantalla = {"reaction", "edit", "delete", "vote", "story"}
    tipos = [tipo for tipo in TIPOS if tipo not in sin_pantalla]
    todos = [
        simulador.mensaje(tipo, LUCIANA, "Luciana Urapán", timestamp=int(desde + n)) for n, tipo in enumerate(tipos)
    ]
    por_tipo = {tipo: uno["id"] for tipo, uno in zip(tipos, todos, strict=True)}
    gestos: list[tuple[str, Json]] = [
        ("reaction", {"target": por_tipo["image"], "emoji": "❤️"}),
        ("vote", {"target": por_tipo["poll"]}),
        ("edit", {"target": por_tipo["text"]}),
        ("delete", {"target": por_tipo["short"]}),
    ]
    todos += [
        simulador.mensaje(tipo, LUCIANA, contenido=contenido, timestamp=int(desde) + 100) for tipo, contenido in gestos
    ]
    reenviado = {"forwarded": True, "forwarding_score": 6}
    todos.append(simulador.mensaje("video", LUCIANA, context=reenviado, timestamp=int(desde) + 101))
    return todos


def _preparar_mesa(app: AppEnMarcha, simulador: Simulador) -> None:
    """Lo que agente1 ya hizo: contestar, un envío que falló, un borrador, un chat fijado y otro en silencio."""
    agente = entrar(app, "agente1")
    for atajo, texto, compartida in RESPUESTAS:
        agente.post("api/respuestas-rapidas", json={"atajo": atajo, "texto": texto, "compartida": compartida})
    agente.post("api/enviar-mensaje", json={"to": "573005550104", "message": "Con gusto, Wilmar"})
    agente.post("api/enviar-mensaje", json={"to": CAMILA, "message": "Quedó para el viernes a las 9:30 👌"})
    simulador.fallar("no_enviado")
    agente.post("api/enviar-mensaje", json={"to": CAMILA, "message": "Te mando la dirección"})
    for numero in YA_LEIDOS:
        agente.post(f"api/marcar-leido/{numero}", json={})
    agente.put("api/borrador/573005550105", json={"texto": "Claro, es en la calle 100 con"})
    agente.request("PATCH", "api/conversacion/573005550102", json={"pinned": True})
    agente.request("PATCH", "api/conversacion/573005550107", json={"muted": True})


def _entregar(app: AppEnMarcha, *mensajes: Json) -> None:
    respuesta = webhook(app, entrega(*mensajes))
    assert respuesta.status_code == 200, respuesta.text
