"""`manage.py run` as people start it, for tests: with data and ports of its own."""

import contextlib
import os
import sys
import urllib.request
from pathlib import Path

from django.conf import settings

from portal import processes
from tests.conftest import wait_until
from tests.services import PORTS


class Portal:
    """A `manage.py run` on ports and data of its own; options and environment as people would give them."""

    def __init__(self, folder, *options, **environment):
        self.options = options
        self.ports = dict(zip(PORTS, processes.free_ports(len(PORTS)), strict=True))
        self.environment = os.environ | {name: str(port) for name, port in self.ports.items()}
        self.environment |= {"DATA_DIR": str(folder / "data")} | environment
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
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), "run", *self.options]

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

    @property
    def url(self):
        return f"http://127.0.0.1:{self.ports['WEB_PORT']}"

    def page(self):
        url = f"{self.url}/accounts/login/"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
