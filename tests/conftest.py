"""Fixtures for every test: quick settings, a database other programs can open, a real broker and workers."""

import contextlib
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase, override_settings
from django.utils import timezone, translation

from distribution import hinting
from documents.doors import BounceServer
from portal import broker as valkey
from portal import processes
from portal.celery import app as celery_app
from portal.practice import PracticeServer
from tests.services import services


def pytest_collection_modifyitems(config, items):
    """What needs no database is not tried a second time on PostgreSQL, nor what waits for a row on SQLite."""
    fits = needs_database if services.database == "postgresql" else has_one_writer
    config.hook.pytest_deselected(items=[item for item in items if not fits(item)])
    items[:] = [item for item in items if fits(item)]


def has_one_writer(item) -> bool:
    return item.get_closest_marker("row_locks") is None


def needs_database(item) -> bool:
    fixtures = {"db", "transactional_db", "django_db_setup"}
    is_django_case = item.cls is not None and issubclass(item.cls, TransactionTestCase)
    return bool(item.get_closest_marker("django_db") or fixtures & set(item.fixturenames) or is_django_case)


@pytest.fixture(scope="session", autouse=True)
def quick_settings():
    """Passwords are hashed quickly, and pages name static files that nobody has collected."""
    storages = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], STORAGES=storages
    ):
        yield


@pytest.fixture(autouse=True)
def nobody_s_language_stays():
    """A request leaves its person's language and time zone active, which the next one changes."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(autouse=True)
def no_setting_stays_changed():
    """Overrides that are not taken back in the opposite order would be the next test's settings."""
    before = settings._wrapped
    yield
    left, settings._wrapped = settings._wrapped, before
    assert left is before, "settings were changed inside a fixture's override, and not taken back in order"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """On SQLite the test database is a file, so that workers in other processes can open it."""
    database = connections["default"].settings_dict
    if "sqlite" in database["ENGINE"]:
        database["TEST"]["NAME"] = str(settings.DATA_DIR / "test.sqlite3")


@pytest.fixture(scope="session")
def broker():
    """A real Valkey where the settings say it is; yields its URL. Without it every hint is lost."""
    with valkey.running(urlsplit(settings.CELERY_BROKER_URL).port, settings.DATA_DIR / "broker") as url:
        yield url


@pytest.fixture
def mail_servers():
    """The practice server and the bounce receiver, as `manage.py run` has them; yields the former."""
    with contextlib.ExitStack() as stack:
        receiver = BounceServer(settings.BOUNCE_HOST, settings.BOUNCE_PORT)
        receiver.start()
        stack.callback(receiver.stop)
        yield stack.enter_context(PracticeServer(success_delay=0, failure_delay=0.2, retry_every=0.2))


@pytest.fixture
def worker(broker, transactional_db, tmp_path, request):
    """Starts real Celery workers on the test database: `worker()`, `worker(beat=True, EMAIL_PORT=2525)`.

    Each call starts one, waits until it answers and returns its process; keywords are its environment. All
    are killed at the end, and what they logged is shown when the test fails. Hints of earlier tests are
    dropped first.
    """
    celery_app.control.purge()
    # Tests before this one had no broker, and this process rests from hinting for a while after that.
    hinting._hints.pause_until = 0.0
    hinting._hints.not_before.clear()
    log = tmp_path / "worker.log"
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("wb"))

        def start(*, beat=False, concurrency=1, **environment):
            number = len(list(tmp_path.glob("worker-*")))
            (tmp_path / f"worker-{number}").touch()
            node = f"test-{os.getpid()}-{number}@localhost"
            command = [sys.executable, "-m", "celery", "--quiet", "--skip-checks", "--app=portal", "worker"]
            command += [f"--hostname={node}", "--queues=mail,other", f"--concurrency={concurrency}"]
            command += ["--loglevel=INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
            if beat:
                command += ["--beat", f"--schedule={tmp_path / 'beat-schedule'}"]
            process = processes.start(
                command,
                cwd=settings.BASE_DIR,
                env=worker_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            stack.callback(processes.stop, process, patience=0)
            wait_until(lambda: process.poll() is not None or is_up(node), seconds=30)
            assert process.returncode is None, "the worker ended at once; its log is below"
            return process

        try:
            yield start
        finally:
            stack.close()
            hang_up_on_workers()
            request.node.add_report_section("teardown", "worker log", log.read_text(errors="replace"))


def is_up(node) -> bool:
    return bool(celery_app.control.ping(destination=[node], timeout=0.5, limit=1))


def worker_environment(changes) -> dict[str, str]:
    """The test's own surroundings as another process needs them."""
    database = connections["default"].settings_dict
    url = f"sqlite:///{database['NAME']}"
    if "postgresql" in database["ENGINE"]:
        url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database['NAME']}"
    own = {"DATABASE_URL": url, "PGAPPNAME": f"worker-of-{os.getpid()}"}
    return os.environ | own | {name: str(value) for name, value in changes.items()}


def hang_up_on_workers():
    """PostgreSQL may not have noticed yet that they are dead, and their locks would hold up the next test."""
    if connections["default"].vendor != "postgresql":
        return
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s",
            [f"worker-of-{os.getpid()}"],
        )


def wait_until(condition, seconds=20):
    """Returns what the condition gives once it is true. Fails the test when that takes too long."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"did not come true within {seconds} s")
        time.sleep(0.05)
    return result
