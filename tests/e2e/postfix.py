"""Debian's Postfix with everything in a directory of its own: it shares nothing with the machine's Postfix.

It listens on the loopback address only, looks nothing up in the DNS, and knows no way out: a domain that has
no route of its own is refused.
"""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from portal import processes
from tests.conftest import wait_until

HOST = "127.0.0.1"
DAEMONS = Path("/usr/lib/postfix/sbin")
OWNER = "postfix"
ENDS_AFTER = 1800  # seconds: longer than any run of the tests takes

# Service, type, whether private and unprivileged, how many processes, program: see master(5). Without chroot.
SERVICES = [
    ("cleanup", "unix", "n", "-", 0, "cleanup"),
    ("qmgr", "unix", "n", "-", 1, "qmgr"),
    ("rewrite", "unix", "-", "-", "-", "trivial-rewrite"),
    ("bounce", "unix", "-", "-", 0, "bounce"),
    ("defer", "unix", "-", "-", 0, "bounce"),
    ("trace", "unix", "-", "-", 0, "bounce"),
    ("anvil", "unix", "-", "-", 1, "anvil"),
    ("smtp", "unix", "-", "-", "-", "smtp"),
    ("lmtp", "unix", "-", "-", "-", "lmtp"),
    ("virtual", "unix", "-", "n", "-", "virtual"),
    ("error", "unix", "-", "-", "-", "error"),
    ("retry", "unix", "-", "-", "-", "error"),
    ("postlog", "unix-dgram", "n", "-", 1, "postlogd"),
]

SETTINGS = {
    "compatibility_level": "3.6",
    "inet_interfaces": HOST,
    "inet_protocols": "ipv4",
    "mynetworks": "127.0.0.0/8",
    "mydestination": "",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
    "smtpd_peername_lookup": "no",
    "smtp_dns_support_level": "disabled",
    "smtp_host_lookup": "native",
    "smtp_tls_security_level": "none",
    "default_transport": "error:5.1.2 No such domain",
    "local_transport": "error:5.1.1 Nobody has a mailbox here",
    "local_recipient_maps": "",
    "alias_maps": "",
    "alias_database": "",
    "fast_flush_domains": "",
    "append_dot_mydomain": "no",
    "notify_classes": "",
    "maillog_file": "/dev/stdout",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "1s",
    "queue_run_delay": "1s",
    "in_flow_delay": "0",
}


class Postfix:
    """One mail server. `settings` go into its main.cf and win over SETTINGS.

    `folder` must be one that every user of the machine may enter, because Postfix drops root's rights.
    """

    def __init__(self, folder: Path, name: str, port: int, **settings: object) -> None:
        self.port = port
        self.folder = folder / name
        self._process: subprocess.Popen | None = None
        for part in ("config", "queue"):
            (self.folder / part).mkdir(parents=True)
        self.make_folder("data")
        own = {
            "myhostname": f"{name}.example",
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
        }
        self._configure(SETTINGS | own | settings)

    def make_folder(self, name: str) -> Path:
        """A folder of its own that its programs may write to."""
        path = self.folder / name
        path.mkdir()
        shutil.chown(path, OWNER)
        return path

    def start(self) -> None:
        """Start it and wait until it answers; after stop() with what its queue held."""
        self._postfix("check")  # makes the queue's directories
        with self._log.open("ab") as log:
            # Not by `postfix start`, whose master nobody would end when the tests are killed. (The leash of
            # processes.start does not hold it, because it changes its user now and then.)
            self._process = processes.start(
                [DAEMONS / "master", "-s", "-e", str(ENDS_AFTER), "-c", self.folder / "config"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: self._process.poll() is not None or self._greets())
        assert self._process.returncode is None, f"Postfix does not start:\n{self.log()}"

    def stop(self) -> None:
        """Close the port and end every program of it. The queue stays. Does nothing when it does not run."""
        if self._process is not None:
            processes.stop(self._process, patience=5)
            self._process = None

    def log(self, since: int = 0) -> str:
        """What it logged, from this byte on."""
        return self._log.read_bytes()[since:].decode(errors="replace") if self._log.exists() else ""

    def log_size(self) -> int:
        return self._log.stat().st_size

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _configure(self, settings) -> None:
        config = self.folder / "config"
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        (config / "main.cf").write_text("".join(lines))
        listener = (f"{HOST}:{self.port}", "inet", "n", "-", "-", "smtpd")
        lines = [
            f"{service} {kind} {private} {unprivileged} n - {limit} {program}\n"
            for service, kind, private, unprivileged, limit, program in [listener, *SERVICES]
        ]
        (config / "master.cf").write_text("".join(lines))

    def _postfix(self, command) -> None:
        done = subprocess.run(
            ["postfix", "-c", self.folder / "config", command],
            env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"postfix {command}:\n{done.stdout}{done.stderr}"

    def _greets(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=5) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False


def routes(ways: dict[str, str]) -> str:
    """The transport_maps for domain → transport: `{"baker.example": "smtp:[127.0.0.1]:2525"}`."""
    return "inline:{" + ", ".join(f"{{{domain}={way}}}" for domain, way in ways.items()) + "}"


def is_installed() -> bool:
    return (DAEMONS / "master").exists()
