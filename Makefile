# Everything an office or a developer does, from a fresh clone: make demo, make test.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint docs notebooks places clean

$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	touch $@

demo: $(VENV)/.core
	$(BIN)/census-gis demo --out outputs/demo

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest

# Generated pages: data dictionary, list of findings, list of rules.
docs: $(VENV)/.test
	$(BIN)/python docs/generate.py

# The plans of the real places in CENSUS_GIS_DATA (default ../shared/data), checked from outside.
places: $(VENV)/.test
	$(BIN)/python benchmarks/places/run.py

clean:
	rm -rf $(VENV) outputs/* .mypy_cache .ruff_cache .pytest_cache .hypothesis
