"""What became of documents."""

from typing import Annotated
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from documents.api.schemas import Documents, DocumentStatus, Events, ToldDocument
from documents.models import Delivery, DeliveryEvent, Document
from documents.representing import HELD, event_as_json, whole_document_as_json
from documents.statuses import FIRST_OF_ALL, Status
from portal.api.description import operation
from portal.api.paging import CURSOR, LIMIT, stretch
from portal.api.words import MomentTaken, line

router = Router(by_alias=True)


@router.get("/documents/", response=Documents, summary="List documents", **operation("read"))
def list_documents(
    request,
    cursor: Annotated[str, CURSOR],
    limit: Annotated[int, LIMIT],
    status: Annotated[DocumentStatus | None, Query(None, description="With this status.")],
    since: Annotated[
        MomentTaken | None, Query(None, description="Received since.", examples=["2026-11-24T00:00:00+02:00"])
    ],
    number: Annotated[line(100) | None, Query(None, description="With this number.")],
    external_id: Annotated[line(100) | None, Query(None, description="With this id of yours.")],
):
    """The documents of the company, the newest first."""
    exact = {"received_at__gte": since, "number": number, "external_id": external_id}
    asked = {name: value for name, value in exact.items() if value is not None}
    found = _documents(request).filter(**asked)
    if status:
        found = found.filter(_has(status))
    shown, next_cursor = stretch(found, cursor, limit, "received_at", newest_first=True)
    return {"items": [whole_document_as_json(document) for document in shown], "next_cursor": next_cursor}


@router.get(
    "/documents/{document_id}/", response=ToldDocument, summary="Read a document", **operation("read")
)
def read_document(request, document_id: UUID):
    """What became of a document, delivery by delivery, with all that was reported."""
    return tell(get_object_or_404(_documents(request), public_id=document_id))


@router.get(
    "/documents/{document_id}/events/",
    response=Events,
    summary="Read what was reported of a document",
    **operation("read"),
)
def list_events(request, document_id: UUID, cursor: Annotated[str, CURSOR], limit: Annotated[int, LIMIT]):
    """Of all its deliveries, in the order of the reports' own times."""
    document = get_object_or_404(_documents(request), public_id=document_id)
    found = DeliveryEvent.objects.filter(delivery__document=document).select_related("delivery")
    shown, next_cursor = stretch(found, cursor, limit, "at")
    items = [event_as_json(event) | {"delivery": str(event.delivery.public_id)} for event in shown]
    return {"items": items, "next_cursor": next_cursor}


def tell(document):
    """A document with the stories of its deliveries, as JSON."""
    deliveries = document.deliveries.all()
    events = DeliveryEvent.objects.filter(delivery__in=deliveries).order_by("at", "pk")
    by_delivery = {}
    for event in events:
        by_delivery.setdefault(event.delivery_id, []).append(event_as_json(event))
    told = whole_document_as_json(document)
    for delivery, said in zip(deliveries, told["deliveries"], strict=True):
        said["events"] = by_delivery.get(delivery.pk, [])
    return told


def fetched(documents):
    """A queryset of documents with all that is told of them."""
    deliveries = Delivery.objects.select_related("headline", "replaced_by", "link").order_by("pk")
    return documents.select_related("duplicate_of").prefetch_related(Prefetch("deliveries", deliveries))


def _documents(request):
    return fetched(Document.objects.filter(company=request.auth.company))


def _has(status):
    """Documents with this status: statuses.overall() as a condition."""
    if status == HELD:
        return Q(routed_at=None, duplicate_of__isnull=False)
    counting = Delivery.objects.filter(document=OuterRef("pk"), replaced_by=None)
    stronger = FIRST_OF_ALL[: FIRST_OF_ALL.index(Status(status))]
    return Q(Exists(counting.filter(status=status))) & ~Q(Exists(counting.filter(status__in=stronger)))
