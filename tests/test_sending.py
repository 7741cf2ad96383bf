"""Sending over real SMTP: what is handed over, what answers mean, what a dead worker leaves behind."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings
from django.utils.timezone import now

from distribution.models import ListAddress
from documents import relay as our_relay
from documents.models import OutboundMail
from documents.verp import bounce_address
from tests.relay import relay, relay_settings
from tests.sweep import outcome, pump, read, sent
from tests.world import World

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def server():
    """A relay that takes everything until it is told otherwise."""
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


class TestTheMail:
    def test_the_envelope_carries_the_bounce_address(self, world, server):
        delivery = sent(world)
        [mail] = server.mails
        assert mail.mail_from == bounce_address(delivery.mails.get().public_id)
        assert mail.rcpt_to == ["office@baker.example"]
        assert outcome(delivery) == ("sent", "", "")

    def test_the_relay_is_asked_to_report(self, world, server):
        public_id = sent(world).mails.get().public_id
        [mail] = server.mails
        assert f"ENVID={public_id.hex}" in mail.mail_options
        assert "RET=HDRS" in mail.mail_options
        assert [o for o in mail.mail_options if o.startswith("SIZE=")] in ([], [f"SIZE={len(mail.content)}"])
        assert any(option.startswith("NOTIFY=") for option in mail.rcpt_options)

    def test_a_relay_without_dsn_gets_none_of_it(self, world, server):
        server.answer(no_dsn=True)
        sent(world)
        [mail] = server.mails
        assert not [o for o in mail.mail_options + mail.rcpt_options if not o.startswith("SIZE")]

    def test_the_headers(self, world, server):
        delivery = sent(world, number="A-7")
        message = read(server.mails[0])
        assert message["From"] == "Acme Oy <no-reply@jakelu.example>"
        assert message["To"] == "office@baker.example"
        assert message["Reply-To"] == "billing@acme.example"
        assert message["Subject"] == "Acme Oy: Invoice A-7"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Message-ID"] == delivery.mails.get().message_id
        assert not message.defects

    def test_the_attachment_arrives_as_it_came_in(self, world, server):
        document = world.document(number="Lasku 7 ä")
        pump()
        message = read(server.mails[0])
        [attachment] = message.iter_attachments()
        with document.original.file.open() as file:
            assert attachment.get_content() == file.read()
        assert attachment.get_filename() == "Lasku 7 ä.pdf"
        assert attachment.get_content_type() == "application/pdf"
        assert "Lasku 7 ä" in message.get_body(("plain",)).get_content()
        assert all(
            len(line) <= 998 and max(line, default=0) < 128 for line in server.mails[0].content.split(b"\r\n")
        )

    def test_a_copy_is_addressed_as_one(self, world, server):
        ListAddress.objects.create(customer=world.baker, address="boss@baker.example", copy=True)
        world.document()
        pump()
        main, copy = [read(mail) for mail in server.mails]
        assert (main["To"], main["Cc"]) == ("office@baker.example", None)
        assert (copy["To"], copy["Cc"]) == ("office@baker.example", "boss@baker.example")

    def test_names_cannot_smuggle_headers_in(self, world, server):
        world.acme.sender_name = "Acme\r\nBcc: evil@x.example"
        world.acme.save()
        sent(world, number="1\r\nX-Evil: 1")
        message = read(server.mails[0])
        assert message["Bcc"] is None
        assert message["X-Evil"] is None

    def test_encoded_words_cannot_smuggle_headers_in_nor_stop_the_mail(self, world, server):
        world.acme.sender_name = "=?utf-8?q?evil=0D=0ABcc=3A_x=40y?="
        world.acme.save()
        assert outcome(sent(world, number="=?utf-8?q?x=0D=0AX-Evil=3A_1?="))[0] == "sent"
        message = read(server.mails[0])
        assert (message["Bcc"], message["X-Evil"]) == (None, None)

    def test_a_fault_of_ours_in_the_dialogue_stops_nobody(self, world, server):
        with override_settings(BOUNCE_DOMAIN="bounces.jäkelu.example"):
            assert outcome(sent(world))[:2] == ("deferred", "our_trouble")

    def test_the_customer_s_language_is_used(self, world, server):
        world.baker.language = "fi"
        world.baker.save()
        sent(world, number="A-7")
        assert read(server.mails[0])["Subject"] == "Acme Oy: Lasku A-7"

    def test_many_mails_go_over_one_connection(self, world, server):
        for _ in range(5):
            world.document()
        pump()
        assert len(server.mails) == 5
        assert server.connections == 1


class TestTheAnswers:
    @pytest.mark.parametrize(
        ("stage", "reply", "expected"),
        [
            ("rcpt", "550 5.1.1 User unknown", ("rejected", "address_unknown", "550")),
            ("rcpt", "552 5.2.2 Mailbox full", ("rejected", "mailbox_full", "552")),
            ("data", "552 5.3.4 Message too big", ("rejected", "too_large", "552")),
            ("mail", "552 5.3.4 Message size exceeds the limit", ("rejected", "too_large", "552")),
            ("data", "554 5.7.1 Message refused by policy", ("rejected", "policy", "554")),
            ("rcpt", "599 Go away", ("rejected", "unknown", "599")),
            ("rcpt", "451 4.7.1 Greylisted, try again later", ("deferred", "rate_limited", "")),
            ("rcpt", "452 4.2.2 Mailbox full", ("deferred", "mailbox_full", "")),
            ("mail", "550 5.7.1 You may not send from here", ("deferred", "our_trouble", "")),
            ("mail", "451 4.3.0 Not now", ("deferred", "our_trouble", "")),
            (
                "rcpt",
                "554 5.7.1 <office@baker.example>: Relay access denied",
                ("deferred", "our_trouble", ""),
            ),
            ("rcpt", "550 5.7.1 Unable to relay; relaying denied", ("deferred", "our_trouble", "")),
        ],
    )
    def test_each_answer_has_its_outcome(self, world, server, stage, reply, expected):
        server.answer(**{stage: reply})
        assert outcome(sent(world)) == expected

    def test_our_bad_reputation_is_never_the_customer_s_fault(self, world, server):
        server.answer(rcpt="554 5.7.1 Service unavailable; client host blocked using a DNS block list")
        delivery = sent(world)
        assert outcome(delivery) == ("deferred", "our_reputation", "")
        assert delivery.remedy.is_ours

    def test_any_acceptance_of_the_recipient_is_followed_by_the_content(self, world, server):
        server.answer(rcpt="252 2.1.5 Cannot verify, will try")
        assert outcome(sent(world))[0] == "sent"
        assert len(server.mails) == 1

    def test_one_refused_recipient_leaves_the_others_alone(self, world, server):
        ListAddress.objects.create(customer=world.baker, address="boss@baker.example")
        server.answer_to("office@baker.example", "550 5.1.1 User unknown")
        document = world.document()
        pump()
        assert [outcome(d)[0] for d in document.deliveries.order_by("pk")] == ["rejected", "sent"]

    def test_a_refused_log_in_is_our_trouble_and_told_to_operations(self, world, server, caplog):
        server.answer(refuse_login=True)
        with override_settings(EMAIL_HOST_USER="me", EMAIL_HOST_PASSWORD="wrong"):
            delivery = sent(world)
        assert outcome(delivery) == ("deferred", "our_trouble", "")
        assert [r for r in caplog.records if r.levelno == logging.ERROR and "relay" in r.message]

    def test_the_log_has_no_addresses(self, world, server, caplog):
        server.answer(rcpt="550 5.1.1 <office@baker.example> unknown")
        caplog.set_level(logging.DEBUG)
        sent(world)
        assert "@baker.example" not in caplog.text


class TestTheRelayInTrouble:
    def test_down_everything_waits_and_goes_out_when_it_is_back(self, world, server):
        deliveries = [world.delivery() for _ in range(3)]
        server.stop()
        assert pump() is False
        assert [outcome(d)[:2] for d in deliveries] == [
            ("deferred", "our_trouble"),
            ("queued", ""),  # given back untried
            ("queued", ""),
        ]
        assert not OutboundMail.objects.exclude(claimed_until=None).exists()
        server.start()
        with time_machine.travel(now() + timedelta(minutes=2), tick=True):
            pump()
        assert {outcome(d)[0] for d in deliveries} == {"sent"}

    def test_hanging_up_after_the_content_leaves_the_outcome_unknown_and_it_is_tried_again(
        self, world, server
    ):
        server.answer(hang_up_after_data=True)
        delivery = sent(world)
        assert outcome(delivery)[:2] == ("deferred", "our_trouble")
        server.answer(hang_up_after_data=False)
        with time_machine.travel(now() + timedelta(minutes=6), tick=True):
            pump()
        assert outcome(delivery)[0] == "sent"
        first, second = server.mails
        assert read(first)["Message-ID"] == read(second)["Message-ID"]

    def test_hanging_up_before_the_content_is_tried_once_more_at_once(self, world, server):
        server.answer(hang_up_at="rcpt")
        delivery = sent(world)
        assert server.connections == 2
        assert outcome(delivery)[:2] == ("deferred", "our_trouble")

    def test_nonsense_is_our_trouble(self, world, server):
        server.answer(nonsense=True)
        assert outcome(sent(world))[:2] == ("deferred", "our_trouble")

    def test_a_slow_relay_is_waited_for_and_no_longer(self, world, server):
        server.answer(slow=3)
        with override_settings(EMAIL_TIMEOUT=1):
            assert outcome(sent(world))[:2] == ("deferred", "our_trouble")

    def test_a_file_larger_than_the_relay_takes(self, world, server):
        server.answer(size_limit=50_000)
        big = b"%PDF-1.4\n" + b"0" * 60_000
        delivery = world.delivery()
        with delivery.document.original.file.storage.open(delivery.document.original.file.name, "wb") as file:
            file.write(big)
        pump()
        assert outcome(delivery) == ("rejected", "too_large", "552")

    def test_a_missing_file_is_our_trouble_and_stops_nobody_else(self, world, server, caplog):
        broken, fine = world.delivery(), world.delivery()
        broken.document.original.file.delete(save=False)
        pump()
        assert outcome(broken)[:2] == ("deferred", "our_trouble")
        assert outcome(fine)[0] == "sent"
        assert str(broken.mails.get().public_id) in caplog.text


class TestTryingAgain:
    def test_after_5_15_30_minutes_1_2_4_8_hours_and_given_up_after_24(self, world, server):
        server.answer(rcpt="450 4.3.0 Not now")
        delivery = world.delivery()
        started = now()
        tries = []
        with time_machine.travel(started, tick=False) as clock:
            while outcome(delivery)[0] != "rejected":
                mail = delivery.mails.get()
                clock.move_to(max(mail.next_attempt_at, started))
                tries.append(round((now() - started) / timedelta(minutes=1)))
                pump()
                assert len(tries) < 20
        assert tries == [0, 5, 20, 50, 110, 230, 470, 950, 1430, 1440]
        assert outcome(delivery) == ("rejected", "gave_up", "602")
        assert delivery.mails.get().finished_at

    def test_a_mailbox_that_stays_full_is_shown_as_full(self, world, server):
        server.answer(rcpt="452 4.2.2 Mailbox full")
        delivery = sent(world)
        with time_machine.travel(now() + 25 * HOUR, tick=True):
            pump()
        assert outcome(delivery) == ("rejected", "mailbox_full", "552")

    def test_our_own_trouble_never_gives_up(self, world, server):
        delivery = world.delivery()
        server.stop()
        start = now()
        for day in range(5):
            with time_machine.travel(start + day * 24 * HOUR, tick=True):
                pump()
                mail = delivery.mails.get()
                assert mail.finished_at is None
                assert mail.next_attempt_at - now() <= timedelta(minutes=15)
        server.start()

    def test_time_lost_by_our_trouble_is_not_counted_against_the_receiver(self, world, server):
        server.stop()
        delivery = sent(world)
        server.start()
        server.answer(rcpt="450 4.3.0 Not now")
        with time_machine.travel(now() + 30 * HOUR, tick=True):
            pump()
        assert outcome(delivery)[0] == "deferred"

    def test_our_trouble_between_two_tries_does_not_use_up_the_receiver_s_time(self, world, server):
        start = now()
        server.answer(rcpt="450 4.3.0 Not now")
        delivery = sent(world)
        server.stop()
        with time_machine.travel(start + HOUR, tick=True):
            pump()
        server.start()
        with time_machine.travel(start + 30 * HOUR, tick=True):
            pump()
        assert outcome(delivery)[0] == "deferred"

    def test_the_same_message_id_every_time(self, world, server):
        server.answer(data="451 4.3.0 Not now")
        delivery = sent(world)
        server.answer(data="250 OK")
        with time_machine.travel(now() + HOUR, tick=True):
            pump()
        assert {read(mail)["Message-ID"] for mail in server.mails} == {delivery.mails.get().message_id}
