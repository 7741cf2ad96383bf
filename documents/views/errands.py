"""The pages of an errand: what is still to be typed for it, what came of each row, and the undo."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distribution.current import make_current
from distribution.forms import UnblockRequestForm
from distribution.models import UnblockRequest
from documents import errands
from documents.correction_forms import row_forms
from documents.meanwhile import why_not_ask
from documents.models import Errand
from documents.views.blocks import active_blocks, declined

LISTED = 50


@require_safe
def errands_lately(request):
    """Who dealt with what on the work list, the latest first."""
    if request.company is None:
        raise Http404
    known = Errand.objects.visible_to(request.user).filter(company=request.company).begun().with_counts()
    return render(request, "documents/errands.html", {"errands": known.select_related("created_by")[:LISTED]})


@require_http_methods(["GET", "HEAD", "POST"])
def errand(request, public_id):
    """What is still asked for, above what was done. Sent again, only what still waits is done."""
    if request.method != "POST":
        found = _errand(Errand.objects.visible_to(request.user), public_id)
        return _show(request, found, *_form(found))
    found = _errand(Errand.objects.managed_by(request.user), public_id)
    if found.kind == Errand.Kind.CORRECT:
        return _correct(request, found)
    if found.kind == Errand.Kind.UNBLOCK:
        return _ask(request, found)
    errands.carry_out(found, request.user)
    return redirect("errand", public_id)


def _errand(visible, public_id):
    return get_object_or_404(visible.select_related("company", "created_by"), public_id=public_id)


def _form(found):
    if found.kind == Errand.Kind.CORRECT:
        return row_forms(found.company, _waiting(found)), None
    if found.kind == Errand.Kind.UNBLOCK:
        addresses = _addresses(found)
        return addresses, _request_form(addresses)
    return [], None


def _waiting(found):
    """The deliveries that nothing was done with yet, in the order of the list."""
    lines = found.lines.filter(told_at=None).select_related(
        "delivery__document__customer", "delivery__headline"
    )
    deliveries = [line.delivery for line in lines]
    for delivery in deliveries:
        delivery.company = found.company
    return deliveries


def _correct(request, found):
    """Rows that are right are done; those that are wrong, or left open, stay as they were typed."""
    rows = row_forms(found.company, _waiting(found), request.POST)
    right = [row for row in rows if row.is_valid() and row.cleaned_data["address"]]
    for row in right:
        also = row.cleaned_data.get("also_in_list", False)
        do = errands.correcting(row.delivery.address, row.cleaned_data["address"], also)
        errands.carry_out(found, request.user, do, row.deliveries)
    left = [row for row in rows if row not in right]
    if any(row.errors for row in left):
        return _show(request, found, left, None)
    if rows and not right:
        messages.warning(request, _("Type at least one address. Rows that you leave empty stay as they are."))
        return _show(request, found, left, None)
    return redirect("errand", found.public_id)


def _ask(request, found):
    addresses = _addresses(found)
    form = _request_form(addresses, request.POST)
    if not form.is_valid():
        return _show(request, found, addresses, form)
    errands.carry_out(found, request.user, errands.asking(**form.cleaned_data))
    return redirect("errand", found.public_id)


def _addresses(found):
    """The addresses that support is to be asked about, each with its block, documents and why not."""
    by_address = {}
    for delivery in _waiting(found):
        by_address.setdefault(delivery.address, []).append(delivery)
    blocks = active_blocks(found.company, set(by_address) - {""})
    return [
        {
            "address": address,
            "deliveries": deliveries,
            "block": block,
            "declined": declined(block),
            "in_vain": _in_vain(block, found.company),
        }
        for address, deliveries in by_address.items()
        for block in [blocks.get(address)]
    ]


def _in_vain(block, company):
    if block is None:
        return _("The address is not blocked any more. What was held is sent by itself.")
    is_asked = block.asked and block.asked.state == UnblockRequest.State.OPEN
    return why_not_ask(block, company) if is_asked or block.is_being_lifted else ""


def _request_form(addresses, data=None):
    asked = [entry["block"] for entry in addresses if not entry["in_vain"]]
    return UnblockRequestForm(data, needs_consent=any(block.needs_consent for block in asked))


def _show(request, found, rows, form):
    make_current(request, found.company)
    told = found.lines.filter(told_at__isnull=False).select_related(
        "delivery__document__customer", "delivery__headline"
    )
    lines = list(told)
    context = {
        "errand": found,
        "rows": rows,
        "form": form,
        "lines": lines,
        "done": [line for line in lines if line.is_done],
        "not_done": [line for line in lines if not line.is_done],
        "waiting": found.lines.filter(told_at=None).count(),
        "can_undo": found.kind == Errand.Kind.ASIDE and any(_is_aside(line) for line in lines),
        "most": errands.MOST,
    }
    return render(request, "documents/errand.html", context)


def _is_aside(line):
    """Put aside by this errand, and nobody has touched it since."""
    aside_at = line.delivery.handled_at
    return line.is_done and aside_at is not None and aside_at <= line.told_at


@require_POST
def undo_errand(request, public_id):
    """Put everything back on the work list that this errand has put aside."""
    found = _errand(Errand.objects.managed_by(request.user), public_id)
    if found.kind == Errand.Kind.ASIDE and (undone := errands.undo(found)):
        text = ngettext(
            "%(count)s document is on the work list again.",
            "%(count)s documents are on the work list again.",
            undone,
        )
        messages.success(request, text % {"count": undone})
    else:
        messages.info(request, _("There is nothing to undo any more."))
    return redirect("errand", public_id)
