"""La puerta de entrada: contraseñas, intentos, cookies y cuándo se acaba una sesión (S4, S5)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.security import generate_password_hash

import chat_whatsapp
from tests.apoyo.aplicacion import CLAVES, AppEnMarcha
from tests.apoyo.base_datos import BaseDatos
from tests.apoyo.en_proceso import DE_OTRA, AppEnProceso
from tests.apoyo.sesiones import Sesion
from tests.puertas.conftest import CLAVES_PUBLICAS, DOMINIO, probar

Desde = Callable[[str], Sesion]


# --- adivinar cuesta


def test_tras_cinco_fallos_la_cuenta_espera_y_ni_la_clave_buena_entra(desde: Desde) -> None:
    sesion = desde("198.51.100.1")
    assert [probar(sesion, "agente1", f"no-{n}").status_code for n in range(5)] == [401] * 5
    frenada = probar(sesion, "agente1", CLAVES_PUBLICAS["agente1"])
    assert frenada.status_code == 429
    assert frenada.json().keys() == {"success", "error"} and frenada.json()["success"] is False
    assert int(frenada.headers["Retry-After"]) == 60
    assert "Espera un minuto" in frenada.json()["error"]
    assert sesion.get("api/session").status_code == 401


def test_quien_adivina_no_deja_fuera_a_sus_companeros_ni_a_la_misma_persona_en_otro_lugar(desde: Desde) -> None:
    for n in range(6):
        probar(desde("198.51.100.2"), "agente1", f"no-{n}")
    assert probar(desde("198.51.100.2"), "agente1", CLAVES_PUBLICAS["agente1"]).status_code == 429
    assert probar(desde("198.51.100.2"), "agente5", CLAVES_PUBLICAS["agente5"]).status_code == 200
    assert probar(desde("198.51.100.3"), "agente1", CLAVES_PUBLICAS["agente1"]).status_code == 200


def test_cambiar_de_direccion_dentro_de_la_misma_red_ipv6_no_da_mas_intentos(desde: Desde) -> None:
    codigos = [probar(desde(f"2001:db8:7::{n}"), "agente1", f"no-{n}").status_code for n in range(6)]
    assert codigos == [401] * 5 + [429]
    assert probar(desde("2001:db8:8::1"), "agente1", CLAVES_PUBLICAS["agente1"]).status_code == 200


def test_entrar_bien_muchas_veces_no_gasta_intentos(desde: Desde) -> None:
    sesion = desde("198.51.100.4")
    assert {probar(sesion, "agente5", CLAVES_PUBLICAS["agente5"]).status_code for _ in range(12)} == {200}


def test_inventar_usuarios_tambien_se_frena(desde: Desde) -> None:
    codigos = [probar(desde("198.51.100.5"), f"persona{n}", "x").status_code for n in range(8)]
    assert codigos == [401] * 5 + [429] * 3


def test_treinta_intentos_a_la_vez_no_pasan_de_los_permitidos(desde: Desde) -> None:
    codigos: list[int] = []
    salida = threading.Barrier(30)

    def intento(n: int) -> None:
        sesion = desde("198.51.100.6")
        salida.wait()
        codigos.append(probar(sesion, "agente1", f"no-{n}").status_code)

    hilos = [threading.Thread(target=intento, args=(n,)) for n in range(30)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    assert Counter(codigos) == {401: 5, 429: 25}


# --- contraseñas


def test_la_contrasena_de_ejemplo_solo_entra_desde_esta_maquina(dentro: AppEnProceso) -> None:
    dentro.poner_agentes(agente1={"password": "password1"})
    assert dentro.probar_entrada("agente1", "password1") == 200
    assert dentro.probar_entrada("agente1", "password1", direccion="::1") == 200
    assert dentro.probar_entrada("agente1", "password1", direccion=DE_OTRA) == 401
    assert dentro.probar_entrada("agente2", CLAVES["agente2"], direccion=DE_OTRA) == 200


@pytest.mark.parametrize("cabecera", ["X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"])
def test_la_contrasena_de_ejemplo_no_entra_a_traves_de_un_proxy(dentro: AppEnProceso, cabecera: str) -> None:
    dentro.poner_agentes(agente1={"password": "password1"})
    assert dentro.probar_entrada("agente1", "password1", headers={cabecera: "127.0.0.1"}) == 401


def test_al_rechazar_la_de_ejemplo_el_registro_dice_que_variable_definir(publica: AppEnMarcha, desde: Desde) -> None:
    respuesta = probar(desde("127.0.0.1"), "agente3", "password3")
    assert (respuesta.status_code, respuesta.json()["error"]) == (401, "Credenciales inválidas")
    assert "agente3" in publica.esperar_en_registro("PASSWORD_AGENTE3")


@pytest.mark.parametrize("configurada", ["", None])
def test_sin_contrasena_configurada_no_entra_nadie(dentro: AppEnProceso, configurada: str | None) -> None:
    dentro.poner_agentes(agente1={"password": configurada})
    for n, escrita in enumerate(["", None, "None", "null", " ", 0, False, [], {}, "\x00"]):
        assert dentro.probar_entrada("agente1", escrita, f"127.0.0.{n + 1}") == 401, escrita


def test_sin_clave_en_la_ficha_no_entra_nadie(dentro: AppEnProceso, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_whatsapp, "AGENTES", {"agente1": {"nombre": "Agente 1", "activo": True}})
    assert dentro.probar_entrada("agente1", None) == 401
    assert dentro.probar_entrada("agente1", "") == 401


def test_una_variable_vacia_cierra_la_cuenta(desde: Desde) -> None:
    for clave in ("", "password4", "None"):
        assert probar(desde("198.51.100.7"), "agente4", clave).status_code == 401


@pytest.mark.parametrize("metodo", ["scrypt", "pbkdf2:sha256:1000"])
def test_un_hash_de_werkzeug_se_verifica_como_hash(dentro: AppEnProceso, metodo: str) -> None:
    hash_ = generate_password_hash("la-buena", method=metodo)
    dentro.poner_agentes(agente1={"password": hash_})
    assert dentro.probar_entrada("agente1", "la-buena") == 200
    assert dentro.probar_entrada("agente1", hash_) == 401  # quien robe el hash no entra con él
    assert dentro.probar_entrada("agente1", "otra") == 401


def test_un_hash_en_el_entorno_deja_entrar_a_su_agente(desde: Desde) -> None:
    assert probar(desde("198.51.100.8"), "agente2", CLAVES_PUBLICAS["agente2"]).status_code == 200


@pytest.mark.parametrize("clave", [CLAVES["agente1"], "\ud800", "\x00", "x" * 5_000], ids=lambda c: ascii(c)[:9])
def test_nadie_entra_con_un_usuario_que_no_es_exacto(dentro: AppEnProceso, clave: str) -> None:
    raros = ("AGENTE1", " agente1", "agente1\x00", "", None, 1, ["agente1"], {"a": 1}, "\ud800")
    for n, usuario in enumerate(raros):
        assert dentro.probar_entrada(usuario, clave, f"127.0.0.{n + 1}") == 401, usuario


# --- cookies


def _galleta(respuesta: Any) -> set[str]:
    return {parte.strip() for parte in respuesta.headers["Set-Cookie"].split(";")}


def test_la_cookie_por_https_es_httponly_samesite_y_secure(desde: Desde) -> None:
    respuesta = probar(desde("198.51.100.9"), "agente5", CLAVES_PUBLICAS["agente5"])
    assert _galleta(respuesta) >= {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"}
    assert respuesta.headers["Strict-Transport-Security"]


def test_sin_proxies_confiables_nadie_finge_https_ni_su_direccion(dentro: AppEnProceso) -> None:
    cabeceras = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.99"}
    respuesta = dentro.cliente().post(
        "/twilio-chat/api/login", json={"username": "agente1", "password": CLAVES["agente1"]}, headers=cabeceras
    )
    assert _galleta(respuesta) >= {"HttpOnly", "SameSite=Lax"} and "Secure" not in _galleta(respuesta)
    codigos = [
        dentro.probar_entrada("agente1", "no", DE_OTRA, headers={"X-Forwarded-For": f"198.51.100.{n}"})
        for n in range(7)
    ]
    assert codigos == [401] * 5 + [429] * 2


def test_la_redireccion_al_login_respeta_el_dominio_publico(desde: Desde) -> None:
    respuesta = desde("198.51.100.10").get("/twilio-chat", allow_redirects=False)
    assert respuesta.headers["Location"] in ("/twilio-chat/login", f"https://{DOMINIO}/twilio-chat/login")


# --- cuándo se acaba una sesión


def test_cambiar_la_contrasena_termina_las_sesiones_abiertas(dentro: AppEnProceso) -> None:
    sesion = dentro.entrar("agente1")
    assert sesion.get("/twilio-chat/api/session").status_code == 200
    dentro.poner_agentes(agente1={"password": "la-nueva"})
    assert sesion.get("/twilio-chat/api/session").status_code == 401
    assert sesion.get("/twilio-chat/api/conversaciones").status_code == 401
    assert not dentro.socket(sesion).is_connected("/twilio-chat")


def test_quitar_o_desactivar_a_un_agente_termina_su_sesion(
    dentro: AppEnProceso, monkeypatch: pytest.MonkeyPatch
) -> None:
    sesion = dentro.entrar("agente2")
    dentro.poner_agentes(agente2={"activo": False})
    assert sesion.get("/twilio-chat/api/session").status_code == 401
    dentro.poner_agentes()
    sesion = dentro.entrar("agente2")
    monkeypatch.delitem(chat_whatsapp.AGENTES, "agente2")
    assert sesion.get("/twilio-chat/api/session").status_code == 401


def test_una_cookie_fabricada_o_de_otra_llave_no_entra(dentro: AppEnProceso, monkeypatch: pytest.MonkeyPatch) -> None:
    ajena = dentro.entrar("agente1").get_cookie("session")
    assert ajena is not None
    dentro.app.secret_key = "otra-llave"
    for valor in (ajena.value, ajena.value[:-3] + "abc", "e30.Z.x", "", "a" * 3000):
        cliente = dentro.cliente()
        cliente.set_cookie("session", valor)
        assert cliente.get("/twilio-chat/api/session").status_code == 401


@pytest.mark.parametrize("clave", ["", "password2"])
def test_al_arrancar_se_dice_quien_recibe_chats_y_no_puede_entrar(
    arrancar_app: Callable[..., AppEnMarcha], base_datos: BaseDatos, clave: str
) -> None:
    app = arrancar_app(base_datos, {"PASSWORD_AGENTE2": clave})
    avisos = [linea for linea in app.registro().splitlines() if "nadie puede entrar" in linea]
    assert len(avisos) == 1 and "PASSWORD_AGENTE2" in avisos[0]
