# `make run` and `make test` do their own set-up; they need python3 >= 3.11 with venv, and make.
PYTHON3 ?= python3
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -n 2 --dist worksteal
UV := .venv/bin/uv
# The installer uses the machine's own Python and certificates, and no settings but these.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_CONFIG := 1
export UV_SYSTEM_CERTS := 1

.PHONY: help run test e2e lint format messages lock clean

help:
	@echo "make run     the whole portal on this machine, with a demo, at http://127.0.0.1:8000/"
	@echo "make test    all tests, on SQLite and on PostgreSQL"
	@echo "make e2e     the tests with a real relay and a real browser; as root it installs Debian's Postfix and Chromium"
	@echo "make lint    what the tools can check without running anything"
	@echo "make format  lay out the code"
	@echo "make messages  bring the catalogues of texts up to date; as root it installs Debian's gettext"
	@echo "make lock    requirements/*.in -> requirements/*.txt"
	@echo "make clean   remove what the set-up made (not var/, where the data is)"

run: .venv/base.stamp
	@exec $(PYTHON) manage.py run --demo

test: .venv/dev.stamp
	$(PYTEST) -q
	TEST_DATABASE=postgresql $(PYTEST) -q

# Pictures of all pages are left in var/screenshots.
e2e: .venv/e2e.stamp /usr/sbin/postfix /usr/bin/chromium
	$(PYTHON) -m pytest -q tests/e2e

lint: .venv/dev.stamp /usr/bin/msgmerge
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djangofmt --check templates
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check --fail-level WARNING
	DJANGO_SETTINGS_MODULE=portal.settings $(PYTHON) -m portal.translations check

format: .venv/dev.stamp
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	.venv/bin/djangofmt templates

messages: .venv/dev.stamp /usr/bin/msgmerge
	DJANGO_SETTINGS_MODULE=portal.settings $(PYTHON) -m portal.translations collect

lock: $(UV)
	for name in uv base dev e2e; do \
	  $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --upgrade requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache var/static
	find portal distribution documents tests -name __pycache__ -prune -exec rm -rf {} +

# Without a set-up, so that it does not start: the tests give it one of their own.
/usr/sbin/postfix:
	@if [ "$$(id -u)" = 0 ]; then set -e; \
	  echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections; \
	  apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends postfix; \
	else echo "Not root, so Postfix is not installed, and its tests are skipped."; fi

# With fonts, so that pages look the same on a machine that has none.
/usr/bin/chromium:
	@if [ "$$(id -u)" = 0 ]; then set -e; apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-dejavu-core; \
	else echo "Not root, so Chromium is not installed, and its tests are skipped."; fi

/usr/bin/msgmerge:
	@if [ "$$(id -u)" = 0 ]; then apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends gettext; \
	else echo "The check of translations needs gettext, which only root can install." >&2; exit 1; fi

# The virtual environment. A stamp is made last, so a set-up that was broken off is done again.
$(UV): requirements/uv.txt
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jakelu needs Python 3.11 or newer.")'
	@$(PYTHON3) -m venv .venv
	@.venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/base.stamp: $(UV) requirements/base.txt $(wildcard portal/locale/*/LC_MESSAGES/*.po)
	@$(UV) pip install -q --python $(PYTHON) --require-hashes -r requirements/base.txt
	@$(PYTHON) -m portal.translations
	@touch $@

.venv/dev.stamp: .venv/base.stamp requirements/dev.txt
	@$(UV) pip install -q --python $(PYTHON) --require-hashes -r requirements/base.txt -r requirements/dev.txt
	@touch $@

.venv/e2e.stamp: .venv/dev.stamp requirements/e2e.txt
	@$(UV) pip install -q --python $(PYTHON) --require-hashes -r requirements/base.txt -r requirements/dev.txt \
	  -r requirements/e2e.txt
	@touch $@
