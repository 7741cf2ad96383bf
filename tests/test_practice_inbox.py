"""What the practice mail server keeps, and `manage.py practice_server`."""

import logging
import os
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal import practice
from portal.practice.mailbox import Mailbox
from tests.test_practice import CONTENT, SENDER, send, wait_for, world

ROOT = Path(__file__).resolve().parent.parent
WITH_ATTACHMENT = (
    b"From: =?utf-8?q?Kivi_=26_Poika_Ky?= <no-reply@jakelu.example>\r\n"
    b"Subject: =?utf-8?b?TGFza3UgxoDDpA==?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n'
    b'Content-Type: multipart/alternative; boundary="a"\r\n\r\n'
    b"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nP=E4iv=E4=E4\r\n"
    b"--a\r\nContent-Type: text/html; charset=no-such\r\n\r\n<p>Hei</p>\r\n--a--\r\n--m\r\n"
    b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''lasku%20%C3%A4.pdf\r\n\r\nJVBERi0xLjc=\r\n--m--\r\n"
)


def test_the_inbox_shows_what_was_delivered_newest_first(tmp_path):
    with world(tmp_path) as (server, _receiver):
        send(server, "office@puuseppa.example")
        send(server, "unknown@puuseppa.example")
        send(server, "policy@puuseppa.example")
        send(server, "laskut@leipomo.example", content=WITH_ATTACHMENT)
    newest, oldest = practice.inbox(folder=tmp_path)
    assert (oldest.recipient, oldest.sender) == ("office@puuseppa.example", SENDER)
    assert (oldest.subject, oldest.text) == ("Invoice 1007", "Your invoice.\n")
    assert newest.from_header == "Kivi & Poika Ky <no-reply@jakelu.example>"
    assert (newest.text, newest.html) == ("Päivää", "<p>Hei</p>")
    assert newest.attachments == (("lasku ä.pdf", "application/pdf", 8),)
    assert newest.received_at >= oldest.received_at
    assert practice.read(newest.name, tmp_path) == newest
    assert practice.inbox(limit=1, folder=tmp_path) == [newest]


@pytest.mark.parametrize("name", ["", "../counts", "20261123T193442123456-0A1B2C3D", "/etc/passwd", "a\0b"])
def test_a_name_that_is_none_of_ours_is_not_read(tmp_path, name):
    (tmp_path / "mails").mkdir()
    (tmp_path / "counts.eml").write_bytes(CONTENT)
    with pytest.raises(LookupError):
        practice.read(name, tmp_path)


def test_the_inbox_is_empty_before_the_first_mail(tmp_path):
    assert practice.inbox(folder=tmp_path) == []


def test_the_oldest_mails_are_deleted_also_after_a_restart(tmp_path):
    for number in range(3):
        Mailbox(tmp_path, keep=2).put(SENDER, f"a{number}@x.example", f"0000000{number}", CONTENT)
    assert [mail.recipient for mail in practice.inbox(folder=tmp_path)] == ["a2@x.example", "a1@x.example"]
    assert [path.suffix for path in (tmp_path / "mails").iterdir()] == [".eml", ".eml"]


def test_neither_addresses_nor_contents_are_logged(tmp_path, caplog):
    caplog.set_level(logging.DEBUG, "portal.practice")
    (tmp_path / "counts.json").write_text("{")
    with world(tmp_path) as (server, receiver):
        receiver.answer(rcpt="550 5.1.1 no")
        send(server, "late1@puuseppa.example")
        wait_for(lambda: "refused a report" in caplog.text)
        receiver.stop()
        send(server, "spam@puuseppa.example")
        wait_for(lambda: "is away" in caplog.text)
    assert not any(word in caplog.text for word in ("@", "puuseppa", "Invoice", "invoice"))


def start_command(tmp_path, *arguments, **environment):
    environment = os.environ | {"DATA_DIR": str(tmp_path), "PRACTICE": "on"} | environment
    command = [sys.executable, "manage.py", "practice_server", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_the_command_serves_until_it_is_told_to_stop(tmp_path):
    process = start_command(tmp_path, "--port", "0")
    ready = process.stdout.readline()
    host, port = ready.rstrip(".\n").rpartition(" ")[2].split(":")
    with smtplib.SMTP(host, int(port), "client.example", timeout=5) as client:
        assert client.noop()[0] == 250
        began = time.monotonic()
        process.terminate()
        _out, errors = process.communicate(timeout=5)
        assert time.monotonic() - began < 2
    assert (process.returncode, errors) == (0, "")


def test_the_command_says_which_setting_to_change_when_the_port_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start_command(tmp_path, EMAIL_PORT=str(taken.getsockname()[1]))
        _out, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Change EMAIL_PORT" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PRACTICE": False}, "PRACTICE"),
        ({"EMAIL_HOST": "0.0.0.0"}, "EMAIL_HOST"),
        ({"BOUNCE_HOST": "192.0.2.1"}, "BOUNCE_HOST"),
    ],
)
def test_the_command_refuses_what_would_leave_the_machine(settings, tmp_path, change, named):
    settings.DATA_DIR = tmp_path
    for name, value in change.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=named):
        call_command("practice_server")
