"""The pages where a company keeps its customers, and sees to whom mail is held back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distribution import typos
from distribution.addresses import MAX_LENGTH
from distribution.current import company_of, make_current, managed_company
from distribution.evidence import failures
from distribution.forms import CustomerForm, UnblockRequestForm
from distribution.models import BlockedAddress, Company, Customer, UnblockRequest
from distribution.searching import contains, searched_text
from portal import live

PAGE_SIZE = 50


@require_safe
def customers(request):
    q = _search_text(request)
    found = Customer.objects.visible_to(request.user).filter(company=request.company).order_by("name", "pk")
    if q:
        found = found.found_by(q)
    page = Paginator(found.prefetch_related("numbers", "addresses"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    _mark_blocked(request.company, [entry for customer in page for entry in customer.addresses.all()])
    return render(request, "distribution/customers.html", {"page": page, "q": q})


@require_http_methods(["GET", "HEAD", "POST"])
def new_customer(request):
    company = managed_company(request)
    make_current(request, company)
    prefilled = {"numbers": request.GET.get("number", ""), "name": request.GET.get("name", "")}
    form = CustomerForm(_sent(request), company=company, initial=prefilled)
    saved = form.is_valid() and form.save()
    if saved:
        messages.success(request, _("%(customer)s was added.") % {"customer": saved})
        return redirect("customer", saved.pk)
    return render(request, "distribution/customer.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def customer(request, pk):
    if request.method == "POST":
        return _save_customer(request, pk)
    shown = get_object_or_404(Customer.objects.visible_to(request.user).select_related("company"), pk=pk)
    make_current(request, shown.company)
    form = CustomerForm(instance=shown, company=shown.company)
    return _show_customer(request, shown, form)


@transaction.atomic
def _save_customer(request, pk):
    """Locked, so that nobody deletes the customer while it is being saved, which would bring it back."""
    locked = Customer.objects.managed_by(request.user).select_for_update(of=("self",))
    changed = get_object_or_404(locked.select_related("company"), pk=pk)
    make_current(request, changed.company)
    form = CustomerForm(request.POST, instance=changed, company=changed.company)
    if form.is_valid() and form.save():
        messages.success(request, _("Saved."))
        return redirect("customer", pk)
    return _show_customer(request, Customer.objects.get(pk=pk), form)


def _show_customer(request, shown, form):
    addresses = list(shown.addresses.all())
    _mark_blocked(request.company, addresses)
    return render(
        request, "distribution/customer.html", {"customer": shown, "form": form, "addresses": addresses}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def delete_customer(request, pk):
    if request.method == "POST" and request.session.get("deleted_customer") == pk:
        messages.info(request, _("The customer has been deleted already."))
        return redirect("customers")
    unwanted = get_object_or_404(Customer.objects.managed_by(request.user).select_related("company"), pk=pk)
    make_current(request, unwanted.company)
    if request.method != "POST":
        return render(request, "distribution/delete-customer.html", {"customer": unwanted})
    Customer.objects.filter(pk=pk).remove()
    request.session["deleted_customer"] = pk
    messages.success(request, _("%(customer)s was deleted. Its documents stay.") % {"customer": unwanted})
    return redirect("customers")


@require_safe
def blocked_addresses(request):
    q = _search_text(request)
    show_lifted = request.GET.get("show") == "lifted"
    blocks = BlockedAddress.objects.concerning(request.company).filter(lifted_at__isnull=not show_lifted)
    if q:
        blocks = blocks.filter(contains("address", q))
    own_requests = UnblockRequest.objects.filter(company=request.company).select_related("requested_by")
    asked = Prefetch("requests", own_requests, to_attr="own_requests")
    page = Paginator(blocks.prefetch_related(asked, "removals"), PAGE_SIZE).get_page(request.GET.get("page"))
    for block in page:
        block.failures = list(failures(block.evidence))
    shown = {"page": page, "q": q, "show_lifted": show_lifted, "live": _live_blocks(request, page)}
    nothing_new = live.unchanged(request, shown["live"].mark)
    return nothing_new or render(request, "distribution/blocked.html", shown)


def _live_blocks(request, page):
    """The page looks for news while support is to decide about one of them, or the mail provider follows."""
    facts = [
        (block.pk, block.is_being_lifted, [asked.state for asked in block.own_requests]) for block in page
    ]
    waits = any(is_lifting or UnblockRequest.State.OPEN in states for _pk, is_lifting, states in facts)
    listed = " ".join(str(block.pk) for block in page)
    had = live.known(request) if live.is_refresh(request) else listed
    return live.Live(live.mark_of(facts), live.LATER if waits else 0, had, is_outdated=had != listed)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_to_unblock(request, pk):
    """Ask our support to unblock an address, for the company that it belongs to or (all) the current one."""
    company, block = _managed_block(request, pk)
    make_current(request, company)
    form = UnblockRequestForm(_sent(request), needs_consent=block.needs_consent)
    if in_vain := block.why_not_ask(company):
        messages.info(request, in_vain)
    elif form.is_valid():
        block.ask_to_unblock(company, request.user, **form.cleaned_data)
        messages.success(
            request,
            _("Support was asked to unblock %(address)s. What was held is then sent by itself.")
            % {"address": block.address},
        )
    else:
        shown = {"blocked": block, "form": form, "failures": list(failures(block.evidence))}
        return render(request, "distribution/ask-to-unblock.html", shown)
    return redirect("blocked-addresses")


def _managed_block(request, pk):
    """(the company that asks, the block)."""
    own = BlockedAddress.objects.managed_by(request.user).select_related("company").filter(pk=pk).first()
    if own:
        return own.company, own
    company = managed_company(request)
    return company, get_object_or_404(BlockedAddress.objects.concerning(company), pk=pk, company=None)


@require_POST
def switch_company(request):
    chosen = company_of(Company.objects.visible_to(request.user), request.POST.get("company", ""))
    make_current(request, chosen)
    return redirect("documents")


@require_POST
def ask_for_activation(request):
    company = managed_company(request)
    if company.is_active:
        messages.info(request, _("E-mail distribution is active already."))
    elif company.activation_requested_at:
        messages.info(request, _("Support has already been asked, and will activate it."))
    else:
        company.ask_for_activation(request.user)
        messages.success(request, _("Support was asked to activate e-mail distribution."))
    return redirect("send-documents")


def _sent(request):
    """What a form was sent with; None where it is only shown."""
    return request.POST if request.method == "POST" else None


def _search_text(request):
    return searched_text(request.GET.get("q", ""), MAX_LENGTH)


def _mark_blocked(company, entries):
    """Give each list address its `block`, the active one, and what it probably `meant`."""
    blocks = BlockedAddress.objects.active().filter(address__in={entry.address for entry in entries})
    stopping = {
        block.address: block
        # The company's own last, so that it is the one shown: its members can ask about it.
        for block in [*blocks.filter(company=None), *blocks.filter(company=company)]
    }
    for entry in entries:
        entry.block = stopping.get(entry.address)
        entry.meant = typos.meant(entry.address)
