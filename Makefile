# `make run` opens the workbench, `make test` runs every test; both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
NOTEBOOKS := $(VENV)/.notebooks-installed
SOURCES := app.py pages pipeline scripts tests

# Tests start hundreds of processes, each of which would compile every module again where nothing is kept.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run test check format bench soak bench-rivals pictures notebooks clean

run: $(RUNTIME)
	$(BIN)/streamlit run app.py

# A file stays in one process, where its models are trained once; files keep their order, so that the long ones
# do not come last. For another order: make test ORDER="--order-seed 1" PROCESSES=4
PROCESSES ?= 2
test: $(DEVELOPMENT)
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder --durations=30 $(ORDER)

check: $(DEVELOPMENT)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy

format: $(DEVELOPMENT)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: $(DEVELOPMENT)
	$(BIN)/python -m tests.benchmarks

# Load, kills, floods, bombs and attacks on real servers, half an hour or more. For a short one:
# make soak ROUNDS="--seconds 20 --rounds 1 --kills 20 --draws 100000"
soak: $(DEVELOPMENT)
	$(BIN)/python -m tests.soak $(ROUNDS)

# Other generators' tables beside ours: make bench-rivals FOLDER=path, with train.csv, holdout.csv and NAME.csv each.
bench-rivals: $(DEVELOPMENT)
	$(BIN)/python -m tests.benchmarks.rivals $(if $(FOLDER),"$(FOLDER)")

# The pictures of the README, taken from a running app; they need Chromium.
pictures: $(DEVELOPMENT)
	$(BIN)/python -m pytest -n 0 tests/browser/pictures.py

notebooks: $(NOTEBOOKS)
	PYTHONPATH="$(CURDIR)" $(BIN)/jupyter lab --notebook-dir=notebooks

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(NOTEBOOKS): requirements-notebooks.txt $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-notebooks.txt
	touch $@
