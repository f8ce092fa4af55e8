# make demo [FILES=folder]   see odtool at work, on its own samples or on the files of a folder
# make test                  everything: lint, types, import layers, all tests
# make test-fast             the tests that need neither CKAN nor a browser
# make lint | bench | clean
# make lock                  new versions of what odtool and its tests need

PYTHON ?= python3
FILES ?= tests/samples
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-input

.PHONY: demo test test-fast lint bench lock clean

demo: .venv/run.stamp
	@$(BIN)/odtool demo "$(FILES)"

# As root, a missing python3-venv is installed by `make test`; the other targets only say so.
test: export ODTOOL_APT = 1
test: lint
	@$(BIN)/python -m pytest

test-fast: .venv/dev.stamp
	@$(BIN)/python -m pytest -q -m "not ckan and not browser"

lint: .venv/dev.stamp
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "run: $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/dev.stamp
	@$(BIN)/python benchmarks/speed.py

# The installed tools change nothing here when their locks and pyproject.toml have not changed.
.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo "installing odtool into .venv" >&2
	@$(PIP) -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@echo "installing the development tools into .venv" >&2
	@$(PIP) -r requirements-dev.lock
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	    if [ "$$ODTOOL_APT" = 1 ] && [ "$$(id -u)" = 0 ]; then \
	        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; \
	    else \
	        echo "python3-venv is missing. Install it: sudo apt-get install python3-venv" >&2; exit 1; \
	    fi; \
	fi
	@$(PYTHON) -m venv .venv

# Needs uv (pip install uv).
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade
HOW := \# Exact versions and their hashes. To refresh both lock files: pip install uv && make lock
lock:
	@{ echo "$(HOW)"; $(LOCK) pyproject.toml --group build; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@{ echo "$(HOW)"; $(LOCK) pyproject.toml --group dev --constraint requirements.lock; } > requirements-dev.lock.new
	@mv requirements-dev.lock.new requirements-dev.lock
	@! grep -n '://' requirements.lock requirements-dev.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find odtool tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
