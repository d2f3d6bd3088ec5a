# Everything happens in .venv, which makes itself from the hashed locks: pip fetches the few packages of
# requirements-build.lock (uv among them), uv the rest. Nothing but make and Python 3.11 to 3.13 must be there before.

# Bytecode is kept, also where the environment says not to: without it every start compiles some 4,000 files anew (6 s).
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo notebook test check lint types sql audit sbom acceptance chaos fuzz live superset spark bench lock clean

VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := $(BIN)/python
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# The first Python that will do. Another one: `make setup PYTHON=/path/to/python3.12`.
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done),python3)

help:
	@echo "make demo     the whole way on a simulated world: set up, pull, build, show the scorecard"
	@echo "make notebook   explore what is published in a browser (marimo)"
	@echo "make test     set up and run the tests"
	@echo "make check    what CI runs: format, lint, types, SQL style, tests"
	@echo "make acceptance   simulated worlds with known truth, measured by the whole product"
	@echo "make chaos    every promise tried hard (kills, damage, full disks, hostile input); writes docs/reliability.md"
	@echo "make fuzz     what reads others' input, tried by a fuzzer for an hour (Linux, x86_64; FUZZ_SECONDS=N for less)"
	@echo "make live     read a real Bluesky network, started on this machine (Debian, Ubuntu)"
	@echo "make superset read the demo with a real Apache Superset, started on this machine (Python 3.11, PostgreSQL)"
	@echo "make spark    build the models on a real Spark cluster, started on this machine (needs Java 17 or 21)"
	@echo "make setup    only make .venv, with everything that development needs"
	@echo "make bench    time the heavy works on this machine beside what one would pick instead, and hold them to their targets"
	@echo "make audit    hold every lock against the known vulnerabilities, and look for secrets in every file"
	@echo "make sbom     write the bill of materials, dist/sbom.cdx.json"
	@echo "make lock     resolve the dependencies anew (UPGRADE=--upgrade takes newer versions)"
	@echo "make clean    remove .venv, dist/ and the tools' caches; never your data"

setup: $(VENV)/.dev

demo: $(VENV)/.runtime
	@$(PY) -m pipelines.cli demo

# Without asking an index for a newer marimo.
notebook: $(VENV)/.dev
	@MARIMO_SKIP_UPDATE_CHECK=1 $(PY) -m marimo edit notebooks/explore.py

# Three processes, for tests on two cores often wait for a clock or a disk; a file each, in the files' order: the long ones of
# tests/integration come early.
test: $(VENV)/.dev
	@$(PY) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: lint types sql test

lint: $(VENV)/.dev
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .

types: $(VENV)/.dev
	@$(PY) -m pyright

sql: $(VENV)/.dev
	@$(PY) -m sqlfluff lint --processes 0 sql pipelines/report/queries

acceptance: $(VENV)/.dev
	@$(PY) -m tests.acceptance

# SEED=N draws otherwise; CHAOS=short is what `make test` does of it.
chaos: $(VENV)/.dev
	@$(PY) -m tests.reliability --chaos $(or $(CHAOS),full) --seed $(or $(SEED),20260301)

# Atheris is installed into .venv-fuzz by its hashed lock; `make chaos` has a minute of it.
fuzz: $(VENV)/.dev
	@REQUIRE_CHAOS=1 $(PY) -m pytest tests/fuzz --chaos full --seed $(or $(SEED),20260301) --fuzz-seconds $(or $(FUZZ_SECONDS),3600)

# A whole Bluesky network on loopback; its parts go to a cache directory, LIVE_CACHE says which.
live: $(VENV)/.dev
	@REQUIRE_LIVE=1 $(PY) -m pytest tests/live --durations=3

# Superset demands other versions of half of what we use; DEMO=DIR reads a demo that is there, without it one is made.
superset: $(VENV)/.dev .venv-superset/.ready
	@REQUIRE_SUPERSET=1 REQUIRE_POSTGRES=1 SUPERSET_DEMO=$(DEMO) $(PY) -m pytest tests/superset --durations=3

.venv-superset/.ready: tests/superset/requirements.lock | $(VENV)/.build
	@$(PY) -m venv --without-pip .venv-superset
	@$(PY) -m uv pip install --quiet --python .venv-superset/bin/python --require-hashes -r $<
	@touch $@

# The whole of Spark has a folder of its own, because it and the client hold the same Python package. Thirteen minutes on
# two cores; ONLY=cluster is a day on a real Spark alone, and SPARK_READINGS=96000 in the environment builds less than the
# five million.
spark: $(VENV)/.dev .venv-spark/.ready
	@SPARK_HOME=$$(echo $(CURDIR)/.venv-spark/lib/python*/site-packages/pyspark) REQUIRE_SPARK=1 \
		$(PY) -m pytest $(if $(ONLY),tests/spark/test_$(ONLY).py,tests/spark) --durations=3

.venv-spark/.ready: tests/spark/requirements.lock | $(VENV)/.build
	@$(PY) -m venv --without-pip .venv-spark
	@$(PY) -m uv pip install --quiet --python .venv-spark/bin/python --require-hashes -r $<
	@touch $@

# The peers have an environment of their own; ONLY="pull normalise" does some works, in full size. What is printed stays in .bench/.
bench: $(VENV)/.dev .venv-bench/.ready
	@mkdir -p .bench
	@$(PY) -m benchmarks --json .bench/figures.json --markdown .bench/tables.md $(if $(ONLY),--only $(ONLY))

.venv-bench/.ready: benchmarks/peers/requirements.lock | $(VENV)/.build
	@$(PY) -m venv --without-pip .venv-bench
	@$(PY) -m uv pip install --quiet --compile-bytecode --python .venv-bench/bin/python --require-hashes -r $<
	@touch $@

# --- the environment: each stamp says that its lock is installed ---

$(VENV)/.python:
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { \
		echo "Syfte needs Python 3.11, 3.12 or 3.13, and \`$(PYTHON)\` is none of them." >&2; \
		echo "  where: $$(command -v $(PYTHON) >/dev/null && $(PYTHON) --version 2>&1 || echo 'no such command on the PATH')" >&2; \
		echo "  do:    Install one of them and run, for example, \`make $(or $(MAKECMDGOALS),setup) PYTHON=python3.13\`." >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python could not make a virtual environment." >&2; \
		echo "  where: $(VENV), with $$(command -v $(PYTHON))" >&2; \
		echo "  do:    On Debian and Ubuntu install the package python3-venv; remove $(VENV) and run make again." >&2; \
		exit 1; }
	@touch $@

$(VENV)/.build: requirements-build.lock | $(VENV)/.python
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Where uv cannot reach the index because only pip is configured for it (a mirror in pip.conf), pip does it, slower.
define install
	@$(PY) -m uv pip install --compile-bytecode --python $(PY) --require-hashes -r $(1) || { \
		echo "uv could not install; trying pip, which takes some minutes."; \
		$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); }
endef

$(VENV)/.runtime: requirements.lock pyproject.toml $(VENV)/.build
	$(call install,requirements.lock)
	@$(PY) -m uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(call install,requirements-dev.lock)
	@touch $@

# --- the supply chain: its tools have an environment of their own, so that the product's locks stay small ---

SUPPLY := .venv-supply
SBOM ?= dist/sbom.cdx.json

$(SUPPLY)/.ready: tests/supply/requirements.lock | $(VENV)/.build
	@$(PY) -m venv $(SUPPLY)
	@$(PY) -m uv pip install --quiet --python $(SUPPLY)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)/python --require-hashes -r $<
	@touch $@

audit: $(SUPPLY)/.ready
	@$(SUPPLY)/bin/python tests/supply/leaks.py
	@$(SUPPLY)/bin/python tests/supply/audit.py

sbom: $(SUPPLY)/.ready
	@mkdir -p $(dir $(SBOM))
	@PYTHONWARNINGS=ignore $(SUPPLY)/bin/python -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --validate --output-file $(SBOM)

# --- maintenance ---

# One lock for Python 3.11 to 3.13 on Linux, macOS and Windows; hashes, and no addresses: any index will do.
COMPILE = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links $(UPGRADE)

lock: | $(VENV)/.build
	@$(COMPILE) pyproject.toml --extra report -o requirements.lock
	@$(COMPILE) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	@$(COMPILE) --group build -c requirements-dev.lock -o requirements-build.lock
	@for set in tests/sdks/*/ tests/supply/ tests/fuzz/ tests/superset/ tests/spark/ benchmarks/peers/; do $(COMPILE) $${set}requirements.in -o $${set}requirements.lock || exit 1; done

clean:
	@rm -rf $(VENV) .venv-sdks .venv-fuzz .venv-superset .venv-spark .venv-bench .bench $(SUPPLY) dist .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
