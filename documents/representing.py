"""Documents and deliveries as companies' own programs see them. Field names and values are stable,
and those of announcing.py where webhooks tell the same.

`kind`, `status` and `cause` are those of models/document.py, statuses.py and causes.py. `title` and `remedy`
are for people, in the language that is active.
"""

from django.conf import settings

from documents.announcing import delivery_as_json, document_as_json
from documents.models import Document
from portal.api.words import moment

HELD = "held"  # a status that no delivery has: there is none yet


def whole_delivery_as_json(delivery):
    """The same with all that a page shows of it; headline, replaced_by and link are fetched."""
    link = delivery.sent_as_link
    return delivery_as_json(delivery) | {
        "copy": delivery.copy,
        "origin": delivery.origin,
        "handled_at": moment(delivery.handled_at),
        "replaced_by": delivery.replaced_by and str(delivery.replaced_by.public_id),
        "as_link": link is not None,
        "fetched_at": moment(link and link.fetched_at),
    }


def whole_document_as_json(document):
    """A document with its deliveries, all fetched."""
    status, is_partly = document.overall()
    earlier = document.duplicate_of
    return document_as_json(document) | {
        "status": HELD if document.is_held else status and str(status),
        "is_partly": is_partly,
        "received_at": moment(document.received_at),
        "duplicate_of": earlier and str(earlier.public_id),
        "amount": None if document.amount is None else f"{document.amount:.2f}",
        "currency": document.currency,
        "issue_date": document.issue_date and document.issue_date.isoformat(),
        "due_date": document.due_date and document.due_date.isoformat(),
        "page": page_of(document),
        "deliveries": [whole_delivery_as_json(delivery) for delivery in document.deliveries.all()],
    }


def event_as_json(event):
    """Something that was reported about a delivery."""
    return {
        "at": moment(event.at),
        "received_at": moment(event.received_at),
        "status": event.status,
        "cause": event.cause,
        "reply_code": event.reply_code,
        "enhanced_code": event.enhanced_code,
        "text": event.text,
        "host": event.host,
        "title": str(event.remedy.title),
    }


def page_of(document: Document):
    """Where people find it."""
    return f"{settings.BASE_URL}{document.get_absolute_url()}"
