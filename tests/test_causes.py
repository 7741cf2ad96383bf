import pytest

from distribution.blocking import Outcome
from distribution.models import BlockedAddress
from documents.causes import BLOCKED, REMEDIES, Action, Actor, Cause, given_up, shown_code


def test_every_cause_has_a_remedy():
    assert set(REMEDIES) == set(Cause)


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.NONE])
def test_every_remedy_says_what_to_do_in_whole_sentences(cause):
    remedy = REMEDIES[cause]
    assert str(remedy.title)
    assert str(remedy.remedy).endswith(".")
    assert 2 <= str(remedy.remedy).count(".") + str(remedy.remedy).count(";") <= 3


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (Cause.ADDRESS_UNKNOWN, "550"),
        (Cause.MAILBOX_FULL, "552"),
        (Cause.TOO_LARGE, "552"),
        (Cause.POLICY, "554"),
        (Cause.GAVE_UP, "602"),
        (Cause.BLOCKED_BOUNCED, "605"),
        (Cause.BLOCKED_UNSUBSCRIBED, "606"),
        (Cause.BLOCKED_COMPLAINED, "607"),
    ],
)
def test_people_see_the_code_they_know(cause, code):
    assert shown_code(cause, 599) == code


def test_where_nothing_matched_the_reply_s_own_code_is_shown():
    assert shown_code(Cause.UNKNOWN, 571) == "571"
    assert shown_code(Cause.UNKNOWN, None) == "554"


def test_our_own_trouble_never_asks_the_customer_for_anything():
    for remedy in REMEDIES.values():
        if remedy.is_ours:
            assert remedy.action is Action.WAIT
            assert remedy.outcome is Outcome.NEUTRAL


def test_only_what_is_about_the_address_counts_towards_a_block():
    counting = {cause for cause in Cause if REMEDIES[cause].outcome not in (Outcome.NEUTRAL, Outcome.ARRIVED)}
    assert counting == {
        Cause.ADDRESS_UNKNOWN,
        Cause.DOMAIN_UNKNOWN,
        Cause.SUSPENDED,
        Cause.MAILBOX_FULL,
    }


def test_every_reason_for_a_block_has_its_code():
    assert set(BLOCKED) == set(BlockedAddress.Reason.values)
    assert all(REMEDIES[cause].actor is Actor.SUPPORT for cause in BLOCKED.values())


def test_a_mailbox_that_stayed_full_is_shown_as_full():
    assert given_up(Cause.MAILBOX_FULL) is Cause.MAILBOX_FULL
    assert given_up(Cause.RATE_LIMITED) is Cause.GAVE_UP
