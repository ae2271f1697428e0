# Two commands do everything: `make run` and `make test`. Both make .venv and install what they need.
PYTHON ?= python3
BIN := .venv/bin
NO_MESSAGES := sandbox/* tests/* benchmarks/* docs/* .venv/* var/* staticfiles/* templates/style.html templates/components/style/*

.PHONY: run test check lint types migrations messages screens chaos clean

run: .venv/.runtime
	@$(BIN)/python manage.py start

test: .venv/.dev
	@$(BIN)/python -m pytest

check: .venv/.dev lint types migrations
	@$(BIN)/python -m pytest

lint: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/.dev
	@$(BIN)/mypy

migrations: .venv/.dev
	@$(BIN)/python manage.py makemigrations --check --dry-run

# Needs gettext (xgettext, msgmerge, msgfmt): collects the texts of code and templates, compiles what is translated.
messages: .venv/.dev
	@$(BIN)/python manage.py makemessages -l de --no-location --no-wrap --no-obsolete \
	  $(foreach path,$(NO_MESSAGES),--ignore '$(path)')
	@$(BIN)/python manage.py compilemessages -l de --ignore '.venv/*'

screens: .venv/.dev
	@$(BIN)/python -m tests.screens

.venv/.runtime: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "The portal needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make run PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the portal needs (once, a minute or so) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements.txt
	@touch $@

.venv/.dev: requirements.txt requirements-dev.txt requirements-ocr.txt .venv/.runtime
	@echo "Installing what the tests need (once, a minute or so) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-dev.txt
	@touch $@

# Needs PostgreSQL and Redis: make chaos DATABASE_URL=postgres://postgres@127.0.0.1/postgres REDIS_URL=redis://127.0.0.1/0
chaos: .venv/.dev
	@test -n "$(DATABASE_URL)" || { echo "make chaos needs DATABASE_URL=postgres://user@host:port/postgres"; exit 2; }
	@test -n "$(REDIS_URL)" || { echo "make chaos needs REDIS_URL=redis://host:port/0"; exit 2; }
	@DATABASE_URL=$(DATABASE_URL) REDIS_URL=$(REDIS_URL) $(BIN)/python -m tests.chaos --write docs/reliability.md $(CHAOS)

clean:
	rm -rf .venv var staticfiles .pytest_cache .mypy_cache .ruff_cache
