"""Notices to the members of a company: who is told what, when and how often."""

import pytest
import time_machine
from django.utils.timezone import now

from distribution.models import BlockedAddress, Membership
from documents import notices, remedying
from documents import relay as our_relay
from documents.causes import Cause
from documents.models import Batch, Delivery, Notice
from documents.replies import Verdict
from documents.statuses import Status
from tests.relay import relay, relay_settings
from tests.sweep import read
from tests.tellings import DAY, EIGHT, HOUR, MINUTE, NOON, at, member, reject, sweep, told
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = World()
    notices.plan()  # workers have been running since they became members
    return made


@pytest.fixture
def server():
    with relay() as running, relay_settings(running):
        yield running
    our_relay.disconnect()


class TestAtOnce:
    @pytest.fixture
    def alice(self, world):
        return member(world.alice, notices="at_once")

    def test_it_says_number_customer_address_reason_remedy_and_where(self, world, alice, server, clock):
        delivery = reject(world.delivery(number="F-77"))
        at(clock, NOON + 3 * MINUTE)
        [(to, subject, text)] = told(server)
        assert (to, subject) == ("alice@acme.example", "Acme Oy: 1 document was not delivered")
        for part in ("Invoice F-77", "Baker Oy", "office@baker.example", "550", "Address does not exist"):
            assert part in text
        assert "Ask your customer for the right address." in text
        assert f"/documents/{delivery.document.public_id}/" in text
        assert "/settings/notices/" in text

    def test_a_document_that_failed_in_two_ways_is_one_document(self, world, alice, server, clock):
        world.baker.set_addresses(["a@baker.example", "b@baker.example"])
        one, other = world.document().deliveries.all()
        reject(one)
        reject(other, Cause.GAVE_UP)
        at(clock, NOON + 3 * MINUTE)
        [(_to, subject, _text)] = told(server)
        assert subject == "Acme Oy: 1 document was not delivered"

    def test_a_burst_makes_one_mail_and_the_next_one_waits(self, world, alice, server, clock):
        for _number in range(5):
            reject(world.delivery())
        at(clock, NOON + MINUTE)
        assert told(server) == []
        clock.move_to(NOON + MINUTE)
        for _number in range(3):
            reject(world.delivery())
        at(clock, NOON + 3 * MINUTE)
        assert [subject for _to, subject, _text in told(server)] == [
            "Acme Oy: 8 documents were not delivered"
        ]
        reject(world.delivery())
        at(clock, NOON + 10 * MINUTE)
        assert told(server) == []
        at(clock, NOON + 19 * MINUTE)
        assert [subject for _to, subject, _text in told(server)] == ["Acme Oy: 1 document was not delivered"]
        at(clock, NOON + 40 * MINUTE)
        assert told(server) == []

    def test_what_was_dealt_with_meanwhile_is_not_told(self, world, alice, server, clock):
        first, second = reject(world.delivery()), reject(world.delivery(number="F-88"))
        clock.move_to(NOON + 3 * MINUTE)
        notices.plan()
        Delivery.objects.filter(pk=first.pk).update(handled_at=now())
        notices.send(10)
        [(_to, subject, text)] = told(server)
        assert subject == "Acme Oy: 1 document was not delivered"
        assert "F-88" in text
        Delivery.objects.filter(pk=second.pk).update(handled_at=now())
        at(clock, NOON + HOUR)
        assert told(server) == []

    def test_rejected_again_it_is_news_again_but_a_second_report_is_not(self, world, alice, server, clock):
        delivery = reject(world.delivery())
        at(clock, NOON + 3 * MINUTE)
        assert len(told(server)) == 1
        mail = delivery.mails.get()
        delivery.record(Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN), mail, at=now(), external_id="x#0")
        at(clock, NOON + HOUR)
        assert told(server) == []
        remedying.resend(delivery, world.alice)
        reject(delivery)
        at(clock, NOON + HOUR + 3 * MINUTE)
        assert len(told(server)) == 1

    def test_no_address_a_held_document_and_a_forgotten_batch(self, world, alice, server, clock):
        world.document(number="F-1", customer_number="", addresses="")
        world.document(number="F-9")
        world.document(number="F-9")  # held
        Batch.objects.create(company=world.acme, name="november.zip", state="ready", read_at=now())
        at(clock, NOON + 3 * MINUTE)
        [(_to, _subject, text)] = told(server)
        assert "No address to send to" in text
        assert "1 document was received before" in text
        assert "F-9" in text
        assert "november.zip" not in text
        at(clock, NOON + HOUR + 3 * MINUTE)
        [(_to, subject, text)] = told(server)
        assert subject == "Acme Oy: something waits for your decision"
        assert "november.zip" in text

    def test_a_batch_that_took_long_to_be_read_is_told_as_well(self, world, alice, server, clock):
        batch = Batch.objects.create(company=world.acme, name="november.zip")
        reject(world.delivery())
        at(clock, NOON + 3 * HOUR)
        assert len(told(server)) == 1
        batch.claim()
        batch.items.create(position=1, name="a.pdf", state="ready")
        batch.has_been_read()
        at(clock, NOON + 4 * HOUR + 3 * MINUTE)
        [(_to, _subject, text)] = told(server)
        assert "november.zip" in text

    def test_the_unknown_reason_is_told_in_the_server_s_words(self, world, alice, server, clock):
        reject(world.delivery(), Cause.UNKNOWN, "Computer says no <b>")
        at(clock, NOON + 3 * MINUTE)
        [mail] = server.accepted
        assert "550 Computer says no <b>" in read(mail).get_body(["plain"]).get_content()
        assert "Computer says no &lt;b&gt;" in read(mail).get_body(["html"]).get_content()

    def test_long_lists_are_cut_and_ask_few_questions(
        self, world, alice, server, clock, django_assert_max_num_queries
    ):
        many(world, 10_000)
        clock.move_to(NOON + 3 * MINUTE)
        with django_assert_max_num_queries(35):
            sweep()
        [(_to, subject, text)] = told(server)
        assert subject == "Acme Oy: 10000 documents were not delivered"
        assert text.count("* Invoice") == 50
        assert "There are 10000 documents in all" in text


def many(world, number):
    """So many rejected deliveries, without the work of sending them."""
    document = world.document()
    delivery = document.deliveries.get()
    fields = {"company": world.acme, "source": document.source, "received_at": now(), "routed_at": now()}
    made = type(document).objects.bulk_create(
        type(document)(number=f"M-{n}", customer_number="1001", **fields) for n in range(number)
    )
    Delivery.objects.bulk_create(
        Delivery(
            company=world.acme,
            document=one,
            address=delivery.address,
            origin=delivery.origin,
            status=Status.REJECTED,
            cause=Cause.ADDRESS_UNKNOWN,
            rejected_at=now(),
        )
        for one in made
    )


class TestDaily:
    """Managers are told once a day at 8 unless they choose otherwise, viewers never."""

    def test_at_eight_and_once(self, world, server, clock):
        reject(world.delivery())
        at(clock, EIGHT - MINUTE)
        assert told(server) == []
        at(clock, EIGHT + MINUTE)
        assert [to for to, _subject, _text in told(server)] == ["alice@acme.example"]
        reject(world.delivery(number="F-55"))
        at(clock, EIGHT + 5 * HOUR)
        assert told(server) == []
        at(clock, EIGHT + DAY + MINUTE)
        [(_to, _subject, text)] = told(server)
        assert "F-55" in text

    def test_where_nothing_waits_nobody_is_told(self, world, server, clock):
        at(clock, EIGHT + MINUTE)
        assert told(server) == []
        assert not Notice.objects.exists()

    def test_another_hour_holds_from_now_on(self, world, server, clock):
        member(world.alice, notice_hour=14)
        reject(world.delivery())
        at(clock, NOON + 2 * HOUR - MINUTE)
        assert told(server) == []
        at(clock, NOON + 2 * HOUR)
        assert len(told(server)) == 1

    def test_after_a_standstill_it_comes_late_with_everything(self, world, server, clock):
        reject(world.delivery())
        clock.move_to(EIGHT + 6 * HOUR)
        reject(world.delivery())
        at(clock, EIGHT + 7 * HOUR)
        assert [subject for _to, subject, _text in told(server)] == [
            "Acme Oy: 2 documents were not delivered"
        ]

    @pytest.mark.parametrize(
        ("notices", "role", "is_told"),
        [("", "viewer", False), ("daily", "viewer", True), ("none", "manager", False), ("", "manager", True)],
    )
    def test_by_choice_or_by_role(self, world, server, clock, notices, role, is_told):
        Membership.objects.exclude(user=world.bob).delete()
        member(world.bob, notices=notices, role=role)
        reject(world.delivery())
        at(clock, EIGHT + MINUTE)
        assert bool(told(server)) == is_told

    def test_in_the_reader_s_language_else_the_company_s(self, world, server, clock):
        world.alice.language = "sv"
        world.alice.save()
        reject(world.delivery())
        at(clock, EIGHT + MINUTE)
        [mail] = server.accepted
        assert '<html lang="sv">' in read(mail).get_body(["html"]).get_content()
        world.alice.language = ""
        world.alice.save()
        world.acme.language = "fi"
        world.acme.save()
        server.mails.clear()
        reject(world.delivery())
        at(clock, EIGHT + DAY + MINUTE)
        assert '<html lang="fi">' in read(server.accepted[0]).get_body(["html"]).get_content()


class TestReminders:
    def days_told(self, clock, server, days=9):
        """On which days after the first a mail came, and its subject."""
        came = {}
        for day in range(1, days):
            at(clock, EIGHT + day * DAY + MINUTE)
            for _to, subject, _text in told(server):
                came[day] = subject
        return came

    def test_after_1_3_and_7_days_and_then_no_more(self, world, server, clock):
        for _number in range(2):
            reject(world.delivery())
        at(clock, EIGHT + MINUTE)
        assert len(told(server)) == 1
        again = "Acme Oy: 2 documents are still not delivered"
        assert self.days_told(clock, server, 20) == {1: again, 3: again, 7: again}

    def test_what_is_handled_leaves_them(self, world, server, clock):
        first, second = reject(world.delivery()), reject(world.delivery())
        at(clock, EIGHT + MINUTE)
        told(server)
        Delivery.objects.filter(pk=first.pk).update(handled_at=now())
        at(clock, EIGHT + DAY + MINUTE)
        assert [s for _to, s, _text in told(server)] == ["Acme Oy: 1 document is still not delivered"]
        Delivery.objects.filter(pk=second.pk).update(handled_at=now())
        assert self.days_told(clock, server) == {}

    def test_news_and_reminders_are_one_mail_also_for_who_is_told_at_once(self, world, server, clock):
        member(world.alice, notices="at_once")
        for hours in (0, 1, 2):
            clock.move_to(NOON + hours * HOUR)
            reject(world.delivery())
            at(clock, NOON + hours * HOUR + 3 * MINUTE)
        assert len(told(server)) == 3
        clock.move_to(EIGHT - 3 * MINUTE)
        reject(world.delivery(number="F-99"))
        at(clock, EIGHT)
        [(_to, subject, text)] = told(server)
        assert subject == "Acme Oy: 1 document was not delivered"
        assert "they are still open" in text
        assert text.count("* Invoice") == 4

    def test_without_reminders_there_are_none(self, world, server, clock):
        member(world.alice, notice_reminders=False)
        reject(world.delivery())
        at(clock, EIGHT + MINUTE)
        assert len(told(server)) == 1
        assert self.days_told(clock, server) == {}

    def test_what_support_was_asked_about_is_support_s_turn(self, world, server, clock):
        reject(world.delivery(), Cause.BLOCKED_BOUNCED)
        at(clock, EIGHT + MINUTE)
        told(server)
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        block.ask_to_unblock(world.acme, world.alice, "Checked.")
        assert self.days_told(clock, server) == {}


class TestAnswers:
    def test_who_asked_is_told_at_once_what_support_decided(self, world, server, clock):
        clock.shift(MINUTE)
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "bounced")
        request = block.ask_to_unblock(world.acme, world.alice, "Checked.")
        other, _is_new = BlockedAddress.objects.block(world.acme, "a@dyer.example", "bounced")
        other_request = other.ask_to_unblock(world.acme, world.alice, "Checked.")
        request.decline(world.sam, "The mailbox is closed.")
        other_request.approve(world.sam)
        at(clock, NOON + 3 * MINUTE)
        [(to, subject, text)] = told(server)
        assert (to, subject) == ("alice@acme.example", "Acme Oy: our support has answered you")
        assert "office@baker.example: The address stays blocked." in text
        assert "The mailbox is closed." in text
        assert "a@dyer.example: The address is unblocked." in text
        at(clock, NOON + HOUR)
        assert told(server) == []
