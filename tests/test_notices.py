"""Notices to the members of a company: who is told what, when and how often; what a dead worker leaves."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connections
from django.utils.timezone import now

from distribution.models import BlockedAddress, Membership
from documents import notices
from documents import relay as our_relay
from documents.causes import Cause
from documents.models import LEASE, Batch, Delivery, Notice, Reader
from documents.notices.hours import next_digest, next_reminder
from documents.replies import Verdict
from documents.statuses import Status
from documents.verp import notice_address
from tests.relay import relay, relay_settings
from tests.sweep import read
from tests.world import World

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # in Helsinki; a Tuesday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


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


def member(person, **choice):
    """A person's only membership, after this choice."""
    found = person.memberships.get()
    for name, value in choice.items():
        setattr(found, name, value)
    found.save()
    notices.change_hour(found)
    return found


def reject(delivery, cause=Cause.ADDRESS_UNKNOWN, text="5.1.1 No such user"):
    delivery.record(Verdict(Status.REJECTED, cause, 550, "5.1.1", text=text), delivery.mails.last())
    delivery.mails.open().update(finished_at=now())
    return delivery


def sweep():
    """What the workers do every minute; the mails that came of it."""
    notices.plan()
    notices.send(seconds=10)
    our_relay.disconnect()


def told(server):
    """Takes the mails from the server: (to, subject, text) of each."""
    mails = [read(mail) for mail in server.accepted]
    server.mails.clear()
    return [(m["To"], m["Subject"], m.get_body(["plain"]).get_content()) for m in mails]


def at(clock, moment):
    clock.move_to(moment)
    sweep()


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
        from documents import remedying

        remedying.resend(delivery, world.alice)
        reject(delivery)
        at(clock, NOON + HOUR + 3 * MINUTE)
        assert len(told(server)) == 1

    def test_no_address_a_held_document_and_a_forgotten_batch(self, world, alice, server, clock):
        world.document(number="F-1", customer_number="", addresses="")
        world.document(number="F-9")
        world.document(number="F-9")  # held
        Batch.objects.create(company=world.acme, name="november.zip", state="ready")
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

    EIGHT = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)

    def test_at_eight_and_once(self, world, server, clock):
        reject(world.delivery())
        at(clock, self.EIGHT - MINUTE)
        assert told(server) == []
        at(clock, self.EIGHT + MINUTE)
        assert [to for to, _subject, _text in told(server)] == ["alice@acme.example"]
        reject(world.delivery(number="F-55"))
        at(clock, self.EIGHT + 5 * HOUR)
        assert told(server) == []
        at(clock, self.EIGHT + DAY + MINUTE)
        [(_to, _subject, text)] = told(server)
        assert "F-55" in text

    def test_where_nothing_waits_nobody_is_told(self, world, server, clock):
        at(clock, self.EIGHT + MINUTE)
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
        clock.move_to(self.EIGHT + 6 * HOUR)
        reject(world.delivery())
        at(clock, self.EIGHT + 7 * HOUR)
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
        at(clock, self.EIGHT + MINUTE)
        assert bool(told(server)) == is_told

    def test_in_the_reader_s_language_else_the_company_s(self, world, server, clock):
        world.alice.language = "sv"
        world.alice.save()
        reject(world.delivery())
        at(clock, self.EIGHT + MINUTE)
        [mail] = server.accepted
        assert '<html lang="sv">' in read(mail).get_body(["html"]).get_content()
        world.alice.language = ""
        world.alice.save()
        world.acme.language = "fi"
        world.acme.save()
        server.mails.clear()
        reject(world.delivery())
        at(clock, self.EIGHT + DAY + MINUTE)
        assert '<html lang="fi">' in read(server.accepted[0]).get_body(["html"]).get_content()


class TestReminders:
    EIGHT = TestDaily.EIGHT

    def days_told(self, clock, server, days=9):
        """On which days after the first a mail came, and its subject."""
        came = {}
        for day in range(1, days):
            at(clock, self.EIGHT + day * DAY + MINUTE)
            for _to, subject, _text in told(server):
                came[day] = subject
        return came

    def test_after_1_3_and_7_days_and_then_no_more(self, world, server, clock):
        for _number in range(2):
            reject(world.delivery())
        at(clock, self.EIGHT + MINUTE)
        assert len(told(server)) == 1
        again = "Acme Oy: 2 documents are still not delivered"
        assert self.days_told(clock, server, 20) == {1: again, 3: again, 7: again}

    def test_what_is_handled_leaves_them(self, world, server, clock):
        first, second = reject(world.delivery()), reject(world.delivery())
        at(clock, self.EIGHT + MINUTE)
        told(server)
        Delivery.objects.filter(pk=first.pk).update(handled_at=now())
        at(clock, self.EIGHT + DAY + MINUTE)
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
        clock.move_to(self.EIGHT - 3 * MINUTE)
        reject(world.delivery(number="F-99"))
        at(clock, self.EIGHT)
        [(_to, subject, text)] = told(server)
        assert subject == "Acme Oy: 1 document was not delivered"
        assert "they are still open" in text
        assert text.count("* Invoice") == 4

    def test_without_reminders_there_are_none(self, world, server, clock):
        member(world.alice, notice_reminders=False)
        reject(world.delivery())
        at(clock, self.EIGHT + MINUTE)
        assert len(told(server)) == 1
        assert self.days_told(clock, server) == {}

    def test_what_support_was_asked_about_is_support_s_turn(self, world, server, clock):
        reject(world.delivery(), Cause.BLOCKED_BOUNCED)
        at(clock, self.EIGHT + MINUTE)
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


class TestWhoIsNotTold:
    EIGHT = TestDaily.EIGHT

    @pytest.fixture
    def waiting(self, world, clock):
        """A notice to Alice that is written down and not sent yet."""
        sweep_without_relay(clock, world, self.EIGHT)
        return Notice.objects.get()

    def outcome(self, server):
        notices.send(10)
        assert server.mails == []
        return Notice.objects.get().outcome

    def test_who_left_the_company(self, world, waiting, server):
        world.alice.memberships.get().delete()
        notices.send(10)
        assert server.mails == []
        assert not Notice.objects.exists()

    def test_who_is_switched_off(self, world, waiting, server):
        world.alice.is_active = False
        world.alice.save()
        assert self.outcome(server) == "stopped"

    def test_who_wants_none_any_more(self, world, waiting, server):
        member(world.alice, notices="none")
        assert self.outcome(server) == "stopped"

    @pytest.mark.parametrize("everywhere", [False, True])
    def test_whose_address_is_blocked(self, world, waiting, server, clock, everywhere):
        company = None if everywhere else world.acme
        block, _is_new = BlockedAddress.objects.block(company, "Alice@acme.example", "by_hand")
        assert self.outcome(server) == "stopped"
        clock.shift(DAY)
        reject(world.delivery())
        clock.shift(DAY)
        sweep()
        assert Notice.objects.count() == 1
        block.lift(world.sam)
        sweep()
        assert len(told(server)) == 1

    def test_another_company_s_block_does_not_matter(self, world, waiting, server):
        BlockedAddress.objects.block(world.globex, "alice@acme.example", "by_hand")
        notices.send(10)
        assert len(told(server)) == 1

    def test_of_another_company_nothing_is_told(self, world, server, clock):
        reject(world.delivery())
        at(clock, self.EIGHT + MINUTE)
        assert [to for to, _subject, _text in told(server)] == ["alice@acme.example"]


def sweep_without_relay(clock, world, eight):
    reject(world.delivery())
    clock.move_to(eight + MINUTE)
    notices.plan()


class TestTheMail:
    def test_envelope_and_headers(self, world, server, clock):
        sweep_without_relay(clock, world, TestDaily.EIGHT)
        notices.send(10)
        [mail] = server.mails
        notice = Notice.objects.get()
        assert mail.mail_from == notice_address(notice.public_id)
        message = read(mail)
        assert message["From"] == "Jakelu <no-reply@jakelu.example>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert message["Message-ID"] == notice.message_id
        assert message["List-Unsubscribe"].endswith(f"/settings/notices/?company={world.acme.pk}>")
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]

    def test_a_company_s_name_stays_in_one_header(self, world, server, clock):
        world.acme.name = "Acme\r\nBcc: eve@evil.example\r\n =?utf-8?q?x?="
        world.acme.save()
        sweep_without_relay(clock, world, TestDaily.EIGHT)
        notices.send(10)
        [mail] = server.accepted
        assert mail.rcpt_to == ["alice@acme.example"]
        assert read(mail)["Bcc"] is None


class TestWorkers:
    EIGHT = TestDaily.EIGHT

    @pytest.fixture
    def waiting(self, world, clock):
        sweep_without_relay(clock, world, self.EIGHT)
        return Notice.objects.get()

    def test_killed_before_it_began_another_one_sends_it(self, waiting, server, clock):
        assert Notice.objects.claim() == waiting
        assert Notice.objects.claim() is None
        notices.send(10)
        assert server.mails == []
        clock.shift(LEASE + MINUTE)
        notices.send(10)
        assert len(told(server)) == 1

    def test_killed_in_the_middle_nobody_sends_it_again(self, waiting, server, clock):
        claimed = Notice.objects.claim()
        assert claimed.begin()
        notices.send(10)
        waiting.refresh_from_db()
        assert waiting.finished_at is None
        clock.shift(LEASE + MINUTE)
        notices.send(10)
        waiting.refresh_from_db()
        assert (server.mails, waiting.outcome) == ([], "unknown")

    def test_who_was_too_slow_does_not_begin(self, waiting, clock):
        slow = Notice.objects.claim()
        clock.shift(LEASE + MINUTE)
        assert Notice.objects.claim() == waiting
        assert not slow.begin()
        slow.end("sent")
        waiting.refresh_from_db()
        assert waiting.finished_at is None

    def test_without_a_relay_it_waits(self, waiting, clock):
        with relay() as server, relay_settings(server):
            server.stop()
            notices.send(10)
            server.start()
            notices.send(10)
            assert server.mails == []
            clock.shift(2 * MINUTE)
            notices.send(10)
            our_relay.disconnect()
            assert len(told(server)) == 1

    def test_put_off_by_its_server_it_is_tried_for_a_day(self, waiting, server, clock):
        server.answer(rcpt="451 4.7.1 Later")
        for _hour in range(30):
            notices.send(10)
            clock.shift(HOUR)
        waiting.refresh_from_db()
        assert (waiting.outcome, Reader.objects.filter(paused_at__isnull=False).exists()) == (
            "gave_up",
            False,
        )

    def test_lost_in_the_middle_of_its_content_it_is_not_sent_twice(self, waiting, server, clock):
        server.answer(hang_up_after_data=True)
        notices.send(10)
        server.answer(hang_up_after_data=False)
        clock.shift(HOUR)
        notices.send(10)
        waiting.refresh_from_db()
        assert (len(server.mails), waiting.outcome) == (1, "unknown")

    def test_a_fault_of_ours_does_not_stop_the_others(self, world, waiting, server, settings):
        member(world.bob, notices="at_once")
        notices.plan()
        Notice.objects.filter(pk=waiting.pk).update(next_attempt_at=now() - HOUR)
        settings.LANGUAGES = [("en", "English")]
        world.alice.language = "\N{SNOWMAN}"
        world.alice.save()
        notices.send(10)
        assert "bob@acme.example" in [to for to, _subject, _text in told(server)]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_everybody_once(settings, tmp_path, server):
    settings.MEDIA_ROOT = tmp_path
    world = World()
    for number in range(10):
        world.person(f"manager{number}", world.acme, "manager")
    Membership.objects.update(notices="at_once")
    reject(world.delivery())
    errors = []

    def work():
        try:
            for _turn in range(3):
                notices.plan()
                notices.send(10)
        except Exception as error:
            errors.append(error)
        finally:
            our_relay.disconnect()
            connections.close_all()

    with time_machine.travel(now() + 3 * MINUTE, tick=True):
        threads = [threading.Thread(target=work) for _number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # One connection is kept per process, and threads share it here: what they took from each other's
        # hands is tried again.
        with time_machine.travel(now() + HOUR, tick=True):
            notices.send(10)
    assert errors == []
    told_to = [to for to, _subject, _text in told(server)]
    assert len(told_to) == len(set(told_to))
    assert Notice.objects.count() == 12


class TestHours:
    HELSINKI = ZoneInfo("Europe/Helsinki")

    @pytest.mark.parametrize(
        ("after", "hour", "due"),
        [
            ("2026-11-24T05:59:59", 8, "2026-11-24T06:00:00"),
            ("2026-11-24T06:00:00", 8, "2026-11-25T06:00:00"),
            ("2026-03-28T12:00:00", 8, "2026-03-29T05:00:00"),  # summer time has begun
            ("2026-03-28T12:00:00", 3, "2026-03-29T01:00:00"),  # an hour that there is not
            ("2026-10-24T12:00:00", 3, "2026-10-25T00:00:00"),  # one that there is twice: the first
            ("2026-11-24T21:59:00", 0, "2026-11-24T22:00:00"),
        ],
    )
    def test_the_next_digest(self, after, hour, due):
        found = next_digest(datetime.fromisoformat(after).replace(tzinfo=UTC), hour, self.HELSINKI)
        assert found.isoformat() == f"{due}+00:00"

    def test_reminders_end(self):
        assert next_reminder(NOON, NOON + 7 * DAY, 8, self.HELSINKI) is None
        assert next_reminder(NOON, NOON + 3 * DAY, 8, self.HELSINKI) == datetime(2026, 12, 1, 6, tzinfo=UTC)


def test_old_notices_are_forgotten(world, clock):
    sweep_without_relay(clock, world, TestDaily.EIGHT)
    clock.shift(29 * DAY)
    Notice.objects.forget_old()
    assert Notice.objects.exists()
    clock.shift(2 * DAY)
    Notice.objects.forget_old()
    assert not Notice.objects.exists()
