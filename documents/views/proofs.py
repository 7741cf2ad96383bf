"""Proof of delivery as a PDF."""

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from documents import proof
from documents.models import Delivery, DeliveryEvent, OutboundMail
from documents.statuses import Status
from documents.views.answers import answer
from documents.views.story import tell

TAKEN = (Status.SENT, Status.DELIVERED)


@require_safe
def delivery_proof(request, public_id):
    """What is known of one delivery, in the reader's language or in `?language=`."""
    delivery = get_object_or_404(_deliveries(request.user), public_id=public_id)
    asked_for = request.GET.get("language", "")
    language = asked_for if asked_for in dict(settings.LANGUAGES) else get_language()
    with override(language):
        facts = _facts(delivery)
        name = f"{proof.title(facts)} {facts.number} {facts.address}.pdf"
    response = HttpResponse(proof.make(facts, language), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, " ".join(name.split()))
    return response


def _deliveries(user):
    events = DeliveryEvent.objects.select_related("mail", "actor").order_by("at", "pk")
    known = ("company", "headline", "replaced_by", "document__customer", "document__company")
    return (
        Delivery.objects.visible_to(user)
        .with_open_request()
        .select_related(*known)
        .prefetch_related(
            "document__files",
            Prefetch("events", events),
            Prefetch("mails", OutboundMail.objects.order_by("-pk")),
        )
    )


def _facts(delivery):
    document, company = delivery.document, delivery.company
    story = tell(delivery, None)
    return proof.Facts(
        is_delivered=delivery.status == Status.DELIVERED,
        answer=answer(delivery, say=_in_full).sentence,
        status=delivery.get_status_display(),
        company=company.name,
        business_id=company.business_id,
        sender=settings.SENDER_ADDRESS,
        customer=document.customer.name if document.customer else document.buyer,
        customer_number=document.customer_number,
        kind=document.get_kind_display(),
        number=document.number,
        issue_date=document.issue_date,
        amount=document.amount,
        currency=document.currency,
        address=delivery.address,
        is_copy=delivery.copy,
        mails=tuple(_mail(mail, delivery) for mail in reversed(story.mails)),
        files=tuple(_file(file) for file in document.files.all()),
        events=tuple(_event(line) for line in reversed(story.lines)),
        zone=get_current_timezone_name(),
        made_at=localtime(),
    )


def _in_full(moment):
    return proof.moment_in_words(localtime(moment))


def _mail(mail, delivery):
    known = {file.pk: file for file in delivery.document.files.all()}
    told = [event for event in delivery.events.all() if event.mail_id == mail.pk]
    # Others report a failure only of what they have had.
    reported = any(event.status == Status.REJECTED and event.external_id for event in told)
    is_taken = reported or any(event.status in TAKEN for event in told)
    kept = mail.enclosed
    files = None if kept is None else tuple(_file(known[pk]) for pk in kept if pk in known)
    return proof.Mail(mail.message_id, mail.attempts, is_taken, files)


def _file(file):
    return proof.File(file.name, file.size, file.sha256)


def _event(line):
    event = line.event
    return proof.Event(
        at=localtime(event.at),
        received_at=localtime(event.received_at) if line.is_told_later else None,
        label=str(line.label),
        sentence=line.sentence,
        host=event.host,
        words=line.reply,
        message_id=event.mail.message_id if event.mail else "",
    )
