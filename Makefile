# `make run` turns the report into a served graph, `make test` runs the tests before a commit, and
# `make test-all` what CI runs. They need only Python 3.11 or later with venv, and make: all else is
# installed into .venv, held to the hashes of the lock files in requirements/.

PYTHON ?= python3
PORT ?= 8000
BASE ?= http://localhost:$(PORT)/
FOLDER ?= var

bin = .venv/bin

# A stamp is named after what it stands for, so it is out of date when a lock file, the metadata
# or the place of this folder changes, and not when git touches a file.
stamp = .venv/$(1)-$(shell { pwd; cat requirements/$(1).txt pyproject.toml; } | cksum | cut -d ' ' -f 1)
run_stamp := $(call stamp,run)
dev_stamp := $(call stamp,dev)

.PHONY: help run test test-all lint types lock clean

help:
	@echo "make run    build the report's graph, validate it, serve it at $(BASE)"
	@echo "            (built anew only if something has changed; PORT=8080 changes the port,"
	@echo "            BASE=https://example.org/ the address of all things)"
	@echo "make test   format, lint, types and the tests, in some minutes"
	@echo "make test-all"
	@echo "            the same, then the exhaustive tests"
	@echo "make lock   write requirements/*.txt anew from pyproject.toml"
	@echo "make clean  remove what the other commands made, the releases in $(FOLDER)/ apart"

run: $(run_stamp)
	@$(bin)/untocgraph build --folder "$(FOLDER)" --base "$(BASE)"
	@exec $(bin)/untocgraph serve --folder "$(FOLDER)" --port "$(PORT)"

pytest = $(bin)/pytest --numprocesses auto --dist loadgroup --no-loadscope-reorder

test: lint
	$(pytest)

test-all: test
	$(pytest) -m exhaustive

lint: $(dev_stamp) types
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy

# The folders at the top install as untocgraph.graph and so on; mypy finds them by this link.
types:
	@mkdir -p .types && ln -sfn .. .types/untocgraph

# The development lock holds all of the run lock, so it stands for both.
$(run_stamp):
	$(call install,run)
	@touch $@

$(dev_stamp):
	$(call install,dev)
	@touch $@ $(run_stamp)

define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "untocgraph needs Python 3.11 or later: name one with PYTHON=python3.12, say." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "This Python cannot make environments: install python3-venv (apt-get install python3-venv)." >&2; exit 2; }
	@$(bin)/python -c '' 2> /dev/null || rm -rf .venv
	@echo "Installing $$(grep -c '==' requirements/$(1).txt) packages into .venv, each held to its hash. Only the first time."
	@$(PYTHON) -m venv .venv
	@$(bin)/python -m pip install $(pip) --only-binary :all: --require-hashes -r requirements/$(1).txt
	@$(bin)/python -m pip install $(pip) --no-deps --no-build-isolation --editable .
endef

pip = --quiet --quiet --disable-pip-version-check --no-input

compile = CUSTOM_COMPILE_COMMAND="make lock" $(bin)/pip-compile --quiet --generate-hashes --strip-extras \
  --allow-unsafe --all-build-deps --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: $(dev_stamp)
	$(compile) --output-file requirements/run.txt pyproject.toml
	$(compile) --output-file requirements/dev.txt --extra dev --constraint requirements/run.txt pyproject.toml

clean:
	rm -rf .venv .types build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
