"""From what was found to a report: the codes, the cause, and whether the address itself is no good."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from documents.causes import Cause
from documents.dsn import codes, dialects
from documents.dsn.found import Found
from documents.dsn.mail import Headers, Mail
from documents.dsn.report import Kind, Report
from documents.dsn.words import fold, moment
from documents.replies import judge

SAYS_NOTHING = (Cause.UNKNOWN, Cause.SERVER_TROUBLE, Cause.NONE)
PASSING = (Cause.UNREACHABLE, Cause.RATE_LIMITED)
DEAD = (Cause.ADDRESS_UNKNOWN, Cause.DOMAIN_UNKNOWN)
# Without any code: causes that last until somebody does something.
LASTING = (
    *DEAD,
    Cause.SUSPENDED,
    Cause.POLICY,
    Cause.TOO_LARGE,
    Cause.ATTACHMENT_REFUSED,
    Cause.OUR_REPUTATION,
    Cause.OUR_AUTHENTICATION,
    Cause.OUR_TROUBLE,
)
SAID = 6000  # characters of a server's words; some gateways repeat a whole conversation
CONTEXT = 3000  # characters of the words for people: enough for a transcript

_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f-\x9f]{1,250}>")
_ADDRESS_FIELDS = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "apparently-to", "to")


@dataclass(frozen=True)
class About:
    """What holds for all reports in a mail."""

    message_id: str
    at: datetime | None
    addresses: tuple[str, ...]


def about(mail: Mail, returned: Headers) -> About:
    ids = [
        *returned.all("message-id"),
        *mail.headers.all("x-original-message-id", "in-reply-to", "references"),
    ]
    found_ids = [match[0] for value in ids if (match := _MESSAGE_ID.search(value))]
    to = mail.headers.all(*_ADDRESS_FIELDS) + returned.all("return-path", "errors-to", "sender", "from")
    addresses = [
        address.strip() for value in to for address in re.split(r"[,;\s<>]+", value[:2000]) if "@" in address
    ]
    return About(
        message_id=next(iter(found_ids), ""),
        at=moment(mail.headers["date"]),
        addresses=tuple(dict.fromkeys(addresses[:50])),
    )


def assess(found: Found, about: About) -> Report:
    """What was found about one recipient, judged."""
    found = replace(found, diagnostic=found.diagnostic[:SAID])
    status = _status(found)
    reply_code = _reply_code(found)
    is_failure = found.kind in (Kind.BOUNCE, Kind.DELAY)
    cause = _cause(found, reply_code, status) if is_failure else Cause.NONE
    permanent = _permanent(found, reply_code, status, cause) if is_failure else None
    return Report(
        kind=found.kind,
        recipient=found.recipient or found.final_recipient,
        final_recipient=found.final_recipient or found.recipient,
        action=found.action,
        status=status,
        reply_code=reply_code,
        permanent=permanent,
        cause=Cause.COMPLAINED if found.kind is Kind.COMPLAINT else cause,
        dead=found.kind is Kind.BOUNCE and permanent is True and _is_dead(found, cause),
        text=fold(found.diagnostic or found.context),
        host=fold(found.host, 255) or _host(found.diagnostic),
        message_id=about.message_id,
        envelope_id=fold(found.envelope_id, 100),
        at=moment(found.date) or about.at,
        addresses=about.addresses + ((found.sender,) if found.sender else ()),
    )


def _status(found: Found) -> str:
    """The enhanced code that says most: the server's own, the report's, the one told to people."""
    classes = "2" if found.kind is Kind.DELIVERED else "45"
    texts = found.diagnostic, found.status, found.context[:CONTEXT]
    given = [code for text in texts if (code := codes.enhanced_code(text, classes))]
    return next((code for code in given if not codes.is_general(code)), "") or next(iter(given), "")


def _reply_code(found: Found) -> int | None:
    for text in (found.diagnostic, found.status, found.context[:CONTEXT]):
        code = codes.reply_code(text)
        if code:
            return code
    return None


def _cause(found: Found, reply_code: int | None, status: str) -> Cause:
    """Why, by the server's own words; by what was said around them where they say nothing."""
    base = reply_code or (450 if found.kind is Kind.DELAY or status.startswith("4") else 550)
    code = "" if codes.is_general(status) else f"{status} "
    said = f"{found.diagnostic} {found.status}"
    cause = Cause.UNKNOWN
    for text in (codes.from_reply(said), said, found.context[:CONTEXT]):
        if text.strip():
            cause = _judged(base, text if code.strip() in text else code + text)
        if cause not in SAYS_NOTHING:
            break
    if _is_about_us(found, reply_code) and cause in (*DEAD, *SAYS_NOTHING, Cause.UNREACHABLE):
        return Cause.OUR_REPUTATION
    if found.kind is Kind.BOUNCE and cause in (*SAYS_NOTHING, *PASSING) and _is_expired(found, status):
        return Cause.GAVE_UP
    return cause


@lru_cache(codes.REMEMBERED)
def _judged(reply_code: int, text: str) -> Cause:
    return judge(reply_code, text).cause


def _is_about_us(found: Found, reply_code: int | None) -> bool:
    """Whether the server refused us before it heard of the recipient."""
    words = found.diagnostic[:CONTEXT]
    return bool(reply_code and dialects.OF_THE_SENDER.search(words) and not dialects.NO_ANSWER.search(words))


def _is_expired(found: Found, status: str) -> bool:
    return status[1:] == ".4.7" or bool(
        dialects.EXPIRED.search(f"{found.diagnostic} {found.context}"[:CONTEXT])
    )


def _permanent(found: Found, reply_code: int | None, status: str, cause: Cause) -> bool | None:
    if found.kind is Kind.DELAY:
        return False
    first = (status or str(reply_code or ""))[:1]
    if first in ("4", "5"):
        return first == "5"
    if dialects.PERMANENT.search(found.context[:CONTEXT]) or cause in LASTING:
        return True
    return None if cause is Cause.UNKNOWN else False


def _is_dead(found: Found, cause: Cause) -> bool:
    said = f"{found.diagnostic}\n{found.context[:CONTEXT]}"
    known_at_first = dialects.AFTER_DATA.search(said) and ".1." not in codes.enhanced_code(found.diagnostic)
    return cause is Cause.DOMAIN_UNKNOWN or (cause is Cause.ADDRESS_UNKNOWN and not known_at_first)


def _host(text: str) -> str:
    match = dialects.HOST.search(text[:2000])
    return match["host"].lower() if match and "." in match["host"] else ""
