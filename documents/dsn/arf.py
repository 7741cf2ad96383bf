"""Complaints: a recipient pressed "this is spam". ARF (RFC 5965), and one large system's own way."""

import re

from documents.dsn.found import Found, address_in, addresses_in, from_xtext
from documents.dsn.mail import Headers, Mail, split_header
from documents.dsn.report import Kind

# RFC 5965 section 7.3, RFC 6591: auth-failure is news about DMARC, not-spam the opposite of a complaint.
_NO_COMPLAINT = ("auth-failure", "not-spam", "dmarc")
_MISLABELLED = re.compile(
    r"^Feedback-Type[ \t]*:[^\n]*\n(?:[^\n]+\n){0,20}?(?:User-Agent|Version)[ \t]*:", re.I | re.M
)
_RECIPIENTS = ("original-rcpt-to", "removal-recipient", "original-recipient", "final-recipient")
# Hotmail's programme returns the mail as it was, with the recipient in a field of its own.
_HOTMAIL_RECIPIENT = "x-hmxmroriginalrecipient"
_HOTMAIL = re.compile(r"^(?:staff@hotmail\.com|.*@(?:hotmail|outlook|live)\.com)$")
_ABOUT_A_COMPLAINT = re.compile(r"^complaint about message from\b", re.I)


def read(mail: Mail) -> list[Found]:
    """Who complained, one for each recipient named; [] for a mail that is no complaint."""
    feedback = _feedback(mail)
    if feedback is None:
        return _hotmail(mail)
    if feedback["feedback-type"].strip().lower() in _NO_COMPLAINT:
        return []
    named = addresses_in(from_xtext(" ".join(feedback.all(*_RECIPIENTS))))
    return [
        Found(
            kind=Kind.COMPLAINT,
            recipient=recipient,
            diagnostic=feedback["feedback-type"].strip().lower(),
            host=feedback["reporting-mta"].rpartition(";")[2].strip(),
            date=feedback["arrival-date"] or feedback["received-date"],
            envelope_id=from_xtext(feedback["original-envelope-id"]),
            sender=address_in(feedback["original-mail-from"]),
        )
        for recipient in named or _to(mail)
    ]


def _feedback(mail: Mail) -> Headers | None:
    """The report's own fields; also where the part was mislabelled on the way."""
    for part in mail.of_type("message/feedback-report"):
        return split_header(part.text.lstrip("\n"))[0]
    for part in mail.parts:
        match = None if part.is_returned else _MISLABELLED.search(part.text)
        if match:
            return split_header(part.text[match.start() :])[0]
    return None


def _hotmail(mail: Mail) -> list[Found]:
    returned = mail.returned
    if not returned:
        return []
    recipient = addresses_in(returned.headers[_HOTMAIL_RECIPIENT] or mail.headers[_HOTMAIL_RECIPIENT])
    sender = addresses_in(mail.headers["from"])
    complains = bool(sender and _HOTMAIL.match(sender[0]) and _ABOUT_A_COMPLAINT.match(mail.subject))
    if not recipient and not complains:
        return []
    return [Found(Kind.COMPLAINT, recipient=address) for address in recipient or _to(mail)]


def _to(mail: Mail) -> list[str]:
    """The returned mail's recipients: some systems strike out their user's address everywhere else."""
    returned = mail.returned
    return (addresses_in(returned.headers["to"]) if returned else []) or [""]
