"""Reports in any order: before our own record of the sending, late, twice, about an earlier try."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from documents import sending, tracking
from documents.causes import Cause
from documents.models import HeldDomain
from documents.replies import Verdict
from documents.statuses import Status
from tests.world import World

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SENT, DELIVERED = Verdict(Status.SENT), Verdict(Status.DELIVERED)
DELAY = Verdict(Status.DEFERRED, Cause.UNREACHABLE, 451, "4.4.1", "451 4.4.1 No answer")
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
