"""The life of a delivery: six statuses, one table, one fold. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    QUEUED = "queued", _("Queued")
    DEFERRED = "deferred", _("Delayed")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")


S = Status

# What people see of it: the tabs of the document list.
IN_PROGRESS = (S.QUEUED, S.DEFERRED)

# What may come after what, for one mail. A report that may not follow is kept as an event and changes
# nothing: mail systems report late, twice and in any order, so that is never an error.
MAY_FOLLOW: dict[Status, frozenset[Status]] = {
    S.QUEUED: frozenset({S.DEFERRED, S.SENT, S.DELIVERED, S.REJECTED, S.CANCELLED}),
    S.DEFERRED: frozenset({S.SENT, S.DELIVERED, S.REJECTED, S.CANCELLED}),
    S.SENT: frozenset({S.DEFERRED, S.DELIVERED, S.REJECTED}),  # deferred: the relay tells of a delay
    S.DELIVERED: frozenset({S.REJECTED}),  # a later bounce wins
    S.REJECTED: frozenset({S.DELIVERED}),  # and so does a later delivery
    # A try whose outcome nobody had seen may turn out to have gone out; what it did is the truth.
    S.CANCELLED: frozenset({S.SENT, S.DELIVERED}),
}

# At equal times the more final status wins, rejected last of all.
FINALITY = {
    status: rank
    for rank, status in enumerate((S.QUEUED, S.DEFERRED, S.SENT, S.CANCELLED, S.DELIVERED, S.REJECTED))
}


def next_status(current: Status, reported: Status) -> Status:
    return reported if reported in MAY_FOLLOW[current] else current


class Report(Protocol):
    """What the fold needs to know of an event."""

    at: datetime
    status: str
    cause: str
    external_id: str | None  # of what others reported; empty for what we did ourselves


class Event(Report, Protocol):
    """What the story needs to know of one, besides."""

    mail_id: int | None


R = TypeVar("R", bound=Report)
E = TypeVar("E", bound=Event)


def fold(reports: Iterable[R]) -> R | None:
    """The report that decides the status of a mail: the last one that was allowed to follow.

    The order in which reports arrived does not matter, nor how often; only their own times do. Nothing
    happened to a mail before it was handed over: a report that claims so comes from a clock that is wrong.
    When the same status is reported again with a cause, the later cause is the better known one.
    """
    known = list(reports)
    handed_over = _handed_over_at(known)

    def by_time(report: Report) -> tuple[datetime, int, bool, str]:
        # A delay that was reported comes after the hand-over; one of our own tries comes before it.
        is_delay = report.status == S.DEFERRED and bool(report.external_id)
        rank = FINALITY[S.SENT] if is_delay else FINALITY[Status(report.status)]
        return _happened_at(report, handed_over), rank, is_delay, report.cause

    deciding: R | None = None
    current = S.QUEUED
    for report in sorted(known, key=by_time):
        status = Status(report.status)
        again = status == current and (deciding is None or bool(report.cause))
        if again or status in MAY_FOLLOW[current]:
            deciding, current = report, status
    return deciding


def in_order(events: Iterable[E]) -> list[E]:
    """A story as it happened: also where a report was quicker than our own record of the hand-over.

    `events` are of one delivery, by their times.
    """
    known = list(events)
    by_mail: dict[int | None, list[E]] = {}
    for event in known:
        by_mail.setdefault(event.mail_id, []).append(event)
    handed_over = {mail: _handed_over_at(told) for mail, told in by_mail.items()}
    return sorted(
        known, key=lambda event: (_happened_at(event, handed_over[event.mail_id]), bool(event.external_id))
    )


def _handed_over_at(reports: Iterable[Report]) -> datetime | None:
    """By our own record: it is the same whatever others report, and when."""
    ours = (report.at for report in reports if report.status == S.SENT and not report.external_id)
    return min(ours, default=None)


def _happened_at(report: Report, handed_over: datetime | None) -> datetime:
    is_later = bool(report.external_id) or report.status in (S.DELIVERED, S.REJECTED)
    return max(report.at, handed_over) if handed_over and is_later else report.at


# The status of a document is the first of these that a delivery of it has. Cancelled ones are the last, so
# they count only where there is nothing else.
FIRST_OF_ALL = (S.REJECTED, S.DEFERRED, S.QUEUED, S.SENT, S.DELIVERED, S.CANCELLED)


def overall(statuses: Iterable[Status]) -> tuple[Status | None, bool]:
    """A document's status from those of its deliveries: (status, whether only a part of it is).

    Rejected wins, because somebody has to act; then what is still under way; then the least that holds for
    all. No deliveries: None.
    """
    found = {Status(status) for status in statuses}
    alive = found - {S.CANCELLED} or found
    if not alive:
        return None, False
    for status in FIRST_OF_ALL:
        if status in alive:
            return status, status is S.REJECTED and len(alive) > 1
    raise AssertionError(alive)
