"""Los archivos de la pantalla: con su versión se guardan un año; con otra, se sirven sin guardarlos."""

from __future__ import annotations

import gzip

from bandeja.web.estaticos import CARPETA, raiz_estaticos
from tests.apoyo.en_proceso import AppEnProceso


def test_con_la_version_vigente_se_guardan_y_con_otra_no(dentro: AppEnProceso) -> None:
    cliente = dentro.cliente()
    vigente = cliente.get(f"{raiz_estaticos()}/js/chat.js")
    ajena = cliente.get("/static/v/otra/js/chat.js")
    assert vigente.status_code == ajena.status_code == 200
    assert "immutable" in vigente.headers["Cache-Control"] and "max-age=31536000" in vigente.headers["Cache-Control"]
    assert "immutable" not in ajena.headers["Cache-Control"] and "31536000" not in ajena.headers["Cache-Control"]
    assert cliente.get("/static/v/otra/js/chat.js", headers={"If-None-Match": ajena.headers["ETag"]}).status_code == 304


def test_viajan_achicados_y_comprimidos_a_quien_lo_admite(dentro: AppEnProceso) -> None:
    cliente, ruta = dentro.cliente(), f"{raiz_estaticos()}/js/store.js"
    normal = cliente.get(ruta)
    apretado = cliente.get(ruta, headers={"Accept-Encoding": "gzip"})
    assert len(normal.data) < (CARPETA / "js" / "store.js").stat().st_size
    assert apretado.headers["Content-Encoding"] == "gzip" and gzip.decompress(apretado.data) == normal.data
    assert "Accept-Encoding" in apretado.headers["Vary"]
    assert apretado.headers["Content-Type"].startswith("text/javascript")


def test_la_pagina_pide_sus_archivos_con_la_version_vigente(dentro: AppEnProceso) -> None:
    assert f'src="{raiz_estaticos()}/js/login.js"' in dentro.cliente().get("/twilio-chat/login").text


def test_no_se_sale_de_la_carpeta(dentro: AppEnProceso) -> None:
    assert dentro.cliente().get("/static/v/0/../../../chat_whatsapp.py").status_code == 404


def test_una_direccion_larguisima_no_existe_y_no_es_un_error(dentro: AppEnProceso) -> None:
    assert dentro.cliente().get(f"/static/v/x/{'a' * 300}.js").status_code == 404
