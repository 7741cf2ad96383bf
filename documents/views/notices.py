"""What each member is told by e-mail, and when: everybody's own choice, and how it stands with the others."""

from django.contrib import messages
from django.db.models import Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distribution.current import company_of, make_current
from distribution.models import BlockedAddress, Company, Membership
from documents import notices
from documents.models import Notice, Outcome, Reader
from documents.settings_forms import NoticesForm
from documents.statuses import Status

# Of a large company the page shows the first ones; support sees all in the admin.
MEMBERS_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request):
    """A member's own choice for the current company; managers see everybody's."""
    reader = _own(request)
    form = NoticesForm(request.POST if request.method == "POST" else None, instance=reader.membership)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return _back(reader)
    context = {
        "form": form,
        "reader": reader,
        "stopped_by": reader.block(),
        "pause": Outcome(reader.paused_because) if reader.is_paused else None,
        "readers": _everybody(reader.company) if reader.company.is_managed_by(request.user) else (),
    }
    return render(request, "documents/notices.html", context)


@require_POST
def send_example(request):
    reader = _own(request)
    if reader.is_paused or reader.block() or not reader.address:
        messages.warning(request, _("No mail goes to your address now. See below why."))
    elif notices.ask_for_example(reader):
        told = _("An example is on its way to %(address)s.") % {"address": reader.address}
        messages.success(request, told)
    else:
        messages.info(request, _("An example was sent a moment ago. Wait five minutes for the next one."))
    return _back(reader)


@require_POST
def resume_notices(request):
    reader = _own(request)
    if reader.resume():
        messages.success(request, _("Notices go to your address again. Try it with an example."))
    else:
        messages.info(request, _("Notices go to your address already."))
    return _back(reader)


@require_safe
def notice(request, public_id):
    """Where a notice leads to: the work list of the company that it was about."""
    found = get_object_or_404(Notice.objects.visible_to(request.user).with_people(), public_id=public_id)
    make_current(request, found.reader.company)
    return redirect(f"{reverse('documents')}?status={Status.REJECTED}")


def _own(request):
    """The person as a reader in the company that the page is about: the current one, or the one named."""
    current = request.company and request.company.pk
    named = request.POST.get("company") or request.GET.get("company") or current
    company = company_of(Company.objects.visible_to(request.user), named)
    make_current(request, company)
    return notices.reader_of(Membership.objects.get(user=request.user, company=company))


def _back(reader):
    return redirect(f"{reverse('notice-settings')}?company={reader.company.pk}")


def _everybody(company):
    """The members as readers, each with `last_sent` and `is_blocked`."""
    notices.make_readers(company=company)
    known = Reader.objects.filter(membership__company=company, membership__user__is_active=True)
    sent = Max("notices__finished_at", filter=Q(notices__outcome=Outcome.SENT))
    readers = known.select_related("membership__user").annotate(last_sent=sent)
    shown = list(readers.order_by("membership__user__email")[:MEMBERS_SHOWN])
    active = BlockedAddress.objects.active().filter(Q(company=company) | Q(company=None))
    addresses = {reader.address for reader in shown}
    blocked = set(active.filter(address__in=addresses).values_list("address", flat=True))
    for reader in shown:
        reader.is_blocked = reader.address in blocked
    return shown
