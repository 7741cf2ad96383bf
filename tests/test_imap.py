"""The bounce mailbox, read over IMAP from a real server: what was understood is filed away."""

import imaplib
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import timedelta
from ipaddress import ip_address
from threading import Thread
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings
from django.utils.timezone import now
from imap_tools import MailBoxUnencrypted
from imap_tools.errors import MailboxMoveError

from documents.doors.imap import DONE, read_mailbox
from documents.models import DeliveryEvent, UnreadReport
from documents.verp import bounce_address
from portal import processes
from tests import reports
from tests.conftest import wait_until
from tests.world import World

pytestmark = pytest.mark.django_db

USER, PASSWORD = "bounces@jakelu.example", "p@ss/word:1"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real IMAP server on this machine with one user; yields its port."""
    with running(tmp_path_factory.mktemp("imap"), "--host=127.0.0.1", "--no-tls") as port:
        yield port


@contextmanager
def running(home, *options):
    [port] = processes.free_ports(1)
    log = home / "log"
    command = [sys.executable, "-c", "from pymap.main import main; main()", *options]
    command += [f"--port={port}", "--no-service=managesieve", "--no-service=admin", "dict"]
    command += [f"--demo-user={USER}", f"--demo-password={PASSWORD}"]
    with log.open("wb") as output:
        process = processes.start(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            host = options[0].removeprefix("--host=")
            wait_until(lambda: process.poll() is not None or processes.accepts(host, port))
            assert process.returncode is None, log.read_text()
            yield port
        finally:
            processes.stop(process, patience=2)


@pytest.fixture
def mailbox(server):
    """The mailbox, empty; `put(content)` brings a mail, `folder(name)` tells the flags of what is in one."""
    client = imaplib.IMAP4("127.0.0.1", server)
    client.login(USER, PASSWORD)
    for name in ("INBOX", "/".join(DONE)):
        if client.select(name)[0] == "OK":
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()

    def put(content):
        assert client.append("INBOX", None, None, content)[0] == "OK"

    def folder(name="INBOX"):
        client.select(name)
        _ok, [found] = client.uid("SEARCH", "ALL")
        return [flags(uid) for uid in found.split()]

    def flags(uid):
        _ok, [answer] = client.uid("FETCH", uid, "(FLAGS)")
        return set(imaplib.ParseFlags(answer)) - {rb"\Recent"}

    def unflag():
        client.select("INBOX")
        client.store("1:*", "-FLAGS", r"(\Flagged)")

    url = f"imap://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{server}/INBOX"
    with override_settings(IMAP_URL=url, PRACTICE=False):
        yield SimpleNamespace(put=put, unflag=unflag, folder=folder, done=lambda: folder("/".join(DONE)))
    client.logout()


@pytest.fixture
def delivery():
    return World().delivery()


def report_for(delivery, **fields):
    return reports.dsn(to=bounce_address(delivery.mails.get().public_id), **fields)


def test_what_was_understood_is_applied_and_filed_away(mailbox, delivery):
    mailbox.put(report_for(delivery))
    assert read_mailbox() == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.code) == ("rejected", "550")
    assert (mailbox.folder(), len(mailbox.done())) == ([], 1)


def test_what_was_not_stays_flagged_and_is_shown_to_operations(mailbox, delivery):
    mailbox.put(b"Subject: Hello\r\n\r\nIs anybody there?\r\n")
    assert read_mailbox() == 0
    assert mailbox.folder() == [{rb"\Flagged"}]  # this server keeps no keywords
    kept = UnreadReport.objects.get()
    assert (kept.door, kept.why) == ("imap", "no_token")


def test_what_stays_is_not_read_again_until_its_flag_is_taken_off(mailbox, delivery):
    mailbox.put(b"Subject: Hello\r\n\r\nIs anybody there?\r\n")
    read_mailbox()
    UnreadReport.objects.all().delete()
    read_mailbox()
    assert not UnreadReport.objects.exists()
    mailbox.unflag()
    read_mailbox()
    assert UnreadReport.objects.count() == 1


def test_a_mail_read_twice_counts_once(mailbox, delivery):
    report = report_for(delivery)
    for _ in range(2):
        mailbox.put(report)
        read_mailbox()
    assert DeliveryEvent.objects.filter(status="rejected").count() == 1
    assert len(mailbox.done()) == 2


def test_an_out_of_office_reply_is_filed_away_and_changes_nothing(mailbox, delivery):
    mailbox.put(reports.out_of_office())
    assert read_mailbox() == 1
    assert (mailbox.folder(), UnreadReport.objects.count()) == ([], 0)


def test_one_that_cannot_be_read_holds_up_no_other(mailbox, delivery):
    mailbox.put(b"\xff" * 5000 + b"\r\n\r\n")
    mailbox.put(report_for(delivery))
    assert read_mailbox() == 1
    assert len(mailbox.folder()) == 1


def test_of_a_large_mail_only_the_beginning_is_fetched(mailbox, delivery):
    report = report_for(delivery) + b"x" * 76 * 20_000
    mailbox.put(report)
    assert read_mailbox() == 1
    mailbox.put(b"Subject: Hello\r\n\r\n" + b"x" * 1_500_000)
    read_mailbox()
    kept = UnreadReport.objects.get()
    assert kept.size > 1_500_000
    assert len(kept.raw) == 200_000


def test_where_nothing_can_be_filed_away_the_others_are_read_all_the_same(mailbox, delivery, monkeypatch):
    def over_quota(*_arguments):
        raise MailboxMoveError(("NO", [b"[OVERQUOTA] Not enough disk quota"]), "OK")

    monkeypatch.setattr(MailBoxUnencrypted, "move", over_quota)
    mailbox.put(reports.out_of_office())
    mailbox.put(report_for(delivery))
    assert read_mailbox() == 2
    delivery.refresh_from_db()
    assert delivery.status == "rejected"
    assert mailbox.folder() == [{rb"\Flagged"}] * 2


def test_nothing_is_read_in_practice_mode(mailbox, delivery):
    mailbox.put(report_for(delivery))
    with override_settings(PRACTICE=True):
        assert read_mailbox() == 0
    assert mailbox.folder() == [set()]


@pytest.mark.parametrize(
    "url", ["", "imap://user:wrong@127.0.0.1:{port}/INBOX", "imap://user:wrong@127.0.0.1:1/"]
)
def test_a_mailbox_that_cannot_be_opened_is_no_disaster(server, delivery, url, caplog):
    with override_settings(PRACTICE=False, IMAP_URL=url.format(port=server)):
        assert read_mailbox() == 0
    assert bool(url) == ("The bounce mailbox cannot be read" in caplog.text)
    assert "wrong" not in caplog.text


class TestEncryption:
    """The server has to prove who it is before it hears the password."""

    HOST = "127.0.0.2"  # not one that is spoken to without encryption

    @pytest.fixture
    def certificate(self, tmp_path):
        """The paths of a certificate for HOST that nobody has signed, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.HOST)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(self.HOST))])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(1).not_valid_before(now()).not_valid_after(now() + timedelta(days=1))
        made = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
        pem = serialization.Encoding.PEM
        (tmp_path / "cert").write_bytes(made.public_bytes(pem))
        (tmp_path / "key").write_bytes(
            key.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, encryption_algorithm=serialization.NoEncryption()
            )
        )
        return tmp_path / "cert", tmp_path / "key"

    def url(self, scheme, port):
        return f"{scheme}://{quote(USER)}:{quote(PASSWORD, safe='')}@{self.HOST}:{port}/INBOX"

    def test_starttls_with_a_server_that_proves_it(self, certificate, tmp_path, monkeypatch, caplog):
        cert, key = certificate
        with (
            running(tmp_path, f"--host={self.HOST}", f"--cert={cert}", f"--key={key}") as port,
            override_settings(PRACTICE=False, IMAP_URL=self.url("imap", port)),
        ):
            read_mailbox()
            assert "SSLCertVerificationError" in caplog.text
            caplog.clear()
            monkeypatch.setenv("SSL_CERT_FILE", str(cert))
            read_mailbox()
            assert not caplog.records

    def test_tls_from_the_start_with_a_server_that_does_not(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        heard = []

        def listen():
            with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as client:
                client.sendall(b"* OK Ready\r\n")
                heard.append(client.recv(1000))

        with socket.create_server((self.HOST, 0)) as listener:
            thread = Thread(target=listen)
            thread.start()
            with override_settings(PRACTICE=False, IMAP_URL=self.url("imaps", listener.getsockname()[1])):
                assert read_mailbox() == 0
            thread.join(timeout=10)
        assert heard == []
