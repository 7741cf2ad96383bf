"""What a mail provider's webhook tells, in our words. Pure: one event in, what it amounts to out.

Anymail reads the payloads of all providers into one vocabulary. What gets lost on that way is looked up in
the payload itself, by `dialects`; the receiving server's own words are judged as everywhere else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from documents.causes import BLOCKED, Cause, given_up
from documents.providers.dialects import DIALECTS, Dialect
from documents.replies import Verdict, judge
from documents.statuses import Status

# The provider did not even try: the address is on its own list. The reason, in distribution's word.
LISTED = {
    Cause.BLOCKED_BOUNCED: "bounced",
    Cause.BLOCKED_UNSUBSCRIBED: "unsubscribed",
    Cause.BLOCKED_COMPLAINED: "complained",
}
LISTED_WORDS = (
    (
        Cause.BLOCKED_UNSUBSCRIBED,
        re.compile(r"not delivering to .{0,40}unsubscribed", re.IGNORECASE),
    ),
    (
        Cause.BLOCKED_COMPLAINED,
        re.compile(r"not delivering to .{0,40}(?:complain|marked .{0,30}spam)", re.IGNORECASE),
    ),
    (
        Cause.BLOCKED_BOUNCED,
        re.compile(
            r"not delivering to .{0,20}previously bounced|has suppressed sending to"
            r"|recipient address suppressed|marked as inactive|inactive (?:recipient|address)",
            re.IGNORECASE,
        ),
    ),
)
# By Anymail's reject reason: what the receiving server refused, and what the provider itself did not send.
REFUSED = {
    "invalid": Cause.ADDRESS_INVALID,
    "timed_out": Cause.GAVE_UP,
    "blocked": Cause.POLICY,
    "spam": Cause.POLICY,
}
NOT_SENT = {
    "invalid": Cause.ADDRESS_INVALID,
    "timed_out": Cause.GAVE_UP,
    "bounced": Cause.BLOCKED_BOUNCED,
    "spam": Cause.BLOCKED_COMPLAINED,
    "unsubscribed": Cause.BLOCKED_UNSUBSCRIBED,
}
SAYS_NOTHING = (Cause.NONE, Cause.UNKNOWN, Cause.SERVER_TROUBLE)
PASSING = (Cause.UNREACHABLE, Cause.SERVER_TROUBLE, Cause.RATE_LIMITED)

REPLY_CODE = re.compile(r"[2-5]\d\d")
ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
NOT_SMTP = ("498", "499")

T = TypeVar("T")


class Event(Protocol):
    """What is asked of Anymail's AnymailTrackingEvent. Nothing in it is sure to be of the type it should."""

    event_type: Any
    reject_reason: Any
    description: Any
    mta_response: Any
    message_id: Any
    metadata: Any
    esp_event: Any


@dataclass(frozen=True)
class Finding:
    """What one event amounts to."""

    verdict: Verdict | None  # None: it says nothing about the mail
    listed: str = ""  # the address is on the provider's own list: why, a BlockedAddress.Reason

    def as_verdict(self) -> Verdict | None:
        """What it means for a mail that nothing else is known of: the provider does not send to its list."""
        return self.verdict or (Verdict(Status.REJECTED, BLOCKED[self.listed]) if self.listed else None)


def find(provider: str, event: Event) -> Finding | None:
    """What an event of this provider, a key of DIALECTS, amounts to. Never raises.

    None for what is of no interest here: readers are not watched, and an automatic reply is no report.
    """
    dialect = DIALECTS[provider]
    heard = _heard(dialect, event)
    match _kind(dialect, event):
        case "queued" | "sent":
            return Finding(Verdict(Status.SENT))
        case "delivered":
            return Finding(replace(heard, status=Status.DELIVERED, cause=Cause.NONE))
        case "complained":
            return Finding(replace(heard, status=Status.DELIVERED, cause=Cause.COMPLAINED))
        case "deferred":
            return Finding(replace(heard, status=Status.DEFERRED, cause=_why(dialect, event, heard, 450)))
        case "bounced" | "failed":
            return None if _is_automatic_reply(event, heard) else _refused(dialect, event, heard, REFUSED)
        case "rejected":
            return _refused(dialect, event, heard, NOT_SENT)
        case "listed":
            return Finding(None, _listed(dialect, event))
        case "unsubscribed":
            return Finding(None, LISTED[Cause.BLOCKED_UNSUBSCRIBED])
    return None


def names(provider: str, event: Event) -> list[str]:
    """Where our own mark may stand: the mail's public id, its Message-ID, its bounce address."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    places = (found for path in DIALECTS[provider].names for found in _at(event.esp_event, path))
    return [name for name in (metadata.get("mail"), event.message_id, *places) if isinstance(name, str)]


def marks(provider: str, mail_id: str) -> dict[str, str]:
    """The header with which our mark goes along with a mail; none where the Message-ID comes back anyway."""
    name, value = DIALECTS[provider].header
    return {name: value % mail_id} if name else {}


def _kind(dialect: Dialect, event: Event) -> str:
    """The kind of event in Anymail's vocabulary, or `listed`."""
    return next(_looked_up(dialect.kinds, event.esp_event), None) or str(event.event_type)


def _heard(dialect: Dialect, event: Event) -> Verdict:
    """What was said about it, with its codes: by the receiving server, else by the provider."""
    said = _server_said(dialect, event) or _text(event.description)
    codes = _first_of(dialect.codes, event.esp_event)
    reply_codes = [int(code) for code in codes if REPLY_CODE.fullmatch(code) and code not in NOT_SMTP]
    enhanced = next((code for code in codes if ENHANCED_CODE.fullmatch(code) and code not in said), "")
    host = next(iter(_first_of(dialect.hosts, event.esp_event)), "")
    return judge(next(iter(reply_codes), None), f"{enhanced} {said}".strip(), host)


def _server_said(dialect: Dialect, event: Event) -> str:
    said = [_text(event.mta_response), *_first_of(dialect.texts, event.esp_event)]
    return next(filter(None, said), "")


def _refused(dialect: Dialect, event: Event, heard: Verdict, reasons: Mapping[str, Cause]) -> Finding:
    """It will not arrive any more, and nobody tries: whatever passes has been given up."""
    cause = _listed_cause(dialect, event, heard)
    if cause is Cause.NONE:
        own = reasons.get(str(event.reject_reason), Cause.NONE)
        cause = own if own in LISTED else _why(dialect, event, heard, 550, own)
        cause = given_up(cause) if cause in PASSING else cause
    return Finding(replace(heard, status=Status.REJECTED, cause=cause), LISTED.get(cause, ""))


def _why(dialect: Dialect, event: Event, heard: Verdict, code: int, reason: Cause = Cause.NONE) -> Cause:
    """By the server's own words; where they say nothing by the provider's, and last by Anymail's reason."""
    by_words = heard.cause if heard.reply_code else judge(code, heard.text).cause
    own = next(_looked_up(dialect.means, event.esp_event), Cause.NONE)
    is_the_server_s = bool(_server_said(dialect, event) or heard.enhanced_code)
    in_order = (by_words, own) if is_the_server_s else (own, by_words)
    telling = next((cause for cause in in_order if cause not in SAYS_NOTHING), Cause.NONE)
    return telling or own or reason or (Cause.SERVER_TROUBLE if code == 450 else by_words)


def _listed(dialect: Dialect, event: Event) -> str:
    found = _looked_up(dialect.means, event.esp_event)
    return next((LISTED[cause] for cause in found if cause in LISTED), "")


def _listed_cause(dialect: Dialect, event: Event, heard: Verdict) -> Cause:
    """Which list of the provider's own it is on, or NONE."""
    own = [cause for cause in _looked_up(dialect.means, event.esp_event) if cause in LISTED]
    said = f"{heard.text} {event.description}"[:2000]
    told = [cause for cause, words in LISTED_WORDS if words.search(said)]
    return next(iter(own or told), Cause.NONE)


def _is_automatic_reply(event: Event, heard: Verdict) -> bool:
    """Amazon SES calls an out-of-office reply a passing bounce; a real one comes with a server's words."""
    kind = _first_of(("bounce.bounceType", "bounce.bounceSubType"), event.esp_event)
    return kind == ["Transient", "General"] and not (event.mta_response or heard.enhanced_code)


def _text(said: Any) -> str:
    return said.strip() if isinstance(said, str) else ""


def _looked_up(table: Mapping[str, Mapping[str, T]], payload: Any) -> Iterator[T]:
    for path, meanings in table.items():
        for word in _at(payload, path):
            if str(word).strip().lower() in meanings:
                yield meanings[str(word).strip().lower()]


def _first_of(paths: tuple[str, ...], payload: Any) -> list[str]:
    return [str(found).strip() for path in paths for found in _at(payload, path)]


def _at(payload: Any, path: str) -> Iterator[str | int]:
    """The text or number that stands there, if one does."""
    found = payload
    for key in path.split("."):
        if key == "*":
            inside = found.values() if isinstance(found, Mapping) else found
            found = next(iter(inside), None) if isinstance(found, Mapping | list) else None
        else:
            found = found.get(key) if isinstance(found, Mapping) else None
    if isinstance(found, str | int) and found != "":
        yield found
