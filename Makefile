# Everything a newcomer needs: `make run` to use it, `make test` to trust it. Needs Python 3.11 or newer and make.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is new enough; PYTHON=… overrides the choice.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
PYTEST_ARGS ?=

.PHONY: help install run test check format lint types imports bench bench-engine screenshots lock clean

help: ## List what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/pip:
	@[ -n "$(PYTHON)" ] || { echo "searchsvc needs Python 3.11 or newer; none was found on the PATH."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is incomplete; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## Install into .venv

run: install ## Install, fill a sample collection if there is no data, serve on http://127.0.0.1:8000
	@exec $(BIN)/searchsvc serve

test: $(VENV)/.installed-dev ## Install and run every test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: format lint types imports ## Everything CI runs: format, lint, types, import contract, tests
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

format: $(VENV)/.installed-dev ## Check the formatting (`ruff format .` mends it)
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev ## Check the code's style
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev ## Check the types
	$(BIN)/mypy

imports: $(VENV)/.installed-dev ## Check who may import whom
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev ## Measure on the real collection beside the project (takes minutes)
	$(BIN)/python -m benchmarks.real_collection

SCALE := ../shared/data/scale
bench-engine: $(VENV)/.installed-dev ## Measure the engine beside its peers (python3-xapian comes from Debian)
	$(BIN)/pip install --quiet --disable-pip-version-check "tantivy>=0.25"
	$(BIN)/python -m benchmarks.engine --corpus $(SCALE)/gesetze.jsonl.xz --queries $(SCALE)/queries.json $(BENCH_ARGS)

screenshots: $(VENV)/.installed-dev ## Take the pictures in docs/screenshots anew (needs Chromium)
	$(BIN)/python -m tests.e2e.screenshots

lock: ## Pin the newest versions of everything (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--group dev pyproject.toml -o requirements-dev.lock

clean: ## Remove what was installed and cached, never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
