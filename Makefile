# Cada orden prepara lo que le falta; repetirla no hace daño. Basta Python 3.11 o posterior y make.

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --quiet --disable-pip-version-check
VENDOR := static/twilio/vendor/socket.io.min.js static/twilio/vendor/emojis/datos.json
AXE := tests/vendor/axe.min.js

.DEFAULT_GOAL := help
.PHONY: help run test check check-js bench fotos navegador

help: ## Muestra esta ayuda
	@echo "Órdenes:"
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 16

run: $(VENV)/.listo $(VENDOR) ## Arranca la bandeja (demostración si no hay nada configurado)
	@exec $(PY) descargar_bsl.py

test: $(VENV)/.listo $(VENDOR) $(AXE) navegador ## Corre todas las pruebas
	@$(PY) -m pytest -n auto --dist loadfile $(ARGS)

check: $(VENV)/.listo-revision ## Revisa estilo y tipos (ruff y mypy)
	@$(PY) -m ruff check .
	@$(PY) -m mypy

check-js: ## Revisa los tipos de los guiones (pide node; lo demás no lo necesita)
	@npx --yes --package typescript@5.9.3 tsc --project jsconfig.json

bench: $(VENV)/.listo $(VENDOR) navegador ## Mide el rendimiento e imprime una tabla
	@$(PY) -m bench $(ARGS)

fotos: $(VENV)/.listo $(VENDOR) navegador ## Retrata la pantalla en cada tamaño, tema y estado, en fotos/
	@$(PY) -m preparacion.retratos $(ARGS)

navegador: $(VENV)/.listo
	@$(PY) preparacion/navegador.py

$(PY):
	@test -n "$(PYTHON)" || { echo "Hace falta Python 3.11 o posterior y no se encontró. Instálalo, o indica cuál: make PYTHON=/ruta/a/python3"; exit 1; }
	@echo "Creando el entorno de Python en $(VENV)…"
	@$(PYTHON) -m venv $(VENV) || { echo "No se pudo crear el entorno. En Debian: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/.listo: requirements.txt | $(PY)
	@echo "Instalando dependencias…"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.listo-revision: requirements-dev.txt $(VENV)/.listo
	@echo "Instalando las herramientas de revisión…"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# Sin red no aparecen y se intenta otra vez en la siguiente orden: mientras tanto, Socket.IO viene de su CDN y no hay emojis.
$(VENDOR): | $(VENV)/.listo
	@$(PY) preparacion/vendor.py

$(AXE): | $(VENV)/.listo
	@$(PY) preparacion/vendor.py pruebas
