"""What the portal looks like to the world: a real relay, servers behind it, and our door for reports.

    worker → relay ─┬→ capable: a second Postfix with a mailbox, which sends delivery reports of its own
             ▲   │  └→ plain, small: servers that know no delivery reports, so the relay makes them
      reports│   └──→ the door: `manage.py receive_bounces --lmtp`

`make e2e` runs these tests, and `make test` leaves them alone.
"""

import contextlib
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from portal import processes
from tests.conftest import wait_until, worker_environment
from tests.e2e.postfix import HOST, OWNER, Postfix, is_installed, routes
from tests.relay import Relay, relay
from tests.services import services

FOLDER = Path(__file__).resolve().parent
MAILBOX = "office@capable.example"
LARGEST = 10 * 1000 * 1000  # bytes of a mail that our relay takes
SMALL = 1000 * 1000  # bytes of a mail that the small server takes
DELAY = 3  # seconds until the relays warn of a delay; reports do not give parts of a second
LIFETIME = 8  # seconds for which the hasty relay tries


class Door:
    """`manage.py receive_bounces --lmtp` as a program of its own: the relay hands reports over to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process: subprocess.Popen | None = None

    def open(self) -> None:
        self._process = processes.start(
            [sys.executable, "manage.py", "receive_bounces", "--lmtp", f"--port={self.port}"],
            cwd=settings.BASE_DIR,
            # Not under the name by which hang_up_on_workers() finds the workers.
            env=worker_environment({"PGAPPNAME": "door", "LOG_LEVEL": "WARNING"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: self._process.poll() is not None or processes.accepts(HOST, self.port))
        assert self._process.returncode is None, "the door did not open; its words are above"

    def close(self) -> None:
        """Does nothing when it is not open."""
        if self._process is not None:
            processes.stop(self._process, patience=5)
            self._process = None


@dataclass
class Network:
    relay: Postfix  # warns of a delay after DELAY, and tries for an hour
    hasty: Postfix  # the same, but gives up after LIFETIME
    capable: Postfix  # takes mail for MAILBOX only
    plain: Relay  # takes all mail, and answers as told
    door: Door


def pytest_ignore_collect(collection_path, config):
    """Whoever does not name this folder does not mean these tests."""
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return None if any(path.is_relative_to(FOLDER) for path in named) else True


@pytest.fixture(scope="session")
def network(django_db_setup) -> Iterator[Network]:
    """Everything behind the worker, running."""
    if not is_installed() or os.geteuid() != 0:
        pytest.skip("needs root, and Debian's Postfix: as root, `make e2e` installs it")
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(relay(no_dsn=True))
        small = stack.enter_context(relay(no_dsn=True, size_limit=SMALL))
        door_port, *ports = processes.free_ports(4)  # after those that choose their own
        door = Door(door_port)
        stack.callback(door.close)
        door.open()
        ways = {
            "capable.example": f"smtp:[{HOST}]:{ports[-1]}",
            "plain.example": f"smtp:[{HOST}]:{plain.port}",
            "small.example": f"smtp:[{HOST}]:{small.port}",
            "down.example": f"smtp:[{HOST}]:1",  # nobody ever listens there
            settings.BOUNCE_DOMAIN: f"lmtp:inet:{HOST}:{door.port}",
        }
        servers = postfixes(*ports, ways)
        for server in servers:
            stack.callback(server.stop)
            server.start()
        yield Network(*servers, plain, door)


def postfixes(relay_port: int, hasty_port: int, capable_port: int, ways: dict[str, str]):
    """The relay, the hasty relay and the capable server."""
    hour, seconds = lifetime("1h"), lifetime(f"{LIFETIME}s")
    ours = {"transport_maps": routes(ways), "message_size_limit": LARGEST, "delay_warning_time": f"{DELAY}s"}
    owner = pwd.getpwnam(OWNER)
    mailbox = {
        "virtual_mailbox_domains": "capable.example",
        "virtual_mailbox_maps": f"inline:{{{{{MAILBOX}=office/}}}}",
        "virtual_mailbox_base": services.folder / "capable" / "mailboxes",
        "virtual_uid_maps": f"static:{owner.pw_uid}",
        "virtual_gid_maps": f"static:{owner.pw_gid}",
        "relayhost": f"[{HOST}]:{relay_port}",
        "default_transport": "smtp",
    }
    capable = Postfix(services.folder, "capable", capable_port, **mailbox)
    capable.make_folder("mailboxes")
    return (
        Postfix(services.folder, "relay", relay_port, **ours, **hour),
        Postfix(services.folder, "hasty", hasty_port, **ours, **seconds),
        capable,
    )


def lifetime(time: str) -> dict[str, str]:
    """How long a mail or a report is tried before it is given up."""
    return {"maximal_queue_lifetime": time, "bounce_queue_lifetime": time}


@pytest.fixture(autouse=True)
def mail_logs(request):
    """What the Postfixes logged during a test is shown when it fails."""
    if "network" not in request.fixturenames:
        yield
        return
    network = request.getfixturevalue("network")
    servers = {"relay": network.relay, "hasty relay": network.hasty, "capable server": network.capable}
    sizes = {name: server.log_size() for name, server in servers.items()}
    yield
    for name, server in servers.items():
        request.node.add_report_section("teardown", f"{name} log", server.log(since=sizes[name]))
