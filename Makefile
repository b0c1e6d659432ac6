# Every target makes its own environment first: a `.venv` beside the code, made again only when requirements.lock or the
# Python changed. All it needs is Python 3.11 or newer and make; once the environment stands, also no network.
# `make test PYTHON=python3.13` uses that Python, in an environment of its own.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

ifeq ($(origin PYTHON), undefined)
  PYTHON := $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
    $$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && exit; done; echo python3)
  VENV := .venv
else
  VENV := .venv-$(patsubst python%,%,$(notdir $(PYTHON)))
endif
BIN := $(VENV)/bin
# Prefect and the libraries under it: no telemetry, no version checks, no advice about pip.
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
ARGS ?=

.PHONY: help setup demo test run up lint bench docs lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo; echo '  PYTHON=python3.13 chooses the Python; ARGS="..." goes to the command behind demo, test, run, up and bench.'

setup: ## Make the environment (every other target does this by itself)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Copydesk needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1 | head -1). Name another: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.13" >&2; exit 1; }
	@wanted="$$($(PYTHON) -V) $$(cksum < requirements.lock) $$(pwd)"; project="$$(cksum < pyproject.toml)"; \
	if [ "$$(cat $(VENV)/made-from 2>/dev/null)" != "$$wanted" ]; then \
	  echo "Making $(VENV) with $$($(PYTHON) -V): about a minute, once." >&2; \
	  $(PYTHON) -m venv --clear $(VENV) || { echo "This Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	  $(BIN)/python -m pip install -qq --no-deps --require-hashes -r requirements.lock || { \
	    echo "The packages of requirements.lock could not be installed; this one step needs a package index to be reachable." >&2; exit 1; }; \
	  echo "$$wanted" > $(VENV)/made-from; \
	fi; \
	if [ "$$(cat $(VENV)/installed-from 2>/dev/null)" != "$$project" ]; then \
	  $(BIN)/python -m pip install -qq --no-deps --no-build-isolation --no-index -e .; \
	  echo "$$project" > $(VENV)/installed-from; \
	fi

demo: setup ## Serve a simulated press on loopback, ingest it twice, print the score against the truth
	@$(BIN)/copydesk demo $(ARGS)

test: setup ## Run all tests, offline; those for PostgreSQL run where a server answers
	@$(BIN)/python -m pytest $(ARGS)

run: setup ## Ingest the starter list of feeds once, into copydesk.db
	@$(BIN)/copydesk ingest $(ARGS)

up: setup ## Start the Prefect server, deploy the flows, start a worker, print the UI's address
	@exec $(BIN)/copydesk up $(ARGS)

lint: setup ## Check style, types and the walls between the rooms
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/lint-imports.out 2>&1 || { cat $(VENV)/lint-imports.out; exit 1; }
	@$(BIN)/python -m docs.generate --check

bench: setup ## Measure the whole line against bare trafilatura on the same pages
	@$(BIN)/python -m benchmarks.throughput $(ARGS)

docs: setup ## Write again the parts of docs/ that come from the code
	@$(BIN)/python -m docs.generate

lock: setup ## Resolve requirements.lock again (needs uv and the network)
	@command -v uv > /dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --extra postgres --extra archive --group dev pyproject.toml --output-file requirements.lock

clean: ## Remove the environments and everything that tools left behind
	@rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist demo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
