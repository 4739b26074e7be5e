# `make` prints what can be made. Everything runs in $(VENV), which is made, completed or repaired when it has to be.
NEW_ENOUGH := 'import sys; sys.exit(sys.version_info < (3, 11))'
TESTED := 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
# A tested Python before a newer one, whose packages may not be there yet.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	command -v $(name) >/dev/null 2>&1 && $(name) -c $(TESTED) 2>/dev/null && echo $(name))) python3)
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
VIDEO ?=
# As many tests at a time as there are processors. JOBS=0 runs them one by one.
JOBS ?= auto
# Compiled modules are kept from run to run, whatever the shell says: compiling them takes longer than importing them.
PYTEST := PYTHONDONTWRITEBYTECODE= QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(JOBS) --maxprocesses=8 --dist=worksteal

.DEFAULT_GOAL := help
.PHONY: help run test test-slow quick check format wheel clean again

help:
	@echo 'make run                  open the app on the demo clip (make run VIDEO=clip.mp4: on yours)'
	@echo 'make quick                the tests to run before each commit'
	@echo 'make test                 the tests          make test-slow   those that take minutes'
	@echo 'make check                ruff, mypy, import-linter'
	@echo 'make format               mend what ruff can mend'
	@echo 'make wheel                dist/*.whl, to install elsewhere with pip'
	@echo 'make clean                remove $(VENV) and everything that was built'
	@echo
	@echo 'PYTHON=python3.12 chooses the Python that $(VENV) is made with; docs/install.md has the plain pip lines.'

# The stamp says for which folder the environment was made. One that was moved, or whose Python is gone, is made again.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): again
else ifneq ($(shell $(BIN)/python -c 'print(1)' 2>/dev/null),1)
$(STAMP): again
endif

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c $(NEW_ENOUGH) 2>/dev/null || { echo "GLPose Studio needs Python 3.11 or newer, and $(PYTHON) is\
	 $$($(PYTHON) --version 2>&1 | head -1): install one and say 'make PYTHON=python3.12 …'." >&2; exit 3; }
	@if [ -s $(STAMP) ] && [ "$$(cat $(STAMP))" != "$(CURDIR)" ]; then rm -rf $(VENV); fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  echo "Making $(VENV) with $(PYTHON)"; \
	  $(PYTHON) -m venv --clear $(VENV) >$(VENV).log 2>&1 && rm -f $(VENV).log || { \
	    cat $(VENV).log >&2; rm -rf $(VENV) $(VENV).log; \
	    echo "$(VENV) could not be made: on Debian or Ubuntu run 'sudo apt install python3-venv'." >&2; exit 3; }; }
	@echo "Installing the packages (some hundred megabytes the first time)"
	@$(PIP) install --quiet -c constraints.txt torch numpy
	@$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	@echo "$(CURDIR)" > $(STAMP)

run: $(STAMP)
	@$(BIN)/python main.py $(if $(VIDEO),'$(subst ','\'',$(VIDEO))',--demo)

test: $(STAMP)
	$(PYTEST)

test-slow: $(STAMP)
	$(PYTEST) -m slow

quick: $(STAMP)
	GLPOSE_EXAMPLES=15 $(PYTEST) -m 'quick and not thorough'

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Old folders would lend their files to the wheel.
wheel: $(STAMP)
	@rm -rf build dist
	@$(BIN)/python -m build --no-isolation >$(VENV)/wheel.log 2>&1 || { cat $(VENV)/wheel.log >&2; exit 1; }
	@rm -rf build
	@ls dist/*

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find app benchmarks glpose_core resources tests -name __pycache__ -type d -exec rm -rf {} +
