"""What somebody else did while a person was looking at a page, as a sentence that says who and when."""

from django.utils.translation import gettext as _

from distribution.models import UnblockRequest
from documents.statuses import IN_PROGRESS, Status
from documents.templatetags.portal_words import in_words


def what_happened(delivery):
    """Why this delivery is not what it was when somebody last looked at it."""
    if delivery.replaced_by_id:
        return _corrected(delivery)
    if delivery.status == Status.REJECTED and delivery.handled_at:
        return _told(
            delivery.handled_by,
            delivery.handled_at,
            _("%(person)s has put it aside already: %(moment)s."),
            _("It has been put aside already: %(moment)s."),
        )
    sentences = [_sent_again(delivery), _outcome(delivery)]
    return " ".join(sentence for sentence in sentences if sentence)


def why_not_ask(block, company):
    """Why support need not be asked about this block now, or ""."""
    is_open = {"company": company, "state": UnblockRequest.State.OPEN}
    asked = block.requests.filter(**is_open).select_related("requested_by").first()
    if asked and not block.is_being_lifted:
        return _told(
            asked.requested_by,
            asked.requested_at,
            _("Support has been asked already by %(person)s: %(moment)s. The answer will be seen here."),
            _("Support has been asked already: %(moment)s. The answer will be seen here."),
        )
    return block.why_not_ask(company)


def _corrected(delivery):
    address = delivery.replaced_by.address
    if not delivery.corrected_at:
        return _("It goes to %(address)s now.") % {"address": address}
    return _told(
        delivery.corrected_by,
        delivery.corrected_at,
        _("%(person)s has already corrected this address to %(address)s: %(moment)s."),
        _("This address has already been corrected to %(address)s: %(moment)s."),
        address=address,
    )


def _sent_again(delivery):
    """Who sent it last, where that is what its latest mail comes from."""
    mail = delivery.mails.order_by("pk").last()
    pressed = mail and mail.events.filter(actor__isnull=False, status=Status.QUEUED)
    first = pressed and pressed.select_related("actor").first()
    if not first:
        return ""
    return _("%(person)s has sent it again: %(moment)s.") % {
        "person": first.actor,
        "moment": in_words(first.at),
    }


def _outcome(delivery):
    moment = in_words(delivery.at)
    if delivery.status in IN_PROGRESS:
        return _("It is on its way.")
    if delivery.status == Status.CANCELLED:
        return _("It has been cancelled: %(moment)s.") % {"moment": moment}
    if delivery.status == Status.REJECTED:
        return _("It was rejected: %(moment)s.") % {"moment": moment}
    if delivery.status == Status.DELIVERED:
        return _("It has been delivered: %(moment)s.") % {"moment": moment}
    return _("Our mail server has passed it on: %(moment)s.") % {"moment": moment}


def _told(person, at, by_somebody, by_nobody, **facts):
    """Of somebody whose log-in was deleted nothing is known but the time."""
    text = by_somebody if person else by_nobody
    return text % {"person": person, "moment": in_words(at), **facts}
