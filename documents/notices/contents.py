"""What a notice tells: what waits for the reader's company still, looked up when it is sent."""

from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import or_

from django.db.models import Count, Q

from distribution.models import UnblockRequest
from documents.causes import REMEDIES, Cause
from documents.models import Batch, Delivery, Document
from documents.notices.planning import IN_HAND

# Nobody works through a mail that is longer: the work list is a click away.
ROWS = 50


@dataclass(frozen=True)
class Group:
    """Rejected deliveries that need the same thing done; of many only some are `rows`."""

    remedy: object
    documents: int
    rows: list


@dataclass(frozen=True)
class Work:
    """What somebody has to deal with: rejected documents, held ones, batches that wait to be sent."""

    groups: list
    documents: int  # the rejected ones
    is_cut: bool
    held: list
    held_documents: int
    batches: list

    def __bool__(self):
        return bool(self.groups or self.held or self.batches)


@dataclass(frozen=True)
class Told:
    """All that one mail tells."""

    news: Work
    repeats: Work
    answers: list

    def __bool__(self):
        return bool(self.news or self.repeats or self.answers)


NO_WORK = Work([], 0, False, [], 0, [])


def of(notice):
    """The contents of a notice, in a number of queries that does not depend on how much there is."""
    company = notice.reader.company
    news = [(notice.news_since, notice.news_until)] if notice.news_until else []
    earlier = notice.repeats.exclude(news_until=None).values_list("news_since", "news_until")
    return Told(
        news=_work(company, news),
        repeats=_work(company, _joined(earlier.order_by("news_since")), is_reminder=True),
        answers=_answers(notice),
    )


def _joined(spans):
    """Spans of time that touch each other as one: (since, until), in their order."""
    joined = []
    for since, until in spans:
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return joined


def _work(company, spans, *, is_reminder=False):
    if not spans:
        return NO_WORK
    rejected = Delivery.objects.rejected().filter(_within("rejected_at", spans), company=company)
    if is_reminder:
        rejected = rejected.with_open_request().filter(asked_at=None)  # then it is support's turn
    counts = dict(rejected.order_by().values_list("cause").annotate(Count("document", distinct=True)))
    newest = rejected.select_related("document__customer", "headline").order_by("-rejected_at", "-pk")
    rows = list(newest[: ROWS + 1])
    held = Document.objects.held().filter(_within("received_at", spans), company=company)
    forgotten = [(since - IN_HAND, until - IN_HAND) for since, until in spans]
    batches = Batch.objects.filter(_within("read_at", forgotten), company=company, state=Batch.State.READY)
    return Work(
        groups=_groups(rows[:ROWS], counts),
        documents=rejected.order_by().values("document").distinct().count(),  # one may be in several groups
        is_cut=len(rows) > ROWS,
        held=list(held.select_related("customer").order_by("-received_at", "-pk")[:ROWS]),
        held_documents=held.count(),
        batches=list(batches.order_by("-created_at", "-pk")[:ROWS]),
    )


def _within(column, spans):
    return reduce(or_, (Q(**{f"{column}__gt": since, f"{column}__lte": until}) for since, until in spans))


def _groups(rows, counts):
    """By what to do, the most frequent first."""

    def rank(row):
        return -counts.get(row.cause, 0), row.cause

    ordered = sorted(rows, key=rank)
    return [
        Group(REMEDIES[Cause(cause)], counts.get(cause, len(found)), found)
        for cause, found in (
            (cause, list(same)) for cause, same in groupby(ordered, key=lambda row: row.cause)
        )
    ]


def _answers(notice):
    """What support decided about requests of the reader."""
    if not notice.answers_until:
        return []
    reader = notice.reader
    decided = UnblockRequest.objects.exclude(state=UnblockRequest.State.OPEN).filter(
        company=reader.company,
        requested_by=reader.user,
        decided_at__gt=notice.answers_since,
        decided_at__lte=notice.answers_until,
    )
    return list(decided.select_related("blocked_address").order_by("decided_at", "pk")[:ROWS])
