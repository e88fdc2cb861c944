# The only vocabulary of CI and of the README. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.6
PROJECTS := builder $(sort $(patsubst %/pyproject.toml,%,$(wildcard components/*/*/pyproject.toml)))
SOURCES := $(addsuffix /src,$(PROJECTS))
SETUP := .venv/.setup

.PHONY: help setup demo test lint types generate check bench ci lock-dev fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

$(UV):
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(SETUP): requirements-dev.lock Makefile $(addsuffix /pyproject.toml,$(PROJECTS)) | $(UV)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps $(addprefix -e ,$(PROJECTS))
	@touch $@

setup: $(SETUP) ## make .venv: pinned tools, and every project editable

test: $(SETUP) ## run all tests
	$(BIN)/pytest

lint: $(SETUP) ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(SETUP) ## check types, strictly
	$(BIN)/mypy $(SOURCES)

lock-dev: $(UV) ## pin the development dependencies again
	$(UV) export --quiet --python $(BIN)/python --all-packages --no-emit-workspace --no-header --no-annotate --format requirements-txt --output-file requirements-dev.lock
	@rm -f uv.lock
