"""Domains that take no mail: told by a real DNS server on this machine, and never asked in practice mode."""

import socket
import threading

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from django.core.files.base import ContentFile

from distribution import directory, importing
from distribution.importing.lookup import EXISTS, advise_on_domains, dead_domains
from distribution.models import DirectoryImport
from tests.world import World

RECORDS = {
    (f"{EXISTS}.", "MX"): "10 mx.gmail.com.",
    ("candle.test.", "MX"): "10 mx.candle.test.",
    ("refuses.test.", "MX"): "0 .",
    ("web-only.test.", "A"): "93.184.216.34",
    ("no-mail.test.", "TXT"): '"nothing"',
}
SILENT = "silent.test."


class NameServer:
    """Answers from RECORDS; what is not there does not exist. `asked` are the names it was asked for."""

    def __init__(self, records):
        self.records, self.asked = records, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                data, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            query = dns.message.from_wire(data)
            name, kind = str(query.question[0].name), dns.rdatatype.to_text(query.question[0].rdtype)
            self.asked.append(name)
            if name == SILENT:
                continue
            answer = dns.message.make_response(query)
            if (name, kind) in self.records:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, self.records[name, kind]))
            elif name not in {known for known, _kind in self.records}:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(), sender)

    def resolver(self):
        found = dns.resolver.Resolver(configure=False)
        found.nameservers, found.port = ["127.0.0.1"], self.socket.getsockname()[1]
        found.lifetime = 1
        return found


@pytest.fixture
def name_server():
    server = NameServer(dict(RECORDS))
    yield server
    server.socket.close()


def test_domains_that_say_so_take_no_mail_and_silence_is_no_answer(name_server):
    domains = ["candle.test", "gone.test", "refuses.test", "web-only.test", "no-mail.test", "silent.test"]
    assert dead_domains(domains, name_server.resolver()) == ["gone.test", "refuses.test", "no-mail.test"]


def test_where_nothing_exists_the_network_is_away_and_nobody_is_blamed(name_server):
    name_server.records.clear()
    assert dead_domains(["candle.test", "gone.test"], name_server.resolver()) == []
    assert name_server.asked == [f"{EXISTS}."]


@pytest.mark.django_db
@pytest.mark.parametrize("practice", [True, False])
def test_a_report_names_them_but_in_practice_mode_nobody_is_asked(name_server, settings, practice, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world = World()
    job = DirectoryImport(company=world.acme, name="x.csv")
    content = b"customer_number;email\n1;a@candle.test\n2;b@gone.test;\n3;c@gmail.com\n"
    job.file.save("x.csv", ContentFile(content))
    importing.work()
    job.refresh_from_db()
    settings.PRACTICE = practice
    found = directory.read_directory(directory.open_table(content))
    advise_on_domains(job, found, job.report, name_server.resolver())
    job.refresh_from_db()
    assert job.report.get("no_mail") == (None if practice else ["gone.test"])
    assert (name_server.asked == []) == practice
