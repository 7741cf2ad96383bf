"""What to tell a customer who says that it never came: a text in the customer's language, ready to copy."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format, number_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import get_language_info, gettext_lazy, override
from django.utils.translation import gettext as _

from documents.causes import Cause
from documents.statuses import Status
from documents.views.answers import NEVER_TRIED, PROVABLE

# A server's answer longer than this is its help page.
REPLY = 300
# Documents in the text about a customer; more is no text that anybody reads.
DOCUMENTS = 10

RIGHT_ADDRESS = gettext_lazy("This address does not take mail. Please tell us the right one.")
AGREE = gettext_lazy(
    "Mail to this address is held back, because its owner did not want it. May we send to it again? "
    "Please ask the owner and tell us."
)
HELD_BACK = gettext_lazy(
    "Mail to this address is held back at the moment, because earlier mail did not get through. "
    "Please tell us whether the address is right and in use."
)
FILE_REFUSED = gettext_lazy(
    "Your mail server did not take the attachment. Please tell us another address, or ask your IT support "
    "whether it can be let through."
)
# What a customer is asked for, by the reason why it was not delivered.
ASKED = {
    **dict.fromkeys((Cause.ADDRESS_UNKNOWN, Cause.DOMAIN_UNKNOWN, Cause.SUSPENDED), RIGHT_ADDRESS),
    Cause.ADDRESS_INVALID: RIGHT_ADDRESS,
    Cause.NO_RECIPIENT: gettext_lazy("We have no e-mail address of yours. Please tell us one."),
    Cause.MAILBOX_FULL: gettext_lazy("The mailbox is full. Please delete something from it and tell us."),
    **dict.fromkeys((Cause.TOO_LARGE, Cause.ATTACHMENT_REFUSED), FILE_REFUSED),
    Cause.POLICY: gettext_lazy(
        "Your mail system refused it. Please ask your IT support to allow mail from %(sender)s, and tell us."
    ),
    Cause.GAVE_UP: gettext_lazy(
        "Your mail server did not take it although we tried for a long time. Please ask your IT support why, "
        "and tell us when we can send it again."
    ),
    **dict.fromkeys((Cause.BLOCKED_BOUNCED, Cause.BLOCKED_BY_HAND), HELD_BACK),
    **dict.fromkeys((Cause.BLOCKED_UNSUBSCRIBED, Cause.BLOCKED_COMPLAINED, Cause.COMPLAINED), AGREE),
}
ASKED_OTHERWISE = gettext_lazy("Your mail server did not take it. Please show its answer to your IT support.")


@dataclass(frozen=True)
class Telling:
    """The text in one language, and the languages there are."""

    text: str
    language: str

    @property
    def languages(self):
        """(code, its name in itself, whether it is this one)."""
        for code, _name in settings.LANGUAGES:
            yield code, get_language_info(code)["name_local"], code == self.language

    @property
    def rows(self):
        """Lines of the field that shows it, as wide as a column."""
        return min(sum(1 + len(line) // 60 for line in self.text.split("\n")) + 1, 30)


def about_document(document, asked_for=""):
    """What is told of one document whose deliveries, mails and headlines are fetched."""
    return _telling([document], document.company, document.language, asked_for)


def about_customer(customer, documents, asked_for=""):
    """What is told of a customer's latest documents, the newest first, without the words of each server."""
    return _telling(documents[:DOCUMENTS], customer.company, customer.language, asked_for)


def _telling(documents, company, language, asked_for):
    known = [code for code, _name in settings.LANGUAGES]
    wanted = next((code for code in (asked_for, language, company.language) if code in known), "en")
    with override(wanted):
        return Telling("\n\n".join(_paragraphs(documents, company)), wanted)


def _paragraphs(documents, company):
    yield _("Hello,")
    told = [(document, _alive(document)) for document in documents]
    seen = set()
    for document, deliveries in told:
        lines = [_what(document)]
        for delivery in deliveries:
            # What was wrong with an address once is no matter when its latest document tells otherwise.
            lines.append(_fate(delivery, is_latest=delivery.address not in seen))
            seen.add(delivery.address)
            lines += _evidence(delivery) if len(documents) == 1 else []
        yield "\n".join(lines)
    if any(_went_out(delivery) for _document, deliveries in told for delivery in deliveries):
        yield _where_to_look()
    yield _("Kind regards") + f"\n{company.sender_name or company.name}"


def _alive(document):
    return [delivery for delivery in document.deliveries.all() if not delivery.replaced_by_id]


def _what(document):
    """`Invoice 2026-17, 5.3.2026, 1 234,50 EUR:`"""
    facts = [str(document)]
    if document.issue_date:
        facts.append(date_format(document.issue_date, "SHORT_DATE_FORMAT"))
    if document.amount is not None:
        amount = number_format(document.amount, 2, force_grouping=True)
        facts.append(f"{amount} {document.currency}".strip())
    return ", ".join(facts) + ":"


def _fate(delivery, is_latest):
    """What became of it, and what the customer is asked for because of it."""
    if not delivery.address:
        return f"– {_asked(delivery)}"
    asked = _asked(delivery) if is_latest else ""
    known = {"address": delivery.address} | _time(delivery.at)
    return " ".join(filter(None, [_became(delivery) % known, asked]))


def _became(delivery):
    if delivery.cause == Cause.COMPLAINED:
        return _("– %(address)s: it was delivered, and reported as spam on %(date)s at %(time)s.")
    if delivery.status == Status.DELIVERED:
        return _("– %(address)s: your mail server accepted it on %(date)s at %(time)s.")
    if delivery.status == Status.SENT:
        return _("– %(address)s: sent on %(date)s at %(time)s. No failure was reported to us.")
    if delivery.status == Status.CANCELLED or delivery.cause in NEVER_TRIED:
        return _("– %(address)s: it was not sent.")
    if delivery.status == Status.REJECTED:
        return _("– %(address)s: it could not be delivered on %(date)s at %(time)s.")
    if delivery.status == Status.DEFERRED and not delivery.remedy.is_ours:
        return _("– %(address)s: your mail server has not taken it yet. We try again by ourselves.")
    return _("– %(address)s: it has not been sent yet. It follows by itself.")


def _asked(delivery):
    """What the customer is asked to do, or ""."""
    if delivery.status != Status.REJECTED and delivery.cause != Cause.COMPLAINED:
        return ""
    return ASKED.get(Cause(delivery.cause), ASKED_OTHERWISE) % {"sender": settings.SENDER_ADDRESS}


def _evidence(delivery):
    """What the customer's IT support can look for: the server, its words, our Message-ID."""
    if not _went_out(delivery):
        return
    headline = delivery.headline
    is_theirs = delivery.status != Status.SENT and delivery.cause != Cause.COMPLAINED
    if headline and is_theirs:
        if headline.host:
            yield "  " + _("Mail server: %(host)s") % {"host": headline.host}
        if words := " ".join(headline.reply.split()):
            short = words if len(words) <= REPLY else f"{words[:REPLY]}…"
            yield "  " + _("Its answer: %(words)s") % {"words": short}
    mail = next(iter(delivery.mails.all()), None)
    if mail:
        yield "  " + _("Message-ID: %(id)s") % {"id": mail.message_id}


def _went_out(delivery):
    """Whether a mail server has seen it: then it can be looked for there."""
    return delivery.status in PROVABLE and delivery.cause not in NEVER_TRIED


def _where_to_look():
    lines = [
        _("If you do not see it, please look here:"),
        _("– the junk mail folder, and folders such as Other or Promotions"),
        _("– rules that move or delete mail by themselves"),
        _("– the others who read this mailbox: somebody may have moved it"),
        _(
            "– the mail comes from %(sender)s: your IT support can look for it in the mail server's log, "
            "and allow this address"
        )
        % {"sender": settings.SENDER_ADDRESS},
    ]
    return "\n".join(lines)


def _time(moment):
    """Date and time with the offset, because the customer may sit elsewhere: 3.5.2026, 10.12 (UTC+3)."""
    local = localtime(moment)
    sign, hours, minutes = local.strftime("%z")[0], int(local.strftime("%z")[1:3]), local.strftime("%z")[3:5]
    offset = f"UTC{sign}{hours}" + (f":{minutes}" if minutes != "00" else "")
    return {
        "date": date_format(local, "SHORT_DATE_FORMAT"),
        "time": f"{time_format(local, 'TIME_FORMAT')} ({offset})",
    }
