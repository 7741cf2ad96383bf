"""The page of one document: what you can do now, what happened, details; and its file."""

from django.db.models import Prefetch
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from distribution.current import make_current
from distribution.searching import searched_text
from documents.models import Delivery, DeliveryEvent, Document, DocumentFile, OutboundMail
from documents.views import telling
from documents.views.answers import answers
from documents.views.blocks import active_blocks
from documents.views.refreshing import document_mark, live_document
from documents.views.search import TABS
from documents.views.story import tell
from portal import live


@require_safe
def document(request, public_id):
    """What became of one document, delivery by delivery."""
    mark = document_mark(_visible(request, public_id))
    if nothing_new := live.unchanged(request, mark):
        return nothing_new
    found = _document(request, public_id)
    make_current(request, found.company)
    deliveries = list(found.deliveries.all())
    blocks = active_blocks(found.company, {delivery.address for delivery in deliveries} - {""})
    stories = [tell(delivery, blocks.get(delivery.address)) for delivery in deliveries]
    stories.sort(key=lambda story: (not story.is_open_work, bool(story.delivery.replaced_by_id)))
    status, is_partly = found.overall()
    tab, tab_label = _tab(status)
    context = {
        "document": found,
        "status": status,
        "is_partly": is_partly,
        "tab": tab,
        "tab_label": tab_label,
        "stories": stories,
        "work": [story for story in stories if story.is_open_work],
        "answers": answers(deliveries),
        "telling": telling.about_document(found, request.GET.get("tell", "")) if deliveries else None,
        "searched": searched_text(request.GET.get("q", "")),
        "live": live_document(mark, stories),
        "can_cancel": sum(story.waiting is not None for story in stories) > 1,
    }
    return render(request, "documents/document.html", context)


def _tab(status):
    """(name, label) of the list that this document is found in."""
    found = ((name, label) for name, (label, statuses) in TABS.items() if status in statuses)
    return next(found, ("", ""))


def _visible(request, public_id):
    visible = Document.objects.visible_to(request.user).select_related("company")
    return get_object_or_404(visible, public_id=public_id)


def _document(request, public_id):
    events = DeliveryEvent.objects.select_related("actor").order_by("at", "pk")
    deliveries = (
        Delivery.objects.with_open_request()
        .select_related("headline", "replaced_by", "handled_by", "corrected_by", "link__ended_by")
        .order_by("pk")
        .prefetch_related(
            Prefetch("events", events),
            Prefetch("mails", OutboundMail.objects.order_by("-pk")),
            "link__presses__file",
        )
    )
    visible = Document.objects.visible_to(request.user)
    documents = visible.select_related("company", "customer", "duplicate_of", "received_from")
    found = get_object_or_404(
        documents.prefetch_related("files", Prefetch("deliveries", deliveries)), public_id=public_id
    )
    for delivery in found.deliveries.all():
        delivery.document = found
    return found


@require_safe
def document_file(request, public_id, pk):
    """One of its files, as a download: never shown inside our own pages."""
    file = get_object_or_404(DocumentFile, document=_visible(request, public_id), pk=pk)
    if not file.file.storage.exists(file.file.name):
        raise Http404
    response = FileResponse(
        file.file.open("rb"), as_attachment=True, filename=file.name, content_type=file.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
