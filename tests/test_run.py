"""`manage.py run` for real: everything starts, heals, stops and starts again."""

import os
import signal
import socket
import subprocess

import pytest
from django.core.management.base import CommandError

from portal import processes
from portal.management.commands.run import Listener, check_ports
from tests.conftest import wait_until
from tests.running import Portal


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
