# The only vocabulary of CI and of the README. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.6
ATHERIS_VERSION := 3.0.0
FUZZ := .venv/fuzz
SECONDS ?= 60
PROJECTS := builder $(sort $(patsubst %/pyproject.toml,%,$(wildcard components/*/*/pyproject.toml)))
SOURCES := $(addsuffix /src,$(PROJECTS))
SETUP := .venv/.setup

.PHONY: help setup demo test test-builder test-others lint types generate check bench bench-builder h2spec fuzz \
	release ci lock-dev

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

demo: $(SETUP) ## the main job: build the default collector, send it telemetry, show what came out
	$(BIN)/python tests/e2e/demo.py

test: $(SETUP) ## run all tests: the builder's beside the others
	@$(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) \
		test-builder test-others

test-builder: $(SETUP)
	env -u MAKEFLAGS -u MAKELEVEL $(BIN)/pytest builder

test-others: $(SETUP)
	env -u MAKEFLAGS -u MAKELEVEL $(BIN)/pytest components tests

lint: $(SETUP) ## check style and formatting
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

types: $(SETUP) ## check types, strictly
	$(BIN)/mypy $(SOURCES) release

generate: $(SETUP) ## write everything that is generated: schemas, README tables, distributions
	$(BIN)/python -m penstock_testkit.generate
	$(BIN)/python -m penstock_dataflow.admin docs/dataflow/openapi.json
	$(BIN)/python -m penstock_builder.manifest_schema .
	$(BIN)/python -m penstock_dataflow.schema .
	$(BIN)/penstock sync-replaces
	$(BIN)/penstock generate
	$(BIN)/penstock generate --config distributions/pencol-otlp/manifest.yaml

check: $(SETUP) ## is everything that is generated current?
	$(BIN)/python -m penstock_testkit.generate --check
	$(BIN)/python -m penstock_builder.manifest_schema . --check
	$(BIN)/python -m penstock_dataflow.schema . --check
	$(BIN)/penstock sync-replaces --check
	$(BIN)/penstock check builder-manifest.yaml distributions/*/manifest.yaml

bench: $(SETUP) ## measure against a named peer, side by side; prints a table, asserts nothing
	$(BIN)/python -m benchmarks

bench-builder: $(SETUP) ## measure the builder: its steps, other tools beside it, growth
	$(BIN)/python -m benchmarks.builder

fuzz: $(SETUP) ## feed random frames, header blocks, calls and bodies to the wire: make fuzz SECONDS=60
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(FUZZ)
	$(UV) pip install --quiet --python $(FUZZ)/bin/python --constraint requirements-dev.lock \
		atheris==$(ATHERIS_VERSION) -e components/core/wire
	$(FUZZ)/bin/python components/core/wire/tests/fuzz/run.py $(SECONDS)

h2spec: $(SETUP) ## hold HTTP/2 to h2spec; needs a Go toolchain
	$(BIN)/python components/core/wire/tests/h2/conform.py

release: $(SETUP) ## make the release VERSION=1.2.3 here, push nothing; with DRY_RUN=1 only show it
	$(BIN)/python -m release $(VERSION) $(if $(DRY_RUN),--dry-run)

ci: lint types check test demo ## what CI runs

lock-dev: $(UV) ## pin the development dependencies again
	$(UV) lock --quiet --python $(BIN)/python
	$(UV) export --quiet --frozen --all-packages --no-emit-workspace --no-header --no-annotate \
		--format requirements-txt --output-file requirements-dev.lock
	@rm -f uv.lock
