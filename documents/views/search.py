"""Which deliveries a list shows: the tab, the search and the filters; and how it is paged."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware, localdate, make_aware
from django.utils.translation import gettext_lazy as _

from distribution.searching import contains
from documents.forms import FilterForm
from documents.models import Delivery, Document, OutboundMail
from documents.statuses import IN_PROGRESS, Status

ALL = "all"
TABS = {
    "in_progress": (_("In progress"), IN_PROGRESS),
    **{s.value: (s.label, (s,)) for s in (Status.SENT, Status.DELIVERED, Status.REJECTED, Status.CANCELLED)},
}
# In this order a clerk wants to see what there is: work first, then what is not done yet.
FIRST_CHOICE = ("rejected", "in_progress", "delivered", "sent", "cancelled")

DAYS_SHOWN = 90
PAGE = 50


class Search:
    """One company's deliveries, as far as the request's search and filters let them through."""

    def __init__(self, company, data):
        self.company = company
        self.form = FilterForm(data)
        self.form.is_valid()
        self.q = self.form.cleaned_data.get("q", "")
        self.chosen = self._value("kind"), self._value("since"), self._value("until")
        self.cause, self.aside = self._value("cause"), self._value("aside")
        self.counts = self._count()
        self.tab = self._tab(data.get("status", ""))

    def _value(self, name):
        return self.form.cleaned_data.get(name)

    @property
    def is_recent_only(self):
        """Without words or dates to look for, only the last 90 days are shown."""
        _kind, since, until = self.chosen
        return not (self.q or since or until)

    @property
    def is_filtered(self):
        return bool(self.cause or self.aside or any(self.chosen) or self.form.errors)

    @property
    def is_narrowed(self):
        return bool(self.q or self.is_filtered)

    def deliveries(self):
        """Of all tabs."""
        kind, since, until = self.chosen
        found = Delivery.objects.filter(self._matches("document__", own="address"), company=self.company)
        if kind:
            found = found.filter(document__kind=kind)
        if self.is_recent_only:
            since = localdate() - timedelta(days=DAYS_SHOWN)
        if since:
            found = found.filter(at__gte=_midnight(since))
        if until:
            found = found.filter(at__lt=_midnight(until + timedelta(days=1)))
        return found

    def rows(self):
        """Of the current tab, with everything that a row shows."""
        found = self.deliveries()
        if self.tab != ALL:
            found = found.filter(status__in=TABS[self.tab][1])
        if self.tab == Status.REJECTED:
            found = found if self.aside or self.q else found.rejected()
            found = found.filter(cause=self.cause) if self.cause else found
        return as_rows(found)

    def held(self):
        """Documents that wait because the same one was received before; they have no deliveries yet."""
        kind, _since, _until = self.chosen
        found = Document.objects.held().filter(self._matches("", own="addresses"), company=self.company)
        return found.filter(kind=kind) if kind else found

    def groups(self):
        """The open work of the Rejected tab by cause, with the number of documents."""
        by_cause = self.deliveries().rejected().order_by().values("cause")
        return by_cause.annotate(documents=Count("document", distinct=True)).order_by("-documents", "cause")

    def _matches(self, document, own):
        if not self.q:
            return Q()
        return (
            contains(f"{document}number", self.q)
            | contains(f"{document}customer_number", self.q)
            | contains(f"{document}customer__name", self.q)
            | contains(f"{document}buyer", self.q)
            | contains(own, self.q)
        )

    def _count(self):
        tabs = {name: Count("pk", Q(status__in=statuses)) for name, (_label, statuses) in TABS.items()}
        if not (self.aside or self.q):
            tabs["rejected"] = Count("pk", Q(status=Status.REJECTED, handled_at=None, replaced_by=None))
        counts = self.deliveries().aggregate(**tabs)
        counts["in_progress"] += self.held().count()
        return counts

    def _tab(self, asked_for):
        if asked_for in TABS or (asked_for == ALL and self.q):
            return asked_for
        if self.q:
            return ALL
        return next((name for name in FIRST_CHOICE if self.counts[name]), "in_progress")


def as_rows(deliveries):
    """With everything that a row shows."""
    with_state = with_state_of_mail(deliveries.with_open_request())
    return with_state.select_related(
        "document__customer", "headline", "replaced_by", "handled_by", "corrected_by", "link"
    )


def with_state_of_mail(deliveries):
    """Adds `next_attempt_at`: when its mail is due, null where none is in the queue."""
    open_mail = OutboundMail.objects.open().filter(delivery=OuterRef("pk"))
    return deliveries.annotate(next_attempt_at=Subquery(open_mail.values("next_attempt_at")[:1]))


def _midnight(date):
    return make_aware(datetime(date.year, date.month, date.day))  # noqa: DTZ001  made aware at once


@dataclass(frozen=True)
class Page:
    """A stretch of a list, newest first. `newer` and `older` are the marks to go on from, or ""."""

    rows: list
    newer: str
    older: str


def page(rows, newer_than="", older_than=""):
    """50 rows on one side of a mark. By mark and not by number: new rows do not push others over the edge."""
    newer, older = _position(newer_than), _position(older_than)
    if newer:
        found = list(rows.filter(_beyond(newer, "gt")).order_by("at", "pk")[: PAGE + 1])
        more, shown = len(found) > PAGE, found[:PAGE][::-1]
        return Page(shown, _mark(shown[0]) if more else "", _mark(shown[-1]) if shown else "")
    if older:
        rows = rows.filter(_beyond(older, "lt"))
    found = list(rows.order_by("-at", "-pk")[: PAGE + 1])
    more, shown = len(found) > PAGE, found[:PAGE]
    return Page(shown, _mark(shown[0]) if older and shown else "", _mark(shown[-1]) if more else "")


def _mark(row):
    return f"{row.at.isoformat()}_{row.pk}"


def _position(mark):
    """(time, id) of a mark; None for what is no mark."""
    text, _separator, pk = mark.rpartition("_")
    at = moment_in(text)
    return (at, int(pk)) if at and pk.isdecimal() and len(pk) < 19 else None


def moment_in(text):
    """The time that a page gave with itself, in UTC; None for what is none."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    is_time = at and is_aware(at) and 1900 < at.year < 3000
    return at.astimezone(UTC) if is_time else None  # PostgreSQL knows no offset beyond 16 hours


def _beyond(position, direction):
    at, pk = position
    return Q(**{f"at__{direction}": at}) | Q(**{"at": at, f"pk__{direction}": pk})
