"""Doing one thing with several rejected deliveries at once. Each row is done on its own, and is told.

A row is a transaction: what one person did is kept when the next row cannot be done, when the page was left,
or when the process died. What waits then is gone on with, and nothing is done twice.
"""

import hashlib
import time
from uuid import uuid4

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from documents import remedying, routing
from documents.meanwhile import what_happened, why_not_ask
from documents.models import Delivery, Document, Errand, ErrandLine
from documents.remedying import NotPossible

# Done while the person waits: some seconds. More of a group is another press of the button.
MOST = 500
# Rows of a table that people type into.
MOST_TYPED = 100
# After so many seconds the page is shown with what is done, and a button for the rest.
SECONDS = 20


def key_of(showing, *choice):
    """The same for the same choice on the same showing of a list; without a showing each is new."""
    text = "\n".join([showing, *choice]) if showing else uuid4().hex
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def begin(company, by, kind, deliveries, key, back=""):
    """The errand for these deliveries, None where there are none. Pressed before: that one, as it is now."""
    known = Errand.objects.filter(company=company, created_by=by, key=key).first()
    if known or not deliveries.exists():
        return known
    errand, is_new = Errand.objects.get_or_create(
        company=company, created_by=by, key=key, defaults={"kind": kind, "back": back}
    )
    if is_new:
        _write_down(errand, deliveries.order_by("-at", "-pk").values_list("pk", flat=True))
    return errand


def _write_down(errand, chosen):
    most = MOST_TYPED if errand.kind == Errand.Kind.CORRECT else MOST
    lines = [ErrandLine(errand=errand, delivery_id=pk) for pk in chosen[:most]]
    ErrandLine.objects.bulk_create(lines)
    errand.left_out = chosen.count() - len(lines)
    errand.save(update_fields=["left_out"])


def carry_out(errand, by, do=None, deliveries=None, seconds=SECONDS):
    """Do it with every row that waits, or with those of these deliveries. Returns how many still wait.

    `do(delivery, by)` returns the sentence that tells what was done, or raises NotPossible.
    """
    until = time.monotonic() + seconds
    waiting = errand.lines.filter(told_at=None)
    if deliveries is not None:
        waiting = waiting.filter(delivery__in=deliveries)
    left = list(waiting)
    while left and time.monotonic() < until:
        _settle(left.pop(0), by, do or AT_ONCE[errand.kind])
    return len(left)


@transaction.atomic
def _settle(line, by, do):
    """Locked in the order of the corrections. Another press may have this row already."""
    mine = ErrandLine.objects.select_for_update(skip_locked=True).filter(pk=line.pk, told_at=None)
    if mine.first() is None:
        return
    # The customer first, as whoever deletes it does, also one that has got the number since.
    document = Document.objects.select_related("customer").get(deliveries=line.delivery_id)
    remedying.kept(document.customer or routing.customer_of(document))
    Document.objects.select_for_update(no_key=True).get(pk=document.pk)
    known = Delivery.objects.select_for_update(of=("self",)).select_related(
        "company", "document__company", "document__customer", "headline"
    )
    delivery = known.get(pk=line.delivery_id)
    if delivery.is_open_work:
        line.is_done, line.said = _try(do, delivery, by)
    else:
        line.said = what_happened(delivery)
    line.told_at = now()
    line.save(update_fields=["told_at", "is_done", "said"])


def _try(do, delivery, by):
    try:
        with transaction.atomic():
            return True, do(delivery, by)
    except NotPossible as problem:
        return False, str(problem)[:1000]


def _resend(delivery, by):
    _check_not_blocked(delivery)
    remedying.resend(delivery, by)
    return _("It is on its way again.")


def _check_not_blocked(delivery):
    if delivery.address and delivery.active_block():
        raise NotPossible(_("The address is blocked. Ask our support to unblock it."))


def _send_as_link(delivery, by):
    _check_not_blocked(delivery)
    remedying.send_as_link(delivery, by)
    return _("It is on its way as a link.")


def _put_aside(delivery, by):
    remedying.put_aside(delivery, by)
    return _("Put aside.")


# What needs nothing more to be said: done with the press of the button.
AT_ONCE = {
    Errand.Kind.RESEND: _resend,
    Errand.Kind.LINK: _send_as_link,
    Errand.Kind.ASIDE: _put_aside,
}


def correcting(old, address, also_in_list):
    """For carry_out: send to this address instead. On the e-mail list it takes the place of the `old` one."""

    def do(delivery, by):
        in_list = also_in_list and delivery.address == old
        corrected = remedying.correct(delivery, address, by, in_list, only_work=True)
        corrected.refresh_from_db()
        if corrected.is_in_progress:
            return _("It is on its way to %(address)s.") % {"address": address}
        return _("%(address)s has got it already.") % {"address": address}

    return do


def asking(note, consent=False):
    """For carry_out: ask support about the address. Asked once for all documents that it holds back."""
    asked = set()

    def do(delivery, by):
        block = delivery.active_block()
        if block is None:
            raise NotPossible(_("The address is not blocked any more. What was held is sent by itself."))
        if block.pk not in asked:
            if in_vain := why_not_ask(block, delivery.company):
                raise NotPossible(in_vain)
            block.ask_to_unblock(delivery.company, by, note, consent)
            asked.add(block.pk)
        return _("Support was asked to unblock %(address)s.") % {"address": block.address}

    return do


def undo(errand):
    """Put what this errand has put aside on the work list again. Returns how many."""
    undone = 0
    for line in errand.lines.filter(is_done=True).select_related("delivery"):
        with transaction.atomic():
            if remedying.take_back(line.delivery, aside_until=line.told_at):
                said = _("On the work list again.")
                ErrandLine.objects.filter(pk=line.pk).update(said=said, is_done=False, told_at=now())
                undone += 1
    return undone
