"""What is reported about a mail: the status it ends in, and the blocks that come of it."""

import itertools
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from django.utils.timezone import now

from distribution.models import BlockedAddress
from documents import routing, tracking
from documents.causes import Cause
from documents.models import Delivery, DeliveryEvent
from documents.replies import Verdict
from documents.statuses import Status
from documents.views.story import tell
from tests.world import World

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
SENT, DELIVERED = Verdict(Status.SENT), Verdict(Status.DELIVERED)
COMPLAINT = Verdict(Status.DELIVERED, Cause.COMPLAINED)
UNKNOWN_USER = Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN, 550, "5.1.1", "550 5.1.1 User unknown")
POLICY = Verdict(Status.REJECTED, Cause.POLICY, 554, "5.7.1", "554 5.7.1 No")
FULL = Verdict(Status.REJECTED, Cause.MAILBOX_FULL, 552, "5.2.2", "552 5.2.2 Full")
CLOSED = Verdict(Status.REJECTED, Cause.SUSPENDED, 550, "5.2.1", "550 5.2.1 Disabled")
DELAY = Verdict(Status.DEFERRED, Cause.UNREACHABLE, 451, "4.4.1", "451 4.4.1 No answer")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def mail(world):
    """A mail that was handed over an hour ago; days with failures in them are not today."""
    return handed_over(world)


def handed_over(world, **facts):
    delivery = world.delivery(**facts)
    mail = delivery.mails.get()
    tracking.apply(SENT, mail)
    mail.finish()
    return mail


def outcome(mail):
    mail.delivery.refresh_from_db()
    return mail.delivery.status, mail.delivery.cause


def blocks():
    return [(block.address, block.reason) for block in BlockedAddress.objects.active()]


class TestTheStatus:
    def test_a_report_moves_it(self, mail):
        tracking.apply(DELIVERED, mail, external_id="1")
        assert outcome(mail) == ("delivered", "")

    def test_the_same_report_twice_counts_once(self, mail):
        assert tracking.apply(UNKNOWN_USER, mail, external_id="1")
        assert tracking.apply(UNKNOWN_USER, mail, external_id="1") is None
        assert DeliveryEvent.objects.filter(status="rejected").count() == 1

    def test_two_mails_may_have_reports_of_one_name(self, world, mail):
        other = handed_over(world)
        assert tracking.apply(DELIVERED, mail, external_id="1")
        assert tracking.apply(DELIVERED, other, external_id="1")

    @pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
    def test_the_order_of_arrival_does_not_matter(self, mail, order):
        start = now()
        reports = [(DELAY, 1), (DELIVERED, 2), (UNKNOWN_USER, 3), (DELAY, 4)]
        with time_machine.travel(start + DAY, tick=True):
            for number in order:
                verdict, hours = reports[number]
                tracking.apply(verdict, mail, at=start + hours * HOUR, external_id=str(number))
        assert outcome(mail) == ("rejected", "address_unknown")

    def test_a_late_bounce_wins_and_so_does_a_later_delivery(self, mail):
        start = now()
        with time_machine.travel(start + DAY, tick=True):
            tracking.apply(DELIVERED, mail, at=start + HOUR, external_id="1")
            tracking.apply(POLICY, mail, at=start + 2 * HOUR, external_id="2")
            assert outcome(mail)[0] == "rejected"
            tracking.apply(DELIVERED, mail, at=start + 3 * HOUR, external_id="3")
            assert outcome(mail)[0] == "delivered"

    def test_a_delay_told_by_the_relay_is_in_progress_again(self, mail):
        tracking.apply(DELAY, mail, external_id="1")
        assert outcome(mail) == ("deferred", "unreachable")

    def test_a_wrong_clock_puts_no_report_before_the_hand_over_or_into_the_future(self, mail):
        for number, at in enumerate((now() - DAY, now() + DAY)):
            event = tracking.apply(POLICY, mail, at=at, external_id=str(number))
            assert mail.events.get(status="sent").at <= event.at <= event.received_at

    def test_a_complaint_leaves_it_delivered_and_shows(self, mail):
        tracking.apply(DELIVERED, mail, external_id="1")
        tracking.apply(COMPLAINT, mail, external_id="2")
        assert outcome(mail) == ("delivered", "complained")

    def test_news_about_an_earlier_mail_leave_the_current_one_alone(self, mail):
        routing.queue(mail.delivery)
        tracking.apply(UNKNOWN_USER, mail, external_id="1")
        assert outcome(mail)[0] == "queued"
        assert mail.events.filter(status="rejected").exists()

    def test_a_report_beats_our_commit(self, world):
        mail = world.delivery().mails.get()
        tracking.apply(DELIVERED, mail, at=now(), external_id="1")
        tracking.apply(SENT, mail)
        assert outcome(mail)[0] == "delivered"


class TestDelaysOfWhichNothingMoreIsHeard:
    """A relay that tells of delays and not of deliveries: after its last try the mail was passed on."""

    @pytest.fixture
    def delayed(self, mail):
        with time_machine.travel(now() - 6 * DAY, tick=True):
            mail.delivery.record(DELAY, mail, external_id="1")
        mail.delivery.events.filter(status="deferred").update(at=now() - 6 * DAY)
        Delivery.objects.update(at=now() - 6 * DAY)
        return mail

    def test_it_counts_as_sent(self, delayed):
        assert tracking.end_old_delays() == 1
        assert tracking.end_old_delays() == 0
        assert outcome(delayed) == ("sent", "")
        latest = tell(Delivery.objects.with_open_request().get(), None).lines[0]
        assert (latest.sentence, latest.reply) == (tracking.NOTHING_HEARD, "")

    def test_a_late_bounce_still_wins(self, delayed):
        tracking.end_old_delays()
        tracking.apply(UNKNOWN_USER, delayed, external_id="2")
        assert outcome(delayed) == ("rejected", "address_unknown")

    def test_a_young_delay_goes_on(self, mail):
        tracking.apply(DELAY, mail, external_id="1")
        assert tracking.end_old_delays() == 0

    def test_what_we_try_ourselves_is_no_such_delay(self, world):
        mail = world.delivery().mails.get()
        tracking.apply(DELAY, mail)
        Delivery.objects.update(at=now() - 6 * DAY)
        assert tracking.end_old_delays() == 0


class TestBlocks:
    def fail(self, world, verdict, days, **facts):
        """One new document a day that fails; `days` before now, first the oldest."""
        for day in days:
            with time_machine.travel(now() - day * DAY, tick=True):
                mail = handed_over(world, **facts)
                tracking.apply(verdict, mail, external_id="1")
        return mail

    @override_settings(BLOCK_SPAN_HOURS=24)
    def test_three_hard_bounces_over_a_day_block(self, world):
        self.fail(world, UNKNOWN_USER, [2, 1])
        assert blocks() == []
        self.fail(world, UNKNOWN_USER, [0])
        assert blocks() == [("office@baker.example", "bounced")]

    @override_settings(BLOCK_SPAN_HOURS=24)
    def test_ten_within_an_hour_do_not(self, world):
        self.fail(world, UNKNOWN_USER, [0] * 10)
        assert blocks() == []

    @override_settings(BLOCK_SPAN_HOURS=24)
    def test_a_delivery_in_between_starts_the_count_again(self, world):
        self.fail(world, UNKNOWN_USER, [9, 8])
        self.fail(world, DELIVERED, [7])
        self.fail(world, UNKNOWN_USER, [6])
        assert blocks() == []

    def test_a_mail_under_way_does_not(self, world):
        self.fail(world, UNKNOWN_USER, [2, 1])
        handed_over(world)
        self.fail(world, UNKNOWN_USER, [0])
        assert blocks()

    def test_one_document_sent_three_times_does_not_block(self, world):
        mail = self.fail(world, UNKNOWN_USER, [0])
        for number in range(3):
            mail = routing.queue(mail.delivery)
            tracking.apply(UNKNOWN_USER, mail, external_id=str(number))
            mail.finish()
        assert blocks() == []

    @pytest.mark.parametrize("verdict", [POLICY, Verdict(Status.REJECTED, Cause.TOO_LARGE, 552), DELAY])
    def test_policy_size_and_delay_never_block(self, world, verdict):
        self.fail(world, verdict, range(20, -1, -1))
        assert blocks() == []

    @pytest.mark.parametrize(("code", "enhanced"), [(450, "4.1.1"), (None, "4.1.1"), (450, "")])
    def test_a_code_of_class_4_is_never_a_hard_bounce_though_it_is_final(self, world, code, enhanced):
        self.fail(world, Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN, code, enhanced), [3, 2, 1, 0])
        assert blocks() == []

    def test_a_closed_mailbox_blocks_at_the_second_a_week_apart(self, world):
        self.fail(world, CLOSED, [8, 2])
        assert blocks() == []
        self.fail(world, CLOSED, [0])
        assert blocks()

    def test_a_full_mailbox_blocks_at_the_fifth_in_three_days(self, world):
        self.fail(world, FULL, [4, 3, 2, 1])
        assert blocks() == []
        self.fail(world, FULL, [0])
        assert blocks()

    def test_a_complaint_blocks_at_once(self, mail):
        tracking.apply(COMPLAINT, mail, external_id="1")
        assert blocks() == [("office@baker.example", "complained")]

    def test_the_evidence_is_kept(self, world):
        self.fail(world, UNKNOWN_USER, [2, 1, 0])
        evidence = BlockedAddress.objects.get().evidence
        assert len(evidence) == 3
        assert evidence[0]["reply"] == "550 5.1.1 User unknown"
        assert evidence[0]["document"].startswith("Invoice")
        assert evidence[0]["at"] > evidence[2]["at"]

    def test_failures_from_before_an_unblocking_count_for_nothing(self, world):
        self.fail(world, UNKNOWN_USER, [3, 2, 1])
        BlockedAddress.objects.get().lift(world.sam)
        self.fail(world, UNKNOWN_USER, [0, 0])
        assert blocks() == []
        self.fail(world, UNKNOWN_USER, [0])
        assert blocks()

    def test_news_about_a_mail_from_before_the_unblocking_do_not_block_again(self, world, mail):
        block, _is_new = BlockedAddress.objects.block(world.acme, "office@baker.example", "by_hand")
        block.lift(world.sam)
        tracking.apply(COMPLAINT, mail, external_id="1")
        assert blocks() == []

    def test_nor_does_a_platform_wide_unblocking_let_old_news_block(self, world, mail):
        block, _is_new = BlockedAddress.objects.block(None, "office@baker.example", "by_hand")
        block.lift(world.sam)
        tracking.apply(COMPLAINT, mail, external_id="1")
        assert blocks() == []

    def test_another_company_s_failures_are_its_own(self, world):
        world.customer("1001", "office@baker.example", company=world.globex)
        self.fail(world, UNKNOWN_USER, [2, 1])
        self.fail(world, UNKNOWN_USER, [0], company=world.globex)
        assert blocks() == []

    def test_another_address_is_another_address(self, world):
        world.customer("1002", "other@baker.example")
        self.fail(world, UNKNOWN_USER, [2, 1])
        self.fail(world, UNKNOWN_USER, [0], customer_number="1002")
        assert blocks() == []


@pytest.mark.django_db(transaction=True)
def test_two_bounces_that_come_at_the_same_moment_know_of_each_other(world):
    first, second, third = (handed_over(world) for _ in range(3))
    tracking.apply(UNKNOWN_USER, first, external_id="1")
    with ThreadPoolExecutor(1) as elsewhere:
        with transaction.atomic():
            tracking.apply(UNKNOWN_USER, second, external_id="1")
            applied = elsewhere.submit(_apply_elsewhere, UNKNOWN_USER, third)
            wait([applied], timeout=1)
        applied.result(timeout=20)
    assert blocks() == [("office@baker.example", "bounced")]


def _apply_elsewhere(verdict, mail):
    try:
        tracking.apply(verdict, mail, external_id="1")
    finally:
        connection.close()
