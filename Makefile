# Every target makes its own .venv where there is none.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check fix bench crash soak fuzz newcomer container lock clean

help:  ## what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(READY): constraints.txt pyproject.toml hatch_build.py watcher/text/regular.pyx
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "edgar-watcher needs Python 3.11 or later; set PYTHON=python3.11" >&2; exit 1; }
	@echo "Installing into $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## the main job on this machine alone: EDGAR simulated, alerts on the screen
	@$(BIN)/watcher demo

test: $(READY)  ## the whole test suite
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal

check: $(READY)  ## what CI runs: format, lint, types, import contract, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@$(MAKE) --no-print-directory test

fix: $(READY)  ## format and repair what can be repaired by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## measure reading, matching, polling and delivering
	@$(BIN)/python -m benchmarks

crash: $(READY)  ## kill the daemon at every step and at a thousand random moments; count what receivers show
	@$(BIN)/python tests/crash.py --kills 1000

soak: $(READY)  ## a simulated month with outages, restarts and reloads; minutes
	@$(BIN)/python tests/soak.py

fuzz: $(READY)  ## look for a minute for bytes that break the reader, then for some that break what is compiled
	@test -x $(VENV)/fuzz/bin/python || $(PYTHON) -m venv $(VENV)/fuzz
	@$(VENV)/fuzz/bin/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	@mkdir -p $(VENV)/fuzz/corpus
	@PYTHONPATH=$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])'):. $(VENV)/fuzz/bin/python \
		tests/fuzz/fuzz_report.py $(VENV)/fuzz/corpus tests/fuzz/corpus -max_total_time=60 -max_len=20000 -timeout=30
	@$(BIN)/python tests/fuzz/fuzz_regular.py

newcomer: $(READY)  ## follow the documentation on a clean Debian up to a message and a service; minutes, as root
	@$(BIN)/python tests/clean_debian.py

container: $(READY)  ## build the container, and follow the documentation up to a message from it; minutes, as root
	@test -x $(VENV)/compose/bin/python || $(PYTHON) -m venv $(VENV)/compose
	@$(VENV)/compose/bin/python -m pip install --quiet --disable-pip-version-check podman-compose==1.6.0
	@$(BIN)/python tests/container.py

lock: $(READY)  ## renew the pinned versions in constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras --no-header --no-annotate \
		--upgrade --output-file constraints.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--constraint constraints.txt --output-file deploy/constraints-runtime.txt pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--constraint constraints.txt --output-file deploy/constraints-build.txt -

clean:  ## remove the environment and what tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist watcher/text/*.so
