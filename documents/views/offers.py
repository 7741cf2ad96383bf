"""What a page offers to do about a delivery: one table of buttons, and which of them fit."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from documents.causes import BLOCKED, REMEDIES, Action, Cause
from documents.statuses import Status


@dataclass(frozen=True, eq=False)  # its words, and so its hash, would change with the language
class Offer:
    label: str | Promise
    short: str | Promise  # in a row of a list
    for_all: str | Promise  # on a group of the work list
    url_name: str
    posts: bool = False


@dataclass(frozen=True)
class Button:
    """An offer for one delivery, with the address that it leads or posts to."""

    label: str | Promise
    short: str | Promise
    url: str
    posts: bool


CORRECT = Offer(_("Correct the address…"), _("Correct…"), _("Correct addresses"), "correct-delivery")
ADD = Offer(_("Add an address…"), _("Add…"), _("Add addresses"), "correct-delivery")
ANOTHER = Offer(
    _("Use another address…"), _("Another address…"), _("Use other addresses"), "correct-delivery"
)
RESEND = Offer(_("Send again"), _("Send again"), _("Send again"), "resend-delivery", posts=True)
LINK = Offer(_("Send as a link"), _("Send as a link"), _("Send as links"), "send-as-link", posts=True)
SMALLER = Offer(_("Send a smaller file…"), _("Smaller file…"), _("Send smaller files"), "send-documents")
ASK = Offer(_("Ask support to unblock…"), _("Ask support…"), _("Ask support to unblock"), "ask-to-unblock")
ASIDE = Offer(_("Put aside"), _("Put aside"), _("Put aside"), "put-aside", posts=True)
TAKE_BACK = Offer(
    _("Put back on the list"), _("Put back"), _("Put back on the list"), "take-back", posts=True
)
TRY_NOW = Offer(_("Try now"), _("Try now"), _("Try now"), "try-now", posts=True)
_CANCEL = pgettext_lazy("a document", "Cancel")
CANCEL = Offer(_CANCEL, _CANCEL, _CANCEL, "cancel-delivery", posts=True)

# By what the remedy proposes; the first one is the page's main button.
BY_ACTION = {
    Action.CORRECT: (CORRECT, RESEND, ASIDE),
    Action.ADD_ADDRESS: (ADD, ASIDE),
    Action.RESEND: (RESEND, ANOTHER, ASIDE),
    Action.SEND_AS_LINK: (LINK, SMALLER, ANOTHER, ASIDE),
    Action.UNBLOCK: (ASK, ANOTHER, ASIDE),
    Action.WAIT: (RESEND, ASIDE),
    Action.NONE: (ASIDE,),
}
HELD_FOR_A_BLOCK = frozenset(BLOCKED.values())


# What can be done with many at once: the words on the bar above the list, and where it is posted to.
FOR_MANY = {
    CORRECT: (_("Correct addresses…"), "correct-rejected"),
    ADD: (_("Add addresses…"), "correct-rejected"),
    ANOTHER: (_("Use other addresses…"), "correct-rejected"),
    RESEND: (_("Send again"), "resend-rejected"),
    LINK: (_("Send as links"), "link-rejected"),
    ASK: (_("Ask support to unblock…"), "ask-about-rejected"),
    ASIDE: (_("Put aside"), "put-aside-rejected"),
}
OF_MANY_CAUSES = (RESEND, CORRECT, ASK, ASIDE)


def for_many(cause=""):
    """[(label, where it is posted to)] for rejected deliveries of one cause, or of any; the best first."""
    if not cause:
        fit = OF_MANY_CAUSES
    else:
        unfit = _unfit(cause)
        fit = [offer for offer in BY_ACTION[REMEDIES[Cause(cause)].action] if offer not in unfit]
    return [(FOR_MANY[offer][0], reverse(FOR_MANY[offer][1])) for offer in fit if offer in FOR_MANY]


def buttons(delivery, *, is_in_hand=False, is_blocked=True, is_queued=True):
    """What a manager may do about this delivery now, the best first.

    `is_in_hand`: support was asked about its address, or has unblocked it and the mail provider follows.
    `is_blocked`: a block stops it still. `is_queued`: its mail is in the queue here, not at our relay.
    """
    return [_button(offer, delivery) for offer in _offers(delivery, is_in_hand, is_blocked, is_queued)]


def _offers(delivery, is_in_hand, is_blocked, is_queued):
    if delivery.replaced_by_id:
        return ()
    if delivery.is_in_progress:
        if not is_queued:
            return (RESEND,)
        can_hurry = delivery.status == Status.DEFERRED and not delivery.remedy.is_ours
        return (TRY_NOW, CANCEL) if can_hurry else (CANCEL,)
    if delivery.cause == Cause.COMPLAINED and is_blocked:
        return () if is_in_hand else (ASK,)  # sent again, it would be held back
    if delivery.status != Status.REJECTED:
        return (RESEND,)
    if delivery.handled_at:
        return (TAKE_BACK,)
    if delivery.cause in HELD_FOR_A_BLOCK and not is_blocked:
        return RESEND, ANOTHER, ASIDE
    offers = BY_ACTION[delivery.remedy.action]
    if LINK in offers and delivery.sent_as_link:
        offers = (RESEND, *offers[1:])  # a link goes along with it
    unfit = _unfit(delivery.cause)
    if is_in_hand:
        unfit.add(ASK)
    return tuple(offer for offer in offers if offer not in unfit)


def _unfit(cause):
    return {RESEND} if cause == Cause.ADDRESS_INVALID else set()  # it would fail the same way


def _button(offer, delivery):
    if offer is SMALLER:
        document = delivery.document
        known = {
            "number": document.number,
            "kind": document.kind,
            "customer_number": document.customer_number,
            "addresses": delivery.address,
        }
        url = f"{reverse(offer.url_name)}?{urlencode(known)}"
    else:
        url = reverse(offer.url_name, args=[delivery.public_id])
    return Button(offer.label, offer.short, url, offer.posts)
