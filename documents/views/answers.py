"""Did it arrive? One plain sentence for each recipient."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.causes import BLOCKED, Cause
from documents.statuses import Status
from documents.templatetags.portal_words import in_words

# Of these there is something to be proved.
PROVABLE = (Status.SENT, Status.DELIVERED, Status.REJECTED)
NEVER_TRIED = {*BLOCKED.values(), Cause.ADDRESS_INVALID, Cause.NO_RECIPIENT}


@dataclass(frozen=True)
class Answer:
    """What became of one delivery, in a sentence that can be read out on the phone."""

    delivery: object
    sentence: str

    @property
    def css(self):
        return Status.REJECTED.value if self.delivery.cause == Cause.COMPLAINED else self.delivery.status

    @property
    def is_provable(self):
        return self.delivery.status in PROVABLE and bool(self.delivery.address)


def answer(delivery, say=in_words):
    """The Answer for a delivery whose headline, mails (newest first) and replaced_by are fetched.

    `say` puts a time into words: today 9:14, or in full where it is read on another day.
    """
    return Answer(delivery, _sentence(delivery, say))


def answers(deliveries):
    """Of a document or several; those first that somebody has to act on, corrected addresses last."""
    found = sorted(deliveries, key=lambda d: (not d.is_open_work, bool(d.replaced_by_id), d.pk))
    return [answer(delivery) for delivery in found]


def _sentence(delivery, say):
    host = delivery.headline.host if delivery.headline else ""
    known = {"address": delivery.address, "why": _why(delivery), "host": host, "moment": say(delivery.at)}
    if delivery.status == Status.DELIVERED:
        return _delivered(delivery, host) % known
    if delivery.replaced_by_id:
        return _corrected(delivery) % (known | {"new": delivery.replaced_by.address})
    if delivery.status == Status.SENT:
        return (
            _(
                "Sent to %(address)s, %(moment)s: our mail server passed it on. The receiving server has not "
                "said whether it took it, and no failure was reported."
            )
            % known
        )
    if delivery.status == Status.REJECTED:
        return _rejected(delivery, known)
    if delivery.status == Status.CANCELLED:
        return _("Not sent to %(address)s: it was cancelled, %(moment)s.") % known
    return _in_progress(delivery, known, say)


def _delivered(delivery, host):
    if delivery.cause == Cause.COMPLAINED:
        return _("Delivered to %(address)s, and its recipient reported it as spam, %(moment)s.")
    if host:
        return _("Delivered to %(address)s, %(moment)s: the receiving server %(host)s accepted it.")
    return _("Delivered to %(address)s, %(moment)s: the receiving server accepted it.")


def _corrected(delivery):
    if not delivery.address:
        return _("There was no address; %(new)s was added.")
    return _("Not to %(address)s any more: the address was corrected to %(new)s.")


def _rejected(delivery, known):
    if not delivery.address:
        return _("Not sent: %(why)s.") % known
    if delivery.cause in NEVER_TRIED:
        return _("Not sent to %(address)s, %(moment)s: %(why)s.") % known
    mail = next(iter(delivery.mails.all()), None)
    if mail and mail.attempts > 1:
        sentence = ngettext(
            "Not delivered to %(address)s: %(why)s. We tried %(count)s time, until %(moment)s.",
            "Not delivered to %(address)s: %(why)s. We tried %(count)s times, until %(moment)s.",
            mail.attempts,
        )
        return sentence % (known | {"count": mail.attempts})
    if known["host"]:
        return _("Not delivered to %(address)s, %(moment)s: %(why)s. So says %(host)s.") % known
    return _("Not delivered to %(address)s, %(moment)s: %(why)s.") % known


def _in_progress(delivery, known, say):
    mail = next(iter(delivery.mails.all()), None)
    if delivery.status == Status.QUEUED or mail is None:
        return _("Not sent to %(address)s yet: it waits for its turn.") % known
    if mail.finished_at:
        return _("Not delivered to %(address)s yet: %(why)s. Our mail server keeps trying.") % known
    if delivery.remedy.is_ours:
        return _("Not delivered to %(address)s yet: %(why)s. We are working on it.") % known
    known["next"] = say(mail.next_attempt_at)
    return _("Not delivered to %(address)s yet: %(why)s. The next try is %(next)s.") % known


def _why(delivery):
    title = str(delivery.remedy.title)
    return f"{title} ({delivery.code})" if delivery.code else title
