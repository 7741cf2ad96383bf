"""A program of somebody else's, over a real connection to a real web server."""

import json
import os
import re
import socket
import subprocess
import sys

import pytest
from django.conf import settings

from documents.models import Document
from portal import processes
from tests.conftest import wait_until, worker_environment
from tests.program import Program, document
from tests.test_story import HURRY
from tests.world import World, pdf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return World()


@pytest.fixture(scope="module")
def port(django_db_setup, tmp_path_factory):
    """Of a web server as `manage.py run` starts it."""
    [port] = processes.free_ports(1)
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--no-control-socket"]
    command += [f"--bind=127.0.0.1:{port}", "--worker-class=gthread", "--threads=4"]
    log = tmp_path_factory.mktemp("web") / "web.log"
    with log.open("wb") as output:
        web = processes.start(
            command, cwd=settings.BASE_DIR, env=worker_environment({}), stdout=output, stderr=output
        )
    try:
        wait_until(lambda: web.poll() is not None or answers(port), seconds=30)
        assert web.returncode is None, log.read_text()
        yield port
    finally:
        processes.stop(web, patience=10)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def client_of_the_readme(tmp_path):
    """Out of the README, as people copy it."""
    readme = (settings.BASE_DIR / "README.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len([line for line in program.splitlines() if line]) <= 30
    path = tmp_path / "send.py"
    path.write_text(program)
    return path


def run(path, port, erp, *arguments):
    environment = os.environ | {"JAKELU_URL": f"http://127.0.0.1:{port}", "JAKELU_TOKEN": erp.secret}
    return subprocess.run(
        [sys.executable, path, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_program_in_the_readme_sends_and_waits_until_it_is_delivered(
    world,
    port,
    mail_servers,
    worker,
    client_of_the_readme,
    tmp_path,
):
    worker(beat=True, **HURRY)
    erp = Program(world.acme, world.alice, "send", "read")
    invoice = tmp_path / "2026-17.pdf"
    invoice.write_bytes(pdf("2026-17"))
    done = run(client_of_the_readme, port, erp, invoice, "1001")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[:2] == ["office@baker.example", "delivered"]
    sent = Document.objects.get()
    assert (sent.number, sent.source, sent.overall()[0]) == ("2026-17", "api", "delivered")

    world.customer("7", "unknown@dyer.example")
    invoice.write_bytes(pdf("another"))
    world.acme.documents.update(number="2026-16")
    done = run(client_of_the_readme, port, erp, invoice, "7")
    assert done.returncode == 1
    assert done.stdout.startswith("unknown@dyer.example rejected 550 ")


def test_the_program_in_the_readme_says_what_is_wrong(world, port, client_of_the_readme, tmp_path):
    erp = Program(world.acme, world.alice)
    nonsense = tmp_path / "2026-17.pdf"
    nonsense.write_bytes(b"nonsense")
    done = run(client_of_the_readme, port, erp, nonsense, "1001")
    assert done.returncode == 1
    assert json.loads(done.stderr)["errors"][0]["field"] == "file"


def test_a_body_that_is_cut_off_half_way_is_refused_and_nothing_is_kept(world, port):
    """The rest of it never comes, because the program hangs up its side of the connection."""
    erp = Program(world.acme, world.alice)
    body = json.dumps(document()).encode()
    for media_type in ("application/json", "multipart/form-data; boundary=x"):
        answer = exchange(port, erp, body[: len(body) // 2], length=len(body), media_type=media_type)
        head, _blank, told = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 "), answer
        assert json.loads(told)["detail"] == "The body did not arrive whole. Send it again."
    assert not Document.objects.exists()


def test_a_stranger_is_answered_before_the_body_is_read(world, port):
    erp = Program(world.acme, world.alice)
    erp.secret = "jkl_wrong"
    answer = exchange(port, erp, b"", length=20_000_000, hangs_up=False)
    assert answer.startswith(b"HTTP/1.1 401 ")


def exchange(port, erp, sent, *, length, media_type="application/json", hangs_up=True):
    """Send the beginning of a request; what is answered to it."""
    head = (
        f"POST /api/v1/documents/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {erp.secret}\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode() + sent)
        if hangs_up:
            connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answered:
            return answered.read()
