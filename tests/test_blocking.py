from datetime import UTC, datetime, timedelta

import pytest

from distribution.blocking import Failure, Outcome, failures_that_block

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MARKS = {
    "h": Outcome.HARD,
    "s": Outcome.SUSPENDED,
    "f": Outcome.FULL,
    "-": Outcome.NEUTRAL,
    "+": Outcome.ARRIVED,
}


def history(marks, step=DAY):
    """One document a day, newest first: "h+h" is a hard bounce, before it an arrival, before it a bounce."""
    return [Failure(NOW - n * step, n, MARKS[mark]) for n, mark in enumerate(marks)]


@pytest.mark.parametrize(
    ("marks", "blocks"),
    [
        ("", False),
        ("hh", False),
        ("hhh", True),
        ("h-h-h", True),  # what says nothing about the address is passed over
        ("hh+h", False),  # it worked in between
        ("+hhh", False),
        ("hhh+", True),
        ("---------", False),
        ("s", False),
        ("sssssss", False),  # six days
        ("s------s", True),  # a week apart
        ("ffff", False),
        ("fffff", True),
        ("ff+fff", False),
        ("hfhfhf", True),
        ("hfsf", False),
    ],
)
def test_a_number_of_failures_blocks(marks, blocks):
    assert bool(failures_that_block(history(marks), hard_span=DAY)) is blocks


@pytest.mark.parametrize(
    ("marks", "step", "blocks"),
    [
        ("hhh", timedelta(hours=11), False),  # 22 hours
        ("hhh", timedelta(hours=12), True),
        ("h" * 50, timedelta(minutes=1), False),  # one outage
        ("f" * 50, timedelta(hours=1), False),
        ("fffff", timedelta(hours=18), True),
    ],
)
def test_and_so_does_only_a_duration(marks, step, blocks):
    assert bool(failures_that_block(history(marks, step), hard_span=DAY)) is blocks


def test_one_document_sent_again_and_again_counts_once():
    same = [Failure(NOW - n * DAY, "F-1", Outcome.HARD) for n in range(9)]
    assert not failures_that_block(same, hard_span=DAY)


def test_practice_mode_needs_no_duration():
    assert failures_that_block(history("hhh", timedelta(0)), hard_span=timedelta(0))


def test_the_evidence_is_the_failures_themselves_newest_first():
    found = failures_that_block(history("h-hh+h"), hard_span=DAY)
    assert [failure.document for failure in found] == [0, 2, 3]
