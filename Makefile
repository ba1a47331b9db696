# Each target makes .venv if it is missing or out of date, then does its one thing.
# Where a kill has left one of DVC's books half-written, it is mended, and DVC goes on; 252 is DVC's Ctrl-C.
VENV := .venv
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
PYTHON ?= python3.11
dvc = dvc $(1) || { [ $$? -ne 252 ] && python -m artinv.runtime.mend && dvc $(1); }

.PHONY: repro loso sim2real real abx report bench test refold figures deps lint lock check-committed
.DEFAULT_GOAL := repro

$(READY): requirements.txt
	$(PYTHON) -m venv $(VENV)
	pip install --quiet --disable-pip-version-check --requirement requirements.txt
	git rev-parse --git-dir > /dev/null 2>&1 || dvc config --local core.no_scm true
	touch $@

repro: $(READY)  ## the whole pipeline, from raw corpora to the table of scores
	$(call dvc,repro)
	python -m artinv scores

loso: $(READY)  ## leave one speaker out, all folds side by side
	python -m artinv.runtime.side_by_side
	python -m artinv loso

sim2real: $(READY)  ## a model from synthetic speakers alone, tried on others
	$(call dvc,repro pipelines/sim2real/dvc.yaml)
	python -m artinv sim2real

real: $(READY)  ## the same model tried on real recordings, which you put or link under data/real
	@[ -d data/real ] || { echo 'data/real: holds no recording; put corpora or EMU bundles there, or a link to them (docs/sim2real.md)' >&2; exit 2; }
	$(call dvc,repro pipelines/real/dvc.yaml)
	python -m artinv sim2real

abx: $(READY)  ## how well phones are told apart by articulation, measured and predicted, and by sound
	$(call dvc,repro pipelines/abx/dvc.yaml)
	python -m artinv abx

report: $(READY)  ## reports/index.html: all that was measured, on one page
	$(call dvc,repro --single-item pipelines/report/dvc.yaml)
	@echo reports/index.html

bench: $(READY)  ## what everything costs, side by side with what it is compared to: metrics/bench.json, about half an hour
	$(call dvc,repro)
	python -m benchmarks.bench

test: $(READY)  ## all tests
	OMP_NUM_THREADS=1 python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check-committed: $(READY)  ## whether code, choices, locks and metrics belong together as they are committed: seconds, nothing is run
	python -m tools.committed
	python -m tools.figures

refold: $(READY)  ## one fold of each kind made anew and compared with metrics/loso.csv
	python -m tools.refold

figures: $(READY)  ## whether the marked figures of README.md and docs/ are those of metrics/; python -m tools.figures --write corrects them
	python -m tools.figures

deps: $(READY)  ## writes the code that each stage depends on into the dvc.yaml files
	python -m tools.deps

lint: $(READY)  ## style, common faults and types
	ruff check .
	mypy

lock:  ## renew requirements.txt from what is installed
	echo '# Every version that the results were made with. Direct dependencies and why: docs/design.md; renew with `make lock`.' > requirements.txt
	pip freeze --exclude artinv | sed 's/+cpu$$//' >> requirements.txt
