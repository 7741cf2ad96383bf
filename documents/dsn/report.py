"""What a report says about one recipient of a mail that was sent, and the verdict it amounts to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from documents.causes import Cause, given_up
from documents.replies import Verdict
from documents.statuses import Status


class Kind(StrEnum):
    BOUNCE = "bounce"  # it did not arrive, and nobody tries any more
    DELAY = "delay"  # the reporting server still tries
    DELIVERED = "delivered"  # the next server took it, or a list expanded it
    COMPLAINT = "complaint"  # it arrived, and the recipient called it spam
    AUTO_REPLY = "auto_reply"  # out of office, read receipt: says nothing about the delivery


@dataclass(frozen=True)
class Report:
    """What one report says about one recipient. Unknown text is "", an unknown code or time None."""

    kind: Kind
    recipient: str = ""  # as we knew it: Original-Recipient before Final-Recipient; lower case
    final_recipient: str = ""  # as the reporting server knew it, perhaps after forwarding
    action: str = ""  # RFC 3464 section 2.3.3: failed, delayed, delivered, relayed, expanded
    status: str = ""  # enhanced status code, RFC 3463, "5.1.1"
    reply_code: int | None = None  # 550
    permanent: bool | None = None  # True: class 5, False: class 4; None where it is no failure
    cause: Cause = Cause.NONE
    dead: bool = False  # the address itself is no good, so it counts towards a block
    text: str = ""  # the diagnostic text in the server's own words, folded, at most 1000 characters
    host: str = ""  # Remote-MTA: the server that said so
    message_id: str = ""  # of the mail that was sent, with its angle brackets
    envelope_id: str = ""  # Original-Envelope-Id: our ENVID, RFC 3461
    at: datetime | None = None  # the report's own time, aware
    addresses: tuple[str, ...] = ()  # where our bounce address (VERP) may stand, likeliest first


def verdict(report: Report) -> Verdict | None:
    """What became of the mail according to this report; None where it says nothing about that.

    `failed` is final even with a 4.x.x code: nobody tries again. A complaint is about a mail that arrived.
    """
    status, cause = _outcome(report)
    if status is None:
        return None
    return Verdict(status, cause, report.reply_code, report.status, report.text, report.host)


def _outcome(report: Report) -> tuple[Status | None, Cause]:
    match report.kind:
        case Kind.BOUNCE:
            return Status.REJECTED, _final(report.cause)
        case Kind.DELAY:
            return Status.DEFERRED, report.cause
        case Kind.DELIVERED:
            return (Status.SENT if report.action == "expanded" else Status.DELIVERED), Cause.NONE
        case Kind.COMPLAINT:
            return Status.DELIVERED, Cause.COMPLAINED
        case Kind.AUTO_REPLY:
            return None, Cause.NONE


def _final(cause: Cause) -> Cause:
    """Why it is over: trouble that passes is no reason to stop, so whoever stopped for it gave up."""
    passing = (Cause.UNREACHABLE, Cause.SERVER_TROUBLE, Cause.RATE_LIMITED)
    return given_up(cause) if cause in passing else cause
