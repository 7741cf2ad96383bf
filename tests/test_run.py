"""`manage.py run` for real: everything starts, heals, stops and starts again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from portal import processes
from portal.management.commands.run import Listener, check_ports
from tests.conftest import wait_until
from tests.services import PORTS


class Portal:
    """A `manage.py run` on ports and data of its own."""

    def __init__(self, folder):
        self.ports = dict(zip(PORTS, processes.free_ports(len(PORTS)), strict=True))
        self.environment = os.environ | {name: str(port) for name, port in self.ports.items()}
        self.environment |= {"DATA_DIR": str(folder / "data")}
        self.log = folder / "run.log"

    @contextlib.contextmanager
    def started(self):
        """Yields the supervisor once everything answers."""
        before = self.said().count("Ready after")
        with self.log.open("ab") as log:
            process = processes.start(self.command(), env=self.environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or self.said().count("Ready after") > before, 60)
            assert process.returncode is None, self.said()
            yield process
        finally:
            processes.stop(process, patience=30)

    def command(self):
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), "run"]

    def said(self):
        return self.log.read_text() if self.log.exists() else ""

    def programs(self):
        """Process id → command line of everything that works on this data."""
        mark = f"DATA_DIR={self.environment['DATA_DIR']}".encode()
        found = {}
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(
                FileNotFoundError, ProcessLookupError, NotADirectoryError, PermissionError
            ):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        return found

    def workers(self):
        return [pid for pid, command in self.programs().items() if " worker " in command]

    def page(self):
        url = f"http://127.0.0.1:{self.ports['WEB_PORT']}/accounts/login/"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status


def test_it_starts_heals_stops_and_goes_on_where_it_left_off(tmp_path):
    portal = Portal(tmp_path)
    with portal.started() as supervisor:
        assert portal.page() == 200

        second = subprocess.run(
            portal.command(), env=portal.environment, capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert f"already running with the data in {portal.environment['DATA_DIR']} (process" in second.stderr

        worker = min(portal.workers())  # its own helpers have higher numbers
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: "worker was killed by signal 9; starting it again in 1 s." in portal.said())
        wait_until(lambda: set(portal.workers()) - {worker})

        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(25) == 0
        assert portal.programs() == {}
    assert list((tmp_path / "data" / "broker").rglob("*.aof"))

    with portal.started() as supervisor:
        assert portal.page() == 200
        supervisor.kill()
        wait_until(lambda: portal.programs() == {})


def test_a_taken_port_is_named_with_the_setting_that_changes_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} is taken .* set WEB_PORT to a free port"):
            check_ports([Listener("127.0.0.1", port, "WEB_PORT")], within=0)


def test_a_broker_that_does_not_answer_is_named(tmp_path):
    (port,) = processes.free_ports(1)
    portal = Portal(tmp_path)
    portal.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    answer = subprocess.run(
        portal.command(), env=portal.environment, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (
        1,
        "CommandError: The broker that REDIS_URL names does not answer.\n",
    )
