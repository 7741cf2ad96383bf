"""Sending documents in the browser: one request per file with JavaScript, one form for all without."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from uuid import uuid4

from django.conf import settings
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from distribution.models import Company
from documents import intake
from documents.causes import REMEDIES, Cause
from documents.contents import TABLES
from documents.formats import SeveralInvoices, attachments
from documents.forms import UploadForm
from documents.models import Document
from documents.preparing import upload_limit
from documents.statuses import Status
from documents.templatetags.portal_words import in_words
from portal.bodies import large_body

# All files of one form together, as a multiple of what one file may have.
FILES_OF_FULL_SIZE = 10
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
    is_batch: bool = False  # it is to be sent on another page


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


def _refused(request, sentence, code):
    return _answer(request, [Result("", sentence)], code)


@require_POST
@large_body(lambda: FILES_OF_FULL_SIZE * settings.MAX_UPLOAD_MB, _refused)
def upload(request):
    """Take in one file or several. JSON for the page's own script, else a redirect to the list of results."""
    companies = Company.objects.managed_by(request.user)
    company = get_object_or_404(companies, pk=number_in(request.POST.get("company", "")))
    files = request.FILES.getlist("files")
    if not files:
        return _answer(request, [Result("", _("Choose at least one file."))], 400)
    results = [_take_in(request, company, file, is_alone=len(files) == 1) for file in files]
    return _answer(request, results, 400 if any(r.status == "refused" for r in results) else 200)


def number_in(text):
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _take_in(request, company, file, *, is_alone):
    """One file with what was typed about it; number and attachments are meant for a file that comes alone."""
    if told := _about_a_batch(file.name.lower()):
        return Result(file.name, told, is_batch=True)
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
        is_batch = isinstance(refusal.__cause__, SeveralInvoices)
        return Result(file.name, str(refusal), is_batch=is_batch)
    return _received(document, file.name)


def _about_a_batch(name):
    """What is told of a file that is no document, but what a batch is made of; "" for others."""
    if name.endswith(".zip"):
        return _("This is a ZIP file. Its documents are sent as a batch: you see them before they go out.")
    if name.endswith(TABLES):
        return _("This is a list. It is sent as a batch, together with a ZIP file of its documents.")
    return ""


def _is_too_large(files, company):
    return sum(file.size for file in files) > upload_limit(company) * 1024 * 1024


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
