# What can be done with a checkout; `make` alone lists it. Every target that needs the environment
# makes it first, and leaves it alone when nothing changed.

# Which Python makes the environment: `make setup PYTHON=python3.12`.
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
VENV_MADE := $(VENV)/pyvenv.cfg
RUN_INSTALLED := $(VENV)/.run-installed
DASHBOARD_INSTALLED := $(VENV)/.dashboard-installed
DEV_INSTALLED := $(VENV)/.dev-installed
DEPLOY_PACKAGES := $(VENV)/deploy

# uv does the same in a tenth of the time; it is optional.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),"$(UV)" pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip \
	install --quiet --disable-pip-version-check)

.DEFAULT_GOAL := help
.PHONY: help setup demo ui dashboard test slowtest deploytest lint bench figures torture weights drawing pictures lock clean

help: ## List what can be done.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(RUN_INSTALLED) ## Make .venv with the project and the exact packages that it was tested with.

demo: $(RUN_INSTALLED) ## Run the whole pipeline on sample data: no token, no network. LIVE=1, DUMP=1: from the API, from a dump.
	$(BIN)/musictool demo $(if $(LIVE),--live) $(if $(DUMP),--dump)

ui: $(RUN_INSTALLED) ## Open Dagster's web pages on this project.
	$(BIN)/musictool ui

dashboard: $(DASHBOARD_INSTALLED) ## Open the collection in the browser.
	$(BIN)/musictool dashboard

# If Python keeps nothing that it compiled, each process of the suite compiles all of it again.
test slowtest deploytest: export PYTHONDONTWRITEBYTECODE :=

# Four processes on two cores: many tests mostly wait, for a server or for a process to start.
test: $(DEV_INSTALLED) ## Run the test suite.
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

slowtest: $(DEV_INSTALLED) ## Run what the suite leaves out, and its examples by the hundreds.
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder \
		-m "slow or hypothesis" --hypothesis-profile slow

# Beside the environment, not in it: psycopg2 is no part of the project (deploy/README.md).
$(DEPLOY_PACKAGES): deploy/requirements.txt $(DEV_INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --no-deps \
		--require-hashes --target $@ -r deploy/requirements.txt
	@touch $@

deploytest: $(DEPLOY_PACKAGES) ## Try the shared installation, if PostgreSQL is installed.
	PYTHONPATH=$(CURDIR)/$(DEPLOY_PACKAGES) $(BIN)/python -m pytest -m postgres -rs

lint: $(DEV_INSTALLED) ## Check style, types and who may import whom.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --project .
	$(BIN)/lint-imports

bench: $(DEV_INSTALLED) ## Measure how fast the parts are on this machine.
	$(BIN)/python -m musictool_pipeline_tests.bench

figures: $(DEV_INSTALLED) ## Count what shows how the package is built: long modules, SQL in Python, doubled names.
	$(BIN)/python -m musictool_pipeline_tests.figures

# One or some of them, or another seed: `make torture TORTURE="--seed 7 killing sharing"`.
torture: $(DEV_INSTALLED) ## Kill, starve and deceive the project, and measure what is lost.
	$(BIN)/python -m musictool_pipeline_tests.torture $(TORTURE)

weights: $(DEV_INSTALLED) ## Learn the matcher's table of points again from the labelled pairs.
	$(BIN)/python -m musictool_pipeline_tests.core.matching.weights

drawing: $(DEV_INSTALLED) ## Draw the rooms in docs/architecture.md again from the import contracts.
	$(BIN)/python -m musictool_pipeline_tests.drawing

pictures: $(DEV_INSTALLED) ## Take the pictures in docs/pictures again from the demo, in Chromium.
	$(BIN)/python -m musictool_pipeline_tests.pictures

# uv comes and goes with a folder of its own: the lock files are the only thing that needs it.
# The extras stay in (gql[requests]): pip before 24 takes the bare name for a package without a hash.
# Versions that still fit stay as they are; `make lock LOCK=--upgrade` takes the newest instead.
lock: ## Write the requirements files again from pyproject.toml, and deploy's.
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT \
	&& $(PYTHON) -m venv "$$tools" \
	&& "$$tools/bin/python" -m pip install --quiet --disable-pip-version-check uv \
	&& compile="$$tools/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --annotation-style line --group build $(LOCK)" \
	&& export UV_CUSTOM_COMPILE_COMMAND="make lock" \
	&& $$compile pyproject.toml --output-file requirements.txt \
	&& $$compile --extra dashboard --constraints requirements.txt pyproject.toml \
		--output-file requirements-dashboard.txt \
	&& $$compile --extra dev --extra dashboard --constraints requirements-dashboard.txt \
		pyproject.toml --output-file requirements-dev.txt \
	&& "$$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--annotation-style line --no-deps $(LOCK) \
		--constraints requirements.txt deploy/requirements.in --output-file deploy/requirements.txt

clean: ## Remove the environment and Dagster's history; your data stays.
	rm -rf $(VENV) .dagster

$(VENV_MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "MusicTool needs Python 3.11 or later, and $(PYTHON) is not:" \
			"install one, or name it: make setup PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

# An environment whose Python is gone, as after an upgrade of the system, is made again.
ifeq ($(shell test -x $(BIN)/python || echo gone),gone)
.PHONY: $(VENV_MADE)
endif

$(RUN_INSTALLED): requirements.txt pyproject.toml $(VENV_MADE)
	@echo "Installing what the project needs into $(VENV); the first time takes a minute or two."
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DASHBOARD_INSTALLED): requirements-dashboard.txt $(RUN_INSTALLED)
	@echo "Installing what the dashboard needs."
	@$(INSTALL) --require-hashes -r requirements-dashboard.txt
	@touch $@

$(DEV_INSTALLED): requirements-dev.txt $(RUN_INSTALLED)
	@echo "Installing what its tests need."
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@
