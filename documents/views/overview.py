"""The first page: did everything go out, what waits for whom, and how the weeks went."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from distribution.models import Customer, DirectoryImport, UnblockRequest
from documents.causes import REMEDIES, Cause
from documents.holding import REFUSALS_OF_US
from documents.models import Batch, Delivery, Document, HeldDomain
from documents.views.offers import BY_ACTION
from documents.weeks import KINDS, last_weeks

REQUESTS_SHOWN = 5
BATCHES_SHOWN = 5
HOLDS_COUNTED = 100


@require_safe
def overview(request):
    """What a clerk wants to know on a Monday morning."""
    company = request.company
    if company is None:
        return render(request, "documents/no-company.html")
    work = list(_work(company))
    requests = UnblockRequest.objects.filter(company=company, state=UnblockRequest.State.OPEN)
    weeks = last_weeks(company)
    context = {
        "work": work,
        # Not the sum of the groups: a document may be in several.
        "work_count": Document.objects.filter(
            pk__in=Delivery.objects.filter(company=company).rejected().values("document")
        ).count(),
        "duplicates": Document.objects.held().filter(company=company).count(),
        "ready_batches": Batch.objects.filter(company=company, state=Batch.State.READY)[:BATCHES_SHOWN],
        "checked_imports": DirectoryImport.objects.filter(
            company=company, state=DirectoryImport.State.CHECKED
        )[:BATCHES_SHOWN],
        "requests": requests.select_related("blocked_address").order_by("requested_at")[:REQUESTS_SHOWN],
        "request_count": requests.count(),
        "holds": _holds(company),
        "our_trouble": _our_trouble(company),
        "batches": Batch.objects.filter(company=company).select_related("created_by")[:BATCHES_SHOWN],
        "weeks": weeks,
        "tiles": _tiles(weeks),
        "bars": list(_bars(weeks)),
        "most": max(day.total for week in weeks for day in week.days),
        "is_new": not Document.objects.filter(company=company).exists(),
        "has_customers": Customer.objects.filter(company=company).exists(),
    }
    return render(request, "documents/overview.html", context)


@dataclass(frozen=True)
class Work:
    """Rejected documents that need the same thing done."""

    cause: str
    documents: int
    remedy: object
    action: str | Promise


def _work(company):
    open_work = Delivery.objects.filter(company=company).rejected().order_by()
    by_cause = open_work.values("cause").annotate(documents=Count("document", distinct=True))
    for found in by_cause.order_by("-documents", "cause"):
        remedy = REMEDIES[Cause(found["cause"])]
        yield Work(found["cause"], found["documents"], remedy, BY_ACTION[remedy.action][0].for_all)


@dataclass(frozen=True)
class Hold:
    """What waits because of us: mail to a domain whose server refuses ours."""

    domain: str
    since: object
    mails: int


def _holds(company):
    waiting = Delivery.objects.filter(company=company).in_progress()
    holds = list(HeldDomain.objects.active().order_by("held_at")[:HOLDS_COUNTED])
    to_domain = {f"held_{held.pk}": Q(address__endswith=f"@{held.domain}") for held in holds}
    counts = waiting.aggregate(**{name: Count("pk", where) for name, where in to_domain.items()})
    found = [Hold(held.domain, held.held_at, counts[f"held_{held.pk}"]) for held in holds]
    return [hold for hold in found if hold.mails]


def _our_trouble(company):
    """How many mails wait for trouble of our own that is not one receiving domain's."""
    ours = [cause for cause, remedy in REMEDIES.items() if remedy.is_ours and cause not in REFUSALS_OF_US]
    return Delivery.objects.filter(company=company, cause__in=ours).in_progress().count()


@dataclass(frozen=True)
class Tile:
    """A number of this week beside that of the last one up to the same day."""

    kind: str
    now: int
    before: int


def _tiles(weeks):
    this, last = weeks[-1].counts, weeks[-2].counts_of(localdate().weekday() + 1)
    return [Tile(kind, this[kind], last[kind]) for kind in KINDS]


# The chart's own units; it is stretched to the width of the page.
HEIGHT, STEP, BAR, BETWEEN_WEEKS = 100, 10, 8, 6


@dataclass(frozen=True)
class Bar:
    kind: str
    x: int
    y: str
    height: str


def _bars(weeks):
    """What the chart draws: each day a column of KINDS, one on the other."""
    most = max(1, *(day.total for week in weeks for day in week.days))
    for number, day in enumerate(day for week in weeks for day in week.days):
        x, y = number * STEP + number // 7 * BETWEEN_WEEKS, float(HEIGHT)
        for kind in KINDS:
            height = day.counts[kind] * HEIGHT / most
            y -= height
            if height:
                yield Bar(kind, x, f"{y:.2f}", f"{height:.2f}")
