"""The rules of the house (design.md), kept by a test instead of by memory."""

import ast
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ["portal", "distribution", "documents"]
CODE = [p for app in APPS for p in sorted((ROOT / app).rglob("*.py")) if "migrations" not in p.parts]
FILES = CODE + sorted((ROOT / "tests").rglob("*.py"))

# No database, no clock, no settings. Lazy translation is allowed, and statuses are choices of a field.
PURE = [
    "distribution/addresses.py",
    "distribution/blocking.py",
    "distribution/directory",
    "distribution/numbers.py",
    "distribution/typos.py",
    "distribution/evidence.py",
    "distribution/signatures.py",
    "distribution/targets.py",
    "distribution/zips.py",
    "documents/statuses.py",
    "documents/causes.py",
    "documents/replies",
    "documents/dsn",
    "documents/providers",
    "distribution/sigv4.py",
    "documents/formats",
    "documents/readable",
    "documents/proof.py",
]
ALLOWED_IN_PURE = {
    "django.db.models.TextChoices",
    "django.utils.formats.date_format",
    "django.utils.formats.number_format",
    "django.utils.functional.Promise",
    "django.utils.translation.get_language",
    "django.utils.translation.gettext",
    "django.utils.translation.gettext_lazy",
    "django.utils.translation.override",
}
FOREIGN_TO_PURE = ("django", "celery", "portal", "time", "socket", "smtplib")

# A cohesive table may be long.
LONG_TABLES = {"documents/causes.py"}


def relative(path):
    return str(path.relative_to(ROOT))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_no_file_outgrows_its_readers(path):
    lines = len(path.read_text().splitlines())
    if relative(path) in LONG_TABLES or "words" in path.name:
        return
    if lines > 300:
        warnings.warn(
            f"{relative(path)} has {lines} lines: split it along the flow", UserWarning, stacklevel=1
        )
    assert lines <= 450


@pytest.mark.parametrize("path", CODE, ids=relative)
def test_no_function_outgrows_a_screen(path):
    long = {name: lines for name, lines in functions(path) if lines > 40}
    if long:
        warnings.warn(f"{relative(path)}: {long}", UserWarning, stacklevel=1)
    assert not {name for name, lines in long.items() if lines > 60}


@pytest.mark.parametrize("name", PURE)
def test_pure_rules_know_no_database_no_clock_and_no_settings(name):
    paths = [ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py"))
    assert paths
    for path in paths:
        foreign = {i for i in imports(path) if i.startswith(FOREIGN_TO_PURE) or ".models" in i}
        assert foreign <= ALLOWED_IN_PURE, path
        assert "now()" not in path.read_text(), path


def test_distribution_does_not_know_documents():
    for path in (ROOT / "distribution").rglob("*.py"):
        assert not [i for i in imports(path) if i.split(".")[0] == "documents"], path


def test_only_record_sets_the_status_of_a_delivery():
    for path in CODE:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                targets = [t for target in node.targets for t in ast.walk(target)]
                writes = [t for t in targets if isinstance(t, ast.Attribute) and t.attr == "status"]
                assert not writes or relative(path) == "documents/models/delivery.py", path
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("update", "update_fields"):
                assert "status" not in {keyword.arg for keyword in node.keywords}, path


def test_tasks_are_one_or_two_calls_and_return_nothing():
    for path in (ROOT / "documents").glob("tasks.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                assert len(node.body) <= 6
                assert not [n for n in ast.walk(node) if isinstance(n, ast.Return)]


def test_the_top_level_is_what_the_owner_gave():
    given = {
        "manage.py",
        "pyproject.toml",
        "README.md",
        "portal",
        "distribution",
        "documents",
        "templates",
        "tests",
    }
    ours = {"Makefile", "requirements", "LICENSE", "CHANGELOG.md"}
    made = {"var"}
    assert {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} - given - ours - made == set()


def test_locks_carry_no_addresses():
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in path.read_text(), path
