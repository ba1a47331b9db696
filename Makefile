# Each target installs .venv if it is missing or out of date, then runs one command.
# If a killed run left a damaged DVC file, it is repaired with a message and DVC runs once more; 252 is DVC's exit code of Ctrl-C.
SHELL := bash
VENV := .venv
READY := $(VENV)/.ready
SITE_TOOLS := $(VENV)/site-tools
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
PYTHON ?= python3.11
dvc = dvc $(1) || { [ $$? -ne 252 ] && python -m artinv.runtime.repair && dvc $(1); }

.PHONY: repro loso sim2real real abx matching report plots docs bench test refold figures deps lint lock lock-docs check-committed
.DEFAULT_GOAL := repro

$(READY): requirements.txt
	$(PYTHON) -m venv $(VENV)
	pip install --quiet --disable-pip-version-check --requirement requirements.txt
	pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	git rev-parse --git-dir > /dev/null 2>&1 || dvc config --local core.no_scm true
	touch $@

repro: $(READY)  ## run the main pipeline, from raw corpora to the table of scores
	@set -o pipefail; { $(call dvc,repro); } | tee -i $(VENV)/.output
	@grep --quiet "^Running stage 'evaluate':" $(VENV)/.output || python -m artinv scores  # the stage prints the table itself

loso: $(READY)  ## train and score leave one speaker out, folds in parallel
	python -m stages.folds
	python -m artinv.runtime.parallel_folds
	python -m artinv loso

sim2real: $(READY)  ## train the universal model on synthetic speakers, score it on others
	$(call dvc,repro pipelines/sim2real/dvc.yaml)
	python -m artinv sim2real

real: $(READY)  ## score the universal model on real recordings in data/real
	@[ -d data/real ] || { echo 'data/real: holds no recording; put corpora or EMU bundles there, or a link to them (docs/sim2real.md)' >&2; exit 2; }
	$(call dvc,repro pipelines/real/dvc.yaml)
	python -m artinv sim2real

abx: $(READY)  ## measure ABX phone discrimination of articulation and of sound
	$(call dvc,repro pipelines/abx/dvc.yaml)
	python -m artinv abx

matching: $(READY)  ## estimate the settings of a synthesizer from sound, refine them through the synthesizer
	$(call dvc,repro pipelines/matching/dvc.yaml)

report: $(READY)  ## write all results to one page, reports/index.html
	$(call dvc,repro --single-item pipelines/report/dvc.yaml)
	@echo reports/index.html

$(SITE_TOOLS)/.ready: requirements-docs.txt $(READY)
	rm -rf $(SITE_TOOLS)
	pip install --quiet --disable-pip-version-check --no-deps --target $(SITE_TOOLS) --requirement requirements-docs.txt
	touch $@

plots: $(SITE_TOOLS)/.ready  ## write DVC's plots to dvc_plots/index.html, readable without network
	PYTHONPATH=$(SITE_TOOLS) python -m tools.plots_page .dvc/tmp/plots.html
	dvc plots show --html-template .dvc/tmp/plots.html

docs: $(SITE_TOOLS)/.ready  ## build README.md and docs/ as pages that are searchable without network, site/index.html
	PYTHONPATH=$(SITE_TOOLS) python -m sphinx --quiet --fail-on-warning --keep-going --conf-dir docs \
		--doctree-dir $(SITE_TOOLS)/doctrees . site
	@echo site/index.html

bench: $(READY)  ## measure speed and memory, write metrics/bench.json (about half an hour)
	$(call dvc,repro)
	python -m benchmarks.bench

test: $(READY)  ## run all tests
	OMP_NUM_THREADS=1 python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check-committed: $(READY)  ## check that committed code, parameters, locks and metrics agree (seconds)
	python -m tools.committed
	python -m tools.figures

refold: $(READY)  ## train one fold of each kind again and compare it with metrics/loso.csv
	python -m tools.refold

figures: $(READY)  ## check the marked figures of README.md and docs/ against metrics/
	python -m tools.figures

deps: $(READY)  ## write the code folders and parameters that each stage depends on into the dvc.yaml files
	python -m tools.deps

lint: $(READY)  ## check style, common faults and types
	ruff check .
	mypy

lock:  ## write requirements.txt from the installed packages
	echo '# All package versions of the committed results. Direct dependencies and reasons: docs/design.md; update with `make lock`.' > requirements.txt
	pip freeze --exclude artinv | sed 's/+cpu$$//' >> requirements.txt

lock-docs: $(READY)  ## write requirements-docs.txt: the packages of `make docs` and `make plots` that requirements.txt lacks
	rm -rf $(SITE_TOOLS)
	pip install --quiet --target $(SITE_TOOLS) --constraint requirements.txt sphinx furo myst-parser vl-convert-python
	echo '# Packages of `make docs` and `make plots`, beside those of requirements.txt; update with `make lock-docs`.' > requirements-docs.txt
	pip freeze --path $(SITE_TOOLS) | grep --invert-match --line-regexp --fixed-strings --file requirements.txt >> requirements-docs.txt
