"""Mails that tell what became of a mail: delivery reports, odd bounces, complaints, automatic replies. Pure.

    for report in parse(raw):          # one per recipient; [] when the mail reports nothing; never raises
        found = verdict(report)        # a documents.replies.Verdict, or None for an automatic reply

`rfc3464`, `arf` and `sns` read what was written for machines, `prose` what was written for people with the
patterns of `dialects`, `fallback` what is left; `assess` judges what they found.
"""

from documents.dsn import arf, autoreply, fallback, prose, rfc3464, sns
from documents.dsn.assess import about, assess
from documents.dsn.found import MAX_RECIPIENTS, Found
from documents.dsn.mail import MAX_DEPTH, Mail
from documents.dsn.mail import read as read_mail
from documents.dsn.report import Kind, Report, verdict

__all__ = ["Kind", "Report", "parse", "verdict"]


def parse(raw: bytes) -> list[Report]:
    """The reports in a mail that came back, one for each recipient it speaks of."""
    mail, found = _found(raw)
    common = about(mail, prose.returned_header(mail))
    return [assess(one, common) for one in found[:MAX_RECIPIENTS]]


def _found(raw: bytes) -> tuple[Mail, list[Found]]:
    """What the first reader that understands it finds, and in which mail."""
    mails = _nested(read_mail(raw))
    found: list[Found] = []
    for readers in (FOR_MACHINES, FOR_PEOPLE):
        for mail in mails:
            found = next(filter(None, (reader(mail) for reader in readers)), [])
            if any(one.recipient for one in found):
                return mail, found
    return mails[0], fallback.read(mails[0], raw) or found


def _nested(mail: Mail) -> list[Mail]:
    """The mail and those inside it, outermost first: perhaps somebody forwarded a report."""
    mails = [mail]
    while mails[-1].returned and len(mails) < MAX_DEPTH:
        mails.append(mails[-1].returned)
    return mails


def _delivery_status(mail: Mail) -> list[Found]:
    found = rfc3464.read(mail)
    return prose.told(mail, found) if found else []


FOR_MACHINES = (arf.read, _delivery_status, sns.read)
FOR_PEOPLE = (autoreply.read, prose.read)
