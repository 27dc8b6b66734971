# Everything a newcomer needs: `make run` to use it, `make test` to trust it. Needs Python 3.11 or newer and make.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
# The first of these that the lock has wheels for (3.11 to 3.14), else whichever is newer; PYTHON=… overrides the choice.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(shell for newest in 15 99; do for python in $(PYTHONS); do \
	"$$python" -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, $$newest))" 2>/dev/null \
	&& { echo "$$python"; exit; }; done; done)
PYTEST_ARGS ?=

.PHONY: help install run test check format lint types imports licences audit bench bench-engine wheel screenshots lock clean

help: ## List what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/pip:
	@[ -n "$(PYTHON)" ] || { echo "searchsvc needs Python 3.11 or newer; none was found on the PATH."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is incomplete; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

# A lock is complete, down to what builds the project: pip installs exactly that and resolves nothing, on any day.
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps
PIP_LOCKED := $(PIP_INSTALL) --require-hashes

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(PIP_LOCKED) -r requirements.lock
	$(PIP_INSTALL) --no-build-isolation --editable .
	@$(BIN)/pip check --disable-pip-version-check
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP_LOCKED) -r requirements-dev.lock
	@$(BIN)/pip check --disable-pip-version-check
	@touch $@

$(VENV)/.installed-bench: requirements-bench.lock $(VENV)/.installed-dev
	$(PIP_LOCKED) -r requirements-bench.lock
	@touch $@

install: $(VENV)/.installed ## Install into .venv

run: install ## Install, fill a sample collection if there is no data, serve on http://127.0.0.1:8000
	@exec $(BIN)/searchsvc serve

test: $(VENV)/.installed-dev ## Install and run every test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: format lint types imports licences ## Everything CI runs: format, lint, types, import contract, tests
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

format: $(VENV)/.installed-dev ## Check the formatting (`ruff format .` mends it)
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev ## Check the code's style
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev ## Check the types
	$(BIN)/mypy

imports: $(VENV)/.installed-dev ## Check who may import whom
	$(BIN)/lint-imports

licences: $(VENV)/.installed-dev ## Check that the locks are complete, and what they lock may be used
	$(BIN)/python -m pytest --quiet tests/test_dependencies.py

# Not a part of check or CI: what was published today is no change of ours, and must not stop one.
audit: $(VENV)/.installed-bench ## Ask PyPI for published advisories about what the locks have
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.lock -r requirements-dev.lock

bench: $(VENV)/.installed-dev ## Measure on the real collection beside the project (takes minutes)
	$(BIN)/python -m benchmarks.real_collection

SCALE := ../shared/data/scale
bench-engine: $(VENV)/.installed-bench ## Measure the engine beside its peers (python3-xapian comes from Debian)
	$(BIN)/python -m benchmarks.engine --corpus $(SCALE)/gesetze.jsonl.xz --queries $(SCALE)/queries.json $(BENCH_ARGS)

wheel: install ## Build dist/searchsvc-*.whl
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

screenshots: $(VENV)/.installed-dev ## Take the pictures in docs/screenshots anew (needs Chromium)
	$(BIN)/python -m tests.e2e.screenshots

UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
lock: ## Pin the newest versions of everything (needs uv)
	$(UV_COMPILE) --upgrade --group build --group dev pyproject.toml -o requirements-dev.lock
	$(UV_COMPILE) --upgrade --group build -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(UV_COMPILE) --upgrade --group bench -c requirements-dev.lock pyproject.toml -o requirements-bench.lock

clean: ## Remove what was installed and cached, never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
