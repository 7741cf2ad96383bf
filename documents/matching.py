"""Which mail of ours a report is about: by our signed token first, by the ids that it returns last."""

import re
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from django.conf import settings

from documents import verp
from documents.dsn import Kind, Report
from documents.dsn.assess import about
from documents.dsn.mail import Headers, read
from documents.models import Notice, OutboundMail, UnreadReport

Why = UnreadReport.Why

# A mail has one recipient. Behind a forwarding address there may be a few; a report about more is no answer.
MAX_FORWARDED = 10
# A report is about one mail; the few ids more are for those that quote a conversation.
MAX_IDS = 5

_OUR_ID = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """The mail, and what is said about it; `why` is None, or the reason that there is nothing to apply."""

    mail: OutboundMail | None = None
    reports: list[Report] = field(default_factory=list)
    why: Why | None = None
    notice_id: UUID | None = None  # it is about a notice to a member of a company, and about no document


def match(raw, reports, envelope_to=""):
    """The mail of ours that these reports in `raw` are about.

    The return path (VERP) is signed by us: it is believed whatever address is named, because mail is
    forwarded. The envelope id (RFC 3461) and the Message-ID are known to everyone who got the mail, so they
    count only for what is said about its own recipient.
    """
    addresses = [envelope_to, *_addresses(raw, reports)]
    mail_id, notice_id = _first_of(verp.mail_id_from, addresses), _first_of(verp.notice_id_from, addresses)
    if notice_id and not mail_id:
        return Match(reports=reports[:MAX_FORWARDED], notice_id=notice_id)
    if mail_id:
        mail = _mails([mail_id]).first()
        return _by_token(mail, reports) if mail else Match(why=Why.NO_MAIL)
    return _by_ids(reports)


def _first_of(read_id, addresses):
    return next(filter(None, map(read_id, addresses)), None)


def _addresses(raw, reports):
    """The addresses where our token may stand; of what is no report, those that it was sent to."""
    if reports:
        return dict.fromkeys(address for report in reports for address in report.addresses)
    return about(read(raw), Headers([])).addresses


def _mails(ids):
    return OutboundMail.objects.select_related("delivery").filter(public_id__in=ids)


def _by_token(mail, reports):
    found = _naming(mail.delivery.address, reports) or reports
    if not found:
        return Match(mail, why=Why.NO_REPORT)
    if len(found) > MAX_FORWARDED:
        return Match(mail, why=Why.OTHER_ADDRESS)
    return Match(mail, found)


def _by_ids(reports):
    mail, ids = None, list(islice(_returned_ids(reports), MAX_IDS))
    for mail in _mails(ids):
        if found := _naming(mail.delivery.address, reports) or _complaints(reports):
            return Match(mail, found)
    for notice in Notice.objects.with_people().filter(public_id__in=ids):
        if found := _naming(notice.reader.address, reports) or _complaints(reports):
            return Match(reports=found, notice_id=notice.public_id)
    return Match(mail, why=Why.OTHER_ADDRESS if mail else Why.NO_TOKEN)


def _returned_ids(reports):
    """The public ids of mails of ours in what the reports return; each once."""
    domain = settings.SENDER_ADDRESS.rpartition("@")[2].lower()
    envelope_ids = (report.envelope_id for report in reports)
    message_ids = (report.message_id.strip("<>").rpartition("@") for report in reports)
    ours = (local for local, _at, host in message_ids if host.lower() == domain)
    known = dict.fromkeys(text.lower() for text in (*envelope_ids, *ours) if _OUR_ID.fullmatch(text))
    return map(UUID, known)


def _naming(address, reports):
    """The reports about our mail's recipient."""
    return [r for r in reports if address in (r.recipient.lower(), r.final_recipient.lower())]


def _complaints(reports):
    """Mailbox providers take the recipient out of a complaint; its mail has only one."""
    return [r for r in reports if r.kind is Kind.COMPLAINT and not r.recipient]
