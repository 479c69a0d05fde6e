"""Lo que el proveedor tiene y nosotros no: entra una vez, en su sitio, marcado y por el camino de siempre."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bandeja import historia
from bandeja.errores import SinProveedor
from simulador import Simulador
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.cargas import entrega, mensaje_texto
from tests.apoyo.en_proceso import AppEnProceso
from tests.apoyo.rafagas import a_la_vez
from tests.apoyo.verdades import duenos, exigir_coherencia
from tests.historia.comun import ANA, BETO, hace, no_leidos, perder, perder_del_telefono, recuperados, textos
from tests.historia.conftest import Abrir


def recibir(app: AppEnProceso, sim: Simulador, numero: str, texto: str, en: int) -> str:
    """Uno que sí llegó por su aviso y además está en la historia."""
    mensaje = sim.mensaje("text", numero, "Cliente", contenido={"body": texto}, timestamp=en)
    sim.estado.guardar_mensaje(mensaje)
    assert app.recibir(entrega(mensaje)) == 200
    return str(mensaje["id"])


def comparar(app: AppEnProceso, motivo: str = "agente") -> str:
    return app.servicios.respaldo.historia.comparar(motivo)


def ultima(base: BaseDatos) -> tuple[int, int, str | None]:
    fila = base.consultar("SELECT revisados, recuperados, error FROM chat_comparaciones ORDER BY id DESC LIMIT 1")[0]
    return fila[0], fila[1], fila[2]


def test_lo_perdido_queda_en_su_sitio_y_solo_eso_se_marca(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    recibir(bandeja, simulador_propio, ANA, "uno", hace(9))
    perder(simulador_propio, ANA, "dos", hace(8))
    perder(simulador_propio, ANA, "tres, en el mismo segundo", hace(8))
    recibir(bandeja, simulador_propio, ANA, "cuatro", hace(7))
    perder(simulador_propio, ANA, "cinco", hace(6))
    assert comparar(bandeja) == "hecha"
    assert textos(base_datos, ANA) == ["uno", "dos", "tres, en el mismo segundo", "cuatro", "cinco"]
    assert recuperados(base_datos) == {"dos", "tres, en el mismo segundo", "cinco"}
    assert ultima(base_datos) == (5, 3, None)
    exigir_coherencia(base_datos)


def test_lo_recuperado_no_hace_pasar_por_activa_ahora_a_una_conversacion(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:  # D7
    recibir(bandeja, simulador_propio, ANA, "hoy", hace(1))
    actividad = "SELECT fecha_ultima_actividad FROM conversaciones_whatsapp WHERE numero_telefono = %s"
    de_ana = base_datos.valor(actividad, ("+" + ANA,))
    perder(simulador_propio, ANA, "antes", hace(9))
    perder(simulador_propio, BETO, "hace rato", hace(9))
    comparar(bandeja)
    assert base_datos.valor(actividad, ("+" + ANA,)) == de_ana
    de_beto = base_datos.valor(actividad, ("+" + BETO,)).replace(tzinfo=UTC)
    assert 9 <= (datetime.now(UTC) - de_beto).total_seconds() / 60 < 12


def test_comparar_otra_vez_no_cambia_nada(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "uno", hace(8))
    comparar(bandeja)
    antes = base_datos.consultar("SELECT seq, cambio::TEXT FROM chat_mensajes")
    comparar(bandeja)
    assert base_datos.consultar("SELECT seq, cambio::TEXT FROM chat_mensajes") == antes
    assert ultima(base_datos)[1] == 0


def test_un_cliente_que_se_perdio_gasta_su_turno_como_cualquiera(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "primera", hace(8))
    perder(simulador_propio, BETO, "segundo", hace(7))
    comparar(bandeja)
    assert duenos(base_datos) == {"+" + ANA: "agente1", "+" + BETO: "agente2"}


def test_el_evento_dice_que_es_recuperado_y_va_solo_a_su_dueno(
    bandeja: AppEnProceso, simulador_propio: Simulador
) -> None:
    uno, dos = (bandeja.socket(bandeja.entrar(quien)) for quien in ("agente1", "agente2"))
    perder(simulador_propio, ANA, "perdido", hace(8))
    comparar(bandeja)
    (evento,) = [e["args"][0] for e in uno.get_received("/twilio-chat") if e["name"] == "new_message"]
    assert evento["recovered"] is True
    assert evento["body"] == "perdido"
    assert not [e for e in dos.get_received("/twilio-chat") if e["name"] == "new_message"]


def test_acciones_y_archivos_tambien_vuelven(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    id_uno = recibir(bandeja, simulador_propio, ANA, "hola", hace(9))
    for tipo, contenido in (("image", {"caption": "la foto"}), ("reaction", {"target": id_uno, "emoji": "👍"})):
        simulador_propio.estado.guardar_mensaje(
            simulador_propio.mensaje(tipo, ANA, "Ana", contenido=contenido, timestamp=hace(8))
        )
    comparar(bandeja)
    assert textos(base_datos, ANA) == ["hola", "la foto"]
    assert base_datos.valor("SELECT count(*) FROM chat_archivos WHERE estado = 'pending'") == 1
    assert base_datos.consultar("SELECT tipo, objetivo FROM chat_acciones") == [("reaction", id_uno)]


def test_los_estados_de_lo_nuestro_avanzan_y_no_retroceden(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    leido = perder_del_telefono(simulador_propio, ANA, "se leyó", hace(9))
    atrasado = perder_del_telefono(simulador_propio, ANA, "ya sabíamos más", hace(8))
    comparar(bandeja)
    simulador_propio.estado.cambiar_mensaje(leido, {"status": "read"})
    base_datos.ejecutar("UPDATE chat_mensajes SET estado = 'played' WHERE mensaje_id = %s", [atrasado])
    comparar(bandeja)
    estados = dict(base_datos.consultar("SELECT mensaje_id, estado FROM chat_mensajes"))
    assert estados == {leido: "read", atrasado: "played"}


def test_un_mensaje_perdido_despues_de_la_ultima_respuesta_queda_sin_leer(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder_del_telefono(simulador_propio, ANA, "¿en qué le ayudo?", hace(9))
    recibir(bandeja, simulador_propio, ANA, "esto ya se leyó", hace(7))
    comparar(bandeja)
    base_datos.ejecutar("UPDATE chat_conversaciones SET no_leidos = 0, leido_en = now()")
    perder(simulador_propio, ANA, "esto no lo vio nadie", hace(8))
    comparar(bandeja)
    assert no_leidos(base_datos, ANA) == 1


def test_uno_anterior_a_la_ultima_respuesta_no_queda_sin_leer(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder_del_telefono(simulador_propio, ANA, "ya le respondí", hace(5))
    comparar(bandeja)
    perder(simulador_propio, ANA, "pregunta", hace(8))
    comparar(bandeja)
    assert no_leidos(base_datos, ANA) == 0


def test_la_respuesta_del_telefono_que_se_perdio_con_la_pregunta_la_deja_leida(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "pregunta", hace(9))
    perder_del_telefono(simulador_propio, ANA, "respuesta", hace(8))
    perder(simulador_propio, ANA, "otra pregunta", hace(7))
    comparar(bandeja)
    assert no_leidos(base_datos, ANA) == 1


def test_lo_que_escribio_un_programa_no_cuenta_como_leido(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "pregunta", hace(9))
    perder(simulador_propio, ANA, "respuesta automática", hace(8), from_me=True, source="api", status="sent")
    comparar(bandeja)
    assert no_leidos(base_datos, ANA) == 1


@pytest.mark.parametrize("estado", ["delivered", "failed"])
def test_un_envio_que_quedo_a_medias_se_reconoce_con_su_estado_aunque_hayan_pasado_horas(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, estado: str
) -> None:
    recibir(bandeja, simulador_propio, ANA, "hola", hace(200))
    conversacion = base_datos.valor("SELECT id FROM chat_conversaciones")
    base_datos.ejecutar(
        "INSERT INTO chat_mensajes (conversacion_id, client_id, chat_id, saliente, tipo, cuerpo, estado, enviado_en,"
        " intentado_en, origen, agente) VALUES (%s, 'c1', %s, TRUE, 'text', 'va en camino', 'unknown',"
        " now() - INTERVAL '3 hours', now() - INTERVAL '3 hours', 'agent', 'agente1')",
        [conversacion, f"{ANA}@s.whatsapp.net"],
    )
    base_datos.ejecutar("UPDATE chat_conversaciones SET total_mensajes = 2")
    base_datos.ejecutar("UPDATE chat_comparaciones SET desde = desde - INTERVAL '1 day'")
    perder(simulador_propio, ANA, "va en camino", hace(180), from_me=True, source="api", status=estado)
    comparar(bandeja, "línea")
    assert textos(base_datos, ANA) == ["hola", "va en camino"]
    quedo = base_datos.consultar("SELECT estado, error IS NOT NULL FROM chat_mensajes WHERE saliente")
    assert quedo == [(estado, estado == "failed")]
    assert recuperados(base_datos) == set()


def test_grupos_ajenos_y_lo_que_no_se_entiende_no_estorban(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "del grupo", hace(9), chat_id="120363194050948049@g.us")
    perder(simulador_propio, ANA, "sin persona", hace(9), chat_id="")
    perder(simulador_propio, BETO, "bueno", hace(8))
    for _ in range(2):
        comparar(bandeja)
    assert textos(base_datos, BETO) == ["bueno"]
    assert base_datos.consultar("SELECT motivo, veces FROM chat_ilegibles") == [
        ("El mensaje no dice con qué persona es.", 1)
    ]


def test_lo_recien_escrito_que_llega_por_su_aviso_no_se_da_por_perdido(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    mensaje = simulador_propio.mensaje("text", ANA, "Ana", contenido={"body": "ahora mismo"})
    simulador_propio.estado.guardar_mensaje(mensaje)
    # Su aviso llega mientras la comparación le da un respiro.
    monkeypatch.setattr(historia, "GRACIA_S", 0.125)
    dormir = historia.time.sleep
    monkeypatch.setattr(
        historia.time, "sleep", lambda s: bandeja.recibir(entrega(mensaje)) if s == 0.125 else dormir(s)
    )
    comparar(bandeja)
    assert textos(base_datos, ANA) == ["ahora mismo"]
    assert recuperados(base_datos) == set()


def test_lo_recien_escrito_que_no_llego_se_recupera_en_la_misma_ronda(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "nadie avisó", hace(0))
    comparar(bandeja)
    assert recuperados(base_datos) == {"nadie avisó"}


def test_en_una_base_nueva_no_se_importa_la_vida_entera_de_la_linea(
    abrir: Abrir, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    perder(simulador_propio, ANA, "de ayer", hace(24 * 60))
    assert comparar(abrir(), "arranque") == "hecha"
    assert base_datos.valor("SELECT count(*) FROM chat_mensajes") == 0


def test_ni_cuando_la_linea_vuelve_por_primera_vez(
    abrir: Abrir, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    app = abrir()
    perder(simulador_propio, ANA, "de ayer", hace(20 * 60))
    assert [comparar(app, motivo) for motivo in ("arranque", "línea", "línea")] == ["hecha"] * 3
    assert base_datos.valor("SELECT count(*) FROM chat_mensajes") == 0


def test_mas_viejo_que_el_tope_no_se_mira(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    base_datos.ejecutar("UPDATE chat_comparaciones SET visto_hasta = now() - INTERVAL '30 days'")
    perder(simulador_propio, ANA, "de hace ocho días", hace(8 * 24 * 60))
    perder(simulador_propio, ANA, "de hace seis", hace(6 * 24 * 60))
    comparar(bandeja)
    assert textos(base_datos, ANA) == ["de hace seis"]


def test_sin_ficha_no_hay_que_comparar(monkeypatch: pytest.MonkeyPatch, abrir: Abrir) -> None:
    app = abrir()
    monkeypatch.setattr(app.servicios.respaldo.historia._puerta, "_token", None)
    with pytest.raises(SinProveedor):
        comparar(app)


# --- varios procesos


def test_dos_procesos_a_la_vez_hacen_una_comparacion_y_cada_mensaje_entra_una_vez(
    bandeja: AppEnProceso, abrir: Abrir, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    otra = abrir()
    for i in range(60):
        perder(simulador_propio, ANA, f"perdido {i}", hace(9) + i)
    simulador_propio.fallar("lento", None, en="lectura", segundos=0.5)
    resultados = a_la_vez([lambda: comparar(bandeja), lambda: comparar(otra), lambda: comparar(otra)])
    assert sorted(resultados) == ["hecha", "ocupada", "ocupada"]
    assert textos(base_datos, ANA) == [f"perdido {i}" for i in range(60)]
    assert base_datos.valor("SELECT count(*) FROM chat_comparaciones WHERE motivo = 'agente'") == 2
    exigir_coherencia(base_datos)


def test_quien_llega_despues_no_repite_la_que_otro_acaba_de_hacer(bandeja: AppEnProceso, abrir: Abrir) -> None:
    assert abrir().servicios.respaldo.historia.comparar("horario", hace_s=450.0) == "hecha"
    assert bandeja.servicios.respaldo.historia.comparar("horario", hace_s=0.0) == "hecha"


def test_la_de_un_proceso_muerto_se_da_por_interrumpida_y_otro_sigue_desde_lo_visto(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    base_datos.ejecutar(
        "INSERT INTO chat_comparaciones (motivo, desde, visto_hasta, latido_en)"
        " SELECT 'arranque', desde, visto_hasta, now() - INTERVAL '10 seconds' FROM chat_comparaciones"
    )
    assert comparar(bandeja) == "ocupada"
    base_datos.ejecutar("UPDATE chat_comparaciones SET latido_en = now() - INTERVAL '1 hour' WHERE termino_en IS NULL")
    perder(simulador_propio, ANA, "perdido", hace(8))
    assert comparar(bandeja) == "hecha"
    assert textos(base_datos, ANA) == ["perdido"]
    assert base_datos.valor("SELECT count(*) FROM chat_comparaciones WHERE error LIKE 'Se interrumpió%'") == 1


def test_quien_pierde_el_turno_deja_de_comparar(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historia, "POR_PAGINA", 30)
    for i in range(90):
        perder(simulador_propio, ANA, f"{i}", hace(9) + i)
    listar = historia.listar_mensajes

    def lento(*args: object, **mas: object) -> object:
        pagina = listar(*args, **mas)  # type: ignore[arg-type]
        if mas["desplazamiento"]:
            base_datos.ejecutar("UPDATE chat_comparaciones SET termino_en = now() WHERE termino_en IS NULL")
        return pagina

    monkeypatch.setattr(historia, "listar_mensajes", lento)
    assert comparar(bandeja) == "ocupada"
    assert len(simulador_propio.peticiones) < 6


def test_una_que_no_cabe_en_una_ronda_sigue_en_la_siguiente(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(historia, "POR_PAGINA", 30)
    monkeypatch.setattr(historia, "MAX_PAGINAS", 2)
    base_datos.ejecutar("UPDATE chat_comparaciones SET visto_hasta = now() - INTERVAL '3 hours'")
    for i in range(100):
        perder(simulador_propio, ANA, f"{i:03}", hace(170) + 100 * i)
    rondas = ["quedan"]
    while rondas[-1] == "quedan":
        rondas.append(comparar(bandeja, "continuación"))
        assert len(rondas) < 9
    assert textos(base_datos, ANA) == [f"{i:03}" for i in range(100)]


def test_un_mensaje_vivo_mientras_se_compara_entra_una_vez(
    bandeja: AppEnProceso, base_datos: BaseDatos, simulador_propio: Simulador
) -> None:
    vivos = [mensaje_texto(ANA, f"{i}", en=hace(5) + i) for i in range(40)]
    for uno in vivos:
        simulador_propio.estado.guardar_mensaje(uno)

    def entregar() -> str:
        for uno in vivos:
            assert bandeja.recibir(entrega(uno)) == 200
        return "entregados"

    a_la_vez([lambda: comparar(bandeja), entregar])
    assert textos(base_datos, ANA) == [f"{i}" for i in range(40)]
    exigir_coherencia(base_datos)
