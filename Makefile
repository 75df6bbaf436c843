# Everything starts from a fresh checkout with Python 3.11 or newer; the first target installs what it needs.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test bench races lock format clean

VENV := .venv
READY := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: $(READY) ## Start everything on this machine and print the addresses (PORT=8001 picks another port)
	@exec $(VENV)/bin/polikrami run

test: $(READY) ## Run every check: style, types, import contracts, tests
	@exec $(VENV)/bin/python -m deploy.checks

bench: $(READY) ## Measure, print, and write bench.json
	@exec $(VENV)/bin/python -m tests.benchmarks

races: $(READY) ## Confirm 10,000 payments from three sides at once, with a real PostgreSQL
	@RACE_ROUNDS=10000 exec $(VENV)/bin/python -m pytest tests/payments/test_races.py -q -s \
	  -o faulthandler_timeout=3600

lock: ## Choose dependencies anew from pyproject.toml (needs uv)
	uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --extra dev \
	  pyproject.toml -o requirements.lock --upgrade --quiet

format: $(READY) ## Put the code into its form
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

clean: ## Remove what can be made again; the data in .var stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A shim may be on PATH and still not run, and some systems ship Python without venv: so each is asked.
$(READY): requirements.lock pyproject.toml
	@set -e; \
	for python in $(PYTHON) $(if $(PYTHON),,python3.13 python3.12 python3.11 python3 python); do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer with its venv module was found; install one, or name it: make PYTHON=/path/to/python3.12" >&2; \
	  exit 1; \
	fi; \
	$(VENV)/bin/python -m pip --version >/dev/null 2>&1 || "$$found" -m venv --clear $(VENV); \
	echo "Installing the locked dependencies into $(VENV) (a minute or two, only once) ..."; \
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements.lock; \
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .; \
	touch $@
