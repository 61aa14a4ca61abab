# What one does daily. `make run` and `make test` need nothing but Debian or Ubuntu with Python 3.11 or newer.
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p) 2>/dev/null)))
BIN := .venv/bin
DEMO ?= build/demo
WORKERS ?= 2
SOURCES := app engine connectors assets tests tools

.PHONY: run test lint format bench screenshots clean lock

run: .venv/.run
	@$(BIN)/lineside demo $(DEMO)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(BIN)/lineside window $(DEMO); \
	else echo "There is no display here; on one, open the window with: $(BIN)/lineside window $(DEMO)"; fi

test: .venv/.test
	@$(BIN)/python -m compileall -q $(SOURCES)  # else the first test to import a module would compile it in the window
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

lint: .venv/.test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/translations.py check

format: .venv/.test
	$(BIN)/ruff check --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: .venv/.test
	$(BIN)/python -m tests.benchmarks $(ONLY)

screenshots: .venv/.test
	$(BIN)/python tools/screenshots.py build/screenshots

clean:
	rm -rf build .venv *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@tools/system-packages venv
	$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/python pyproject.toml requirements.lock
	@tools/system-packages run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[all]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock --no-deps label-studio-sdk
	@touch $@

.venv/.test: .venv/.run pyproject.toml requirements.lock tools/system-packages
	@tools/system-packages test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[all,dev]'
	@touch $@

lock: .venv/.test
	$(BIN)/python -m pip freeze --exclude-editable --exclude pip --exclude setuptools | sed 's/+cpu$$//' > requirements.lock
