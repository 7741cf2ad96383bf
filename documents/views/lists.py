"""The document list with its tabs, and the same list as a file."""

import csv
from dataclasses import dataclass
from functools import partial

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from distribution.evidence import failures
from documents.causes import REMEDIES, Cause
from documents.statuses import Status
from documents.views import refreshing
from documents.views.blocks import active_blocks, declined
from documents.views.offers import BY_ACTION, HELD_FOR_A_BLOCK, buttons
from documents.views.search import ALL, DAYS_SHOWN, TABS, Search, page
from documents.views.worklist import bar

# Held documents above the list; they are decided about one by one, and the next ones follow.
HELD_SHOWN = 20
# Groups of the work list that are open; the others are a click away, so that the table is seen.
GROUPS_SHOWN = 3
# What a spreadsheet would take for a formula when a cell begins with it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_safe
def documents(request):
    """The company's deliveries by tab; the rejected ones are the work list, grouped by remedy."""
    if request.company is None:
        return render(request, "documents/no-company.html")
    if nothing_new := refreshing.answer_for_rows(request):
        return nothing_new
    search = Search(request.company, request.GET)
    shown = page(search.rows(), request.GET.get("newer", ""), request.GET.get("older", ""))
    rows = refreshing.rows_to_show(request, shown.rows)
    groups = list(_groups(search)) if search.tab == Status.REJECTED else []
    context = {
        "filters": search,
        "tabs": _tabs(search),
        "held": _held(search) if not shown.newer else (),
        "groups": groups[:GROUPS_SHOWN],
        "more_groups": groups[GROUPS_SHOWN:],
        "is_more_open": any(group.is_chosen for group in groups[GROUPS_SHOWN:]),
        "page": shown,
        "rows": list(_rows(request.company, rows)),
        "live": refreshing.live_rows(request, rows, shown.rows),
        "days": DAYS_SHOWN,
        "bar": partial(bar, search, shown),  # looked up only for those who may use it
    }
    return render(request, "documents/list.html", context)


def _tabs(search):
    tabs = [(name, label, search.counts[name]) for name, (label, _statuses) in TABS.items()]
    return [(ALL, _("All found"), sum(search.counts.values())), *tabs] if search.q else tabs


def _held(search):
    if search.tab not in ("in_progress", ALL):
        return ()
    return search.held().select_related("duplicate_of").order_by("-received_at", "-pk")[:HELD_SHOWN]


@dataclass(frozen=True)
class Group:
    """Rejected deliveries that need the same thing done."""

    cause: str
    documents: int
    remedy: object
    action: object
    is_chosen: bool


def _groups(search):
    for found in search.groups():
        remedy = REMEDIES[Cause(found["cause"])]
        yield Group(
            found["cause"],
            found["documents"],
            remedy,
            BY_ACTION[remedy.action][0].for_all,
            is_chosen=search.cause == found["cause"],
        )


@dataclass(frozen=True)
class Row:
    delivery: object
    block: object  # what stops it now, or None
    failures: list  # for which it was blocked, newest first
    declined: object  # support's answer that it stays blocked, or None
    button: object


def _rows(company, deliveries):
    blocks = _blocks(company, deliveries)
    for delivery in deliveries:
        block = blocks.get(delivery.address) if delivery.cause in HELD_FOR_A_BLOCK else None
        is_in_hand = bool(block and (delivery.asked_at or block.is_being_lifted))
        offered = buttons(delivery, is_in_hand=is_in_hand, is_blocked=block is not None)
        # Work has a button in the row; the rest has its own on the document's page.
        has_button = delivery.is_open_work and not is_in_hand
        yield Row(
            delivery,
            block,
            list(failures(block.evidence)) if block else [],
            declined(block),
            offered[0] if has_button and offered else None,
        )


def _blocks(company, deliveries):
    held = {d.address for d in deliveries if d.status == Status.REJECTED and d.cause in HELD_FOR_A_BLOCK}
    return active_blocks(company, held) if held else {}


@require_safe
def export_documents(request):
    """The current list as CSV for a spreadsheet: UTF-8 with BOM and semicolons, as Excel reads it."""
    if request.company is None:
        raise Http404
    search = Search(request.company, request.GET)
    response = StreamingHttpResponse(_csv(search.rows()), content_type="text/csv; charset=utf-8")
    filename = f"documents-{search.tab}-{localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


class _Echo:
    """A file that hands back what is written to it, for csv.writer."""

    def write(self, value):
        return value


def _csv(rows):
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    yield writer.writerow(_headings())
    for delivery in rows.order_by("-at", "-pk").iterator(chunk_size=2000):
        yield writer.writerow([harmless(value) for value in _values(delivery)])


def _headings():
    return [
        _("Type"),
        _("Number"),
        _("Customer number"),
        _("Customer"),
        _("Recipient"),
        _("Status"),
        _("Since"),
        _("Code"),
        _("Why"),
        _("The server's answer"),
        _("Server"),
        _("Received"),
        _("Amount"),
        _("Currency"),
        pgettext("a state", "Put aside"),
    ]


def _values(delivery):
    document, headline = delivery.document, delivery.headline
    reply = [headline.reply_code, headline.text] if headline else []
    return [
        document.get_kind_display(),
        document.number,
        document.customer_number,
        document.customer or "",
        delivery.address,
        delivery.get_status_display(),
        f"{localtime(delivery.at):%Y-%m-%d %H:%M:%S}",
        delivery.code,
        delivery.remedy.title,
        " ".join(str(part) for part in reply if part),
        headline.host if headline else "",
        f"{localtime(document.received_at):%Y-%m-%d %H:%M:%S}",
        "" if document.amount is None else document.amount,
        document.currency,
        _("yes") if delivery.handled_at else "",
    ]


def harmless(value):
    """A cell that no spreadsheet runs as a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
