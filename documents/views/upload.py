"""Sending documents in the browser: one request per file with JavaScript, one form for all without."""

from dataclasses import asdict, dataclass
from functools import wraps
from hashlib import sha256
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from distribution.models import Company
from documents import formats, intake
from documents.causes import REMEDIES, Cause
from documents.formats import attachments
from documents.forms import UploadForm
from documents.models import Document
from documents.statuses import Status
from documents.templatetags.portal_words import in_words

# All files of one form together, as a multiple of what one file may have.
FILES_OF_FULL_SIZE = 10
ROOM_FOR_FIELDS = 1024 * 1024  # bytes
# More recipients than this are counted.
ADDRESSES_NAMED = 3


@dataclass(frozen=True)
class Result:
    """What became of one file, in a sentence."""

    name: str
    message: str
    url: str = ""
    status: str = "refused"  # or a delivery's status, or "held"
    is_service_off: bool = False


@require_safe
def send_documents(request):
    """The page where documents are sent from; for managers."""
    company = request.company
    if company is None or not company.is_managed_by(request.user):
        raise Http404
    kept = request.session.get("uploads", {}) if "results" in request.GET else {}
    known = {name: request.GET[name] for name in UploadForm.base_fields if name in request.GET}
    context = {
        "form": UploadForm(initial=kept.get("typed", known)),
        "known": known,
        "results": kept.get("results", []),
        "external_id": uuid4(),
        "limit": upload_limit(company),
        "attachable": ", ".join(attachments.KINDS),
    }
    return render(request, "documents/send.html", context)


def upload_limit(company):
    """The most that one file may have, in MB."""
    return min(filter(None, (settings.MAX_UPLOAD_MB, company.attachment_limit)))


def _readable(view):
    """Answer a request that is too large, or cut off, with a sentence; then check CSRF as always.

    CSRF is checked by the wrapped view, because the token is in the body and reading that is what fails.
    """

    protected = csrf_protect(view)

    @wraps(view)
    def guarded(request):
        limit = FILES_OF_FULL_SIZE * settings.MAX_UPLOAD_MB
        too_much = _("All files together have more than %(limit)s MB. Send fewer files at once.")
        if _content_length(request) > limit * 1024 * 1024 + ROOM_FOR_FIELDS:
            return _answer(request, [Result("", too_much % {"limit": limit})], 413)
        try:
            request.POST  # noqa: B018  reading it is the test
        except TooManyFilesSent:
            most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            problem = _("At most %(most)s files can be sent at once. Send the others after them.")
            return _answer(request, [Result("", problem % {"most": most})], 413)
        except (TooManyFieldsSent, RequestDataTooBig):
            return _answer(request, [Result("", _("Too much text was typed in. Make it shorter."))], 413)
        except (MultiPartParserError, OSError):
            return _answer(request, [Result("", _("The file did not arrive whole. Send it again."))], 400)
        return protected(request)

    guarded.takes_large_bodies = True
    return csrf_exempt(guarded)


def _content_length(request):
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


@require_POST
@_readable
def upload(request):
    """Take in one file or several. JSON for the page's own script, else a redirect to the list of results."""
    companies = Company.objects.managed_by(request.user)
    company = get_object_or_404(companies, pk=_number(request.POST.get("company", "")))
    files = request.FILES.getlist("files")
    if not files:
        return _answer(request, [Result("", _("Choose at least one file."))], 400)
    results = [_take_in(request, company, file, is_alone=len(files) == 1) for file in files]
    return _answer(request, results, 400 if any(r.status == "refused" for r in results) else 200)


def _number(text):
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _take_in(request, company, file, *, is_alone):
    """One file with what was typed about it; number and attachments are meant for a file that comes alone."""
    typed = request.POST.copy()
    typed["number"] = request.POST.get("number", "").strip() if is_alone else ""
    form = UploadForm(typed)
    if not form.is_valid():
        return Result(file.name, " ".join(error for errors in form.errors.values() for error in errors))
    if _is_too_large([file], company):
        limit = {"limit": upload_limit(company)}
        return Result(file.name, _("The file has more than %(limit)s MB. Make it smaller.") % limit)
    content = file.read()
    attached = request.FILES.getlist("attachments") if is_alone else []
    if _is_too_large([file, *attached], company):
        problem = _("The file and its attachments have more than %(limit)s MB together. Make them smaller.")
        return Result(file.name, problem % {"limit": upload_limit(company)})
    external_id = form.cleaned_data.pop("external_id")
    facts = intake.Facts(**form.cleaned_data)
    try:
        _check_is_one(content)
        document = intake.receive(
            company,
            facts,
            content,
            file.name,
            source=Document.Source.BROWSER,
            by=request.user,
            external_id=_unique_id(external_id, form.cleaned_data, content),
            attachments=[intake.Attachment(other.name, other.read()) for other in attached],
        )
    except intake.ServiceOff as off:
        return Result(file.name, str(off), is_service_off=True)
    except intake.Duplicate as duplicate:
        return Result(file.name, str(duplicate), reverse("document", args=[duplicate.document.public_id]))
    except intake.Refused as refusal:
        return Result(file.name, str(refusal))
    return _received(document, file.name)


def _is_too_large(files, company):
    return sum(file.size for file in files) > upload_limit(company) * 1024 * 1024


def _check_is_one(content):
    """Several invoices in one file are shown before they are sent, which is what batches are for."""
    try:
        count = len(formats.split(content))
    except formats.Unreadable as problem:
        raise intake.Refused(str(problem)) from problem
    if count > 1:
        told = _(
            "This file holds %(count)s documents. Send it as a batch: there you see first what goes to whom."
        )
        raise intake.Refused(told % {"count": count})


def _unique_id(external_id, typed, content):
    """Makes a request that comes twice one document, while another file or number is another one."""
    if external_id is None:
        return ""
    parts = [typed["kind"], typed["number"]]
    return f"{external_id}-{sha256(repr(parts).encode() + content).hexdigest()[:32]}"


def _received(document, name):
    url = reverse("document", args=[document.public_id])
    if document.is_held:
        first = document.duplicate_of
        moment = in_words(first.received_at)
        held = _("Held: the same %(document)s was received before (%(moment)s). Open it to send it anyway.")
        return Result(name, held % {"document": first, "moment": moment}, url, "held")
    deliveries = list(document.deliveries.select_related("headline").order_by("pk"))
    rejected = [delivery for delivery in deliveries if delivery.status == Status.REJECTED]
    going = [delivery.address for delivery in deliveries if delivery not in rejected]
    said = [_on_its_way(document, going)] if going else []
    if rejected:
        remedy = REMEDIES[Cause(rejected[0].cause)]
        about = rejected[0].address and f"“{rejected[0].address}”"
        said.append(f"{about or document}: {remedy.title}. {remedy.remedy}")
    return Result(name, " ".join(said), url, Status.REJECTED.value if rejected else Status.QUEUED.value)


def _on_its_way(document, addresses):
    count = len(addresses)
    if count <= ADDRESSES_NAMED:
        told = _("%(document)s is on its way to %(addresses)s.")
        return told % {"document": document, "addresses": ", ".join(addresses)}
    told = ngettext(
        "%(document)s is on its way to one address.",
        "%(document)s is on its way to %(count)s addresses.",
        count,
    )
    return told % {"document": document, "count": count}


def _answer(request, results, code):
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(asdict(results[0]), status=code)
    typed = {}
    if code != 413 and request.POST:
        typed = {name: request.POST.get(name, "") for name in UploadForm.base_fields}
        typed.pop("external_id")
    request.session["uploads"] = {"results": [asdict(result) for result in results], "typed": typed}
    return redirect(reverse("send-documents") + "?results")
