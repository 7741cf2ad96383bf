"""The doors for reports, by SMTP and LMTP: a genuine one counts once, a forged one changes nothing."""

import contextlib
import smtplib
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test import override_settings

from documents.doors import SIZE_LIMIT, BounceServer
from documents.doors.gate import MINUTE, STRANGERS, Gate
from documents.models import DeliveryEvent, UnreadReport
from documents.verp import bounce_address
from portal import processes
from portal.practice import reports as relay_reports
from tests import reports
from tests.conftest import wait_until
from tests.world import World


def bounce(sender, recipient="office@baker.example", reply="550 5.1.1 User unknown"):
    """The report about a mail with this envelope sender."""
    mail = relay_reports.Received(sender, recipient, b"Subject: x\r\n\r\n", datetime.now(UTC), "4Xy")
    return relay_reports.bounced(mail, datetime.now(UTC), reply)


@pytest.fixture
def doors(transactional_db):
    """Opens doors: `doors(lmtp=True)` starts one and returns its port."""
    with contextlib.ExitStack() as stack:

        def start(**options):
            [port] = processes.free_ports(1)
            server = BounceServer("127.0.0.1", port, **options)
            server.start()
            stack.callback(server.stop)
            return port

        yield start


def deliver(port, recipients, content, kind=smtplib.SMTP):
    """Hand a mail over to one recipient or several; returns those refused, with the answer to each."""
    recipients = [recipients] if isinstance(recipients, str) else recipients
    with kind("127.0.0.1", port, local_hostname="mx.baker.example", timeout=30) as client:
        return client.sendmail("", recipients, content)


class TestBySmtp:
    @pytest.fixture
    def port(self, doors):
        return doors()

    @pytest.fixture
    def delivery(self, port):
        return World().delivery()

    def address(self, delivery):
        return bounce_address(delivery.mails.get().public_id)

    def status(self, delivery):
        delivery.refresh_from_db()
        return delivery.status

    def test_a_report_is_applied(self, port, delivery):
        address = self.address(delivery)
        deliver(port, address, bounce(address))
        delivery.refresh_from_db()
        assert (delivery.status, delivery.code) == ("rejected", "550")
        assert delivery.headline.host == "mx.baker.example"

    def test_twice_the_same_counts_once(self, port, delivery):
        address = self.address(delivery)
        report = bounce(address)
        for _ in range(2):
            deliver(port, address, report)
        assert DeliveryEvent.objects.filter(status="rejected").count() == 1

    def test_a_forged_token_is_answered_as_if_it_were_right(self, port, delivery):
        good = self.address(delivery)
        forged = good[:40] + "0" * 16 + good[good.index("@") :]
        assert deliver(port, forged, bounce(forged)) == {}
        assert self.status(delivery) == "queued"
        assert UnreadReport.objects.get().why == "no_token"

    def test_a_mail_that_does_not_exist_any_more_changes_nothing(self, port):
        address = bounce_address(uuid4())
        assert deliver(port, address, bounce(address)) == {}
        assert UnreadReport.objects.get().why == "no_mail"

    def test_other_domains_are_refused(self, port):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            deliver(port, "office@baker.example", bounce("x@y.example"))

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"Content-Type: multipart/report\r\n\r\n", b"\xff" * 5000]
    )
    def test_what_is_no_report_is_taken_and_kept_for_operations(self, port, delivery, content):
        address = self.address(delivery)
        deliver(port, address, content)
        assert self.status(delivery) == "queued"
        kept = UnreadReport.objects.get()
        assert (kept.why, kept.door, kept.recipient) == ("no_report", "smtp", address)
        assert kept.mail == delivery.mails.get()

    def test_an_out_of_office_reply_is_no_bounce_and_not_unread(self, port, delivery):
        address = self.address(delivery)
        deliver(port, address, reports.out_of_office(to=address))
        assert self.status(delivery) == "queued"
        assert not UnreadReport.objects.exists()

    def test_dots_at_line_starts_and_endless_lines_come_through(self, port, delivery):
        address = self.address(delivery)
        content = b"Subject: x\r\n\r\n.one\r\n..two\r\n" + b"y" * 300_000 + b"\r\n.\r\n\r\n"
        deliver(port, address, content)
        kept = UnreadReport.objects.get()
        assert kept.size == len(content)
        assert bytes(kept.raw) == content[: len(kept.raw)]

    def test_reports_about_addresses_beyond_ascii_are_taken(self, port, delivery):
        address = self.address(delivery)
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.ehlo()
            assert client.has_extn("smtputf8")
            client.mail("", ["SMTPUTF8", "BODY=8BITMIME"])
            assert client.rcpt(address)[0] == 250
            assert client.data(bounce(address, recipient="jäätelö@baker.example"))[0] == 250
        assert self.status(delivery) == "rejected"

    @pytest.mark.parametrize(
        "line",
        [b"\r\n", b"A" * 74 + b"\r\n", b"A" * 1_000_000 + b"\r\n"],
        ids=["short lines", "lines", "long lines"],
    )
    def test_a_report_of_50_megabytes_is_taken(self, port, delivery, line):
        address = self.address(delivery)
        deliver(port, address, bounce(address) + line * ((SIZE_LIMIT - 10_000) // len(line)))
        assert self.status(delivery) == "rejected"

    def test_a_larger_one_is_refused(self, port, delivery):
        line = b"A" * 1022 + b"\r\n"
        with (
            smtplib.SMTP("127.0.0.1", port, timeout=30) as client,
            pytest.raises(smtplib.SMTPSenderRefused, match="552"),
        ):
            client.sendmail("", [self.address(delivery)], line * (SIZE_LIMIT // 1024 + 1))
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.helo()  # no announcement of the size
            client.mail("")
            client.rcpt(self.address(delivery))
            assert client.data(line * (SIZE_LIMIT // 1024 + 1))[0] == 552
            assert client.noop()[0] == 250

    def test_while_the_database_is_away_reports_are_asked_to_come_again(self, port, delivery):
        address = self.address(delivery)
        report = bounce(address)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE documents_deliveryevent RENAME TO documents_gone")
            try:
                with pytest.raises(smtplib.SMTPDataError, match="451"):
                    deliver(port, address, report)
            finally:
                cursor.execute("ALTER TABLE documents_gone RENAME TO documents_deliveryevent")
        deliver(port, address, report)
        assert self.status(delivery) == "rejected"

    def test_what_is_no_command_is_not_logged(self, port, caplog):
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            assert client.docmd("office@baker.example:", "user unknown")[0] == 500
        assert "baker" not in caplog.text.lower()

    def test_a_connection_that_breaks_off_leaves_nothing_behind(self, port, delivery):
        address = self.address(delivery)
        client = smtplib.SMTP("127.0.0.1", port, timeout=10)
        client.ehlo()
        client.mail("")
        client.rcpt(address)
        client.docmd("DATA")
        client.send(bounce(address)[:500])
        client.sock.close()
        deliver(port, address, bounce(address))
        assert DeliveryEvent.objects.filter(status="rejected").count() == 1


class TestLimits:
    def test_strangers_wait_when_they_send_too_much_in_a_minute(self, doors):
        with override_settings(BOUNCE_RELAYS=[], BOUNCE_MAILS_A_MINUTE=2):
            port = doors()
            address = bounce_address(uuid4())
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                for _ in range(2):
                    client.sendmail("", [address], b"x")
                with pytest.raises(smtplib.SMTPSenderRefused, match="451"):
                    client.sendmail("", [address], b"x")

    def test_connections_beyond_the_limit_are_asked_to_come_again(self, doors):
        with override_settings(BOUNCE_RELAYS=[], BOUNCE_CONNECTIONS=1):
            port = doors()
            wait_until(lambda: is_free(port))  # the server has tried its own door
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as first:
                with pytest.raises(smtplib.SMTPConnectError, match="421"):
                    smtplib.SMTP("127.0.0.1", port, timeout=10)
                assert first.noop()[0] == 250
            wait_until(lambda: is_free(port))

    def test_our_relay_has_no_limit_by_the_minute(self, doors):
        with override_settings(BOUNCE_MAILS_A_MINUTE=1):
            port = doors()
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                for _ in range(5):
                    client.sendmail("", [bounce_address(uuid4())], b"x")

    def test_counts_by_the_minute_and_by_address(self):
        clock = [0.0]
        gate = Gate(clock=lambda: clock[0])
        with override_settings(BOUNCE_MAILS_A_MINUTE=1):
            answers = [gate.may_send(host) for host in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "127.0.0.1")]
            clock[0] = MINUTE
            assert [*answers, gate.may_send("192.0.2.1")] == [True, False, True, True, True]

    def test_one_network_of_ipv6_counts_as_one(self):
        gate = Gate()
        with override_settings(BOUNCE_CONNECTIONS=1):
            assert gate.enter("2001:db8::1")
            assert not gate.enter("2001:db8::2")
            assert gate.enter("2001:db8:0:1::1")
            gate.leave("2001:db8::1")
            assert gate.enter("2001:db8::2")

    def test_strangers_cannot_take_our_relays_places(self):
        gate = Gate()
        for number in range(STRANGERS):
            assert gate.enter(f"192.0.2.{number}")
        assert not gate.enter("198.51.100.1")
        assert gate.enter("127.0.0.1")
        assert gate.enter("::ffff:127.0.0.1")


def is_free(port):
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=10).quit()
    except smtplib.SMTPConnectError:
        return False
    return True


class TestByLmtp:
    @pytest.fixture
    def port(self, doors):
        return doors(lmtp=True)

    def test_each_recipient_gets_an_answer_of_its_own(self, port):
        world = World()
        first, second = world.delivery(), world.delivery()
        addresses = [bounce_address(delivery.mails.get().public_id) for delivery in (first, second)]
        report = bounce("")
        with smtplib.LMTP("127.0.0.1", port, timeout=10) as client:
            assert client.ehlo()[0] == 250
            assert {"pipelining", "enhancedstatuscodes"} <= set(client.esmtp_features)
            client.mail("")
            answers = [client.rcpt(address)[0] for address in (*addresses, "x@other.example")]
            assert answers == [250, 250, 550]
            assert client.data(report)[0] == 250
            assert client.getreply()[0] == 250
            assert client.noop()[0] == 250
        for delivery in (first, second):
            delivery.refresh_from_db()
            assert delivery.status == "rejected"

    def test_the_commands_of_smtp_are_refused(self, port):
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            assert client.ehlo("mx.baker.example")[0] == 500

    def test_without_a_recipient_there_is_no_data(self, port):
        with smtplib.LMTP("127.0.0.1", port, timeout=10) as client:
            client.ehlo()
            client.mail("")
            assert client.docmd("DATA")[0] == 503
