"""What people do about a delivery: cancel, send again, correct, put aside. Each at most once."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from distribution.models import Customer
from documents import holding, routing
from documents.causes import Cause
from documents.meanwhile import what_happened
from documents.models import Delivery, Document, DownloadLink, OutboundMail
from documents.replies import Verdict
from documents.statuses import IN_PROGRESS, Status

# A receiving server that put us off wants to be left alone for a while.
TRY_NOW_EVERY = timedelta(minutes=10)
# Kept as it is in the event, and translated where it is shown.
TRIED_NOW = gettext_noop("Tried before its time")


# Workers are quicker than the second press of a button.
DOUBLE_CLICK = timedelta(seconds=10)


class NotPossible(Exception):
    """It cannot be done any more; the text is a sentence for people that says why."""


@transaction.atomic
def cancel(delivery, by):
    """Take the mail off the queue, if no worker has it yet. Raises NotPossible."""
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    mail = locked.mails.open().filter(claimed_until=None).first()
    if locked.status == Status.CANCELLED:
        raise NotPossible(_("It has been cancelled already."))
    if locked.status not in IN_PROGRESS or mail is None:
        raise NotPossible(_("It is being sent, or has been sent, so it cannot be cancelled any more."))
    # The condition again: a worker may claim it between the look and the update.
    taken = delivery.mails.open().filter(pk=mail.pk, claimed_until=None).update(finished_at=now())
    if not taken:
        raise NotPossible(_("It is being sent at this moment. Look again in a minute."))
    delivery.record(Verdict(Status.CANCELLED), mail, actor=by)


@transaction.atomic
def try_now(delivery, by):
    """Try a mail that was put off before its time, at most every TRY_NOW_EVERY. Raises NotPossible."""
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    mail = locked.mails.open().filter(claimed_until=None).first()
    if locked.status != Status.DEFERRED or mail is None:
        raise NotPossible(_("It does not wait for another try any more. Look at what happened since."))
    if holding.holds_for([mail]):
        raise NotPossible(_("The receiving server refuses our mail server now, and we are working on it."))
    if mail.events.filter(text=TRIED_NOW, at__gt=now() - TRY_NOW_EVERY).exists():
        minutes = TRY_NOW_EVERY // timedelta(minutes=1)
        raise NotPossible(
            _("It was tried a moment ago. It can be tried every %(minutes)s minutes.") % {"minutes": minutes}
        )
    mail.hurry()
    delivery.record(Verdict(Status.QUEUED, text=TRIED_NOW), mail, actor=by)
    transaction.on_commit(routing.hint)


@transaction.atomic
def cancel_all(document, by):
    """Cancel all of a document that is still in the queue, or drop one that is held. Raises NotPossible."""
    if document.is_held:
        cancel_held(document, by)
        return
    # What our relay has taken already is beyond reach, and no reason to leave the others in the queue.
    waiting = document.deliveries.in_progress().filter(mails__in=OutboundMail.objects.open())
    deliveries = list(waiting.order_by("pk"))
    if not deliveries:
        raise NotPossible(_("Nothing of it waits to be sent, so nothing can be cancelled."))
    for delivery in deliveries:
        cancel(delivery, by)


@transaction.atomic
def cancel_held(document, by):
    """Drop a document that was held as a duplicate: it is kept, and shown as cancelled."""
    _route_held(document)
    for delivery in document.deliveries.filter(status__in=IN_PROGRESS):
        cancel(delivery, by)
    for delivery in document.deliveries.rejected():
        put_aside(delivery, by)


@transaction.atomic
def release(document):
    """Send a held duplicate after all. Raises NotPossible when somebody else was first."""
    _check_active(document.company)
    _route_held(document)


def _check_active(company):
    if not company.is_active:
        raise NotPossible(
            _("E-mail distribution is switched off for %(company)s. Ask our support.") % {"company": company}
        )


def _route_held(document):
    kept(routing.customer_of(document))  # the customer first, as everywhere
    held = Document.objects.held().select_for_update(no_key=True).filter(pk=document.pk).first()
    if held is None:
        raise NotPossible(_("Somebody has already decided about this document."))
    routing.route(held)


def resend(delivery, by, seen=None):
    """Send the same document to the same address again, as a new mail. Raises NotPossible.

    `seen`: the event that was the last one when the person looked; None asks for nothing.
    """
    _check_address(delivery, seen)
    # Nobody is named when the account is gone of who pressed, or of who made a program's token.
    is_later = Q(text="") & ~Q(mail__in=delivery.mails.order_by("pk").values("pk")[:1])
    pressed = delivery.events.filter(Q(actor__isnull=False) | is_later, status=Status.QUEUED)
    just_now = pressed.filter(received_at__gt=now() - DOUBLE_CLICK)
    if just_now.exists() and not delivery.mails.open().exists():
        raise NotPossible(_("It was sent a moment ago, so it goes out only once."))
    _queue_again(delivery, seen, actor=by)


@transaction.atomic
def send_as_link(delivery, by, seen=None):
    """Send a link in the place of the files, to the same address. Raises NotPossible.

    `seen` as in resend().
    """
    _check_address(delivery, seen)
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.sent_as_link:
        raise NotPossible(_("It has been sent as a link already. Send it again, and the link goes along."))
    _queue_again(delivery, seen, text=routing.AS_LINK, actor=by, as_link=True)


def _check_address(delivery, seen=None):
    _check_active(delivery.company)
    if seen is not None and seen != delivery.headline_id:
        raise NotPossible(what_happened(delivery))
    if not delivery.address:
        raise NotPossible(_("There is no address to send to. Add one first."))
    if delivery.cause == Cause.ADDRESS_INVALID:
        raise NotPossible(_("That is no e-mail address. Correct it first."))
    if delivery.replaced_by_id:
        raise NotPossible(_("The address has been corrected, so the document goes to the corrected one."))


def _queue_again(delivery, seen=None, **how):
    only_if = Q(replaced_by=None) if seen is None else Q(replaced_by=None, headline=seen)
    if not routing.queue(delivery, only_if=only_if, **how):
        raise NotPossible(_("It is already waiting to be sent, so it goes out only once."))


@transaction.atomic
def correct(delivery, address, by, also_in_list=False, only_work=False):
    """Send to another address in the place of this one. Returns the new delivery.

    `address` is normalised. `also_in_list` changes the customer's e-mail list too. `only_work`: only if it
    is still on the work list. Raises NotPossible.
    """
    _check_active(delivery.company)
    # As it is now: a page that offers addresses fills in the customer that has its number meanwhile.
    document = Document.objects.select_related("company", "customer").get(pk=delivery.document_id)
    # The customer first, as whoever deletes it does. Then the document: two corrections that cross would wait
    # for each other's delivery.
    customer = document.customer or routing.customer_of(document)
    if also_in_list or document.customer is None:
        customer = kept(customer)
    Document.objects.select_for_update(no_key=True).get(pk=delivery.document_id)
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.replaced_by_id:
        raise NotPossible(what_happened(locked))
    if only_work and not locked.is_open_work:
        raise NotPossible(what_happened(locked))
    if locked.mails.open().exists():
        raise NotPossible(_("It is being sent to the old address at this moment. Look again in a minute."))
    if document.customer is None and customer:  # it got its number since the document came in
        document.customer = customer
        document.save(update_fields=["customer"])
    if also_in_list and customer:
        customer.remember(delivery.address, address)
    if address == delivery.address:
        resend(delivery, by)
        return delivery
    corrected, is_new = Delivery.objects.get_or_create(
        document=document,
        address=address,
        defaults={"company": delivery.company, "origin": Delivery.Origin.CORRECTED, "copy": delivery.copy},
    )
    # An address that has the document already, or soon, does not get it twice.
    mail = routing.queue(
        corrected,
        actor=by,
        only_if=Q() if is_new else Q(status__in=(Status.REJECTED, Status.CANCELLED)),
        as_link=locked.sent_as_link is not None,
    )
    if mail is None and corrected.sent_as_link:
        corrected.sent_as_link.revive()  # it was ended when this address was taken for the wrong one
    # Whoever has the wrong address has no business with the document.
    DownloadLink.objects.filter(delivery=delivery).end(by)
    # Not a circle of replacements when an address is corrected forth and back.
    Delivery.objects.filter(pk=corrected.pk).update(replaced_by=None, corrected_at=None, corrected_by=None)
    Delivery.objects.filter(pk=delivery.pk).update(replaced_by=corrected, corrected_at=now(), corrected_by=by)
    return corrected


def kept(customer):
    """The customer, locked: nobody deletes it before the transaction ends. None when it is gone already."""
    return customer and Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk).first()


@transaction.atomic
def end_link(delivery, by):
    """Let the link that was mailed lead to nothing any more. Raises NotPossible."""
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.mails.open().exists():
        raise NotPossible(_("A mail with the link waits to be sent. Cancel that first."))
    if not DownloadLink.objects.filter(delivery=delivery).end(by):
        raise NotPossible(_("The link has been ended already."))


@transaction.atomic
def renew_link(delivery):
    """Make a link work again that has expired or was ended, or for longer. Raises NotPossible."""
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.replaced_by_id:
        raise NotPossible(_("The address has been corrected, so the document goes to the corrected one."))
    if not locked.sent_as_link:
        raise NotPossible(_("It was not sent as a link."))
    locked.sent_as_link.revive()


def put_aside(delivery, by, seen=None):
    """Take a rejected delivery off the work list: it was dealt with in another way. Raises NotPossible.

    `seen` as in resend().
    """
    mine = Delivery.objects.rejected().filter(pk=delivery.pk)
    if seen is not None:
        mine = mine.filter(headline=seen)
    if not mine.update(handled_at=now(), handled_by=by):
        raise NotPossible(what_happened(Delivery.objects.get(pk=delivery.pk)))


def take_back(delivery, aside_until=None):
    """Put it on the work list again. `aside_until`: only if it was put aside no later. Returns whether."""
    aside = Delivery.objects.filter(
        pk=delivery.pk, status=Status.REJECTED, handled_at__isnull=False, replaced_by=None
    )
    if aside_until:
        aside = aside.filter(handled_at__lte=aside_until)
    return bool(aside.update(handled_at=None, handled_by=None))
