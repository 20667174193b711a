# Two commands on a fresh machine: `make demo` and `make test`. Each does all its own set-up.
#
#   make setup   .venv/ with everything the project needs (again only when pyproject.toml changed)
#   make demo    the gateway with simulated carriers and callers; prints one link per role
#   make test    static checks, unit and property tests with coverage, journeys with real peers
#   make lint    only the static checks
#   make simulate  the whole gateway with faults from 200,000 seeds, on all cores
#                (make simulate SEEDS=2000 FROM=1 JOBS=2; FROM=200001 goes on where it stopped)
#   make mutants plants bugs one by one; the simulator must catch each (MUTANTS="--only NAME")
#   make crash   the real process killed 100 times, stopped, starved of disk, told another time, and
#                started on 500 images of a disk after a power cut (make crash CRASH="--only kills")
#   make load    the load tests: budgets as ratios to calibrators of the same run
#                (make load LOAD="--full" for the long one; LOAD_QUIET=1 lets the tails gate too)
#   make score   the conformance suite of SMPP against this gateway and two servers of others
#                (make score SCORE="--failures" names each case that failed)
#   make fuzz    200,000 PDUs that are nearly right against the gateway as it runs
#                (make fuzz FUZZ="--pdus 1000000 --seed 7")
#   make compare  submit_sm/s of our daemon beside smpp.twisted3 and Jasmin with RabbitMQ and Redis,
#                then Kannel as the carrier (the first time it installs them; as root, or says what)
#   make picture takes docs/console.png anew, of the console's page as it is
#   make clean   remove all that these made

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# What is started a hundred times is not compiled each time, whatever the machine says of byte code.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
CODE := .venv/.compiled
STAGE := .ci/stage
AGAIN := .ci/again
LOAD ?= --quick
SEEDS ?= 200000
FROM ?= 1
JOBS ?= $(shell nproc)
SEEDS_TESTED := 2000
WORLDS := tests/simulation tests/gateway/simulation tests/gateway/cli/test_simulate.py
MUTANTS ?=
CRASH ?=
SCORE ?=
FUZZ ?=
# Runs a command in the time that nothing else wants.
IDLY := $(shell chrt --idle 0 true 2>/dev/null && echo chrt --idle 0 || echo nice -n 19)
JOURNEYS := -q -ra --durations=5
PYTEST := -p no:cacheprovider $(JOURNEYS)

.PHONY: help setup demo test before before-code before-tools before-ruff before-mypy in-time \
	in-time-calls in-time-simulation in-time-pyright in-time-worlds static lint ruff mypy pyright \
	unit worlds journeys \
	journeys-beside journeys-in-time tools \
	mutants load compare picture simulate crash crash-short score fuzz clean

help:
	@sed -n 's/^#   //p' Makefile

setup: $(STAMP) $(CODE)

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "no $(PYTHON): install Python 3.11 or newer" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; say make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "python cannot make virtual environments: apt-get install python3-venv" >&2; exit 2; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -e '.[dev]'
	@touch $(STAMP)

# The receivers of TTY calls as machine code: a minute of one core, once for each version of them.
$(CODE): $(STAMP) $(wildcard tty/demod/*.py)
	@$(BIN)/python -c 'from text911.gateway.edges.lines.preparing import make; make()'
	@touch $(CODE)

demo: setup
	@$(BIN)/text911 demo

# What fails soonest comes first. The stages of `before` run side by side, those of `in-time` too; the
# summary has each with its time.
test:
	@rm -rf build/stages build/coverage*
	@$(STAGE) installation $(MAKE) $(STAMP)
	@$(MAKE) -j 4 --output-sync=recurse before
	@$(STAGE) "unit and property tests" $(MAKE) unit
	@$(STAGE) "journeys with real peers" $(MAKE) journeys-beside
	@$(MAKE) -j 3 --output-sync=recurse in-time
	@$(STAGE) "crash lab" $(MAKE) crash-short
	@$(STAGE) --summary

# One core each; what one of them says comes in one piece when it is done. The machine code is not
# needed sooner than by the unit tests.
before: before-code before-tools before-ruff before-mypy

before-code:
	@$(STAGE) "machine code" $(MAKE) $(CODE)

before-tools:
	@$(STAGE) "system tools" $(MAKE) tools

before-ruff before-mypy: before-%:
	@$(STAGE) "$*" $(MAKE) $*

# Calls in real time leave most of two cores unused. What has time takes that, and not one moment
# that a call wants: a call whose sound comes late loses letters.
in-time: in-time-calls in-time-simulation in-time-pyright in-time-worlds

in-time-calls:
	@$(STAGE) "calls in real time" $(MAKE) journeys-in-time

in-time-simulation:
	@$(STAGE) simulation $(IDLY) $(MAKE) simulate SEEDS=$(SEEDS_TESTED)

in-time-pyright: in-time-simulation
	@$(STAGE) pyright $(IDLY) $(MAKE) pyright

in-time-worlds: in-time-pyright
	@$(STAGE) "worlds" $(IDLY) $(MAKE) worlds

# What the journeys need from Debian. As root it is installed; otherwise said, and those tests skip.
tools: $(STAMP)
	@$(BIN)/python -m tests.journeys.tools

static lint: ruff mypy pyright

ruff: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

mypy: $(STAMP)
	@$(BIN)/mypy

pyright: $(STAMP)
	@$(BIN)/pyright

# Everything but journeys and laboratories, with branch coverage; what is pure (tests/floors.py) has
# all of it.
# Tests that play whole worlds are not traced: that takes four times as long, and a module's branches
# are to be shown by its own tests.
# Hypothesis makes its table of all letters once for a clone; not traced, and not by two workers.
unit: setup
	@$(BIN)/python -c 'from hypothesis.strategies import text; text().validate()'
	@$(BIN)/python -m pytest $(PYTEST) -n $(JOBS) --dist loadfile --cov --cov-report= \
		--ignore=tests/journeys --ignore=tests/crash $(addprefix --ignore=,$(WORLDS)) tests
	@$(BIN)/coverage report --skip-covered --sort=cover | tail -n 25
	@$(BIN)/coverage report --include="$$($(BIN)/python tests/floors.py)" \
		--show-missing --skip-covered --fail-under=100

# Whole worlds that are played: not traced, and with time (in-time).
worlds: setup
	@$(BIN)/python -m pytest $(PYTEST) -n $(JOBS) --dist loadfile $(WORLDS)

# Two workers, with the tests of the crash lab itself; then calls in real time, one after the other
# (tests/journeys/conftest.py). One that fails is run again, alone, and the summary says so (.ci/again).
journeys: journeys-beside
	@$(MAKE) journeys-in-time

journeys-beside: setup
	@$(AGAIN) beside $(BIN)/python -m pytest $(JOURNEYS) -m "not in_real_time" -n 2 \
		--dist loadscope --no-loadscope-reorder tests/journeys tests/crash

journeys-in-time: setup
	@$(AGAIN) in-time $(BIN)/python -m pytest $(JOURNEYS) -m in_real_time tests/journeys

mutants: setup
	@$(BIN)/python -m tests.simulation.mutants $(MUTANTS)

simulate: setup
	@$(BIN)/text911 simulate --seeds $(SEEDS) --from $(FROM) --jobs $(JOBS)

crash: setup
	@$(BIN)/python -m tests.crash $(CRASH)

crash-short: setup
	@$(BIN)/python -m tests.crash --short

load: setup
	@$(BIN)/python -m load_tests $(LOAD)

score: setup
	@$(BIN)/python -m tests.peers $(SCORE)

fuzz: setup
	@$(BIN)/python -m load_tests.fuzz $(FUZZ)

picture: setup
	@$(BIN)/python -m tests.journeys.night docs/console.png

compare: setup
	@$(BIN)/python -m load_tests.comparing --jasmin --install
	@$(BIN)/python -m load_tests.comparing --jasmin
	@$(BIN)/python -m load_tests.kannel

clean:
	@rm -rf .venv build dist ./*.egg-info .coverage .coverage.* .hypothesis .mypy_cache \
		.pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
