# Every target sets up what it needs. `make setup` alone is cheap when nothing changed.

# The first of these that is a supported CPython; `make PYTHON=…` says another.
CANDIDATES := python3 python3.13 python3.12 python3.11
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(firstword $(foreach each,$(CANDIDATES),$(shell $(each) -c "$(SUPPORTED)" 2>/dev/null && echo $(each))) python3)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := $(VENV)/.packages
COMPILER := contracts/node_modules/.compiler
WEB := gateway/web/node_modules/.installed
HARDHAT := devnet/hardhat/node_modules/.installed
ENGINE := strikeproof/_compiled/manifest.json

# Settings of a person's own uv or Python must not leak into this environment.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export ETH_HASH_BACKEND := pysha3
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Without its bytecode pytest compiles and rewrites every test again: 20 s instead of 4.
unexport PYTHONDONTWRITEBYTECODE

# The second EVM of the long fuzz: GROUPS=revm adds it where its wheels exist.
GROUPS ?= revm

.DEFAULT_GOAL := help
CHECKS := check-types check-artifacts check-tidy check-generated check-imports check-lint
.PHONY: $(CHECKS)
.PHONY: site
.PHONY: help setup lock generate vectors contracts check unit test replay simulate
.PHONY: simulate-mutants market-days kills outage arguments
.PHONY: devnet hardhat test-hardhat chaos-l1 drills bench fuzz fuzz-executors fuzz-risk
.PHONY: fuzz-kernel fuzz-margin reconnects
.PHONY: lighthouse check-deploy etcd promtool failover fuzz-lemma mutants test-cluster wheel clean compile engine-builds

help:
	@echo "make setup      environment: Python packages, Solidity compiler, anvil"
	@echo "make compile    the engine by mypyc, after an edit of sequencer/core (setup does the first)"
	@echo "make check      lint, types, import rules, tidiness, generated files and artifacts fresh"
	@echo "make unit FILE=tests/unit/core/test_order_book.py   one file of tests, or one folder"
	@echo "make test       setup, then the tests (ARGS='-k book' for some of them)"
	@echo "make replay TEST=… BLOB=…   one example of a property test, as its failure prints it"
	@echo "make devnet     setup, then L1, sequencer, verifier and traders (ARGS='--fraud list')"
	@echo "make chaos-l1 MINUTES=10  both nodes while both of their endpoints flap"
	@echo "make drills     docs/operating.md command by command, everybody leaves a dead venue, S3, reporters of expiries"
	@echo "make test-hardhat  the whole story on Hardhat's EDR, with Osaka's and the next fork's rules"
	@echo "make bench      regenerate the benchmark report"
	@echo "make lighthouse every page of a devnet, judged by Lighthouse in Chromium: at least 95 for accessibility"
	@echo "make site       docs/ as a site, in build/site"
	@echo "make simulate SEEDS=200 FIRST=1 MINUTES=5 the sequencer under random troubles, virtual time"
	@echo "make simulate-mutants   plant bugs in the sequencer, show that the simulation finds them"
	@echo "make market-days N=1000 FIRST=1 MINUTES=5   days of 2,000 ops on the engine: every invariant after every op"
	@echo "make kills N=1000 MINUTES=15   kill a sequencer at random moments: nothing is lost, nothing comes twice"
	@echo "make outage SECONDS=700   S4 on real processes, in real time"
	@echo "make reconnects N=1000   followers of a gateway are cut off N times, and miss nothing"
	@echo "make arguments N=1000   8N hostile argument lists at every command: no traceback"
	@echo "make fuzz N=100 agreement of engine and law on N random streams"
	@echo "make fuzz-executors N=100   agreement of the verifier's executors, revm and py-evm"
	@echo "make fuzz-risk N=100000 the same of the risk kernel, N inputs a function"
	@echo "make fuzz-lemma N=100000 the margin certificate against the kernel, N portfolios (PROCESSES=2)"
	@echo "make engine-builds OPS=1000000  the compiled engine against the plain one, byte for byte"
	@echo "make etcd       etcd from the distribution's packages, for standby sequencers and their tests"
	@echo "make promtool   Prometheus' evaluator from the same, for the tests of the alert rules"
	@echo "make check-deploy  Dockerfile by hadolint, chart by Kubernetes' schemas, compose file by its specification"
	@echo "make failover KILLS=200 STOPS=100   the leader of a cluster, killed and stopped under load"
	@echo "make test-cluster   the verifier's workers on a real Ray cluster"
	@echo "make mutants    plant bugs, show that the tests catch them"
	@echo "make generate   code from proto/;  make contracts   artifacts from contracts/src"
	@echo "make vectors    test vectors in proto/vectors, from the cases of tools/vectors"
	@echo "make lock       uv.lock after a change of dependencies;  make wheel   the wheel of this platform in dist/"

setup: $(PACKAGES) $(COMPILER) $(WEB) $(ENGINE)

$(BIN)/uv: tools/uv.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else "CPython 3.11 to 3.13 is needed, but $(PYTHON) is %d.%d: try make PYTHON=python3.12" % v[:2])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r tools/uv.txt
	@touch $@

$(PACKAGES): $(BIN)/uv pyproject.toml setup.py uv.lock
	$(BIN)/uv sync --quiet --frozen --python $(BIN)/python $(GROUPS:%=--group %) \
	    $$(bash tools/node.sh --on-machine && echo --no-group node)
	@touch $@

# Inside node_modules, which `npm ci` empties: an interrupted one is done again.
$(COMPILER): $(PACKAGES) contracts/package.json contracts/package-lock.json contracts/.npmrc
	@if ! [ -e $@ ] || [ -n "$(filter-out $(PACKAGES),$?)" ]; then \
	    bash tools/node.sh --npm ci --prefix contracts --ignore-scripts --loglevel error; \
	fi
	@touch $@

# What the gateway's pages load, and what their tests check them with.
$(WEB): $(PACKAGES) gateway/web/package.json gateway/web/package-lock.json gateway/web/.npmrc
	@if ! [ -e $@ ] || [ -n "$(filter-out $(PACKAGES),$?)" ]; then \
	    bash tools/node.sh --npm ci --prefix gateway/web --ignore-scripts --loglevel error; \
	fi
	@touch $@

# Hardhat needs a newer Node than the machine may have: first that, then Hardhat with it, because npm
# leaves out what does not go with the Node that runs it. Not part of `make setup`: 300 MB.
hardhat: setup $(HARDHAT)

HARDHAT_PINS := $(foreach each,devnet/hardhat devnet/hardhat/node,\
    $(addprefix $(each)/,package.json package-lock.json .npmrc))
$(HARDHAT): $(HARDHAT_PINS) | $(PACKAGES)
	bash tools/node.sh --npm ci --prefix devnet/hardhat/node --ignore-scripts --loglevel error
	PATH="$$(echo $(CURDIR)/devnet/hardhat/node/node_modules/node-*/bin):$$PATH" \
	    bash tools/node.sh --npm ci --prefix devnet/hardhat --ignore-scripts --loglevel error
	@touch $@

# Only where there is none yet: an edit of the engine makes it plain until `make compile`, so that
# the inner loop does not wait for a C compiler. What a build is of, the import checks by itself.
# Without a compiler there is nothing to make: the next setup looks for one again.
$(ENGINE): | $(PACKAGES)
	@$(BIN)/python -m tools.compile_engine --if-possible

compile: setup
	$(BIN)/python -m tools.compile_engine

lock: $(BIN)/uv
	$(BIN)/uv lock --python $(BIN)/python
	$(BIN)/python tools/pin_uv.py

generate: setup
	$(BIN)/python -m tools.generate

vectors: setup
	$(BIN)/python -m tools.vectors

contracts: setup
	bash tools/node.sh contracts/tools/compile.js $(ARGS)

# `make -k check` goes on after a failure and so shows all of them. Two at a time, unless `make -j`
# says another number; each prints when it is done, where make can hold lines back (from 4.0 on).
JOBS := $(if $(findstring jobserver,$(MAKEFLAGS)),,-j2)
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
check: setup
	@$(MAKE) --no-print-directory $(JOBS) $(SYNC) $(CHECKS)

check-lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# In two processes, a fifth faster from nothing. Where a busy machine does not start them in time
# mypy gives up with status 2, which types that are wrong never have: then in one.
check-types: setup
	MYPY_NUM_WORKERS=2 $(BIN)/mypy || { test $$? -eq 2 && $(BIN)/mypy; }

check-imports: setup
	$(BIN)/lint-imports --no-logo

check-generated: setup
	$(BIN)/python -m tools.generate --check
	$(BIN)/python -m tools.vectors --check

# Hashes show that neither sources nor compiler changed since the artifacts were made. CI does not
# take the manifest's word: it compiles all of them again.
check-artifacts: setup
	$(BIN)/python -m tools.check_artifacts $(if $(CI),--rebuild)

check-tidy: setup
	$(BIN)/python -m pytest -q tests/test_tidy.py tests/test_documents.py

FILE ?= tests/unit
unit: setup
	$(BIN)/python -m pytest -q -p no:xdist $(FILE) $(ARGS)

# Four on two cores: many tests wait for a block or a process. A few tests by name run in one
# process: starting a second costs more than it gains.
WORKERS ?= $(if $(filter -k%,$(ARGS)),0,4)
test: setup
	@$(BIN)/python -m tools.compile_engine --if-possible
	@start=$$(date +%s); code=0; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS) || code=$$?; \
	echo "make test: $$(($$(date +%s) - start)) s"; exit $$code

# A failing property test prints this command with its own TEST and BLOB.
replay: setup
	$(BIN)/python -m pytest -q -p no:xdist '$(TEST)' --replay '$(BLOB)' $(ARGS)

# With a terminal: a live venue until Ctrl-C. Without one, and without ARGS: the whole story once
# (trades, a lie, its disproof, a withdrawal), which ends by itself.
devnet: setup $(if $(findstring hardhat,$(ARGS)),hardhat)
	@if [ -n "$(ARGS)" ] || [ -t 1 ]; then \
	    exec $(BIN)/strikeproof devnet up $(ARGS); \
	else \
	    exec $(BIN)/strikeproof devnet up --fraud skipped-maker --until withdrawn --window 30; \
	fi

DRILLS = $(wildcard tests/drills/*_drill.py)

# In no other target: `make test` neither installs nor needs Hardhat.
test-hardhat: hardhat
	$(BIN)/python -m pytest -q -p no:xdist tests/drills/hardhat_story.py $(ARGS)

# The sequencer's node on virtual time under random troubles; FIRST=seed is the first of SEEDS.
SEEDS ?= 200
FIRST ?= 1
simulate: setup
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --first $(FIRST) \
	    $(MINUTES:%=--minutes %) $(ARGS)

simulate-mutants: setup
	$(BIN)/python -m tests.mutants --only "node: " $(ARGS)

# N days of 2,000 ops on the engine with the node's planner of upkeep; FIRST=seed is the first's seed.
market-days: setup
	$(BIN)/python -m tests.market_days --days $(N) --first $(FIRST) \
	    $(MINUTES:%=--minutes %) $(ARGS)

# A sequencer of its own, killed N times under load, or as often as MINUTES allow.
kills: N = 1000
kills: setup
	$(BIN)/python -m tests.integration.sequencer.kills --kills $(N) $(SEED:%=--seed %) \
	    $(MINUTES:%=--minutes %) $(ARGS)

# S4 on real processes: an outage of SECONDS, all of whose ops are accepted and posted as acknowledged.
outage: SECONDS = 700
outage: setup
	STRIKEPROOF_OUTAGE_SECONDS=$(SECONDS) $(BIN)/python -m pytest -q -p no:xdist \
	    tests/integration/sequencer/test_outage.py $(ARGS)

# Followers of a gateway are cut off N times: nothing is missed.
reconnects: N = 1000
reconnects: setup
	$(BIN)/python -m tests.integration.gateway.reconnects --reconnects $(N) $(SEED:%=--seed %)

# 8 times N hostile argument lists at every command.
arguments: N = 1000
arguments: setup
	STRIKEPROOF_ARGUMENT_LISTS=$(N) $(BIN)/python -m pytest -q -p no:xdist --timeout 7200 \
	    tests/integration/sequencer/test_command_arguments.py $(ARGS)

# Real processes on a real L1, in real time.
chaos-l1: setup
	$(BIN)/python -m tests.chaos $(MINUTES:%=--minutes %) $(SEED:%=--seed %)

# Stories in real time that take minutes each, most of them of waiting for L1's clock.
drills: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(DRILLS) $(ARGS)

bench: setup
	$(BIN)/strikeproof bench report $(ARGS)

# Not part of `make setup`: 190 MB. Wants the distribution's Chromium.
LIGHTHOUSE := bench/lighthouse/node_modules/.installed
$(LIGHTHOUSE): bench/lighthouse/package.json bench/lighthouse/package-lock.json | $(PACKAGES)
	bash tools/node.sh --npm ci --prefix bench/lighthouse --ignore-scripts --loglevel error
	@touch $@

lighthouse: setup $(LIGHTHOUSE)
	$(BIN)/strikeproof bench report pages

# Both builds of the engine over OPS ops: streams of the agreement fuzz, and a book in motion.
OPS ?= 1000000
engine-builds: compile
	$(BIN)/python -m tests.agreement.engine_builds --ops $(OPS) $(SEED:%=--seed %)

N ?= 100
fuzz: setup
	$(BIN)/python -m tests.agreement.fuzz --streams $(N) $(SEED:%=--seed %) \
	    $(SEGMENTS:%=--segments %) $(EVM:%=--evm %) $(ARGS)

# The verifier's executors: N streams on revm, held against the engine, and a SHARE of them against
# py-evm; TYPICAL segments of the benchmark's market on both.
fuzz-executors: setup
	$(BIN)/python -m tests.agreement.executor_fuzz --streams $(N) $(SEED:%=--seed %) \
	    $(SEGMENTS:%=--segments %) $(SHARE:%=--share %) $(TYPICAL:%=--typical %)

# N inputs for each function of the risk kernel, Python against Solidity, on revm where it installs;
# fuzz-kernel is prices and fixed-point functions, fuzz-margin margins. ONLY=name: one function.
fuzz-risk: fuzz-kernel fuzz-margin

fuzz-kernel: setup
	$(BIN)/python -m tests.agreement.risk_fuzz --inputs $(N) $(SEED:%=--seed %) $(ONLY:%=--only %)

fuzz-margin: setup
	$(BIN)/python -m tests.contracts.risk.margin_agreement --cases $(N) $(SEED:%=--seed %) \
	    $(ONLY:%=--only %)

# N portfolios and fills against the lemma of the margin certificate (docs/planned/margin-certificate.md).
fuzz-lemma: setup
	$(BIN)/python -m tests.property.risk.certificate_cases --trials $(N) $(SEED:%=--seed %) \
	    $(PROCESSES:%=--processes %)

# Unpacked into .etcd, without root. Tests of standby sequencers skip where there is no etcd.
etcd:
	@bash tools/debian_program.sh etcd etcd-server --install

# The same into .promtool, for tests/unit/test_alert_rules.py.
promtool:
	@bash tools/debian_program.sh promtool prometheus --install

# Dockerfile, compose file and chart by tools that know their languages, without a daemon or cluster.
DEPLOY := .venv-deploy/bin
$(DEPLOY)/.packages: tools/deploy_checks.txt | $(PACKAGES)
	$(BIN)/python -m venv .venv-deploy
	$(DEPLOY)/python -m pip install --quiet --only-binary :all: -r tools/deploy_checks.txt
	@touch $@

check-deploy: setup $(DEPLOY)/.packages
	$(DEPLOY)/hadolint docs/examples/docker/Dockerfile
	rm -rf build/deploy
	$(BIN)/python -m tests.deploy_files build/deploy
	for version in 1.29 1.33 1.37; do \
	    $(DEPLOY)/kubernetes-validate --strict --quiet -k $$version build/deploy/chart/*.yaml || exit 1; done
	$(DEPLOY)/python tools/check_compose.py build/deploy/compose.yaml

# The leader of a real cluster, killed KILLS times and stopped STOPS times under load.
failover: KILLS = 200
failover: STOPS = 100
failover: setup etcd
	$(BIN)/python -m strikeproof.bench.bench_failover --kills $(KILLS) --stops $(STOPS) $(ARGS)

# A real Ray cluster on loopback, in an environment of its own: ray is half a gigabyte unpacked.
test-cluster: $(BIN)/uv
	UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-cluster $(BIN)/uv sync --quiet --frozen \
	    --python $(BIN)/python --group revm --extra cluster --no-group node --no-group plot --no-group fit
	.venv-cluster/bin/python -m pytest -q -p no:xdist tests/cluster $(ARGS)

mutants: setup
	$(BIN)/python -m tests.mutants $(ARGS)

# With a build of the engine it is a wheel of this platform and this Python, else one for all.
site: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

wheel: compile
	$(BIN)/uv build --wheel --quiet --out-dir dist --python $(BIN)/python

clean:
	rm -rf $(VENV) .venv-cluster .venv-deploy .etcd .promtool strikeproof/_compiled build dist contracts/node_modules gateway/web/node_modules bench/lighthouse/node_modules devnet/hardhat/node_modules devnet/hardhat/node/node_modules .mypy_cache .ruff_cache .pytest_cache
