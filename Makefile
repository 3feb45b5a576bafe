# `make` alone lists what can be made.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export DOORVANI_ENV ?= development
# On two cores: whoever has the running service mostly waits for it, so a third worker finds room.
SIDE_BY_SIDE := -n 3 --dist loadgroup

.PHONY: help setup demo run test coverage check lint fix types layers content bench lock clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*## "} {printf "  make %-8s %s\n", $$1, $$2}'

# The lock names every package, so nothing is resolved (--no-deps): otherwise a newer release of one
# that is wanted with an extra stops an older pip. What the lock lacks is what `pip check` finds.
$(VENV)/.ready: requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Doorvani needs Python 3.11: install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip --quiet --disable-pip-version-check check
	@touch $@

setup: $(VENV)/.ready ## Install everything into .venv (done by the other targets)

demo: setup ## One whole consultation, from dial to prescription, narrated
	$(BIN)/doorvani demo

run: setup ## Everything running, with feature phones in the browser
	$(BIN)/doorvani run

test: setup ## The tests
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

coverage: setup ## The tests, with a coverage report; slower
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --cov --cov-report=term

check: lint types layers content test ## All that must hold before a change lands

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fix: setup ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

content: setup ## Flows, prompts, catalogues and SMS templates are whole
	$(BIN)/doorvani flows check
	$(BIN)/doorvani sms lint
	$(BIN)/doorvani translations check

bench: setup ## Measure; each figure beside its baseline of the same run
	$(BIN)/doorvani bench

lock: ## Pin every dependency anew, with hashes
	$(BIN)/pip-compile --quiet --upgrade --extra dev --all-build-deps --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe -o requirements/lock.txt pyproject.toml

clean: ## Remove the environment and all run-time data
	rm -rf $(VENV) var .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
