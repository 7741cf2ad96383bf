from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.statuses import FINALITY, MAY_FOLLOW, Status, fold, in_order, next_status, overall

S = Status
T0 = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Report:
    at: datetime
    status: Status
    cause: str = ""
    external_id: str = ""
    mail_id: int = 1


def reports(*statuses, step=1):
    return [Report(T0 + timedelta(minutes=n * step), status) for n, status in enumerate(statuses)]


def outcome(found):
    decided = fold(found)
    return decided and (decided.status, decided.cause)


def test_every_pair_is_decided():
    assert set(MAY_FOLLOW) == set(FINALITY) == set(Status)
    for current, reported in product(Status, Status):
        assert next_status(current, reported) in (current, reported)


def test_no_status_follows_itself():
    assert not [status for status in Status if status in MAY_FOLLOW[status]]


@pytest.mark.parametrize(
    ("story", "status"),
    [
        ([S.QUEUED], S.QUEUED),
        ([S.QUEUED, S.SENT], S.SENT),
        ([S.QUEUED, S.DEFERRED, S.QUEUED, S.SENT], S.SENT),
        ([S.SENT, S.DEFERRED], S.DEFERRED),  # the relay tells of a delay
        ([S.SENT, S.DEFERRED, S.DELIVERED], S.DELIVERED),
        ([S.SENT, S.DELIVERED, S.DELIVERED], S.DELIVERED),
        ([S.SENT, S.DELIVERED, S.DEFERRED], S.DELIVERED),
        ([S.SENT, S.DELIVERED, S.REJECTED], S.REJECTED),  # a later bounce wins
        ([S.SENT, S.REJECTED, S.DELIVERED], S.DELIVERED),  # a later delivery wins
        ([S.REJECTED, S.SENT], S.REJECTED),  # an acceptance after a bounce does not
        ([S.SENT, S.REJECTED, S.DEFERRED], S.REJECTED),
        ([S.QUEUED, S.CANCELLED], S.CANCELLED),
        ([S.CANCELLED, S.SENT], S.SENT),  # the truth, though nobody wanted it
        ([S.CANCELLED, S.DELIVERED], S.DELIVERED),
    ],
)
def test_stories_in_order(story, status):
    assert fold(reports(*story)).status == status


def test_at_equal_times_the_more_final_wins_and_rejected_last_of_all():
    for order in permutations([S.QUEUED, S.SENT, S.DELIVERED, S.REJECTED]):
        assert fold(reports(*order, step=0)).status == S.REJECTED


def test_a_report_from_a_slow_clock_still_follows_the_hand_over():
    early = Report(T0 - timedelta(minutes=5), S.DEFERRED)
    assert fold([*reports(S.SENT), early]).status == S.SENT  # our own try before it
    told = Report(T0 - timedelta(minutes=5), S.DEFERRED, external_id="1")
    assert fold([*reports(S.SENT), told]).status == S.DEFERRED
    bounced = Report(T0 - timedelta(minutes=5), S.REJECTED, "policy")
    assert outcome([*reports(S.SENT), bounced]) == (S.REJECTED, "policy")


def test_two_reports_from_slow_clocks_are_judged_as_if_both_came_at_the_hand_over():
    bounced, delivered = (
        Report(T0 - timedelta(minutes=6), S.REJECTED),
        Report(T0 - timedelta(minutes=5), S.DELIVERED),
    )
    assert fold([*reports(S.SENT), bounced, delivered]).status == S.REJECTED


def test_it_was_handed_over_when_we_say_so_whatever_the_provider_s_clock_says():
    bounced = Report(T0 - timedelta(minutes=6), S.REJECTED, external_id="1")
    delivered = Report(T0 - timedelta(minutes=5), S.DELIVERED, external_id="2")
    accepted = Report(T0 - timedelta(minutes=10), S.SENT, external_id="3")
    told = [bounced, delivered, *reports(S.SENT)]
    assert fold(told).status == fold([*told, accepted]).status == S.REJECTED


def test_a_story_in_the_order_in_which_it_happened():
    queued, sent = reports(S.QUEUED, S.SENT)
    delivered = Report(T0, S.DELIVERED, external_id="1")  # quicker than our own record of the hand-over
    again, resent = (Report(T0 + timedelta(hours=1), status, mail_id=2) for status in (S.QUEUED, S.SENT))
    late = Report(T0 + timedelta(hours=2), S.REJECTED, external_id="2")
    happened = [queued, sent, delivered, again, resent, late]
    by_time = sorted(happened, key=lambda event: (event.at, event is queued))
    assert by_time != happened
    assert in_order(by_time) == happened


def test_the_better_known_cause_of_the_same_status_is_kept():
    first = Report(T0, S.REJECTED, "unknown")
    better = Report(T0 + timedelta(hours=1), S.REJECTED, "address_unknown")
    silent = Report(T0 + timedelta(hours=2), S.REJECTED)
    assert outcome([silent, better, first]) == (S.REJECTED, "address_unknown")


a_report = st.builds(
    Report,
    at=st.integers(0, 5).map(lambda minutes: T0 + timedelta(minutes=minutes)),
    status=st.sampled_from(Status),
    cause=st.sampled_from(["", "policy", "unknown"]),
    external_id=st.sampled_from(["", "1"]),
)


@given(st.lists(a_report, max_size=8), st.randoms(use_true_random=False), st.data())
def test_the_order_and_number_of_arrivals_do_not_matter(found, random, data):
    again = data.draw(st.lists(st.sampled_from(found), max_size=8)) if found else []
    arrived = [*found, *again]
    random.shuffle(arrived)
    assert outcome(arrived) == outcome(found)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], (None, False)),
        ([S.DELIVERED], (S.DELIVERED, False)),
        ([S.DELIVERED, S.SENT], (S.SENT, False)),
        ([S.DELIVERED, S.QUEUED], (S.QUEUED, False)),
        ([S.DELIVERED, S.REJECTED], (S.REJECTED, True)),
        ([S.REJECTED, S.REJECTED], (S.REJECTED, False)),
        ([S.REJECTED, S.CANCELLED], (S.REJECTED, False)),
        ([S.DELIVERED, S.CANCELLED], (S.DELIVERED, False)),
        ([S.CANCELLED], (S.CANCELLED, False)),
    ],
)
def test_a_document_has_the_status_that_somebody_has_to_know(statuses, expected):
    assert overall(statuses) == expected
