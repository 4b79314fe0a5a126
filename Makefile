# Two commands do everything on a fresh machine: `make demo` and `make test`.
# The only needs are Python 3.11 to 3.13, make and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# The pages are tested in a real browser where there is one; CI installs it.
BROWSER := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# So are the alert rules by Prometheus' own tool.
PROMTOOL := $(shell command -v promtool)

.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(INSTALLED) ## replay a small archive through the whole pipeline and show the alerts
	@$(BIN)/pactwatch demo

up: $(INSTALLED) ## run everything on this machine until Ctrl-C
	@$(BIN)/pactwatch up

test: lint types $(INSTALLED) ## lint, types and every test but the slow ones, on a real broker
	@$(BIN)/coverage erase
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow$(if $(BROWSER),, and not browser)$(if $(PROMTOOL),, and not promtool)" --cov --cov-report=term:skip-covered
	@$(if $(BROWSER),,echo "the pages were not tested in a browser: none here (apt-get install chromium)")
	@$(if $(PROMTOOL),,echo "the alert rules were not tested: no promtool here (apt-get install prometheus)")

test-all: lint types $(INSTALLED) ## every test
	@$(BIN)/pytest

trial: $(INSTALLED) ## 20 seeded fault trials of the deliverer: 2,000 alerts, 5 channels, every step killed (20 minutes)
	@$(BIN)/pytest -m slow -s -q tests/slack/test_trial.py

soak: $(INSTALLED) ## everything fails for half an hour on three brokers, about 200 faults; SEED=7 repeats a trial
	@$(BIN)/python -m tests.soak --minutes 30 --rate 1150 --every 5 $(if $(SEED),--seed $(SEED)) --json soak.json

lint: $(INSTALLED) ## check style, the compose file and the Dockerfile
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	@$(BIN)/hadolint docker/Dockerfile

types: $(INSTALLED) ## check types
	@$(BIN)/mypy

format: $(INSTALLED) ## format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

quality: $(INSTALLED) ## how well articles are recognised and stories told, on every labelled set there is
	@$(BIN)/python -m monitor.classify.quality

bench: $(INSTALLED) ## speed of each part on this machine, against what is wanted; says at the end what was missed
	@missed=; for script in tests/bench/[a-z]*.py; do part=$$(basename $$script .py); \
	  echo "== $$part"; $(BIN)/python -m tests.bench.$$part || missed="$$missed $$part"; done; \
	  test -z "$$missed" || { echo "missed:$$missed"; exit 1; }

schemas: $(INSTALLED) ## write the JSON Schema of every topic into docs/schemas
	@$(BIN)/python -m monitor.models.schemas docs/schemas

lock: $(INSTALLED) ## resolve the versions anew
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove what was installed and cached here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov dist

$(INSTALLED): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); sys.exit(0 if ok else "Pactwatch needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: help demo up test test-all trial soak lint types format quality bench schemas lock clean
