"""When failures become a block. Pure: an address's history in, a reason out.

A block needs a number *and* a duration: a burst within one outage, or one wrong answer, must not block
anybody. The history is asked each time; there are no counters that could drift from the events.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto


class Outcome(Enum):
    """What a finished delivery says about its address."""

    ARRIVED = auto()  # the mailbox works: whatever was before does not count any more
    HARD = auto()  # the address or its domain does not exist
    SUSPENDED = auto()
    FULL = auto()
    NEUTRAL = auto()  # policy, size, our own trouble: says nothing about the address


@dataclass(frozen=True)
class Rule:
    number: int  # failures on different documents …
    span: timedelta  # … the first and the last at least so far apart


# domain.md, section 3. SPAN of hard bounces is a setting (BLOCK_SPAN_HOURS; 0 in practice mode).
RULES = {
    Outcome.HARD: Rule(3, timedelta(hours=24)),
    Outcome.SUSPENDED: Rule(2, timedelta(days=7)),
    Outcome.FULL: Rule(5, timedelta(days=3)),
}


@dataclass(frozen=True)
class Failure:
    at: datetime
    document: Hashable
    outcome: Outcome


def failures_that_block(history: Iterable[Failure], hard_span: timedelta) -> list[Failure]:
    """The failures for which the address is to be blocked, newest first; empty when it is not.

    `history` is newest first and reaches back as far as it counts (not before the last unblocking).
    `hard_span` takes the place of the table's duration for hard bounces.
    """
    by_outcome: dict[Outcome, dict[Hashable, Failure]] = {outcome: {} for outcome in RULES}
    for failure in history:
        if failure.outcome is Outcome.ARRIVED:
            break
        if failure.outcome in by_outcome:
            # A document counts once, with its latest failure: sending one invoice again and again
            # is one person's mistake, not three pieces of evidence.
            by_outcome[failure.outcome].setdefault(failure.document, failure)
    for outcome, rule in RULES.items():
        failures = list(by_outcome[outcome].values())
        span = hard_span if outcome is Outcome.HARD else rule.span
        if len(failures) >= rule.number and failures[0].at - failures[-1].at >= span:
            return failures
    return []
