"""What companies' own programs are told by webhooks: what became of a delivery, as JSON.

Field names and values in English are stable, so that programs can rely on them:

    {"id": "…", "type": "delivery.status", "at": "2026-11-24T09:14:02.123456+00:00",
     "company": {"name": "…", "business_id": "…"},
     "document": {"id": "…", "number": "…", "kind": "invoice", "external_id": null, "customer_number": "…"},
     "delivery": {"id": "…", "address": "…", "status": "rejected", "at": "…", "cause": "address_unknown",
                  "code": "550", "title": "Address does not exist", "remedy": "…"}}

`kind`, `status` and `cause` are those of models/document.py, statuses.py and causes.py. `at` of the delivery
is the time of the report that decided it, `at` of the event is when we learnt of it: of two events of one
delivery the one with the later `at` holds, whatever the order in which they arrive.
"""

from django.utils.translation import override

from distribution.models import Webhook, WebhookCall
from portal.api.words import moment

STATUS_CHANGED = "delivery.status"


def announce(delivery):
    """Queue a call for everybody who wants to know that a delivery has a new status.

    Inside the transaction that changed it, so that neither is there without the other.
    """
    webhooks = Webhook.objects.that_want(delivery.company_id, delivery.status)
    if webhooks:
        with override("en"):  # a program is told the same whoever pressed the button
            told = delivery_as_json(delivery)
        WebhookCall.objects.put(
            webhooks, STATUS_CHANGED, document=document_as_json(delivery.document), delivery=told
        )


def document_as_json(document):
    return {
        "id": str(document.public_id),
        "number": document.number,
        "kind": document.kind,
        "external_id": document.external_id,
        "customer_number": document.customer_number,
    }


def delivery_as_json(delivery):
    """A delivery with what became of it; `title` and `remedy` are in the language that is active."""
    return {
        "id": str(delivery.public_id),
        "address": delivery.address,
        "status": str(delivery.status),
        "at": moment(delivery.at),
        "cause": str(delivery.cause),
        "code": delivery.code,
        "title": str(delivery.remedy.title),
        "remedy": str(delivery.remedy.remedy),
    }
