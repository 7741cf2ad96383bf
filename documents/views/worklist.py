"""The rejected list as a work list: rows are ticked, or all of a group taken, and dealt with at once."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Count, F, Value
from django.db.models.functions import StrIndex, Substr
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from distribution.current import make_current, managed_company
from documents import errands
from documents.causes import Cause
from documents.models import Delivery
from documents.statuses import Status
from documents.views.offers import for_many
from documents.views.search import Search, moment_in

# Reasons that lie with a receiving domain: when it is mended there, all that was meant for it can go.
OF_A_DOMAIN = {Cause.GAVE_UP, Cause.DOMAIN_UNKNOWN, Cause.POLICY, Cause.UNKNOWN}
DOMAINS_SHOWN = 5


@dataclass(frozen=True)
class Bar:
    """What can be done with the ticked rows of the list, or with all of it."""

    offers: list  # (label, where it is posted to), the best first
    total: int  # rows of the whole list that are work
    domains: list  # (domain, rows) with several, the most first
    shown: str  # the list's own search and filters
    as_of: datetime

    @property
    def most(self):
        return errands.MOST


def bar(search, page):
    """The bar above this page of the list, or None where there is nothing to do with it."""
    if search.tab != Status.REJECTED or not any(row.is_open_work for row in page.rows):
        return None
    found = work(search)
    return Bar(
        for_many(search.cause),
        found.count() if page.newer or page.older else sum(row.is_open_work for row in page.rows),
        list(_domains(found)) if search.cause in OF_A_DOMAIN else [],
        search.form.data.urlencode(),
        now(),
    )


def work(search):
    """All of the list that is work."""
    found = search.deliveries().rejected()
    return found.filter(cause=search.cause) if search.cause else found


def _with_domain(deliveries):
    return deliveries.annotate(domain=Substr("address", StrIndex(F("address"), Value("@")) + 1))


def _domains(deliveries):
    several = (
        _with_domain(deliveries).order_by().values("domain").annotate(rows=Count("pk")).filter(rows__gt=1)
    )
    for found in several.order_by("-rows", "domain")[:DOMAINS_SHOWN]:
        yield found["domain"], found["rows"]


@require_http_methods(["GET", "HEAD", "POST"])
def start_errand(request, kind):
    """Deal with what was ticked, or with all that the list has: at once, or on a page that asks for more."""
    if request.method != "POST":  # after a log-in in the middle of it
        messages.info(request, _("Nothing was done yet. Tick the rows again."))
        return redirect(reverse("documents") + "?status=rejected")
    company = managed_company(request)
    make_current(request, company)
    back = _list(request.POST.get("next", ""))
    chosen, choice = _chosen(request, company)
    key = errands.key_of(request.POST.get("as_of"), kind, *choice)
    errand = errands.begin(company, request.user, kind, chosen, key, back)
    if errand is None:
        messages.warning(request, _("Tick the rows first, or choose all of them."))
        return redirect(back)
    if kind in errands.AT_ONCE:
        errands.carry_out(errand, request.user)
    return redirect("errand", errand.public_id)


def _chosen(request, company):
    """(the deliveries, what the same choice has in common)"""
    domain = request.POST.get("domain", "").replace("\0", "")
    if request.POST.get("which") != "all" and not domain:
        ids = request.POST.getlist("delivery")
        mine = Delivery.objects.managed_by(request.user).filter(company=company)
        return mine.chosen(ids), sorted(ids)
    shown = request.POST.get("shown", "")
    found = work(Search(company, QueryDict(shown)))
    if as_of := moment_in(request.POST.get("as_of", "")):
        found = found.exclude(rejected_at__gt=as_of)  # what came since was not seen
    if domain:
        found = _with_domain(found).filter(domain=domain)
    return found, ["all", shown, domain]


def _list(asked_for):
    """The list as it was shown, and no other page."""
    path, _question_mark, query = asked_for[:400].partition("?")
    documents = reverse("documents")
    return f"{documents}?{query}" if path == documents and query else f"{documents}?status=rejected"
