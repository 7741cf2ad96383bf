"""What became of the documents that came in, day by day: this week against the last ones."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Case, Count, IntegerField, Value, When
from django.utils.timezone import localdate, make_aware

from documents.models import Delivery
from documents.statuses import IN_PROGRESS, Status

WEEKS = 4
# From the ground up in the chart: what is over stands first.
KINDS = ("delivered", "sent", "in_progress", "rejected")
KIND_OF = {
    Status.DELIVERED: "delivered",
    Status.SENT: "sent",
    Status.REJECTED: "rejected",
    **dict.fromkeys(IN_PROGRESS, "in_progress"),
}


@dataclass(frozen=True)
class Day:
    """How many mails of this day's documents there are of each of KINDS, as it is now."""

    date: date
    counts: dict[str, int]

    @property
    def total(self):
        return sum(self.counts.values())


@dataclass(frozen=True)
class Week:
    days: list[Day]  # Monday first

    @property
    def counts(self):
        return self.counts_of(7)

    def counts_of(self, days):
        """Of its first days only, so that a week that has just begun can be compared."""
        return {kind: sum(day.counts[kind] for day in self.days[:days]) for kind in KINDS}

    @property
    def total(self):
        return sum(day.total for day in self.days)


def last_weeks(company):
    """The last WEEKS weeks, this one included, oldest first: one mail is counted once, on the day it came in.

    Cancelled mail is left out, and so is an address that was corrected: the right one counts.
    """
    today = localdate()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    dates = [monday + timedelta(days=number) for number in range(7 * WEEKS)]
    counted = {day: dict.fromkeys(KINDS, 0) for day in dates}
    for row in _counts(company, dates):
        counted[dates[row["day"]]][KIND_OF[Status(row["status"])]] += row["count"]
    days = [Day(day, counts) for day, counts in counted.items()]
    return [Week(days[start : start + 7]) for start in range(0, len(days), 7)]


def _counts(company, dates):
    # The database need not know our time zones, and compares moments quicker than it computes days.
    evenings = [_midnight(day + timedelta(days=1)) for day in dates]
    which = [When(created_at__lt=evening, then=Value(place)) for place, evening in enumerate(evenings)]
    found = Delivery.objects.filter(
        company=company,
        created_at__gte=_midnight(dates[0]),
        created_at__lt=evenings[-1],
        status__in=list(KIND_OF),
        replaced_by=None,
    )
    by_day = found.order_by().annotate(day=Case(*which, output_field=IntegerField()))
    return by_day.values("day", "status").annotate(count=Count("pk"))


def _midnight(day):
    return make_aware(datetime.combine(day, time.min))
