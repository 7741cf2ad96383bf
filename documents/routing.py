"""From a document to its deliveries, and from a delivery to a mail in the queue."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, prefetch_related_objects
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from distribution import hinting
from distribution.addresses import MAX_LENGTH, split
from distribution.models import BlockedAddress, Customer, CustomerNumber, ListAddress
from documents.causes import Cause
from documents.models import HELD_FOR_A_BLOCK, Delivery, Document, DownloadLink, OutboundMail
from documents.replies import Verdict
from documents.statuses import Status

# Held documents older than this are not sent by themselves any more: an invoice a month late surprises
# everybody, so a person should press the button.
RELEASE_WINDOW = timedelta(days=30)

# Kept as they are in the event, and translated where they are shown.
RELEASED = gettext_noop("The address is no longer blocked")
AS_LINK = gettext_noop("To be sent as a link.")


@dataclass(frozen=True)
class Recipient:
    address: str
    origin: Delivery.Origin
    copy: bool = False


@transaction.atomic
def route(*documents):
    """Make a delivery for every address that is to get each document, and queue its mail. Safe to repeat.

    One bad address is rejected alone. Nobody to send to: a delivery without address, rejected with the
    remedy "add an address". All documents are of one company.
    """
    numbers = {document.customer_number for document in documents}
    customers = _kept_customers(documents[0].company_id, numbers)
    for document in documents:
        document.customer = customers.get(document.customer_number)
        document.routed_at = document.routed_at or now()
    Document.objects.bulk_update(documents, ["customer", "routed_at"])
    known = _known_deliveries(documents)
    wanted = [pair for document in documents for pair in _wanted(document)]
    new = [(delivery, trouble) for delivery, trouble in wanted if _key(delivery) not in known]
    Delivery.objects.bulk_create(delivery for delivery, _trouble in new)
    good = [delivery for delivery, trouble in new if not trouble]
    OutboundMail.objects.queue_first(good)
    DownloadLink.objects.give_first(_too_large_to_attach(good))
    for delivery, trouble in new:
        if trouble:
            delivery.record(Verdict(Status.REJECTED, trouble))
    _replace_nobody([delivery for delivery, _trouble in wanted], known)
    if good:
        transaction.on_commit(hint)


def _kept_customers(company, numbers):
    """As customers_with(), and nobody deletes one of them before the transaction ends."""
    found, kept = None, set()
    while found is None or not kept.issuperset(customer.pk for customer in found.values()):
        # Once more when a number has gone to another customer while we waited for those who have the locks.
        kept |= set(_keep_customers(company, numbers))
        found = customers_with(company, numbers)
    return found


def _keep_customers(company, numbers):
    """Lock those that have one of these customer numbers; whoever deletes them waits. Returns their ids."""
    owners = CustomerNumber.objects.filter(company=company, number__in=set(numbers) - {""})
    customers = Customer.objects.filter(pk__in=owners.values("customer")).order_by("pk")
    return list(customers.select_for_update(no_key=True).values_list("pk", flat=True))


def customers_with(company, numbers):
    """{number: Customer} of those that have one of these customer numbers, with their e-mail lists."""
    entries = CustomerNumber.objects.filter(company=company, number__in=set(numbers) - {""})
    found = entries.select_related("customer").prefetch_related("customer__addresses")
    return {entry.number: entry.customer for entry in found}


def customer_of(document):
    return customer_with(document.company_id, document.customer_number)


def customer_with(company, number):
    return customers_with(company, [number]).get(number)


def _known_deliveries(documents):
    return {_key(found): found for found in Delivery.objects.filter(document__in=documents)}


def _key(delivery):
    return delivery.document_id, delivery.address


def _wanted(document):
    """(delivery, trouble) for each that the document is to have: not saved, `trouble` is why it cannot be."""
    good, bad = recipients_of(document.company, document.customer, document.addresses)
    troubles = {text[:MAX_LENGTH]: Cause.ADDRESS_INVALID for text in bad}
    if not good and not bad:
        troubles = {"": Cause.NO_RECIPIENT}
    of = {"document": document, "company": document.company}
    for to in good:
        yield Delivery(**of, **vars(to)), Cause.NONE
    for text, cause in troubles.items():
        yield Delivery(**of, address=text, origin=Delivery.Origin.DOCUMENT), cause


def recipients_of(company, customer, addresses):
    """The customer's e-mail list if it has anything, else the document's addresses: (good, bad)."""
    if company.uses_list and customer:
        entries = customer.addresses.all()
        if entries:
            return [Recipient(entry.address, Delivery.Origin.LIST, entry.copy) for entry in entries], []
    if company.uses_document_addresses:
        found = split(addresses)
        return [Recipient(address, Delivery.Origin.DOCUMENT) for address in found.good], found.bad
    return [], []


def _too_large_to_attach(deliveries):
    """Those whose files do not fit into a mail; all are of one company."""
    if deliveries and deliveries[0].company.attachment_limit:
        prefetch_related_objects([delivery.document for delivery in deliveries], "files")
    return [delivery for delivery in deliveries if delivery.document.is_too_large_to_attach]


def _replace_nobody(wanted, known):
    """A document that had nobody to go to has somebody now."""
    for delivery in wanted:
        nobody = known.get((delivery.document_id, ""))
        if nobody and delivery.address and not nobody.replaced_by_id:
            nobody.replaced_by = known.get(_key(delivery), delivery)
            nobody.save(update_fields=["replaced_by"])


def queue(delivery, text="", actor=None, only_if=None, as_link=False):
    """Put a new mail for this delivery into the queue and hint at it.

    It goes out as a link when it did so before, when its files are too large to be attached, or when somebody
    wants it (`as_link`).

    Returns the mail, or None when one is open already, or when `only_if` no longer holds for the delivery:
    two people who press the button at once, or a button and a release, make one mail.
    """
    with transaction.atomic():
        locked = Delivery.objects.select_for_update().filter(only_if or Q(), pk=delivery.pk).first()
        if locked is None or locked.mails.open().exists():
            return None
        Delivery.objects.filter(pk=delivery.pk).update(handled_at=None, handled_by=None)
        mail = OutboundMail.objects.create(delivery=delivery, company=delivery.company)
        was_link = DownloadLink.objects.filter(delivery=delivery).exists()
        if as_link or was_link or delivery.document.is_too_large_to_attach:
            DownloadLink.objects.give(delivery, actor if as_link else None)
        delivery.record(Verdict(Status.QUEUED, text=text), mail, actor=actor)
        transaction.on_commit(hint)
    return mail


def release_unblocked():
    """Queue what was held for a block that no active block covers any more. Returns how many.

    `distribution` needs to tell nobody, and it heals itself when support lifts a block by hand.
    """
    block = BlockedAddress.objects.active().filter(
        Q(company=OuterRef("company")) | Q(company=None), address=OuterRef("address")
    )
    held = Delivery.objects.held_for_a_block().filter(_is_still_wanted(), at__gt=now() - RELEASE_WINDOW)
    free = held.exclude(Exists(block)).select_related("company", "document__company")
    released = [queue(delivery, RELEASED, only_if=HELD_FOR_A_BLOCK) for delivery in free.iterator(500)]
    return len([mail for mail in released if mail])


def _is_still_wanted():
    """Deliveries whose document would go to that address today; a corrected address is somebody's word."""
    listed = ListAddress.objects.filter(
        customer__numbers__company=OuterRef("company"),
        customer__numbers__number=OuterRef("document__customer_number"),
    )
    from_list = Q(company__uses_list=True) & Exists(listed.filter(address=OuterRef("address")))
    from_document = Q(origin=Delivery.Origin.DOCUMENT, company__uses_document_addresses=True)
    from_document &= Q(company__uses_list=False) | ~Exists(listed)
    return Q(origin=Delivery.Origin.CORRECTED) | from_list | from_document


def route_addressed():
    """Route again what had nobody to go to and has somebody now. Returns how many documents."""
    listed = ListAddress.objects.filter(
        customer__numbers__company=OuterRef("company"), customer__numbers__number=OuterRef("customer_number")
    )
    has_somebody = Q(company__uses_list=True) & Exists(listed)
    has_somebody |= Q(company__uses_document_addresses=True) & ~Q(addresses="")
    waiting = Delivery.objects.without_recipient().filter(created_at__gt=now() - RELEASE_WINDOW)
    documents = Document.objects.filter(has_somebody, pk__in=waiting.values("document"))
    routed = 0
    for document in documents.select_related("company"):
        with transaction.atomic():
            # Locked (in the order of correct()) and asked for again: others may have been here.
            _keep_customers(document.company_id, [document.customer_number])
            Document.objects.select_for_update(no_key=True).get(pk=document.pk)
            nobody = Delivery.objects.without_recipient().filter(document=document).select_for_update()
            if nobody.first():
                route(document)
                routed += 1
    return routed


def hint():
    """Tell the workers that something is due. It may be lost without harm: the sweep comes anyway."""
    hinting.hint("documents.tasks.sweep", queue="mail")
