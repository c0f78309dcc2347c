# Every target works from a bare clone: it makes .venv first, through uv, and does that only once.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.seedbed-ready
DEMO ?= out/demo
REAL ?=

.PHONY: setup demo test test-all check bench guide constraints clean help

help:
	@echo "make setup | demo | test | test-all | check | bench | guide | constraints | clean"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt tools/setup.sh
	@PYTHON="$(PYTHON)" sh tools/setup.sh $(VENV)
	@touch $@

demo: $(STAMP)
	@$(BIN)/seedbed demo -o $(DEMO) $(if $(REAL),--real $(REAL))

# Two test processes on two cores: more threads in each would only wait for one another.
test test-all: export OMP_NUM_THREADS = 1

test: $(STAMP)
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not slow"

test-all: $(STAMP)
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup --timeout 3600

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(STAMP)
	@for file in benchmarks/tables.py benchmarks/validate.py benchmarks/customers.py benchmarks/hostile.py benchmarks/scenes.py benchmarks/training.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

guide: $(STAMP)
	@$(BIN)/python tools/guide.py

constraints: $(STAMP)
	@sh tools/constraints.sh

clean:
	rm -rf $(VENV) .uv build dist src/seedbed.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
