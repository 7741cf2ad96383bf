"""What people do about a document or a delivery. Each is a POST that ends in a redirect and a message."""

from contextlib import contextmanager

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from distribution.current import make_current
from distribution.evidence import failures
from distribution.forms import UnblockRequestForm
from documents import errands, remedying
from documents.correction_forms import CorrectionForm
from documents.meanwhile import what_happened, why_not_ask
from documents.models import Delivery, Document, Errand


@require_POST
def release_document(request, public_id):
    """Send a held duplicate after all."""
    document = _managed_document(request, public_id)
    with _told(request, _("%(document)s is on its way now.") % {"document": document}):
        remedying.release(document)
    return _back(request, document)


@require_POST
def cancel_document(request, public_id):
    """Drop a held duplicate, or take everything of a document off the queue that is still there."""
    document = _managed_document(request, public_id)
    with _told(request, _("%(document)s is cancelled and will not be sent.") % {"document": document}):
        remedying.cancel_all(document, request.user)
    return _back(request, document)


@require_POST
def cancel_delivery(request, public_id):
    delivery = _managed(request, public_id)
    with _told(request, _("Cancelled: nothing is sent to %(address)s.") % {"address": delivery.address}):
        remedying.cancel(delivery, request.user)
    return _back(request, delivery.document)


@require_POST
def try_now(request, public_id):
    delivery = _managed(request, public_id)
    with _told(request, _("It is tried now.")):
        remedying.try_now(delivery, request.user)
    return _back(request, delivery.document)


@require_POST
def resend_delivery(request, public_id):
    delivery = _managed(request, public_id)
    with _told(request, _("It is on its way to %(address)s again.") % {"address": delivery.address}):
        remedying.resend(delivery, request.user, _seen(request))
    return _back(request, delivery.document)


def _seen(request):
    """The last event that the page with the button showed, or None where it does not say."""
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 19 else None


@require_POST
def send_as_link(request, public_id):
    """Send a link in the place of the files."""
    delivery = _managed(request, public_id)
    with _told(request, _("It is on its way to %(address)s as a link.") % {"address": delivery.address}):
        remedying.send_as_link(delivery, request.user, _seen(request))
    return _back(request, delivery.document)


@require_POST
def end_link(request, public_id):
    delivery = _managed(request, public_id)
    with _told(request, _("The link is ended: nothing can be fetched by it any more.")):
        remedying.end_link(delivery, request.user)
    return _back(request, delivery.document)


@require_POST
def renew_link(request, public_id):
    """The same link works (again), from today for its whole time."""
    delivery = _managed(request, public_id)
    with _told(request, _("The link in the mail that was sent works again.")):
        remedying.renew_link(delivery)
    return _back(request, delivery.document)


@require_http_methods(["GET", "HEAD", "POST"])
def correct_delivery(request, public_id):
    """Another address in the place of a wrong one, or the first one where there is none."""
    delivery = _managed(request, public_id)
    make_current(request, delivery.company)
    if not delivery.is_open_work:
        messages.warning(request, what_happened(delivery))
        return redirect("document", delivery.document.public_id)
    form = CorrectionForm(request.POST or None, delivery=delivery)
    if request.method != "POST" or not form.is_valid():
        shown = {"delivery": delivery, "form": form, "as_of": request.POST.get("as_of") or now().isoformat()}
        return render(request, "documents/correct.html", shown)
    if form.chosen_others().exists():
        return _correct_several(request, form)
    address = form.cleaned_data["address"]
    with _told(request, _("It is on its way to %(address)s now.") % {"address": address}):
        form.save(request.user)
    return redirect("document", delivery.document.public_id)


def _correct_several(request, form):
    """The others of this customer too, each told in a row of its own."""
    delivery, others = form.delivery, form.chosen_others()
    key = errands.key_of(request.POST.get("as_of"), str(delivery.public_id), form.cleaned_data["address"])
    all_of_them = Delivery.objects.filter(pk__in=[delivery.pk, *others.values_list("pk", flat=True)])
    errand = errands.begin(delivery.company, request.user, Errand.Kind.CORRECT, all_of_them, key)
    also_in_list = form.make_customer() or form.cleaned_data.get("also_in_list", False)
    do = errands.correcting(delivery.address, form.cleaned_data["address"], also_in_list)
    errands.carry_out(errand, request.user, do)
    return redirect("errand", errand.public_id)


@require_POST
def put_aside(request, public_id):
    delivery = _managed(request, public_id)
    undo = render_to_string("documents/put-aside-message.html", {"delivery": delivery}, request)
    with _told(request, mark_safe(undo)):  # noqa: S308  our own template escapes what is in it
        remedying.put_aside(delivery, request.user, _seen(request))
    return _back(request, delivery.document)


@require_POST
def take_back(request, public_id):
    delivery = _managed(request, public_id)
    if remedying.take_back(delivery):
        messages.success(
            request, _("%(document)s is on the work list again.") % {"document": delivery.document}
        )
    else:
        messages.info(request, _("It is not put aside any more."))
    return _back(request, delivery.document)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_to_unblock(request, public_id):
    """Ask our support to unblock the address that holds this delivery back."""
    delivery = _managed(request, public_id)
    make_current(request, delivery.company)
    block = delivery.active_block()
    if block is None:
        messages.info(request, _("The address is not blocked any more. What was held is sent by itself."))
        return redirect("document", delivery.document.public_id)
    if in_vain := why_not_ask(block, delivery.company):
        messages.info(request, in_vain)
        return redirect("document", delivery.document.public_id)
    form = UnblockRequestForm(request.POST or None, needs_consent=block.needs_consent)
    if request.method == "POST" and form.is_valid():
        block.ask_to_unblock(delivery.company, request.user, **form.cleaned_data)
        messages.success(request, _("Support has been asked. The document is sent once they unblock it."))
        return redirect("document", delivery.document.public_id)
    context = {
        "delivery": delivery,
        "blocked": block,
        "form": form,
        "failures": list(failures(block.evidence)),
    }
    return render(request, "documents/ask-to-unblock.html", context)


def _managed_document(request, public_id):
    return get_object_or_404(Document.objects.managed_by(request.user), public_id=public_id)


def _managed(request, public_id):
    deliveries = Delivery.objects.managed_by(request.user)
    known = deliveries.select_related("company", "document__company", "document__customer", "headline")
    return get_object_or_404(known, public_id=public_id)


@contextmanager
def _told(request, done):
    """Tell people how a command ended: done, or the sentence that says why it was not possible."""
    try:
        yield
    except remedying.NotPossible as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, done)


def _back(request, document):
    """To where the button was pressed, if the page said so, else to the document."""
    asked_for = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked_for, {request.get_host()}, request.is_secure())
    if is_ours and asked_for.startswith("/"):  # else it would be taken for the name of a page
        return redirect(asked_for)
    return redirect("document", document.public_id)
