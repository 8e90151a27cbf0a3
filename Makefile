# Every target sets up what it needs from a bare python3 and does nothing where nothing changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# One more than the cores that are meant: tests wait for processes, browsers and servers.
WORKERS ?= 3
# The notebooks draw with many small arrays: more BLAS threads only get in each other's way.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# Each process that the tests start would compile the package anew, and each worker every test.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help reports test prove lab lint bench docs lock audit clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

reports: $(VENV)/.base ## Make the demo (once) and every market's report: reports/index.html
	@$(BIN)/tne demo
	@$(BIN)/tne run --workspace data/demo

test: $(VENV)/.test $(VENV)/.docs ## Lint and the tests, about 20 minutes on 2 cores
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@# the notebooks run beside the rest: their kernels fill what the other tests leave of the cores
	@log=$$(mktemp); \
	  $(BIN)/python -m pytest -q -n 1 -p tests.notebooks.forked_kernels --nbval-lax notebooks/methods >$$log 2>&1 & notebooks=$$!; \
	  trap 'kill $$notebooks; exit 130' INT TERM; \
	  $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -p no:nbval tests; ended=$$?; \
	  wait $$notebooks || ended=$$?; \
	  cat $$log; rm -f $$log; exit $$ended

prove: $(VENV)/.test $(VENV)/.docs $(VENV)/.spark ## The thorough tests, then the full proofs (resumable, many hours when all are stale): docs/proof/*.json; needs TNE_TRUTH
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -p no:nbval --thorough -m thorough tests
	@$(BIN)/python -m tests.prove

lab: $(VENV)/.lab ## Open JupyterLab on the notebook where an analyst starts
	@$(BIN)/tne demo
	@$(BIN)/jupyter lab --LabApp.app_settings_dir=notebooks/lab notebooks/explore.ipynb

lint: $(VENV)/.test ## Format and lint code and notebooks, check types strictly, look for secrets
	@$(BIN)/python -m tests.public_stub
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.secret_scan

bench: $(VENV)/.test ## The timings behind the README's claims, a quarter of an hour: leave the machine alone
	@$(BIN)/tne demo
	@$(BIN)/python benchmarks/run.py data/demo
	@$(BIN)/python benchmarks/engine.py
	@for each in export items panel irt mixed learning staggered two_way sensitivity synthetic behaviour; do $(BIN)/python benchmarks/$$each.py; done
	@$(BIN)/python benchmarks/desk.py data/demo

docs: $(VENV)/.test $(VENV)/.docs ## Build and check the docs site, with reports of the demo: site/index.html
	@$(BIN)/python -m tne.tables.document data/README.md
	@$(BIN)/tne demo
	@$(BIN)/tne run --workspace data/demo --market DE --language en --output build/reports
	@$(BIN)/tne run --workspace data/demo --report portfolio --language en --output build/reports
	@$(BIN)/python -m website build/reports

lock: $(VENV)/.lock ## Resolve the lock files anew
	@for extra in base test lab docs spark; do \
	  name=requirements$$([ $$extra = base ] || echo -$$extra).lock; \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --extra build $$([ $$extra = base ] || echo --extra $$extra --constraint requirements.lock) pyproject.toml -o $$name || exit 1; \
	done

audit: $(VENV)/audit/bin/pip-audit ## Ask for known vulnerabilities of everything that is locked; needs the internet
	@$< --strict --require-hashes --disable-pip --progress-spinner off \
	  $(foreach lock,$(wildcard requirements*.lock),--requirement $(lock))

clean: ## Remove reports and the demo (the sample and the environment stay)
	@rm -rf data/demo reports/*.html reports/*.csv reports/*.json reports/*/

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing tne into $(VENV) …"
	@$(PIP) install --no-compile --require-hashes -r requirements.lock
	@# on all cores, which pip does not; libraries carry a few files that are no Python of today
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Not all that the tests may need is imported: compiled is what is.
$(VENV)/.test: requirements-test.lock $(VENV)/.base
	@$(PIP) install --no-compile --require-hashes -r requirements-test.lock
	@touch $@

$(VENV)/.lab: requirements-lab.lock $(VENV)/.base
	@$(PIP) install --require-hashes -r requirements-lab.lock
	@touch $@

$(VENV)/.docs: requirements-docs.lock $(VENV)/.base
	@$(PIP) install --no-compile --require-hashes -r requirements-docs.lock
	@touch $@

$(VENV)/.spark: requirements-spark.lock $(VENV)/.base
	@$(PIP) install --require-hashes -r requirements-spark.lock
	@touch $@

# Apart from the environment that it judges. --strict: what could not be looked up is a failure, not "none found".
$(VENV)/audit/bin/pip-audit: | $(BIN)/python
	@$(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip --disable-pip-version-check --quiet install 'pip-audit>=2.9'

$(VENV)/.lock: | $(BIN)/python
	@$(PIP) install 'uv>=0.8'
	@touch $@
