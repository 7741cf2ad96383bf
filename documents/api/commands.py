"""What programs can do about a document and its deliveries. Each at most once, as people on the pages."""

from contextlib import contextmanager
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from ninja.responses import Status as Answer

from distribution.addresses import InvalidAddress, normalise
from distribution.models import Scope
from documents import remedying
from documents.api.reading import fetched, tell
from documents.api.schemas import CorrectionTaken, DeliverySaid, ToldDocument
from documents.models import Delivery, Document
from documents.representing import whole_delivery_as_json
from portal.api.description import operation
from portal.api.door import BearerToken
from portal.api.idempotency import once
from portal.api.problems import Problem, invalid

documents = Router(by_alias=True)
deliveries = Router(by_alias=True)


@documents.post(
    "/documents/{document_id}/cancellations/",
    response=ToldDocument,
    summary="Cancel a document",
    **operation("send", 409),
)
@once
def cancel_document(request, document_id: UUID):
    """Cancel all its deliveries that have not been sent yet, or none; or drop a document that is held."""
    document = _document(request, document_id)
    with _possible():
        remedying.cancel_all(document, request.auth.created_by)
    return _told(document)


@documents.post(
    "/documents/{document_id}/releases/",
    response=ToldDocument,
    summary="Release a held document",
    **operation("manage", 409),
)
@once
def release_document(request, document_id: UUID):
    """Send a document that is held because the same one was received before."""
    document = _document(request, document_id)
    with _possible():
        remedying.release(document)
    return _told(document)


@deliveries.post(
    "/deliveries/{delivery_id}/resends/",
    response=DeliverySaid,
    summary="Send again",
    **operation("send", 409),
)
@once
def resend(request, delivery_id: UUID):
    """Send the same document to the same address once more."""
    delivery = _delivery(request, delivery_id)
    with _possible():
        remedying.resend(delivery, request.auth.created_by)
    return _said(delivery)


@deliveries.post(
    "/deliveries/{delivery_id}/links/",
    response=DeliverySaid,
    summary="Send as a link",
    **operation("send", 409),
)
@once
def send_as_link(request, delivery_id: UUID):
    """Send a link in the place of the files, where they were too large or refused."""
    delivery = _delivery(request, delivery_id)
    with _possible():
        remedying.send_as_link(delivery, request.auth.created_by)
    return _said(delivery)


@deliveries.post(
    "/deliveries/{delivery_id}/corrections/",
    response=DeliverySaid,
    summary="Correct an address",
    **operation("send", 409),
)
@once
def correct(request, delivery_id: UUID, wanted: CorrectionTaken):
    """Send it to another address in the place of this one. The answer is the delivery to that address."""
    delivery = _delivery(request, delivery_id)
    if wanted.also_in_list:
        BearerToken(Scope.MANAGE)(request)
    try:
        address = normalise(wanted.address)
    except InvalidAddress:
        raise invalid(("address", _("This is not an e-mail address."))) from None
    with _possible():
        corrected = remedying.correct(delivery, address, request.auth.created_by, wanted.also_in_list)
    return _said(corrected)


@deliveries.post(
    "/deliveries/{delivery_id}/cancellations/",
    response=DeliverySaid,
    summary="Cancel a delivery",
    **operation("send", 409),
)
@once
def cancel_delivery(request, delivery_id: UUID):
    """Take it off the queue, if it has not been sent yet."""
    delivery = _delivery(request, delivery_id)
    with _possible():
        remedying.cancel(delivery, request.auth.created_by)
    return _said(delivery)


@contextmanager
def _possible():
    try:
        yield
    except remedying.NotPossible as told:
        raise Problem("not-possible", told) from None


def _document(request, document_id):
    documents = Document.objects.select_related("company")
    return get_object_or_404(documents, company=request.auth.company, public_id=document_id)


def _delivery(request, delivery_id):
    known = Delivery.objects.select_related("company", "document__company", "document__customer")
    return get_object_or_404(known, company=request.auth.company, public_id=delivery_id)


def _told(document):
    return Answer(200, tell(fetched(Document.objects).get(pk=document.pk)))


def _said(delivery):
    now = Delivery.objects.select_related("headline", "replaced_by", "link").get(pk=delivery.pk)
    return Answer(200, whole_delivery_as_json(now))
