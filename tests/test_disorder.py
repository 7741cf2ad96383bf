"""Reports in any order: before our own record of the sending, late, twice, about an earlier try."""

from datetime import timedelta
from functools import partial
from random import Random

import pytest
import time_machine
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import routing, sending, tracking
from documents.causes import Cause
from documents.models import Delivery, HeldDomain
from documents.replies import Verdict
from documents.statuses import Status
from documents.verp import bounce_address
from documents.views.story import tell
from tests import reports
from tests.world import World

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SENT, DELIVERED = Verdict(Status.SENT), Verdict(Status.DELIVERED)
DELAY = Verdict(Status.DEFERRED, Cause.UNREACHABLE, 451, "4.4.1", "451 4.4.1 No answer")
BOUNCED = Verdict(Status.REJECTED, Cause.ADDRESS_UNKNOWN, 550, "5.1.1", "550 5.1.1 User unknown")
POLICY = Verdict(Status.REJECTED, Cause.POLICY, 554, "5.7.1", "554 5.7.1 No")
COMPLAINT = Verdict(Status.DELIVERED, Cause.COMPLAINED)
REFUSED = Verdict(Status.REJECTED, Cause.OUR_REPUTATION, 554, "5.7.1", "554 5.7.1 Listed", "mx.baker.example")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def mail(world):
    """A mail that a worker has, as it has it."""
    return claimed(world.delivery().mails.get())


@pytest.fixture
def came_back(mail):
    """A mail that was handed over 20 minutes ago, and 10 minutes later came back for a reason of ours."""
    start = now()
    with time_machine.travel(start - 20 * MINUTE, tick=True):
        sending.settle(mail, SENT)
    with time_machine.travel(start - 10 * MINUTE, tick=True):
        tracking.apply(REFUSED, mail, at=now(), external_id="came back")
    return mail


def claimed(mail):
    mail.claimed_until = now() + 5 * MINUTE
    mail.save(update_fields=["claimed_until"])
    return mail


def outcome(mail):
    mail.delivery.refresh_from_db()
    return mail.delivery.status, mail.delivery.cause


class TestWhatCameBackForUsIsNeverLost:
    def test_its_report_beats_our_record_of_the_sending(self, mail):
        tracking.apply(REFUSED, mail, at=now(), external_id="1")
        sending.settle(mail, SENT)
        assert outcome(mail) == ("deferred", "our_reputation")
        assert mail.is_open(claimed_until=None)

    def test_older_news_come_after_it(self, came_back):
        tracking.apply(DELAY, came_back, at=now() - 15 * MINUTE, external_id="late")
        assert outcome(came_back) == ("deferred", "our_reputation")
        assert came_back.is_open()

    def test_the_provider_s_own_record_of_the_sending_comes_after_it(self, came_back):
        tracking.apply(SENT, came_back, at=now() - 20 * MINUTE, external_id="late")
        assert came_back.is_open()

    def test_it_was_put_off_since_and_the_same_news_come_again_in_other_words(self, came_back):
        came_back.delivery.record(DELAY, came_back)
        tracking.apply(REFUSED, came_back, at=now() - 9 * MINUTE, external_id="again")
        assert came_back.is_open()

    def test_it_comes_back_again_before_our_record_of_the_second_try(self, came_back):
        claimed(came_back)
        tracking.apply(REFUSED, came_back, at=now(), external_id="again")
        sending.settle(came_back, SENT)
        assert came_back.is_open()

    def test_but_when_it_arrived_after_all_it_is_not_sent_again(self, came_back):
        tracking.apply(DELIVERED, came_back, at=now(), external_id="arrived")
        assert outcome(came_back) == ("delivered", "")
        assert not came_back.is_open()

    def test_nor_when_it_was_handed_over_again_since(self, came_back):
        sending.settle(claimed(came_back), SENT)
        tracking.apply(REFUSED, came_back, at=now() - 9 * MINUTE, external_id="again")
        assert outcome(came_back) == ("sent", "")
        assert not came_back.is_open()


def test_a_report_ends_the_tries_of_a_mail_whose_worker_died(mail):
    tracking.apply(DELAY, mail, at=now(), external_id="1")
    assert not mail.is_open()
    assert not HeldDomain.objects.exists()


def test_a_report_that_beats_our_own_record_is_told_after_it(mail):
    in_whole_seconds = mail.created_at.replace(microsecond=0)
    tracking.apply(DELIVERED, mail, at=in_whole_seconds, external_id="1")
    sending.settle(mail, SENT)
    delivery = Delivery.objects.with_open_request().get()
    told = [line.event.status for line in tell(delivery, None).lines]
    assert told == ["delivered", "sent", "queued"]


HAPPENED = {
    "accepted": SENT,
    "delayed": DELAY,
    "delivered": DELIVERED,
    "bounced": BOUNCED,
    "refused": POLICY,
    "complained": COMPLAINT,
    "came back": REFUSED,
}
# Minutes after the hand-over as the reporters' clocks have them: some are slow, and some reports are as quick
# as our own record of it. None is of the future: that would be cut to the time of its arrival.
a_report = st.tuples(st.sampled_from(sorted(HAPPENED)), st.integers(-3, 3))
BEFORE_THE_END = ("accepted", "delayed")
OURS = ("our own record", 0)


def of_one_try(told):
    """Without what cannot be: who has said that it came back neither takes it nor tries it after that."""
    ended = min((minutes for name, minutes in told if name == "came back"), default=3)
    return [(name, minutes) for name, minutes in told if name not in BEFORE_THE_END or minutes <= ended]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(a_report, min_size=2, max_size=5, unique=True).map(of_one_try), st.integers(0, 1_000_000))
def test_any_order_and_any_repetition_ends_in_the_same_status(mail, told, seed):
    random = Random(seed)
    first, *more = (shuffled(told, random) for _ in range(3))
    assert {play(mail.delivery, order) for order in more} == {play(mail.delivery, first)}


def shuffled(told, random):
    """(what is told at once, our own record among it; what is told an hour later, some of it once more)."""
    at_once = [report for report in told if report[1] <= 0 and random.random() < 0.7]
    later = [report for report in told if report not in at_once] + random.choices(told, k=2)
    at_once.append(OURS)
    random.shuffle(at_once)
    random.shuffle(later)
    return at_once, later


def queued_anew(delivery):
    delivery.mails.open().update(finished_at=now())
    return routing.queue(delivery)


def play(delivery, order):
    """What becomes of a new mail of which this is told."""
    start = now()
    with time_machine.travel(start - 5 * MINUTE, tick=False):
        mail = claimed(queued_anew(delivery))
    for moment, told in zip((start, start + 60 * MINUTE), order, strict=True):
        with time_machine.travel(moment, tick=False):
            for name, minutes in told:
                at = start + minutes * MINUTE
                if name == OURS[0]:
                    sending.settle(mail, SENT)
                else:
                    tracking.apply(HAPPENED[name], mail, at=at, external_id=f"{name} {minutes}")
    return *outcome(mail), mail.is_open()


DAMAGE = st.sampled_from(
    [b"\0", b"\xed\xa0\x80", b"\r", b"=00=FF", b"=?utf-8?q?=00?=", b"5.1.1", b"<a@b.example>"]
)
damages = st.lists(
    st.tuples(st.integers(0, 2500), st.integers(0, 40), DAMAGE | st.binary(max_size=30)), max_size=8
)
whatever = [
    reports.dsn,
    reports.arf,
    reports.out_of_office,
    partial(reports.letter, "<a@b.example>:\n550 no"),
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(whatever), damages, st.booleans() | st.text(max_size=50))
def test_no_report_ever_raises_nor_is_told_twice(mail, write, damages, sent_to):
    mail = queued_anew(mail.delivery)
    address = bounce_address(mail.public_id)
    raw = write(to=address)
    for at, length, instead in damages:
        raw = raw[:at] + instead + raw[at + length :]
    sent_to = sent_to if isinstance(sent_to, str) else address * sent_to
    tracking.receive(raw, sent_to)
    assert not tracking.receive(raw, sent_to)
    assert outcome(mail)[0] in Status
