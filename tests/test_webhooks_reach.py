"""With a webhook nobody reaches what only our own servers can reach; and nobody else reads what it tells."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings

from distribution import webhooks
from distribution.models import Webhook
from tests.receiver import call, receiver
from tests.test_targets import PRIVATE
from tests.world import World

pytestmark = pytest.mark.django_db

HOST = "erp.acme.example"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def names(monkeypatch):
    """`names.lead(HOST, ["10.0.0.1"])`: its addresses; with several lists each look-up gets the next one."""
    known = Names()
    monkeypatch.setattr(socket, "getaddrinfo", known.look_up)
    return known


class Names:
    def __init__(self):
        self.real, self.known, self.asked = socket.getaddrinfo, {}, []

    def lead(self, host, *answers):
        self.known[host] = list(answers)

    def look_up(self, host, port, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self.known:
            return self.real(host, port, *args, **kwargs)
        self.asked.append(name)
        answers = self.known[name]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for address in addresses for entry in self.real(address, port, type=socket.SOCK_STREAM)]


def outcome(world, url):
    """(code, answer) of a call to this URL."""
    told = call(Webhook.objects.create(company=world.acme, url=url))
    webhooks.pump(10)
    told.refresh_from_db()
    assert told.attempts == 1
    return told.last_code, told.answer


class TestPrivateNetworks:
    @pytest.mark.parametrize("address", [text for text in PRIVATE if "%" not in text])
    def test_a_name_that_leads_there_is_not_called(self, world, names, address):
        names.lead(HOST, [address])
        with override_settings(PRACTICE=False):
            code, answer = outcome(world, f"https://{HOST}/")
        assert (code, "no address on the internet" in answer) == (None, True)
        assert names.asked == [HOST]

    @pytest.mark.parametrize("addresses", [["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "::ffff:7f00:1"]])
    def test_one_private_address_among_public_ones_is_enough(self, world, names, addresses):
        names.lead(HOST, addresses)
        with override_settings(PRACTICE=False):
            assert "no address on the internet" in outcome(world, f"https://{HOST}/")[1]

    @pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "localhost"])
    def test_other_ways_to_write_this_machine_are_seen_through(self, world, host):
        with receiver() as erp, override_settings(PRACTICE=False):
            code, answer = outcome(world, f"https://{host}:{erp.server_port}/")
        assert (code, "nothing was sent" in answer) == (None, True)
        assert not erp.got

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_what_was_allowed_once_is_refused_when_it_is_not_any_more(self, world, scheme):
        with receiver() as erp, override_settings(PRACTICE=False):
            code, answer = outcome(world, f"{scheme}://127.0.0.1:{erp.server_port}/")
        assert (code, "not allowed any more" in answer) == (None, True)
        assert not erp.got

    def test_a_name_that_is_not_known_is_a_failure(self, world, monkeypatch):
        def unknown(*_args, **_kwargs):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with override_settings(PRACTICE=False):
            assert "no address on the internet" in outcome(world, f"https://{HOST}/")[1]

    def test_in_practice_mode_no_name_is_even_looked_up(self, world, names):
        names.lead(HOST, ["8.8.8.8"])
        assert "not allowed any more" in outcome(world, f"https://{HOST}/")[1]
        assert not names.asked


class TestRebinding:
    def test_the_connection_goes_to_the_address_that_was_checked(self, world, names):
        with receiver() as checked, twin(checked) as other:
            names.lead("localhost", ["127.0.0.1"], ["127.0.0.2"])
            assert outcome(world, f"http://localhost:{checked.server_port}/hook")[0] == 200
            assert names.asked == ["localhost"]
            assert (len(checked.got), len(other.got)) == (1, 0)
            assert checked.got[0].headers["Host"] == f"localhost:{checked.server_port}"

    def test_every_call_looks_the_name_up_anew(self, world, names):
        with receiver() as first, twin(first) as second:
            names.lead("localhost", ["127.0.0.1"], ["127.0.0.2"])
            outcome(world, f"http://localhost:{first.server_port}/hook")
            call(Webhook.objects.get())
            webhooks.pump(10)
            assert (len(first.got), len(second.got)) == (1, 1)


class TestTls:
    def test_the_certificate_is_checked_against_the_host_s_name(self, world, authority):
        with receiver(tls=authority.server_for(x509.DNSName("localhost"))) as erp:
            assert outcome(world, f"https://localhost:{erp.server_port}/hook")[0] == 200
        assert len(erp.got) == 1

    @pytest.mark.parametrize(
        "name", [x509.DNSName("other.example"), x509.IPAddress(ip_address("127.0.0.1"))], ids=str
    )
    def test_one_for_another_name_or_for_the_bare_address_is_refused(self, world, authority, name):
        with receiver(tls=authority.server_for(name)) as erp:
            code, answer = outcome(world, f"https://localhost:{erp.server_port}/hook")
        assert (code, "certificate" in answer) == (None, True)
        assert not erp.got

    def test_one_by_an_unknown_authority_is_refused(self, world, authority, monkeypatch):
        monkeypatch.delenv("SSL_CERT_FILE")
        with receiver(tls=authority.server_for(x509.DNSName("localhost"))) as erp:
            assert "certificate" in outcome(world, f"https://localhost:{erp.server_port}/hook")[1]
        assert not erp.got


def test_no_proxy_of_the_machine_gets_to_see_it(world, monkeypatch):
    with receiver() as erp, receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert outcome(world, erp.url)[0] == 200
        assert (len(erp.got), len(proxy.got)) == (1, 0)


def twin(of):
    """Another receiver on the same port of another address of this machine."""
    return receiver("127.0.0.2", port=of.server_port)


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """An authority that the portal trusts as long as the test lasts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


class Authority:
    def __init__(self, folder):
        self.folder, self.file = folder, folder / "authority.pem"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        basics = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._sign(self.name, self.key, basics)
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server_for(self, name):
        """What a server needs that has a certificate for this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A server")])
        certificate = self._sign(subject, key, x509.SubjectAlternativeName([name]))
        file = self.folder / "server.pem"
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(serialization.Encoding.PEM, form, plain)
        file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(self, subject, key, extension):
        today = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            self.name,
            subject,
            key.public_key(),
            x509.random_serial_number(),
            today - timedelta(days=1),
            today + timedelta(days=1),
        )
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())
