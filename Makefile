# Fieldops. `make run` alone tries it out; `make test` alone tests it. Needs Python >= 3.11 with venv, and make.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PORT ?= 8000

PO := $(wildcard fieldops/locale/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)
TEST_DATA := $(CURDIR)/var/test

.PHONY: help run test lint types contract bench faults soak front format translations

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run front $(MO) ## try it: demo data, links and sign-ins on localhost, PORT=8000
	@FIELDOPS_DEMO=1 exec $(PY) manage.py serve --prepare

test: $(VENV)/.dev front $(MO) ## every test, on SQLite, on PostgreSQL where installed, and the phone's
	@mkdir -p $(TEST_DATA)
	FIELDOPS_DATA_DIR=$(TEST_DATA) $(PY) -m tests.twice -q -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	PYTHON=$(PY) FIELDOPS_DATA_DIR=$(TEST_DATA) tests/on_postgres.sh -q -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	@.ci/front test

lint: $(VENV)/.dev ## format, lint, types, the staircase, migrations, contract
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(MAKE) types
	$(VENV)/bin/lint-imports --no-logo
	FIELDOPS_DATA_DIR=$(TEST_DATA) $(PY) manage.py makemigrations --check --dry-run
	FIELDOPS_DATA_DIR=$(TEST_DATA) $(PY) manage.py contract --check

types: $(VENV)/.dev ## mypy, and the phone's types
	FIELDOPS_DATA_DIR=$(TEST_DATA) $(VENV)/bin/mypy
	@.ci/front check

contract: $(VENV)/.dev ## write contract/ from the code
	$(PY) manage.py contract

bench: $(VENV)/.dev front $(MO) ## how fast: hub against raw sockets, send to phone against one insert
	$(PY) -m tests.bench

faults: $(VENV)/.dev $(MO) ## what it must survive, often: kills, restarts, a full disk; FAULTS_ROUNDS=20, ARGS="storm disk"
	$(PY) -m tests.faults $(ARGS)

soak: $(VENV)/.dev front $(MO) ## the phone's engine for long: 100,000 steps, then 40 phones for SOAK_MINUTES=60; ARGS="steps phones"
	$(PY) -m tests.soak $(ARGS)

front: $(VENV)/.run ## build the phone app where its sources changed
	@.ci/front build

translations: $(MO) ## compile the .po files that changed

format: $(VENV)/.dev ## put the code into our format
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

# Stamps: the second start does none of this.
$(VENV)/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Fieldops needs Python 3.11 or newer; '$(PYTHON)' is not. Say which with: make PYTHON=python3.11" >&2; exit 1; }
	@test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing Python packages…"
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt || \
		{ echo "Python packages could not be fetched: pip must reach a package index for the first start." >&2; exit 1; }
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing packages for tests and lint…"
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements-dev.txt || \
		{ echo "Test packages could not be fetched: pip must reach a package index." >&2; exit 1; }
	@touch $@

%.mo: %.po $(VENV)/.run
	@$(VENV)/bin/pybabel -q compile -i $< -o $@
