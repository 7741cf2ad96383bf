"""The pages where a company's whole directory comes in as a file, and goes out as one."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distribution import importing
from distribution.current import make_current, managed_company
from distribution.directory import COLUMNS, MAX_MB, template_rows
from distribution.directory.tables import MAX_ROWS
from distribution.downloads import table_file
from distribution.exporting import directory_rows
from distribution.forms import ImportForm
from distribution.importing.findings import read_findings
from distribution.importing.telling import findings_as_csv, report_in_words
from distribution.models import DirectoryImport
from portal import live
from portal.bodies import for_script, in_a_line, large_body

LISTED = 20  # earlier imports


@require_safe
def export_directory(request, ending):
    if request.company is None:
        raise Http404
    rows = directory_rows(request.company)
    return table_file(COLUMNS, rows, f"customers-{localdate():%Y-%m-%d}", ending)


@require_safe
def directory_template(request, ending):
    return table_file(COLUMNS, template_rows(), "customers", ending)


def _refused(request, sentence, code):
    if answer := for_script(request, code, message=sentence):
        return answer
    messages.error(request, sentence)
    return redirect("directory-imports")


@require_http_methods(["GET", "HEAD", "POST"])
@large_body(lambda: MAX_MB, _refused)
def imports(request):
    """What was imported before, and for managers the form for the next file."""
    form = ImportForm()
    if request.method == "POST":
        company = managed_company(request)
        make_current(request, company)
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            job = form.save(company, request.user)
            transaction.on_commit(importing.hint)
            url = reverse("directory-import", args=[job.pk])
            return for_script(request, url=url) or redirect(url)
        if problem := for_script(request, 400, message=in_a_line(form.errors)):
            return problem
    earlier = DirectoryImport.objects.visible_to(request.user).filter(company=request.company)
    earlier = list(earlier.select_related("created_by").defer("report")[:LISTED])
    mark = live.mark_of([(job.pk, job.state) for job in earlier])
    shown = {
        "form": form,
        "earlier": earlier,
        "most_mb": MAX_MB,
        "most_rows": MAX_ROWS,
        "live": live.Live(mark, live.SOON if any(job.is_working for job in earlier) else 0),
    }
    return live.unchanged(request, mark) or render(request, "distribution/imports.html", shown)


@require_safe
def directory_import(request, pk):
    """How far a file is, what it would do or what it did; the part that moves, for htmx."""
    jobs = DirectoryImport.objects.visible_to(request.user)
    job = get_object_or_404(jobs.select_related("company", "created_by", "confirmed_by"), pk=pk)
    make_current(request, job.company)
    if request.htmx and job.is_working:
        nothing_new = live.unchanged(request, job.progress_mark)
        return nothing_new or render(request, "distribution/import-progress.html", {"job": job})
    answer = render(request, "distribution/import.html", {"job": job, "report": report_in_words(job.report)})
    if request.htmx:
        answer["HX-Refresh"] = "true"
    return answer


@require_safe
def findings(request, pk):
    """Everything that was found in a file, as a file."""
    job = get_object_or_404(DirectoryImport.objects.visible_to(request.user), pk=pk)
    if not job.findings or not job.findings.storage.exists(job.findings.name):
        raise Http404
    lines = findings_as_csv(read_findings(job))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{job.pk}.csv"'
    return answer


@require_POST
def check_again(request, pk):
    job = _managed(request, pk)
    if job.check_again():
        transaction.on_commit(importing.hint)
    else:
        messages.info(request, _("It cannot be checked again. Upload the file again instead."))
    return redirect("directory-import", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def run_import(request, pk):
    """Import what was checked. What removes customers is asked twice."""
    job = _managed(request, pk)
    typed = request.POST.get("removed")
    asks_twice = job.state == DirectoryImport.State.CHECKED and job.replaces and job.removed
    if asks_twice and (typed is None or typed.strip() != str(job.removed)):
        shown = {"job": job, "is_wrong": typed is not None}
        return render(request, "distribution/import-replace.html", shown)
    if request.method == "POST":
        _confirm(request, job)
    return redirect("directory-import", pk)


def _confirm(request, job):
    try:
        is_begun = job.confirm(request.user)
    except DirectoryImport.Busy:
        problem = _("Another file is being imported just now. Import this one when that has ended.")
        messages.warning(request, problem)
        return
    job.refresh_from_db()
    if is_begun:
        messages.success(request, _("The import has begun. You need not wait for it here."))
    elif job.state == DirectoryImport.State.CHECKING:
        messages.warning(
            request, _("Another import has changed the customers meanwhile, so this file is checked again.")
        )
    else:
        messages.info(request, _("It was not begun again: see below how it stands."))
    transaction.on_commit(importing.hint)


def _managed(request, pk):
    jobs = DirectoryImport.objects.managed_by(request.user).select_related("company")
    job = get_object_or_404(jobs, pk=pk)
    make_current(request, job.company)
    return job
