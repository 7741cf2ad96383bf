"""Batches: bring a file of documents, see what would be sent to whom, send it, and see what became of it."""

import csv

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from distribution.current import make_current
from distribution.directory import guard, lines_of
from distribution.downloads import table_file
from distribution.models import Company
from documents import batching, manifest
from documents.forms import BatchForm
from documents.models import Batch, BatchItem
from documents.models.batches import PREVIEW_KEPT
from documents.views.upload import number_in
from portal import live
from portal.bodies import for_script, in_a_line, large_body

PAGE_SIZE = 50
LISTED = 20

State = BatchItem.State


@require_safe
def batches(request):
    """The company's batches, and the form for another one."""
    return _batches(request, BatchForm())


def _batches(request, form, status=200):
    company = request.company
    if company is None:
        raise Http404
    known = Batch.objects.visible_to(request.user).filter(company=company).select_related("created_by")
    listed = list(known[:LISTED])
    mark = live.mark_of([(found.pk, found.progress_mark) for found in listed])
    if nothing_new := live.unchanged(request, mark):
        return nothing_new
    context = {
        "form": form,
        "batches": listed,
        "live": live.Live(mark, live.SOON if any(found.is_working for found in listed) else 0),
        "limit": settings.MAX_BATCH_MB,
        "example": b"".join(lines_of(manifest.HEADINGS, manifest.EXAMPLE)).decode("utf-8-sig"),
    }
    return render(request, "documents/batches.html", context, status=status)


def _refused(request, sentence, code):
    form = BatchForm()
    form.trouble = sentence
    return for_script(request, code, message=sentence) or _batches(request, form, code)


@require_http_methods(["GET", "HEAD", "POST"])
@large_body(lambda: settings.MAX_BATCH_MB, _refused)
def new_batch(request):
    """Keep the file and have it looked through; nothing is sent yet."""
    if request.method != "POST":
        return redirect("batches")  # the address of a form that was wrong, opened once more
    # The company that the form was made for: another tab may have changed to another one meanwhile.
    companies = Company.objects.managed_by(request.user)
    company = get_object_or_404(companies, pk=number_in(request.POST.get("company", "")))
    make_current(request, company)
    form = BatchForm(request.POST, request.FILES, company=company)
    if not form.is_valid():
        problem = for_script(request, 400, message=in_a_line(form.errors))
        return problem or _batches(request, form, 400)
    batch = form.save(request.user, get_language())
    batching.hint()
    url = reverse("batch", args=[batch.public_id])
    return for_script(request, url=url) or redirect(url)


@require_safe
def list_template(request, ending):
    """The list of a batch with two rows as examples, to be filled in."""
    return table_file(manifest.HEADINGS, manifest.EXAMPLE, "list", ending)


@require_safe
def batch(request, public_id):
    """What a batch holds and what would become of it, or has."""
    found = _batch(Batch.objects.visible_to(request.user), public_id)
    make_current(request, found.company)
    if request.htmx:
        if not found.is_working:
            return HttpResponseClientRefresh()  # the whole page is another one now
        nothing_new = live.unchanged(request, found.progress_mark)
        return nothing_new or render(request, "documents/batch-progress.html", {"batch": found})
    counts = found.counts()
    shown = request.GET.get("show", "")
    items = found.items.select_related("document__customer").prefetch_related("document__deliveries")
    if shown in counts:
        items = items.filter(state=shown)
    elif shown == "unlisted":
        items = items.unlisted()
    context = {
        "batch": found,
        "groups": [(state, State(state).label, count) for state, count in counts.items() if count],
        "all": sum(counts.values()),
        "ready": counts[State.READY],
        "to_send": sum(counts[state] for state in BatchItem.TO_SEND),
        "known": counts[State.KNOWN],
        "unlisted": found.items.to_send().unlisted().count(),
        "days_kept": PREVIEW_KEPT.days,
        "shown": shown,
        "page": Paginator(items, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "documents/batch.html", context)


@require_POST
def send_batch(request, public_id):
    """Send what was looked through."""
    found = _batch(Batch.objects.managed_by(request.user), public_id)
    if not found.company.is_active:
        off = _("E-mail distribution is switched off for %(company)s. Ask our support.")
        messages.error(request, off % {"company": found.company})
    elif found.confirm(request.user):
        batching.hint()
    else:
        messages.info(request, _("This batch has been decided about already."))
    return redirect("batch", public_id)


@require_POST
def discard_batch(request, public_id):
    """Send nothing of it."""
    found = _batch(Batch.objects.managed_by(request.user), public_id)
    if found.discard():
        messages.success(request, _("%(batch)s was cancelled. Nothing of it was sent.") % {"batch": found})
        return redirect("batches")
    messages.info(request, _("This batch has been decided about already."))
    return redirect("batch", public_id)


@require_safe
def batch_report(request, public_id):
    """Each document of the batch and what became of it, as CSV for a spreadsheet."""
    found = _batch(Batch.objects.visible_to(request.user), public_id)
    response = StreamingHttpResponse(_report(found, request), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="batch-{found.created_at:%Y-%m-%d}-{found.pk}.csv"'
    )
    return response


class _Echo:
    """csv.writer wants a file; each row goes out as it is made."""

    def write(self, row):
        return row


def _report(found, request):
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    headings = [_("File"), _("Result"), _("Type"), _("Number"), _("Customer number"), _("Recipients")]
    yield writer.writerow([*headings, _("Status"), _("Note"), _("Document")])
    items = found.items.select_related("document").prefetch_related("document__deliveries")
    for item in items.iterator(500):
        facts, document = item.facts, item.document
        link = request.build_absolute_uri(document.get_absolute_url()) if document else ""
        cells = [item.name, item.get_state_display(), item.kind_label, facts.get("number", "")]
        cells += [facts.get("customer_number", ""), item.recipients, item.status_label, item.note, link]
        yield writer.writerow([guard(str(cell)) for cell in cells])


def _batch(batches, public_id):
    return get_object_or_404(
        batches.select_related("company", "created_by", "confirmed_by"), public_id=public_id
    )
