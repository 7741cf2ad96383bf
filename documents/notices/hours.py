"""When notices are due: at an hour by the reader's clock, whatever summer time does to it."""

from datetime import UTC, datetime, time, timedelta

# What is still open is told again on these days after it was told first, and then no more.
REMIND_AFTER = (1, 3, 7)


def next_digest(after, hour, zone):
    """The first moment after this one at which it is this hour there."""
    day = after.astimezone(zone).date()
    moments = (_at(day + timedelta(days=days), hour, zone) for days in range(3))
    return next(moment for moment in moments if moment > after)


def next_reminder(told_at, after, hour, zone):
    """When to remind of what was told at that time; None when it was done often enough."""
    day = told_at.astimezone(zone).date()
    moments = (_at(day + timedelta(days=days), hour, zone) for days in REMIND_AFTER)
    return next((moment for moment in moments if moment > after), None)


def _at(day, hour, zone):
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
