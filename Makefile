# Two commands do all the set-up on a fresh machine (python3 >= 3.11 and make): make demo, make test.
# uv is used when it is there. A step is redone only when what it depends on has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(shell command -v uv 2>/dev/null)
PHOTO := samples/bus.jpg
# What is made here is the same with and without a network.
export ERASER_OFFLINE := 1

.PHONY: demo test check all-tests corpus container format lint types imports docs wheel clean

demo: $(PHOTO)
	@$(BIN)/erase-me $(PHOTO) --on-conflict overwrite -o samples/bus.erased.jpg >/dev/null
	@echo "before: $(PHOTO)"
	@echo "after:  samples/bus.erased.jpg"

test: $(READY)
	$(BIN)/pytest -m "not slow"

all-tests: $(READY)
	$(BIN)/pytest

# Hostile files through the command line; a tenth of them is in check, too.
corpus: $(READY)
	$(BIN)/python tests/hostile/corpus.py

# The steps of the Dockerfile without docker: as root on Linux, with a registry of packages; takes minutes.
container: $(READY)
	$(BIN)/python tests/container/rehearse.py

check: $(READY) format lint types imports all-tests

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt 'mkdocs-material>=9.6'
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --quiet

wheel: $(READY)
	$(BIN)/hatchling build -t wheel

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# The street photo that the ultralytics package carries; found without importing the package.
$(PHOTO): $(READY)
	@mkdir -p samples
	@$(BIN)/python -c "import shutil, sys; from importlib.util import find_spec; from pathlib import Path; \
	root = Path(find_spec('ultralytics').submodule_search_locations[0]); \
	shutil.copy(root / 'assets' / 'bus.jpg', sys.argv[1])" $(PHOTO)

$(READY): pyproject.toml constraints.txt
ifeq ($(UV),)
	$(PYTHON) -c "import sys; sys.exit('erase-me needs Python 3.11 or newer: make PYTHON=python3.12 demo') if sys.version_info < (3, 11) else None"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
else
	test -x $(BIN)/python || $(UV) venv --quiet --python '>=3.11' $(VENV)
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet -c constraints.txt -e '.[dev]'
endif
	$(BIN)/python -c "import torch, torchvision; torchvision.ops.nms(torch.zeros(0, 4), torch.zeros(0), 0.5)"
	touch $(READY)
